"""Releases of labelled posts, read as `recipes/releases.toml` describes them."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from environments import ROOT

SENTIMENT = {"negative", "neutral", "positive"}
EMOTION = {"anger", "disgust", "fear", "happiness", "neutral", "sadness"}


@pytest.fixture(scope="module")
def recipe(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(ROOT / "recipes" / "releases.py")


def read(recipe: ModuleType, folder: Path, entry: str) -> list[tuple[str, str, str, str]]:
    """Task, part, label and text of each row."""
    table = folder / "table.toml"
    table.write_text(f'[[release]]\nsource = "s"\nlanguage = "xx"\nfolder = "."\ntext = "text"\n{entry}', "utf-8")
    rows = recipe.releases(folder, table)
    return sorted((row["task"], row["split"], row["label"], row["text"]) for row in rows)


def test_values_of_a_column_become_labels_and_unknown_ones_are_left_out(recipe: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("good\tPOS\nso so\tNone\nodd\tMIXED\n#ERROR!\tPOS\n", "utf-8")
    table = read(
        recipe,
        tmp_path,
        'files = {train = "a.tsv", validation = "a.tsv"}\nseparator = "\\t"\ncolumns = ["text", "label"]\n'
        'label = "label"\nlabels = {POS = "positive", None = "neutral"}',
    )
    both = [("positive", "good"), ("neutral", "so so")]
    assert table == sorted(("sentiment", part, *row) for part in ("train", "validation") for row in both)


def test_columns_of_ones_become_labels_of_both_tasks(recipe: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,joy,fear,surprise\nyes,1,0,0\nhelp,0,1,0\nboth,1,1,0\nwow,0,0,1\nso,0,0,0\n")
    table = read(
        recipe,
        tmp_path,
        'files = {train = "a.csv", validation = "a.csv"}\nunmapped = ["surprise"]\nnone = "neutral"\n'
        'labels = {joy = "positive", fear = "negative"}\nemotions = {joy = "happiness", fear = "fear"}',
    )
    assert [row for row in table if row[1] == "train"] == [
        ("emotion", "train", "fear", "help"),
        ("emotion", "train", "happiness", "yes"),
        ("emotion", "train", "neutral", "so"),
        ("sentiment", "train", "negative", "help"),
        ("sentiment", "train", "neutral", "so"),
        ("sentiment", "train", "positive", "yes"),
    ]


def test_a_tenth_of_the_training_part_validates_where_the_release_has_no_such_part(
    recipe: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("text,label\n" + "".join(f"post {n},p\n" for n in range(50)))
    entry = 'files = {train = "a.csv"}\nlabel = "label"\nlabels = {p = "positive"}'
    table = read(recipe, tmp_path, entry)
    assert [row[1] for row in table].count("validation") == 5
    assert len({row[3] for row in table}) == 50


def test_an_absent_file_is_named(recipe: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no file .*a\.csv, which .* names for s"):
        read(recipe, tmp_path, 'files = {train = "a.csv"}\nlabel = "label"\nlabels = {p = "positive"}')


def test_each_entry_of_the_table_names_its_origin_and_labels_that_the_models_have(recipe: ModuleType) -> None:
    for entry in tomllib.loads(recipe.TABLE.read_text("utf-8"))["release"]:
        assert {"source", "folder", "repository", "paper", "licence", "files", "text"} <= set(entry)
        assert ("language" in entry) != ("languages" in entry)
        assert set(entry.get("labels", {}).values()) <= SENTIMENT
        assert set(entry.get("emotions", {}).values()) <= EMOTION
        assert "labels" in entry or "emotions" in entry
