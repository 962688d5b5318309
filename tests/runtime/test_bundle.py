import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from anymood.errors import BundleError, DamagedBundle, ForeignBundle, NewerBundle, SettingError
from anymood.runtime.bundle import Bundle

FILES = ["MODEL_CARD.md", "config.json", "fusion.onnx", "image.onnx", "text.onnx", "tokenizer.json"]


@pytest.fixture
def folder(bundles, tmp_path):
    """A bundle's folder, to be changed at will."""
    return bundles.write_bundle(tmp_path / "tiny").folder


@pytest.fixture
def change(folder):
    """Changes keys of ``config.json``."""

    def write(**changes):
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return write


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def contents(bundle):
    return {name: bundle.path(name) for name in bundle.config.files}


class TestOpen:
    def test_a_bundle_comes_back_as_it_was_written(self, bundle):
        assert Bundle.open(bundle.folder) == bundle
        assert Bundle.open(str(bundle.folder)) == bundle
        assert bundle.name == "tiny"
        assert list(bundle.labels) == ["negative", "neutral", "positive"]

    def test_a_folder_that_does_not_exist_is_foreign(self, tmp_path):
        with pytest.raises(ForeignBundle, match="it has no config.json. Give the folder of a bundle"):
            Bundle.open(tmp_path / "none")

    def test_a_file_is_foreign(self, folder):
        with pytest.raises(ForeignBundle, match="is not an anymood bundle"):
            Bundle.open(folder / "image.onnx")

    @pytest.mark.parametrize("config", ["{}", "[]", "null", '{"format": "other"}', '{"format": {}}', '{"recipe": {}}'])
    def test_a_folder_of_another_kind_is_foreign(self, tmp_path, config):
        (tmp_path / "config.json").write_text(config)
        with pytest.raises(ForeignBundle, match="its config.json does not say so"):
            Bundle.open(tmp_path)

    def test_a_newer_format_is_distinguished_before_anything_else_is_read(self, folder, change):
        change(format_version=2, labels="in another way")
        with pytest.raises(NewerBundle, match="format 2, and this version reads up to 1. Upgrade with: pip install"):
            Bundle.open(folder)

    @pytest.mark.parametrize("version", [0, -1, True, "1", 1.0, None])
    def test_a_format_version_is_a_number_from_1_on(self, folder, change, version):
        change(format_version=version)
        with pytest.raises(DamagedBundle, match="'format_version' is .*, not a positive integer"):
            Bundle.open(folder)

    @pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
    def test_a_config_that_is_not_json_is_damaged(self, folder, text):
        (folder / "config.json").write_bytes(text)
        with pytest.raises(DamagedBundle, match="config.json cannot be read as JSON: .*Copy the bundle again"):
            Bundle.open(folder)

    @pytest.mark.parametrize(
        "changes",
        [{"labels": 3}, {"temperatures": {"image": 10**400, "text": 1, "fused": 1}}, {"files": {"../x": "0" * 64}}],
    )
    def test_a_config_with_impossible_values_is_damaged(self, folder, change, changes):
        change(**changes)
        with pytest.raises(DamagedBundle, match="config.json is invalid: .*Copy the bundle again"):
            Bundle.open(folder)

    def test_a_required_file_that_is_not_listed_is_named(self, folder, change):
        change(files={})
        with pytest.raises(DamagedBundle, match="does not list image.onnx, which every bundle has"):
            Bundle.open(folder)

    @pytest.mark.parametrize("name", ["image.onnx", "text.onnx", "fusion.onnx", "tokenizer.json"])
    def test_a_changed_file_is_named(self, folder, name):
        content = bytearray((folder / name).read_bytes())
        content[-1] ^= 1
        (folder / name).write_bytes(content)
        with pytest.raises(DamagedBundle, match=f"{name} has changed.*Copy the bundle again"):
            Bundle.open(folder)

    def test_a_missing_file_is_named(self, folder):
        (folder / "text.onnx").unlink()
        with pytest.raises(
            DamagedBundle, match="text.onnx is missing, but config.json lists it.* next to a folder 'shared'"
        ):
            Bundle.open(folder)

    def test_a_file_that_cannot_be_read_is_named(self, folder):
        (folder / "text.onnx").unlink()
        (folder / "text.onnx").mkdir()
        with pytest.raises(DamagedBundle, match="text.onnx cannot be read"):
            Bundle.open(folder)

    def test_people_may_correct_the_model_card_and_leave_it_out(self, folder):
        (folder / "MODEL_CARD.md").write_text("# Better\n")
        assert "MODEL_CARD.md" not in Bundle.open(folder).config.files
        (folder / "MODEL_CARD.md").unlink()
        assert Bundle.open(folder).name == "tiny"


