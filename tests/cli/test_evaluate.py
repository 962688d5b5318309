import csv
import json
import shutil
import sys

import pytest

from anymood.tables.columns import Columns
from anymood.training.data_sources import DataSources
from anymood.training.run_folder import RunFolder


def test_the_test_part_is_measured_and_reported(anymood, bundle, table):
    code, out, err = anymood("evaluate", bundle, table)
    assert (code, err) == (0, "")
    assert "tiny on the test posts of" in out
    assert "is right for 33.3%" in out
    assert "0 texts and 0 images of these posts also occur in the 36 training posts" in out


def test_a_folder_that_is_read_only_is_named_first(anymood, bundle, table, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    code, out, err = anymood("evaluate", bundle, table, "-o", tmp_path / "new" / "results")
    assert (code, out) == (1, "")
    assert f"{tmp_path} is read-only for you" in " ".join(err.split())


def test_a_full_disk_leaves_no_empty_folder(anymood, bundle, table, tmp_path, full_disk):
    code, out, err = anymood("evaluate", bundle, table, "-o", tmp_path / "new" / "results")
    assert (code, list(tmp_path.iterdir())) == (1, [])
    assert "95 % intervals" in out
    assert "predictions.csv cannot be written: No space left on device." in " ".join(err.split())


def test_results_are_written_though_nobody_reads_the_output(anymood, bundle, table, tmp_path, monkeypatch):
    def broken_pipe(_):
        raise SystemExit(1)

    monkeypatch.setattr("anymood.cli.evaluate._show", broken_pipe)
    with pytest.raises(SystemExit):
        anymood("evaluate", bundle, table, "-o", tmp_path / "results")
    written = {each.name for each in (tmp_path / "results").iterdir()}
    assert written == {"results.json", "predictions.csv", "confusion.png"}


def test_numbers_are_those_of_the_model(anymood, bundle, table):
    import anymood as library
    from anymood.datasets.labelled_table import read_table

    code, out, _ = anymood("evaluate", bundle, table, "--json", "--split", "validation")
    results = json.loads(out)
    examples = read_table(table).select("validation").examples
    model = library.load(bundle)
    right = [model.predict(e.post.text, e.post.image).label == model.labels.names[e.label] for e in examples]
    assert code == 0
    assert results["split"] == "validation"
    assert results["counts"] == {"both": 6, "text": 3, "image": 3, "none": 0}
    assert results["metrics"]["routed"]["all"]["accuracy"] == pytest.approx(sum(right) / 12)
    assert results["shared_with_train"] is None


def test_what_stands_in_training_is_found(anymood, bundle, table, tmp_path):
    other = tmp_path / "seen.csv"
    rows = table.read_text(encoding="utf-8").replace(",test,", ",train,").replace("images/", f"{table.parent}/images/")
    other.write_text(rows, encoding="utf-8")
    _, out, _ = anymood("evaluate", bundle, table, "--train", other, "--json")
    assert json.loads(out)["shared_with_train"] == {"posts_in_train": 48, "texts": 9, "images": 9}


def test_rows_without_a_split_are_training_posts_here_too(anymood, bundle, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("text,label,split\nlove,positive,\nsad,negative,train\nlove,positive,test\n", encoding="utf-8")
    _, out, _ = anymood("evaluate", bundle, table, "--json")
    assert json.loads(out)["shared_with_train"] == {"posts_in_train": 2, "texts": 1, "images": 0}


def test_the_majority_is_that_of_the_evaluated_posts_beside_that_of_training(anymood, bundle, tmp_path):
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("text,label\nlove,positive\nbest,positive\nsad,negative\n", encoding="utf-8")
    test.write_text("text,label\nhate,negative\nawful,negative\ngreat,positive\n", encoding="utf-8")
    _, out, _ = anymood("evaluate", bundle, test, "--train", train, "--json")
    results = json.loads(out)
    assert results["split"] == "all"
    assert results["majority"] == {
        "evaluated": {"label": "negative", "accuracy": pytest.approx(2 / 3)},
        "train": {"label": "positive", "accuracy": pytest.approx(1 / 3)},
    }
    assert results["metrics"]["text"]["all"]["majority_accuracy"] == pytest.approx(2 / 3)


def test_a_folder_gets_the_results(anymood, bundle, table, tmp_path):
    pytest.importorskip("matplotlib")
    code, _, err = anymood("evaluate", bundle, table, "-o", tmp_path / "new" / "results")
    assert code == 0
    assert "Written to" in err
    results = json.loads((tmp_path / "new/results/results.json").read_text(encoding="utf-8"))
    assert results["metrics"]["fused"]["all"]["n"] == 6
    assert (tmp_path / "new/results/confusion.png").read_bytes().startswith(b"\x89PNG")


def test_results_are_replaced_only_on_request(anymood, bundle, table, tmp_path):
    (tmp_path / "results.json").write_text("mine", encoding="utf-8")
    code, _, err = anymood("evaluate", bundle, table, "-o", tmp_path)
    assert (code, (tmp_path / "results.json").read_text(encoding="utf-8")) == (1, "mine")
    assert "results.json already exists" in err
    assert anymood("evaluate", bundle, table, "-o", tmp_path, "--overwrite")[0] == 0
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["metrics"]


def test_without_matplotlib_the_numbers_are_written(anymood, bundle, table, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, _, err = anymood("evaluate", bundle, table, "-o", tmp_path)
    assert code == 0
    assert "confusion.png is not written" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["predictions.csv", "results.json"]


def test_a_label_that_the_model_lacks_is_an_error(anymood, bundle, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("text,label\nlove,joy\nsad,negative\n", encoding="utf-8")
    code, out, err = anymood("evaluate", bundle, table)
    assert (code, out) == (1, "")
    assert "'joy' (posts.csv:2)" in err


def test_a_part_without_posts_is_an_error_that_names_the_others(anymood, bundle, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("text,label\nlove,positive\nsad,negative\n", encoding="utf-8")
    code, _, err = anymood("evaluate", bundle, table, "--split", "test")
    assert code == 1
    assert "2 without a split" in err


def test_a_file_in_the_place_of_results_is_reported_first(anymood, bundle, table):
    code, out, err = anymood("evaluate", bundle, table, "-o", table)
    assert (code, out) == (1, "")
    assert "results are written to a folder" in err


def test_mvsa_brings_its_own_training_posts(anymood, bundle, real_data):
    if not (real_data / "mvsa_single").is_dir():
        pytest.skip("no MVSA-Single here: put it into ../shared/data/mvsa_single")
    with pytest.MonkeyPatch.context() as patch:  # hashing 4,000 files is not what is tested here
        shared = "anymood.evaluation.corpus.shared_with"
        patch.setattr(shared, lambda train, _: {"texts": len(train), "images": 0})
        patch.setattr("anymood.runtime.encoding.PostEncoder._encode_images", lambda *_: {})
        _, out, _ = anymood("evaluate", bundle, real_data / "mvsa_single", "--protocol", "clmlf", "--json")
    results = json.loads(out)
    assert results["metrics"]["text"]["all"]["n"] <= 450
    assert results["shared_with_train"]["posts_in_train"] == results["shared_with_train"]["texts"] == 3611
    assert results["majority"]["train"]["label"] == "positive"


def test_the_same_corpus_as_training_data_is_read_by_the_same_protocol(anymood, bundle, real_data, monkeypatch):
    if not (real_data / "mvsa_single").is_dir():
        pytest.skip("no MVSA-Single here: put it into ../shared/data/mvsa_single")
    monkeypatch.setattr("anymood.evaluation.corpus.shared_with", lambda train, _: {"texts": 0, "images": 0})
    monkeypatch.setattr("anymood.runtime.encoding.PostEncoder._encode_images", lambda *_: {})
    corpus = real_data / "mvsa_single"
    _, out, _ = anymood("evaluate", bundle, corpus, "--protocol", "clmlf", "--train", corpus, "--json")
    assert json.loads(out)["shared_with_train"]["posts_in_train"] == 3611


def start_run(folder, bundle, sources):
    """A run that learnt from these sources."""
    run = RunFolder(folder)
    run.start({"sources": sources.to_dict(), "recipe": {"seed": 0}, **sources.read(0).identity()})
    shutil.copytree(bundle, run.bundle)
    return run.folder


@pytest.fixture
def run(bundle, table, tmp_path):
    """A run that learnt from all posts of a table without splits, with its table."""
    lines = table.read_text(encoding="utf-8").replace("images/", f"{table.parent}/images/").splitlines()
    column = lines[0].split(",").index("split")
    mine = tmp_path / "mine.csv"
    cells = [line.split(",") for line in lines]
    mine.write_text("\n".join(",".join([*row[:column], *row[column + 1 :]]) for row in cells), encoding="utf-8")
    return start_run(tmp_path / "run", bundle, DataSources(table=str(mine))), mine


def test_the_table_of_a_run_is_read_as_the_run_read_it(anymood, bundle, table, tmp_path):
    mine = tmp_path / "mine.csv"
    head, *lines = table.read_text(encoding="utf-8").splitlines()
    mine.write_text("\n".join([head.replace("text", "words").replace("label", "verdict"), *lines]), encoding="utf-8")
    columns = Columns(text="words", label="verdict")
    run = start_run(tmp_path / "run", bundle, DataSources(
        table=str(mine), columns=columns, image_folder=str(table.parent)
    ))  # fmt: skip
    code, out, err = anymood("evaluate", run, mine, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["counts"] == {"both": 6, "text": 3, "image": 3, "none": 0}
    assert "has no label column" in anymood("evaluate", run, mine, "--id-column", "")[2]


def test_a_run_knows_what_it_has_learnt_from(anymood, run):
    folder, mine = run
    again = mine.rename(mine.with_name("again.csv"))
    mine.write_bytes(again.read_bytes())
    code, out, err = anymood("evaluate", folder, again)
    assert (code, err) == (0, "")
    assert "on all posts of" in out
    assert "also occur in the 5" in out
    assert "are not an estimate for new posts" in out


@pytest.mark.parametrize("options", [(), ("--split", "validation")])
def test_a_run_is_evaluated_on_the_held_out_posts_of_its_table(anymood, run, options):
    folder, mine = run
    code, out, _ = anymood("evaluate", folder, mine, *options, "--json")
    results = json.loads(out)
    assert (code, results["split"], results["held_out_by_run"]) == (0, "validation", True)
    assert results["metrics"]["routed"]["all"]["n"] < 10 < results["shared_with_train"]["posts_in_train"]
    assert "These are the validation posts of the run" in anymood("evaluate", folder, mine, *options)[1]


@pytest.mark.parametrize("change", ["gone", "grown"])
def test_a_run_whose_table_has_changed_knows_no_more(anymood, run, tmp_path, change):
    folder, mine = run
    lines = mine.read_text(encoding="utf-8").splitlines()
    if change == "gone":
        mine = mine.rename(tmp_path / "moved.csv")
    else:
        mine.write_text("\n".join([*lines, lines[1].replace(lines[1].split(",")[0], "new")]), encoding="utf-8")
    code, out, _ = anymood("evaluate", folder, mine)
    assert code == 0
    assert "--train TABLE counts them" in " ".join(out.split())


def test_a_prior_is_applied_and_reported(anymood, bundle_with_prior, table):
    code, out, _ = anymood("evaluate", bundle_with_prior, table, "--json", "--prior", "negative=0,neutral=0,positive=1")
    results = json.loads(out)
    assert code == 0
    assert results["prior"] == {"negative": 0, "neutral": 0, "positive": 1}
    confusion = results["metrics"]["routed"]["all"]["confusion"]
    assert [row[:2] for row in confusion] == [[0, 0]] * 3


def test_a_folder_gets_the_predictions_with_the_wrong_ones_first(anymood, bundle, table, tmp_path):
    assert anymood("evaluate", bundle, table, "-o", tmp_path / "results")[0] == 0
    with (tmp_path / "results/predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    results = json.loads((tmp_path / "results/results.json").read_text(encoding="utf-8"))
    right = [row["label"] == row["predicted_label"] for row in rows]
    assert right == sorted(right)
    assert sum(right) == pytest.approx(len(rows) * results["metrics"]["routed"]["all"]["accuracy"])
    wrong = [
        float(row[f"p_{row['predicted_label']}"]) for row, is_right in zip(rows, right, strict=True) if not is_right
    ]
    assert wrong == sorted(wrong, reverse=True)
    assert {row["used"] for row in rows} == {"both", "text", "image"}
    (tmp_path / "results/results.json").unlink()
    assert "predictions.csv already exists" in anymood("evaluate", bundle, table, "-o", tmp_path / "results")[2]


def test_columns_with_usual_names_are_read_and_noted(anymood, bundle, tmp_path):
    table = tmp_path / "comentarios.csv"
    table.write_text("Comentario,label\nlove,positive\nsad,negative\n", encoding="utf-8")
    code, _, err = anymood("evaluate", bundle, table)
    assert (code, err) == (
        0,
        "comentarios.csv: the column 'Comentario' is read as the text (--text-column or text= selects another one).\n",
    )
