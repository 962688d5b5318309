import csv
import gzip
import io
import json

import pytest
from rich.console import Console
from same import assert_same

from anymood.cli import terminal
from anymood.tables.rows import Table


@pytest.mark.parametrize("options", [[], ["--text-column", "label"]])
def test_the_labels_of_a_table_are_not_looked_at(anymood, bundle, tmp_path, options):
    table = tmp_path / "posts.jsonl"
    table.write_text(json.dumps({"text": "love", "label": "awful" if options else ["joy"], "split": 7}) + "\n")
    code, _, _ = anymood("predict", table, "-o", tmp_path / "out.jsonl", "--strict", "--model", bundle, *options)
    assert code == 0
    message = json.loads((tmp_path / "out.jsonl").read_text())
    assert (message["predicted_label"], message["problem"]) == ("negative" if options else "positive", None)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_a_table_goes_to_a_file(anymood, bundle, table, tmp_path, suffix):
    target = tmp_path / f"scored.{suffix}"
    code, out, err = anymood("predict", table, "--model", bundle, "-o", target)
    assert (code, out) == (0, "")
    assert "60 posts: " in err
    assert str(target) in err
    assert target.stat().st_size > 60 * 40


def test_a_table_goes_to_standard_output_without_one(anymood, bundle, table):
    code, out, _ = anymood("predict", table, "--model", bundle)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert len(rows) == 60
    assert "p_positive" in rows[0]
    _, out, _ = anymood("predict", table, "--model", bundle, "--json")
    assert [json.loads(line)["id"] for line in out.splitlines()] == [row["id"] for row in rows]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_brief_leaves_out_the_scores_of_each_classifier(anymood, bundle, table, tmp_path, suffix):
    names = [tmp_path / f"{name}.{suffix}" for name in ("full", "brief")]
    assert anymood("predict", table, "--model", bundle, "-o", names[0])[0] == 0
    assert anymood("predict", table, "--model", bundle, "-o", names[1], "--brief")[0] == 0
    full, brief = (list(Table(name).rows()) for name in names)
    without_scores = {
        name: value for name, value in full[0].values.items() if "_scores" not in name and name != "disagreement"
    }
    assert list(brief[0].values) == list(without_scores)
    assert_same([row.values["p_positive"] for row in brief], [row.values["p_positive"] for row in full])
    shares = [anymood("report", name, "--model", bundle, "-o", f"{name}.html")[2].splitlines()[0] for name in names]
    assert shares[0] == shares[1]


def test_problems_are_counted(anymood, bundle, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("tweet,picture\nlove,gone.jpg\nsad,gone.jpg\n,\n", encoding="utf-8")
    _, _, err = anymood("predict", table, "--model", bundle, "--text-column", "tweet", "--image-column", "picture")
    assert "3 posts: 1 negative, 0 neutral, 1 positive, 1 without a label." in err
    assert "3 with a problem: 2 missing image, 1 nothing to see." in err


def test_problems_are_listed_and_strictly_fail(anymood, bundle, tmp_path):
    table, errors = tmp_path / "posts.csv", tmp_path / "e.jsonl"
    table.write_text("id,text,image\nx,love,gone.jpg\ny,sad,\n", encoding="utf-8")
    arguments = ("predict", table, "--model", bundle, "-o", tmp_path / "out.csv", "--errors", errors)
    assert anymood(*arguments)[0] == 0
    code, _, err = anymood(*arguments, "--strict")
    assert (code, "out.csv already exists" in err, "--overwrite" in err) == (1, True, True)
    code, _, err = anymood(*arguments, "--strict", "--overwrite")
    assert code == 1
    assert "Warning: 1 with a problem: 1 missing image." in err
    assert f"Written to {errors}" in err
    [message] = map(json.loads, errors.read_text(encoding="utf-8").splitlines())
    assert (message["row"], message["id"], message["reason"]) == (1, "x", "missing image")
    assert anymood("predict", "love", "--model", bundle, "--strict")[0] == 0
    assert anymood("predict", "--image", tmp_path / "gone.jpg", "--model", bundle, "--strict")[0] == 1


def test_folders_images_patterns_and_several_files(anymood, bundle, corpus_folder, monkeypatch):
    monkeypatch.chdir(corpus_folder)
    for arguments, rows in (
        (["images/"], 48),
        (["."], 48),
        (["images/pos0?.jpg"], 9),
        (["images/pos01.jpg", "posts.csv"], 61),
    ):
        code, out, _ = anymood("predict", *arguments, "--model", bundle, "--json")
        assert code == 0
        assert out.count("\n") == rows


def test_a_pattern_with_blanks_is_one_if_it_matches(anymood, bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        (tmp_path / f"my posts {number}.csv").write_text("text\nlove\n", encoding="utf-8")
    run = ("predict", "--model", bundle, "--json")
    assert anymood(*run, "my posts *.csv")[1].count("\n") == 2
    assert '"used": "text"' in anymood(*run, "so *sad* today. why?")[1]
    assert '"used": "text"' in anymood(*run, "my *")[1]
    assert anymood("predict", "--model", bundle, "my posts [12]*", "-o", "out.csv")[0] == 0
    assert anymood("predict", "--model", bundle, "your posts *", "-o", "new.csv")[0] == 2


def test_a_file_without_a_suffix_of_a_named_format(anymood, bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posts").write_text("text\nlove\nsad\n", encoding="utf-8")
    assert anymood("predict", "posts", "--format", "csv", "--json", "--model", bundle)[1].count("\n") == 2
    code, _, err = anymood("predict", "love", "--format", "csv", "--model", bundle)
    assert (code, "--format" in err) == (2, True)
    (tmp_path / "posts.md").write_text("love", encoding="utf-8")
    assert "such as --format csv" in anymood("predict", "posts.md", "-o", "o.csv", "--model", bundle)[2]


@pytest.mark.parametrize("name", ["WhatsApp Chat with Bo.txt", "[LINE] Chat with Bo.txt", "chat.txt"])
def test_an_export_whose_name_has_blanks_is_a_file(anymood, bundle, tmp_path, name):
    chats = {"W": "20/06/17, 20:28 - Ana: love\n", "[": "2024/01/15(Mon)\n10:30\tAna\tlove\n"}
    (tmp_path / name).write_text(chats.get(name[0], chats["W"]), encoding="utf-8")
    code, out, err = anymood("predict", tmp_path / name, "--model", bundle, "--json")
    assert (code, json.loads(out)["text"]) == (0, "love"), err


def test_standard_input_is_a_table(anymood, bundle, monkeypatch, tmp_path):
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b'{"text": "love"}\n{"text": "sad"}\n')))
    monkeypatch.setattr("sys.stdin", stream)
    code, _, err = anymood("predict", "-", "--model", bundle, "-o", tmp_path / "out.csv")
    assert code == 0
    assert "2 posts: 1 negative, 0 neutral, 1 positive." in err