class TestWrite:
    def test_files_are_written_or_copied_and_hashed(self, bundles, bundle, tmp_path):
        weights = tmp_path / "weights"
        weights.write_bytes(b"weights")
        written = bundles.write_bundle(tmp_path / "a" / "b", files={"extra.bin": weights})
        assert names(written.folder) == sorted([*FILES, "extra.bin"])
        assert written.path("extra.bin").read_bytes() == b"weights"
        assert written.config.files["extra.bin"] == hashlib.sha256(b"weights").hexdigest()
        assert set(written.config.files) == set(bundle.config.files) | {"extra.bin"}
        assert names(written.folder.parent) == ["b"]  # nothing is left beside it

    def test_the_same_bundle_is_the_same_bytes(self, bundles, bundle, tmp_path):
        again = bundles.write_bundle(tmp_path / "again")
        for name in FILES:
            assert (again.folder / name).read_bytes() == (bundle.folder / name).read_bytes()

    @pytest.mark.parametrize("name", ["image.onnx", "tokenizer.json"])
    def test_a_missing_file_is_named(self, bundle, tmp_path, name):
        files = contents(bundle)
        del files[name]
        with pytest.raises(SettingError, match=f"'{name}' is missing"):
            Bundle.write(tmp_path / "new", bundle.config, files)
        assert not (tmp_path / "new").exists()

    @pytest.mark.parametrize("name", ["config.json", "../escaped", "a/b", ""])
    def test_a_name_that_is_not_plain_is_refused(self, bundle, tmp_path, name):
        with pytest.raises(SettingError, match="cannot be one of them"):
            Bundle.write(tmp_path / "new", bundle.config, contents(bundle) | {name: b""})
        assert names(tmp_path) == []

    def test_a_bundle_is_replaced_only_on_request(self, bundles, folder):
        with pytest.raises(SettingError, match="already contains a bundle. Choose another path, or replace it"):
            bundles.write_bundle(folder, name="second")
        assert Bundle.open(folder).name == "tiny"
        bundles.write_bundle(folder, name="second", replace=True)
        assert Bundle.open(folder).name == "second"
        assert names(folder) == FILES
        assert names(folder.parent) == ["tiny"]

    def test_a_name_with_a_nul_byte(self, bundles, tmp_path):
        with pytest.raises(SettingError, match="its name contains a NUL byte"):
            bundles.write_bundle(tmp_path / "a\0b")

    @pytest.mark.parametrize("damage", ["text.onnx", "version"])
    def test_a_damaged_or_newer_bundle_can_be_replaced(self, bundles, folder, change, damage):
        if damage == "version":
            change(format_version=9)
        else:
            (folder / damage).unlink()
        bundles.write_bundle(folder, replace=True)
        assert Bundle.open(folder).name == "tiny"

    @pytest.mark.parametrize("config", [None, "{", "[]", '{"recipe": {}}'])
    def test_what_is_not_a_bundle_is_never_replaced(self, bundles, tmp_path, config):
        (tmp_path / "thesis.tex").write_text("years of work")
        if config is not None:
            (tmp_path / "config.json").write_text(config)
        before = names(tmp_path)
        with pytest.raises(SettingError, match="is not a bundle, so it is not replaced"):
            bundles.write_bundle(tmp_path, replace=True)
        assert names(tmp_path) == before

    def test_a_file_in_the_way_is_left_alone(self, bundles, tmp_path):
        (tmp_path / "file").write_text("kept")
        with pytest.raises(SettingError, match="is not a bundle, so it is not replaced"):
            bundles.write_bundle(tmp_path / "file", replace=True)
        assert (tmp_path / "file").read_text() == "kept"

    def test_an_empty_folder_is_filled(self, bundles, tmp_path):
        (tmp_path / "empty").mkdir()
        assert Bundle.open(bundles.write_bundle(tmp_path / "empty").folder).name == "tiny"

    def test_a_write_that_fails_leaves_the_old_bundle_and_no_trace(self, bundles, folder):
        with pytest.raises(BundleError, match="cannot be written to .*Choose another path"):
            bundles.write_bundle(folder, name="second", replace=True, files={"extra.bin": Path("none")})
        assert Bundle.open(folder).name == "tiny"
        assert names(folder.parent) == ["tiny"]

    def test_an_architecture_that_json_cannot_hold_leaves_no_trace(self, bundles, tmp_path):
        with pytest.raises(TypeError):
            bundles.write_bundle(tmp_path / "new", architecture={"widths": {1, 2}})
        assert names(tmp_path) == []

    @pytest.mark.parametrize(
        ("failure", "comes"),
        [(OSError("no more of this"), BundleError), (KeyboardInterrupt("no more"), KeyboardInterrupt)],
    )
    def test_a_move_that_fails_puts_the_old_bundle_back(self, bundles, folder, monkeypatch, failure, comes):
        rename, moves = Path.rename, []

        def fail_on_the_second(path, target):
            moves.append(path)
            if len(moves) == 2:
                raise failure
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", fail_on_the_second)
        with pytest.raises(comes, match="no more"):
            bundles.write_bundle(folder, name="second", replace=True)
        assert Bundle.open(folder).name == "tiny"
        assert names(folder.parent) == ["tiny"]


