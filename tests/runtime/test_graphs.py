import os
import subprocess
import sys
import threading
import time
from weakref import WeakValueDictionary

import numpy as np
import onnx
import pytest
from same import assert_same

from anymood.errors import BundleError, DamagedBundle, SettingError
from anymood.labels import LabelSet
from anymood.runtime import graphs
from anymood.runtime.bundle import Bundle
from anymood.runtime.config import Temperatures
from anymood.runtime.cores import available_cores
from anymood.runtime.graphs import BundleGraphs


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch):
    """Graphs are shared within a process; a test should not get those of another."""
    monkeypatch.setattr(graphs, "_LOADED", WeakValueDictionary())


@pytest.fixture(scope="module", params=["onnxruntime", "openvino"])
def engine(bundle, request):
    return BundleGraphs(bundle, threads=1, engine=request.param)


@pytest.fixture(params=["onnxruntime", "openvino"])
def engine_with(bundles, tmp_path, request):
    """An engine over a bundle in which some files are others."""
    return lambda **files: BundleGraphs(
        bundles.write_bundle(tmp_path / "b", files={f"{k}.onnx": v for k, v in files.items()}), engine=request.param
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
    assert_same(features[:, 0], [2 / 3, -1.0], by=engine)
    assert logits.argmax(axis=1).tolist() == [2, 0]


def test_cores_are_those_of_the_process_unless_set(bundle):
    assert BundleGraphs(bundle).threads == available_cores()
    assert BundleGraphs(bundle, threads=3).threads == 3


@pytest.mark.parametrize("threads", [0, -2, 1.5, "2"])
def test_less_than_one_thread_is_an_error(bundle, threads):
    with pytest.raises(SettingError, match=f"'threads' is {threads!r}. Give a positive integer"):
        BundleGraphs(bundle, threads=threads)


def test_a_graph_is_loaded_when_it_is_needed_and_no_graph_is_damaged(engine_with, capfd):
    engine = engine_with(image=b"no graph")
    assert engine.encode_text(np.ones((1, 2), np.int64))[1].shape == (1, 3)
    with pytest.raises(DamagedBundle, match=r"(?s)image.onnx is not a graph that can be run: .*Copy the bundle again"):
        engine.encode_image(np.zeros((1, 3, 24, 24), np.float32))
    assert capfd.readouterr() == ("", "")


def test_a_graph_in_the_place_of_another_is_damaged(engine_with, bundles):
    engine = engine_with(text=bundles.image_graph())
    expected = r"takes \['pixels'\] and gives .*, but should take \['tokens'\] and give \['features', 'logits'\]"
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


def test_a_graph_that_cannot_be_run_is_reported_once_with_its_input(engine, capfd):
    with pytest.raises(BundleError, match=r"(?s)image.onnx cannot be run on pixels \(1, 5, 24, 24\): .*Copy"):
        engine.encode_image(np.zeros((1, 5, 24, 24), np.float32))
    assert capfd.readouterr() == ("", "")


def test_graphs_of_another_number_of_labels_are_never_used(bundles, tmp_path):
    loaded = BundleGraphs(bundles.write_bundle(tmp_path / "other", labels=LabelSet(("bad", "good"))))
    message = r"gives logits of 3 classes, but config.json lists 2 labels. Copy the bundle again"
    with pytest.raises(DamagedBundle, match=rf"text.onnx {message}"):
        loaded.encode_text(np.ones((1, 1), np.int64))
    with pytest.raises(DamagedBundle, match=rf"fusion.onnx {message}"):
        loaded.fuse(*np.zeros((2, 1, 300), np.float32))


def test_values_that_are_not_numbers_are_never_passed_on(engine):
    with pytest.raises(BundleError, match="image.onnx gives values that are not finite"):
        engine.encode_image(np.full((1, 3, 24, 24), np.nan, np.float32))


def test_many_threads_load_a_graph_once(bundle, monkeypatch):
    engine, loads = BundleGraphs(bundle, threads=1), []
    load = BundleGraphs._load

    def slow_load(self, graph, *how):
        loads.append(graph)
        time.sleep(0.05)
        return load(self, graph, *how)

    monkeypatch.setattr(BundleGraphs, "_load", slow_load)
    threads = [threading.Thread(target=engine.encode_text, args=(np.ones((1, 2), np.int64),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["text.onnx"]


def test_the_graphs_of_texts_are_loaded_while_an_image_is_encoded(bundle, monkeypatch):
    engine, began = BundleGraphs(bundle, threads=2), threading.Event()
    load = BundleGraphs._load

    def waiting_load(self, graph, *how):
        if graph == "text.onnx":
            began.set()
        else:
            assert began.wait(60)
        return load(self, graph, *how)

    monkeypatch.setattr(BundleGraphs, "_load", waiting_load)
    engine.load_text_ahead()
    engine.encode_image(np.zeros((1, 3, 24, 24), np.float32), threads=2)
    assert engine.encode_text(np.ones((1, 2), np.int64))[1].shape == (1, 3)


def test_an_error_ahead_is_recognised_by_the_call_that_needs_the_graph(engine_with, capfd):
    engine = engine_with(text=b"no graph")
    engine.load_text_ahead()
    with pytest.raises(DamagedBundle, match="text.onnx is not a graph that can be run"):
        engine.encode_text(np.ones((1, 2), np.int64))
    assert capfd.readouterr() == ("", "")


def test_models_with_the_same_file_hold_it_once(bundles, tmp_path, monkeypatch):
    loads = []
    load = BundleGraphs._load
    monkeypatch.setattr(BundleGraphs, "_load", lambda *how: loads.append(how[1]) or load(*how))
    one, other = (bundles.write_bundle(tmp_path / name, name=name) for name in ("one", "other"))
    first, second = BundleGraphs(one, threads=1), BundleGraphs(other, threads=1)
    ids = np.ones((1, 2), np.int64)
    assert_same(first.encode_text(ids)[1], second.encode_text(ids)[1])
    assert loads == ["text.onnx"]


def test_an_encoder_may_be_a_file_of_its_own(bundle, bundles, tmp_path):
    whole = BundleGraphs(bundle, threads=1, engine="onnxruntime")
    (tmp_path / "shared").mkdir()
    parted = bundles.write_bundle(tmp_path / "parted", files=bundles.parted_graphs())
    for name in ("image_encoder.onnx", "text_encoder.onnx"):
        (tmp_path / "parted" / name).rename(tmp_path / "shared" / name)
    separate = BundleGraphs(Bundle.open(parted.folder), threads=1, engine="onnxruntime")
    pixels = np.random.default_rng(0).random((3, 3, 24, 24), np.float32)
    ids = np.array([[10, 3, 0], [18, 19, 2]])
    for actual, expected in zip(separate.encode_image(pixels), whole.encode_image(pixels), strict=True):
        assert_same(actual, expected)
    for actual, expected in zip(separate.encode_text(ids), whole.encode_text(ids), strict=True):
        assert_same(actual, expected)
    assert separate.encode_text(ids)[1].argmax(axis=1).tolist() == [2, 0]


def test_an_image_may_be_shared_among_cores(engine):
    pixels = np.random.default_rng(0).random((3, 3, 24, 24), np.float32)
    for alone, shared in zip(engine.encode_image(pixels), engine.encode_image(pixels, threads=2), strict=True):
        assert_same(shared, alone, by=engine)


class RoundedGraph:
    """Gives pixels back as logits, a tenth of the way to the next class if it is not exact."""

    inputs, outputs = frozenset({"pixels"}), frozenset({"features", "logits"})

    def __init__(self, exact):
        self.exact, self.runs = exact, []

    def run(self, outputs, inputs):
        values = inputs["pixels"][:, 0, 0]
        self.runs.append(len(values))
        logits = values if self.exact else values + np.array([0.0, 0.1, 0.0], np.float32)
        return [np.full((len(values), 300), float(self.exact), np.float32), logits]


class Rounding:
    """An engine in bfloat16."""

    name, version, precision, callers = "openvino", "0", "bfloat16", 2

    def __init__(self):
        self.graphs = {True: RoundedGraph(exact=True), False: RoundedGraph(exact=False)}
        self.loaded = []

    def load(self, path, *, threads, runs, exact):
        self.loaded.append((path.name, threads, exact))
        return self.graphs[exact]


def test_an_image_that_rounding_may_have_given_another_label_is_encoded_exactly(bundles, tmp_path, monkeypatch):
    rounding = Rounding()
    monkeypatch.setattr("anymood.runtime.graphs.choose_engine", lambda name, graphs: rounding)
    bundle = bundles.write_bundle(tmp_path / "b", temperatures=Temperatures(image=2.0))
    pixels = np.zeros((4, 3, 1, 3), np.float32)
    # Two that change their label; one as close as a temperature of 2 allows, and one that is not.
    pixels[:, 0, 0] = [[1.05, 1.0, 0.0], [0.0, 1.0, 1.05], [1.39, 1.0, 0.0], [1.41, 1.0, 0.0]]
    features, logits = BundleGraphs(bundle).encode_image(pixels)
    assert_same(features[:, 0], np.array([1.0, 1.0, 1.0, 0.0]))
    assert logits.argmax(axis=1).tolist() == [0, 2, 0, 0]
    assert [rounding.graphs[exact].runs for exact in (False, True)] == [[4], [3]]
    BundleGraphs(bundle).encode_image(pixels[3:])
    assert [rounding.graphs[exact].runs for exact in (False, True)] == [[4, 1], [3]]


def test_what_a_close_image_would_wait_for_can_be_loaded_ahead(bundle, monkeypatch):
    rounding = Rounding()
    monkeypatch.setattr("anymood.runtime.graphs.choose_engine", lambda name, graphs: rounding)
    engine = BundleGraphs(bundle)
    engine.load_exact()
    assert rounding.loaded == []  # nothing was asked of images yet
    engine.encode_image(np.array([[[[0.0, 5.0, 0.0]]]], np.float32).repeat(3, axis=1), threads=2)
    engine.load_exact()
    assert rounding.loaded == [("image.onnx", 2, False), ("image.onnx", 2, True)]


def test_more_callers_than_cores_where_a_caller_sleeps_while_a_graph_runs(bundle):
    engines = [BundleGraphs(bundle, engine=name) for name in ("onnxruntime", "openvino")]
    assert [[engine.callers(cores) for cores in (1, 3)] for engine in engines] == [[1, 3], [1, 6]]


def test_threads_that_share_an_engine_do_not_mix_their_posts(engine):
    def run(value, outputs):
        for _ in range(20):
            outputs.append(engine.encode_image(np.full((2, 3, 24, 24), value, np.float32))[0][:, 0])

    results = {value: [] for value in (-1.0, -0.5, 0.0, 0.5, 1.0)}
    threads = [threading.Thread(target=run, args=item) for item in results.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for value, outputs in results.items():
        assert np.array(outputs) == pytest.approx(np.full((20, 2), value), abs=0.01)


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_nothing_is_reported_and_no_file_is_kept_in_the_home_folder(bundle, tmp_path, name):
    # The libraries neither report nor keep an id where they see a CI service, hence the bare environment.
    variables = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "SYSTEMROOT") if key in os.environ}
    variables |= {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    code = (
        "import socket, anymood\n"
        "def refuse(*given, **named): raise SystemExit('a socket')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        f"print(anymood.load({str(bundle.folder)!r}, engine={name!r}).predict('love').label)"
    )
    process = subprocess.run([sys.executable, "-c", code], env=variables, check=True, capture_output=True, text=True)
    assert process.stdout.strip() == "positive"
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("wrong", [-1, -1_000_000, 26, 1_000_000, 2**32 + 5])
def test_ids_outside_of_the_vocabulary_are_an_error(engine, wrong, capfd):
    with pytest.raises(BundleError):
        engine.encode_text(np.array([[5, wrong]], np.int64))
    capfd.readouterr()
    engine.encode_text(np.array([[5, 25]], np.int64))
