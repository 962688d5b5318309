import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("torch")

from anymood.cli.recipes import read_recipe
from anymood.errors import BundleError
from anymood.training import run
from anymood.training.config import Recipe

# Training itself is tested in its own room; here, what a command line makes of it.


@pytest.fixture
def calls(monkeypatch):
    """What training was asked for."""
    seen = SimpleNamespace(sources=None, recipe=None, folder=None, name=None, resumed=None, confirm=None)

    def train(sources, recipe, folder, *, name, console, confirm):
        seen.confirm = confirm
        seen.sources, seen.recipe, seen.folder, seen.name = sources, recipe, folder, name
        return SimpleNamespace(folder=folder / "bundle")

    def resume(folder, *, console):
        seen.resumed = folder
        return SimpleNamespace(folder=folder / "bundle")

    monkeypatch.setattr(run, "train", train)
    monkeypatch.setattr(run, "resume", resume)
    return seen


def test_the_data_and_the_settings_arrive(anymood, calls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = tmp_path / "mine.json"
    recipe.write_text('{"epochs": 3, "patience": 2}', encoding="utf-8")
    code, out, err = anymood(
        *("train", "posts.csv", "--unpaired", "a.csv", "--unpaired", "b.csv", "--validation", "v.csv", "-o", "run"),
        *("--recipe", recipe, "--epochs", "8", "--frozen", "--alpha.fused", "2", "--name", "mood"),
        *("--text-column", "tweet", "--select-by", "macro_f1", "--image-folder", "photos"),
    )
    assert (code, out) == (0, "")
    assert calls.sources.table == str(tmp_path / "posts.csv")
    assert calls.sources.unpaired == (str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
    assert calls.sources.validation == str(tmp_path / "v.csv")
    assert calls.sources.columns.text == "tweet"
    assert calls.sources.image_folder == str(tmp_path / "photos")
    assert calls.recipe == Recipe.from_dict(
        {"epochs": 8, "patience": 2, "frozen": True, "alpha": {"fused": 2.0}, "select_by": "macro_f1"}
    )
    assert (calls.folder, calls.name) == (Path("run"), "mood")
    assert "run/bundle" in err


def test_protocol_and_fold_arrive(anymood, calls):
    assert anymood("train", "mvsa", "--protocol", "ten_folds", "--fold", "3", "-o", "run")[0] == 0
    assert (calls.sources.protocol, calls.sources.fold) == ("ten_folds", 3)
    assert calls.recipe == read_recipe("default", {})


def test_a_run_resumes(anymood, calls):
    assert anymood("train", "--resume", "run")[0] == 0
    assert calls.resumed == Path("run")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--output"),
        (["posts.csv"], "--output"),
        (["posts.csv", "--resume", "run"], "--resume"),
        (["--resume", "run", "--epochs", "3"], "--resume"),
        (["--resume", "run", "--text-column", "tweet"], "--resume"),
        (["posts.csv", "-o", "run", "--epochs", "many"], "--epochs"),
        (["posts.csv", "-o", "run", "--select-by", "luck"], "--select-by"),
    ],
)
def test_invalid_arguments_are_usage_errors(anymood, calls, arguments, message):
    code, out, err = anymood("train", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert calls.folder is None


def test_a_setting_out_of_range_is_an_error(anymood, calls):
    code, _, err = anymood("train", "posts.csv", "-o", "run", "--epochs", "0")
    assert code == 1
    assert "epochs is 0" in err


@pytest.mark.parametrize("started", [True, False])
def test_ctrl_c_explains_how_to_resume(anymood, monkeypatch, tmp_path, started):
    def stop(_sources, _recipe, folder, **_):
        if started:
            folder.mkdir()
            (folder / "config.json").write_text("{}", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "train", stop)
    code, _, err = anymood("train", "posts.csv", "-o", tmp_path / "run")
    assert code == 130
    assert err.count("\n") == 1
    assert (f"anymood train --resume {tmp_path / 'run'}" in err) == started


def test_a_full_disk_is_reported_with_advice(anymood, monkeypatch, tmp_path):
    def train(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run, "train", train)
    code, _, err = anymood("train", "posts.csv", "-o", tmp_path / "run")
    assert code == 1
    assert "No space left on device" in err
    assert f"anymood train --resume {tmp_path / 'run'}" in " ".join(err.split())


@pytest.mark.parametrize("trained", [True, False])
def test_a_disk_that_is_full_at_the_end_is_reported_with_advice(anymood, monkeypatch, tmp_path, trained):
    def train(_sources, _recipe, folder, **_):
        (folder / "checkpoints").mkdir(parents=True)
        if trained:
            (folder / "checkpoints" / "last.ckpt").touch()
        raise BundleError("The bundle cannot be written to run/bundle: No space left on device.")

    monkeypatch.setattr(run, "train", train)
    code, _, err = anymood("train", "posts.csv", "-o", tmp_path / "run")
    assert code == 1
    assert "No space left on device" in err
    assert (f"anymood train --resume {tmp_path / 'run'} writes its model" in " ".join(err.split())) == trained


@pytest.mark.parametrize(("answer", "goes_on"), [("y", True), ("YES ", True), ("", False), ("n", False)])
def test_on_a_terminal_labels_that_may_be_mistakes_are_questioned(anymood, calls, monkeypatch, answer, goes_on):
    anymood("train", "posts.csv", "-o", "run")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert calls.confirm("Is it?") is goes_on


def test_the_end_of_the_input_is_not_an_answer(anymood, calls, monkeypatch):
    def ctrl_d(_):
        raise EOFError

    anymood("train", "posts.csv", "-o", "run")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", ctrl_d)
    assert calls.confirm("Is it?") is False


def test_without_a_terminal_they_are_reported(anymood, calls, monkeypatch, capfd):
    anymood("train", "posts.csv", "-o", "run")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    assert calls.confirm("Is it?") is True
    assert "Warning: Is it?" in capfd.readouterr().err


def test_a_wrong_column_is_reported_before_torch_is_imported(tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("body,label\nhello,positive\n", encoding="utf-8")
    script = (
        "import sys; from anymood.cli import main; "
        f"code = main(['train', {str(table)!r}, '--text-column', 'txt', '-o', {str(tmp_path / 'run')!r}]); "
        "sys.exit(10 * code + ('torch' in sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, text=True)
    assert "has no column 'txt'" in process.stderr
    assert process.returncode == 10
