import sys

import hub as local
import pytest
from huggingface_hub import close_session, constants

import anymood
from anymood.errors import BundleError, ForeignBundle, MissingExtra, SettingError
from anymood.runtime.bundle import Bundle
from anymood.runtime.hub import HubAddress
from anymood.runtime.predictor import Model

# httpx, as the client uses it to upload files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


@pytest.fixture
def pushed(hub, model):
    return model.push_to_hub("me/mood", license="apache-2.0", metadata={"language": ["en"], "tags": ["mine"]})


def label(address):
    return anymood.load(address, threads=1, engine="onnxruntime").predict("love").label


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "parts"),
        [
            ("hf://me/mood", ("me/mood", None, "")),
            ("me/mood.v2/", ("me/mood.v2", None, "")),
            ("hf://me/mood@v1.0", ("me/mood", "v1.0", "")),
            ("hf://me/mood@main/models/small", ("me/mood", "main", "models/small")),
            ("hf://me/mood@refs/pr/7", ("me/mood", "refs/pr/7", "")),
            ("hf://me/mood/small", ("me/mood", None, "small")),
        ],
    )
    def test_parts(self, address, parts):
        parsed = HubAddress.parse(address)
        assert (parsed.repository, parsed.revision, parsed.folder) == parts

    @pytest.mark.parametrize("address", ["hf://mood", "hf://", "hf://me/mood/../x", "hf://me/mood@", "hf://a b/c"])
    def test_what_is_none(self, address):
        with pytest.raises(SettingError, match="is not the address of a model on the hub. Write hf://user/name"):
            anymood.load(address)


class TestPush:
    def test_all_files_go_up_in_one_commit(self, hub, pushed, bundle):
        repository = hub.repositories["me/mood"]
        commit = repository.names["main"]
        assert pushed == f"hf://me/mood@{commit}"
        assert len(repository.commits) == 2  # the empty one before it
        files = repository.commits[commit]
        assert set(files) == {*bundle.config.files, "config.json", "MODEL_CARD.md", "README.md"}
        for name in bundle.config.files:
            assert files[name] == bundle.path(name).read_bytes()

    def test_the_card_has_metadata(self, hub, pushed):
        from huggingface_hub import ModelCard

        card = ModelCard(hub.repositories["me/mood"].commits[pushed.rpartition("@")[2]]["README.md"].decode())
        assert card.data.to_dict() == {
            "language": ["en"],
            "library_name": "anymood",
            "license": "apache-2.0",
            "pipeline_tag": "text-classification",
            "tags": ["mine"],
        }
        assert card.text.startswith("\n# tiny\n") or card.text.startswith("# tiny\n")
        assert 'anymood.load("hf://me/mood")' in card.text
        assert ("POST", "/api/validate-yaml") in hub.requests

    def test_shared_encoders_go_up_too(self, hub, bundles, tmp_path):
        files = bundles.parted_graphs()
        whole = bundles.write_bundle(tmp_path / "models" / "parted", files=files)
        (tmp_path / "models" / "shared").mkdir()
        (whole.folder / "text_encoder.onnx").rename(tmp_path / "models" / "shared" / "text_encoder.onnx")
        Model(Bundle.open(whole.folder), 1, "onnxruntime").push_to_hub("me/parted")
        assert label("hf://me/parted") == "positive"

    def test_a_folder_of_a_repository_again(self, hub, model, pushed):
        address = model.push_to_hub("hf://me/mood/small", private=True)
        assert label(address) == label("hf://me/mood/small") == label("hf://me/mood") == "positive"

    def test_who_may_not_write(self, hub, model):
        with pytest.raises(BundleError, match=r"The hub refuses access to hf://me/mood \(401\). Log in"):
            model.push_to_hub("me/mood", token="hf_other")  # noqa: S106
        with pytest.raises(SettingError, match="has no branch, tag or commit dev"):
            model.push_to_hub("me/mood@dev")


class TestLoad:
    def test_a_model_of_the_hub_is_the_one_that_was_pushed(self, hub, pushed, model):
        loaded = anymood.load("hf://me/mood", threads=1, engine="onnxruntime")
        assert loaded.bundle.config == model.bundle.config
        assert loaded.predict("love").label == "positive"

    def test_the_cache_is_used(self, hub, pushed):
        label("hf://me/mood")
        hub.requests.clear()
        label("hf://me/mood")
        assert not [path for method, path in hub.requests if method == "GET" and path.endswith(".onnx")]
        label(pushed)  # a commit that is there needs no request
        assert not [path for method, path in hub.requests if path.endswith(".onnx")]

    def test_without_a_network(self, hub, pushed, offline):
        with pytest.raises(BundleError, match="is not in the cache, and the hub cannot be reached or HF_HUB_OFFLINE"):
            label("hf://me/mood")

    def test_what_is_in_the_cache_needs_no_network(self, hub, pushed, request):
        label("hf://me/mood")
        request.getfixturevalue("offline")
        hub.requests.clear()
        assert label("hf://me/mood") == label(pushed) == "positive"
        assert hub.requests == []

    def test_a_server_that_is_down(self, hub, pushed):
        label("hf://me/mood")
        hub.shutdown()
        hub.server_close()
        assert label("hf://me/mood") == "positive"
        close_session()
        with pytest.raises(BundleError, match=r"cannot be reached, and hf://me/other is not in the cache: "):
            label("hf://me/other")  # without trying again for half a minute

    def test_revisions_are_pinned(self, hub, pushed, bundles, tmp_path):
        hub.repositories["me/mood"].names["v1"] = pushed.rpartition("@")[2]
        other = bundles.write_bundle(tmp_path / "other", name="other")
        Model(other, 1, "onnxruntime").push_to_hub("me/mood")
        names = [anymood.load(f"hf://me/mood{at}").name for at in ("", "@v1", f"@{pushed.rpartition('@')[2]}")]
        assert names == ["other", "tiny", "tiny"]

    def test_a_repository_of_something_else_is_not_downloaded(self, hub):
        repository = hub.repositories["me/bert"] = local.Repository()
        repository.commit("main", {"config.json": b'{"model_type": "bert"}', "model.onnx": b"x" * 1000})
        with pytest.raises(ForeignBundle, match="is not an anymood bundle"):
            anymood.load("hf://me/bert")
        repository.commit("dev", {"model.onnx": b"x"})
        with pytest.raises(ForeignBundle, match="hf://me/bert@dev is not an anymood bundle: it has no config.json"):
            anymood.load("hf://me/bert@dev")
        assert not any(path.endswith(".onnx") for _, path in hub.requests)

    def test_errors_say_the_way_out(self, hub, pushed, monkeypatch):
        hub.repositories["me/gated"] = local.Repository(gated=True)
        for address, kind, message in (
            ("hf://me/nothing", SettingError, "There is no repository me/nothing on the hub, or it is private"),
            ("hf://me/mood@v9", SettingError, "me/mood has no branch, tag or commit v9"),
            ("hf://me/gated", BundleError, "hf://me/gated is gated. Request access"),
        ):
            with pytest.raises(kind, match=message):
                anymood.load(address)

    def test_a_damaged_download_is_refused(self, hub, pushed):
        hub.repositories["me/mood"].commit("main", {"text.onnx": b"other"})
        with pytest.raises(BundleError, match="has changed"):
            anymood.load("hf://me/mood")


def test_the_client_need_not_be_there(monkeypatch, model):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match=r"pip install 'anymood\[hub\]'"):
        anymood.load("hf://me/mood")
    with pytest.raises(MissingExtra, match=r"pip install 'anymood\[hub\]'"):
        model.push_to_hub("me/mood")
