import pytest

from anymood.errors import SettingError
from anymood.runtime.finding import bundled_names, find_bundle, is_bundled


@pytest.fixture
def bundled(tmp_path):
    for name in ("sentiment", "emotion"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "config.json").write_text("{}")
    (tmp_path / "models" / "__pycache__").mkdir()
    return tmp_path / "models"


def test_names_are_the_folders_that_hold_a_bundle(bundled):
    assert bundled_names(bundled) == ("emotion", "sentiment")


def test_a_name_finds_the_bundled_model_even_beside_a_folder_of_that_name(bundled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sentiment").mkdir()
    assert find_bundle("sentiment", bundled) == bundled / "sentiment"
    assert find_bundle("./sentiment", bundled).resolve() == tmp_path / "sentiment"


def test_bundled_models_are_distinguished_from_others(bundled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_bundled(find_bundle("sentiment", bundled), bundled)
    assert is_bundled(find_bundle("models/sentiment", bundled), bundled)
    (tmp_path / "sentiment").mkdir()
    assert not is_bundled(find_bundle("./sentiment", bundled), bundled)


def test_a_folder_is_found_by_str_and_by_path(bundled, tmp_path):
    (tmp_path / "mine").mkdir()
    assert find_bundle(tmp_path / "mine", bundled) == tmp_path / "mine"
    assert find_bundle(str(tmp_path / "mine"), bundled) == tmp_path / "mine"


def test_a_run_stands_for_the_bundle_inside_it(bundled, tmp_path):
    (tmp_path / "run" / "bundle").mkdir(parents=True)
    (tmp_path / "run" / "config.json").write_text("{}")
    assert find_bundle(tmp_path / "run", bundled) == tmp_path / "run"
    (tmp_path / "run" / "bundle" / "config.json").write_text("{}")
    assert find_bundle(tmp_path / "run", bundled) == tmp_path / "run" / "bundle"


def test_an_unknown_name_lists_what_there_is(bundled):
    with pytest.raises(SettingError) as error:
        find_bundle("sentimnet", bundled)
    assert str(error.value) == (
        "There is no model 'sentimnet'. Did you mean 'sentiment'? Bundled models: emotion, sentiment. "
        "Or give the folder of a bundle or a run."
    )


def test_an_unknown_name_says_when_nothing_is_bundled(tmp_path):
    with pytest.raises(SettingError, match="No model is bundled with this installation"):
        find_bundle("sentiment", tmp_path)


def test_a_file_is_pointed_out(bundled, tmp_path):
    file = tmp_path / "image.onnx"
    file.touch()
    with pytest.raises(SettingError, match="is a file, but a model is a folder"):
        find_bundle(file, bundled)


@pytest.mark.parametrize("name", [None, 3])
def test_what_is_not_a_name_is_reported(bundled, name):
    with pytest.raises(SettingError, match="is a name or a folder, not .*Bundled models: emotion, sentiment"):
        find_bundle(name, bundled)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_an_unknown_model(bundled, name):
    with pytest.raises(SettingError, match="There is no model"):
        find_bundle(name, bundled)


def test_a_run_that_has_not_finished_explains_how_to_resume(bundled, tmp_path):
    (tmp_path / "metrics.jsonl").touch()
    with pytest.raises(SettingError, match="has not finished, .*: anymood train --resume"):
        find_bundle(tmp_path, bundled)


def test_an_empty_name_is_not_the_current_folder(bundled):
    with pytest.raises(SettingError, match="The name of the model is empty. Bundled models: emotion, sentiment"):
        find_bundle("", bundled)
