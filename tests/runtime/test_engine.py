import os
import subprocess
import sys
import threading
import time

import numpy as np
import onnx
import pytest

from anymood.errors import BundleError, DamagedBundle, SettingError
from anymood.runtime.cores import available_cores
from anymood.runtime.engine import Engine


@pytest.fixture(scope="module")
def engine(bundle):
    return Engine(bundle, threads=1)


@pytest.fixture
def engine_with(bundles, tmp_path):
    """An engine over a bundle in which some files are others."""
    return lambda **files: Engine(
        bundles.write_bundle(tmp_path / "b", files={f"{k}.onnx": v for k, v in files.items()})
    )


def test_each_graph_gives_features_and_logits(engine):
    image_features, image_logits = engine.encode_image(np.zeros((2, 3, 24, 24), np.float32))
    text_features, text_logits = engine.encode_text(np.ones((2, 5), np.int64))
    fused = engine.fuse(image_features, text_features)
    assert image_features.shape == text_features.shape == (2, 300)
    assert image_logits.shape == text_logits.shape == fused.shape == (2, 3)
    assert {array.dtype for array in (image_features, image_logits, text_features, text_logits, fused)} == {
        np.dtype("f4")
    }


def test_the_graphs_compute_what_they_should(engine, bundles):
    love, hate, report = (list(bundles.VALENCES).index(word) for word in ("love", "hate", "report"))
    features, logits = engine.encode_text(np.array([[love, love, report, 0], [hate, 0, 0, 0]]))
    assert features[:, 0] == pytest.approx([2 / 3, -1.0], abs=1e-6)
    assert logits.argmax(axis=1).tolist() == [2, 0]


def test_cores_are_those_of_the_process_unless_set(bundle):
    assert Engine(bundle).threads == available_cores()
    assert Engine(bundle, threads=3).threads == 3


@pytest.mark.parametrize("threads", [0, -2])
def test_less_than_one_thread_is_an_error(bundle, threads):
    with pytest.raises(SettingError, match=f"'threads' is {threads}. Give at least 1"):
        Engine(bundle, threads=threads)


def test_a_graph_is_loaded_when_it_is_needed_and_no_graph_is_damaged(engine_with, capfd):
    engine = engine_with(image=b"no graph")
    assert engine.encode_text(np.ones((1, 2), np.int64))[1].shape == (1, 3)
    with pytest.raises(DamagedBundle, match="image.onnx is not a graph that can be run: .*Copy the bundle again"):
        engine.encode_image(np.zeros((1, 3, 24, 24), np.float32))
    assert capfd.readouterr() == ("", "")


def test_a_graph_in_the_place_of_another_is_damaged(engine_with, bundles):
    engine = engine_with(text=bundles.image_graph())
    expected = r"takes \['pixels'\] and gives \['features', 'logits'\], but should take \['tokens'\]"
    with pytest.raises(DamagedBundle, match=expected):
        engine.encode_text(np.ones((1, 2), np.int64))


def test_weights_from_outside_the_folder_are_not_read(engine_with, bundles, tmp_path):
    model = onnx.load_from_string(bundles.fusion_graph())
    (tmp_path / "secret").write_bytes(bytes(600 * 3 * 4))
    weights = model.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../secret")
    with pytest.raises(DamagedBundle, match="fusion.onnx is not a graph that can be run"):
        engine_with(fusion=model.SerializeToString()).fuse(*np.zeros((2, 1, 300), np.float32))


def test_a_graph_that_cannot_be_run_is_told_once_with_its_input(engine, capfd):
    with pytest.raises(BundleError, match=r"text.onnx cannot be run on tokens \(1, 2\): .*out of.* bounds"):
        engine.encode_text(np.full((1, 2), 10_000))
    assert capfd.readouterr() == ("", "")


def test_values_that_are_no_numbers_are_never_passed_on(engine):
    with pytest.raises(BundleError, match="image.onnx gives values that are no numbers"):
        engine.encode_image(np.full((1, 3, 24, 24), np.nan, np.float32))


def test_many_threads_load_a_graph_once(bundle, monkeypatch):
    engine, loads = Engine(bundle, threads=1), []
    load = Engine._load

    def slow_load(self, graph):
        loads.append(graph)
        time.sleep(0.05)
        return load(self, graph)

    monkeypatch.setattr(Engine, "_load", slow_load)
    threads = [threading.Thread(target=engine.encode_text, args=(np.ones((1, 2), np.int64),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["text.onnx"]


def test_nothing_is_reported_and_no_device_id_is_kept(bundle, tmp_path):
    # ONNX Runtime neither reports nor keeps an id where it sees a CI service, hence the bare environment.
    variables = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "SYSTEMROOT") if key in os.environ}
    variables |= {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    code = f"import anymood; print(anymood.load({str(bundle.folder)!r}).predict('love').label)"
    found = subprocess.run([sys.executable, "-c", code], env=variables, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "positive"
    assert list(tmp_path.rglob("*")) == []


def test_a_users_own_word_on_reports_stands():
    code = "import os; import anymood.runtime.engine; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    for given, kept in (({}, "1"), ({"ORT_DISABLE_TELEMETRY": "0"}, "0")):
        variables = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"} | given
        found = subprocess.run([sys.executable, "-c", code], env=variables, check=True, capture_output=True, text=True)
        assert found.stdout.strip() == kept
