import json
import shutil


def test_a_model_for_a_person(anymood, bundle):
    code, out, err = anymood("info", bundle)
    assert (code, err) == (0, "")
    for message in (
        "tiny",
        "negative, neutral, positive",
        "24 x 24",
        "up to 128 tokens",
        "image 1.500",
        "all hashes match",
        "engine",
    ):
        assert message in out


def test_a_model_for_a_script(anymood, bundle):
    code, out, _ = anymood("info", bundle, "--json")
    message = json.loads(out)
    assert code == 0
    assert message["folder"] == str(bundle)
    assert message["labels"] == ["negative", "neutral", "positive"]
    assert message["temperatures"] == {"image": 1.5, "text": 0.8, "fused": 1.25}
    assert message["sizes"]["text.onnx"] == (bundle / "text.onnx").stat().st_size
    assert message["verified"] is True
    assert message["engine"].keys() == {"name", "version", "precision", "in_8_bits"}
    assert message["engine"]["name"] in {"onnxruntime", "openvino"}
    assert message["engine"]["in_8_bits"] == []


def test_graphs_in_8_bits_are_named(anymood):
    _, out, _ = anymood("info", "sentiment")
    assert "float32, but 8 bits in image_encoder.onnx, text_encoder.onnx" in " ".join(out.split())
    _, out, _ = anymood("info", "sentiment", "--json")
    assert json.loads(out)["engine"]["in_8_bits"] == ["image_encoder.onnx", "text_encoder.onnx"]


def test_a_file_that_was_changed_is_an_error(anymood, bundle, tmp_path):
    shutil.copytree(bundle, tmp_path / "changed")
    (tmp_path / "changed" / "text.onnx").write_bytes(b"other")
    code, out, err = anymood("info", tmp_path / "changed", "--json")
    assert (code, out) == (1, "")
    assert "text.onnx" in err


def test_a_file_that_models_share_is_counted_where_it_is(anymood, bundle, tmp_path):
    shutil.copytree(bundle, tmp_path / "models" / "tiny")
    (tmp_path / "models" / "shared").mkdir()
    moved = (tmp_path / "models" / "tiny" / "text.onnx").rename(tmp_path / "models" / "shared" / "text.onnx")
    code, out, err = anymood("info", tmp_path / "models" / "tiny", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["sizes"]["text.onnx"] == moved.stat().st_size