def test_an_ended_job_resumes_or_restarts(anymood, bundle, tmp_path, monkeypatch):
    table = tmp_path / "posts.csv"
    table.write_text("text\n" + "love\n" * 50, encoding="utf-8")
    arguments = ("predict", table, "--model", bundle, "-o", tmp_path / "out.csv")

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("anymood.jobs.output.Output.finish", interrupt)
        code, _, err = anymood(*arguments)
    assert code == 130
    assert "the same command resumes the job" in err
    err = anymood(*arguments)[2]
    assert err.startswith("Resuming: 50 rows are already done.")
    assert "50 of them were predicted before the job was resumed." in err
    with monkeypatch.context() as patch:
        patch.setattr("anymood.jobs.output.Output.finish", interrupt)
        anymood(*arguments, "--overwrite")
    with table.open("a", encoding="utf-8") as more:
        more.write("sad\n")
    code, _, err = anymood(*arguments)
    assert code == 1
    assert "--restart" in err
    code, _, err = anymood(*arguments, "--restart", "--overwrite")
    assert code == 0
    assert "before the job was resumed" not in err
    assert "Resuming" not in err


def test_half_a_table_is_reported_with_a_bar(anymood, bundle, tmp_path, monkeypatch):
    packed = gzip.compress(b"text\n" + b"".join(b"love %d\n" % (n * n) for n in range(2000)))
    (tmp_path / "half.csv.gz").write_bytes(packed[: len(packed) // 2])
    monkeypatch.setattr(terminal, "error_console", lambda: Console(force_terminal=True, width=200, stderr=True))
    code, _, err = anymood("predict", tmp_path / "half.csv.gz", "-o", tmp_path / "out.csv", "--model", bundle)
    assert code == 1
    assert "Traceback" not in err
    assert "cannot be read to the end" in err
    assert "rows before are kept" in err


def test_targets_that_cannot_be_written(anymood, bundle, tmp_path):
    (tmp_path / "posts.csv").write_text("text\nlove\n", encoding="utf-8")
    code, _, err = anymood("predict", tmp_path / "posts.csv", "--model", bundle, "-o", tmp_path / f"{'x' * 300}.csv")
    assert (code, "cannot be written: File name too long" in " ".join(err.split())) == (1, True)
    code, _, err = anymood("predict", tmp_path / "posts.csv", "--model", bundle, "-o", "-")
    assert (code, "Leave out --output" in " ".join(err.split())) == (2, True)


def test_a_column_is_ignored_by_an_empty_name(anymood, bundle, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("text,image\nlove,gone.jpg\n", encoding="utf-8")
    code, out, err = anymood("predict", table, "--model", bundle, "--image-column", "", "--json")
    assert (code, json.loads(out)["problem"]) == (0, None), err


def test_options_without_effect_are_refused(anymood, bundle, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("text\nlove\n", encoding="utf-8")
    idle = {
        "end its name in .jsonl": (table, "-o", "a.csv", "--json"),
        "is not an existing table, folder": ("love", "--restart"),
    }
    for message, arguments in idle.items():
        code, _, err = anymood("predict", *arguments, "--model", bundle)
        assert (code, message in " ".join(err.split())) == (2, True), err


@pytest.mark.parametrize("options", [["--fetch-cache", "images"], ["--fetch-private"]])
def test_options_for_fetching_need_fetch(anymood, options):
    code, _, err = anymood("predict", "love", *options)
    assert code == 2
    assert f"{options[0]} also needs --fetch" in err


def test_images_behind_urls_are_fetched_on_request(anymood, bundle, tmp_path):
    pytest.importorskip("httpx")
    table = tmp_path / "posts.csv"
    table.write_text("text,image\nlove,http://127.0.0.1:9/a.jpg\n", encoding="utf-8")
    options = ("--model", bundle, "--json", "--fetch", "--fetch-cache", tmp_path / "cache")
    for arguments in ([table], ["love", "--image", "http://127.0.0.1:9/a.jpg"]):
        code, out, _ = anymood("predict", *arguments, *options)
        message = json.loads(out)
        assert (code, message["label"], message["used"], message["reason"]) == (0, "positive", "text", "not fetched")
        assert "127.0.0.1 is not a public address (--fetch-private allows it)" in message["problem"]
    _, out, _ = anymood("predict", "love", "--image", "s3://bucket/a.jpg", *options)
    assert "only http and https are supported; download it and give its path" in json.loads(out)["problem"]