def test_a_file_the_bundle_lacks_is_answered_with_those_it_has(bundle):
    with pytest.raises(BundleError, match="has no extra.bin. It has: fusion.onnx, image.onnx, text.onnx"):
        bundle.path("extra.bin")


def test_the_length_in_the_tokenizer_counts_for_texts(bundles, tmp_path):
    tokenizer = bundles.tokenizer()
    tokenizer.enable_truncation(3)
    bundle = bundles.write_bundle(tmp_path / "short", files={"tokenizer.json": tokenizer.to_str().encode()})
    assert len(bundle.text_preparation().encode("love love love love love")) == 3


def test_a_tokenizer_that_is_none_is_damaged(bundles, tmp_path):
    bundle = bundles.write_bundle(tmp_path / "bad", files={"tokenizer.json": b"{}"})
    with pytest.raises(DamagedBundle, match="tokenizer.json"):
        bundle.text_preparation()


def test_a_length_without_room_for_a_word_is_damaged(bundles, tmp_path):
    from tokenizers.processors import TemplateProcessing

    tokenizer = bundles.tokenizer()
    tokenizer.post_processor = TemplateProcessing(single="<unk> $A <unk>", special_tokens=[("<unk>", 1)])
    tokenizer.enable_truncation(2)
    bundle = bundles.write_bundle(tmp_path / "bad", files={"tokenizer.json": tokenizer.to_str().encode()})
    with pytest.raises(DamagedBundle, match="tokenizer.json is not a usable tokenizer: max_tokens is 2"):
        bundle.text_preparation()


def test_a_bundle_is_frozen(bundle):
    with pytest.raises(dataclasses.FrozenInstanceError):
        bundle.folder = Path()
    with pytest.raises(dataclasses.FrozenInstanceError):
        bundle.config.name = "other"


def test_bundles_with_the_same_tokenizer_share_it(bundles, tmp_path):
    one, other = (bundles.write_bundle(tmp_path / name, name=name) for name in ("one", "other"))
    assert one.text_preparation() is other.text_preparation()
