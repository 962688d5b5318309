import json

import pytest

from anymood.cli.app import main


def run(capsys, *arguments):
    code = main(["report", *map(str, arguments)])
    return code, capsys.readouterr()


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "raw.csv"
    lines = [
        f"{text},{team},2024-05-0{1 + n % 5}" for n, (text, team) in enumerate([("love best", "a"), ("sad", "b")] * 20)
    ]
    path.write_text("text,team,created\n" + "\n".join(lines) + "\n,a,\n", encoding="utf-8")
    return path


def test_a_page_of_posts_that_are_not_scored(raw, bundle, tmp_path, capsys):
    code, said = run(capsys, raw, "--model", bundle, "--by", "team", "-o", tmp_path / "r.html")
    assert code == 0
    assert "40 posts: counted, not corrected: negative 50%, neutral 0%, positive 50%." in said.err
    assert "Warning: 1 with a problem: 1 nothing to see." in said.err
    assert f"Written to {tmp_path / 'r.html'}" in said.err
    assert "<title>Mood of 40 posts</title>" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_without_times_it_says_so(raw, bundle, tmp_path, capsys):
    untimed = tmp_path / "untimed.csv"
    untimed.write_text(raw.read_text(encoding="utf-8").replace("created", "note"), encoding="utf-8")
    note = "No column has the times of the posts"
    assert note in run(capsys, untimed, "--model", bundle, "-o", tmp_path / "r.json")[1].err
    assert note not in run(capsys, raw, "--model", bundle, "-o", tmp_path / "r.json")[1].err


def test_json(raw, bundle, tmp_path, capsys):
    code, _ = run(capsys, raw, "--model", bundle, "-o", tmp_path / "r.json", "--every", "week", "--title", "T")
    read = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (code, read["title"], read["series"]["step"]) == (0, "T", "week")


def test_the_scored_table_gives_the_same(raw, bundle, tmp_path, capsys):
    assert main(["predict", str(raw), "-o", str(tmp_path / "s.parquet"), "--model", str(bundle)]) == 0
    for name, source in (("raw", raw), ("scored", tmp_path / "s.parquet")):
        assert run(capsys, source, "--model", bundle, "-o", tmp_path / f"{name}.json")[0] == 0
    raw_one, scored = (json.loads((tmp_path / f"{n}.json").read_text(encoding="utf-8")) for n in ("raw", "scored"))
    assert [each["counted"] for each in raw_one["total"]["shares"]] == [
        each["counted"] for each in scored["total"]["shares"]
    ]


def test_nothing_given(capsys):
    code, said = run(capsys)
    assert code == 2
    assert "Nothing to report on" in said.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--by", "tem"], "no column 'tem'"),
        (["-o", "r.docx"], "must end in .html or .json"),
        (["--created", "team"], "'team' holds no times"),
    ],
)
def test_misuse_is_told_without_a_trace(raw, bundle, tmp_path, capsys, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    code, said = run(capsys, raw, "--model", bundle, *arguments)
    assert code == 1
    assert told in said.err
    assert "Traceback" not in said.err
