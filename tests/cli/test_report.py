import json
from html import unescape

import pytest


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "raw.csv"
    lines = [
        f"{text},{team},2024-05-0{1 + n % 5}" for n, (text, team) in enumerate([("love best", "a"), ("sad", "b")] * 20)
    ]
    path.write_text("text,team,created\n" + "\n".join(lines) + "\n,a,\n", encoding="utf-8")
    return path


def test_a_page_of_posts_that_are_not_scored(raw, bundle, tmp_path, anymood):
    code, _, err = anymood("report", raw, "--model", bundle, "--by", "team", "-o", tmp_path / "r.html")
    assert code == 0
    assert "40 posts: counted, not corrected: negative 50%, neutral 0%, positive 50%." in err
    assert "Warning: 1 with a problem: 1 nothing to see." in err
    assert f"Written to {tmp_path / 'r.html'}" in err
    assert "<title>Report on 40 posts</title>" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_assumptions_about_the_input_are_reported(raw, bundle, tmp_path, anymood):
    export = tmp_path / "export.csv"
    export.write_text(
        "Brand:,Acme\n\n" + raw.read_text(encoding="utf-8").replace("text", "Full Text", 1), encoding="utf-8"
    )
    code, _, err = anymood("report", export, "--model", bundle, "-o", tmp_path / "r.html")
    assert code == 0
    note = "export.csv: the column 'Full Text' is read as the text"
    assert note in err
    assert note in unescape((tmp_path / "r.html").read_text(encoding="utf-8"))


def test_without_times_it_says_so(raw, bundle, tmp_path, anymood):
    untimed = tmp_path / "untimed.csv"
    untimed.write_text(raw.read_text(encoding="utf-8").replace("created", "note"), encoding="utf-8")
    note = "No column has the times of the posts"
    assert note in anymood("report", untimed, "--model", bundle, "-o", tmp_path / "untimed.json")[2]
    assert note not in anymood("report", raw, "--model", bundle, "-o", tmp_path / "raw.json")[2]


def test_an_existing_output_is_replaced_only_on_request(raw, bundle, tmp_path, anymood):
    page = tmp_path / "r.html"
    page.write_text("mine", encoding="utf-8")
    code, _, err = anymood("report", raw, "--model", bundle, "-o", page)
    assert (code, page.read_text(encoding="utf-8")) == (1, "mine")
    assert "replace it with --overwrite" in err
    assert anymood("report", raw, "--model", bundle, "-o", page, "--overwrite")[0] == 0
    assert "<title>" in page.read_text(encoding="utf-8")


def test_images_of_a_table_scored_to_another_folder(bundle, corpus_folder, tmp_path, anymood):
    image = next((corpus_folder / "images").glob("*.jpg")).name
    (tmp_path / "mine.csv").write_text(f"text,image\nlove,{image}\n", encoding="utf-8")
    images, scored = corpus_folder / "images", tmp_path / "scored.csv"
    predict = ("predict", tmp_path / "mine.csv", "--image-folder", images, "-o", scored)
    assert anymood(*predict, "--model", bundle)[0] == 0
    for options, shown in (((), False), (("--image-folder", images), True)):
        code, _, _ = anymood("report", scored, "--model", bundle, "-o", tmp_path / f"{shown}.html", *options)
        assert code == 0
        assert ("data:image/jpeg" in (tmp_path / f"{shown}.html").read_text(encoding="utf-8")) is shown
    code, _, err = anymood("report", scored, "--model", bundle, "-o", tmp_path / "r.html", "--image-folder", "gone")
    assert code == 1
    assert "There is no folder gone" in err


def test_tables_and_archives_are_read_with_the_options_of_predict(bundle, tmp_path, anymood):
    (tmp_path / "a.csv").write_text("by me,text\n1,love\n2,hate\n", encoding="utf-8")
    code, _, err = anymood(
        "report",
        tmp_path / "a.csv",
        "--model",
        bundle,
        "-o",
        tmp_path / "a.json",
        *("--skip-lines", 1),
        *("--no-header", "--text-column", "2"),
    )
    assert (code, "2 posts" in err) == (0, True)
    code, _, err = anymood(
        "report", tmp_path / "a.csv", "--model", bundle, "-o", tmp_path / "b.json", "--format", "text"
    )
    assert (code, "3 posts" in err) == (0, True)


def test_json(raw, bundle, tmp_path, anymood):
    code, _, _ = anymood("report", raw, "--model", bundle, "-o", tmp_path / "r.json", "--every", "week", "--title", "T")
    read = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (code, read["title"], read["series"]["step"]) == (0, "T", "week")


def test_the_scored_table_gives_the_same(raw, bundle, tmp_path, anymood):
    assert anymood("predict", raw, "-o", tmp_path / "s.parquet", "--model", bundle)[0] == 0
    for name, source in (("raw", raw), ("scored", tmp_path / "s.parquet")):
        assert anymood("report", source, "--model", bundle, "-o", tmp_path / f"{name}.json")[0] == 0
    raw_one, scored = (json.loads((tmp_path / f"{n}.json").read_text(encoding="utf-8")) for n in ("raw", "scored"))
    assert [each["counted"] for each in raw_one["total"]["shares"]] == [
        each["counted"] for each in scored["total"]["shares"]
    ]


def test_nothing_given(anymood):
    code, _, err = anymood("report")
    assert code == 2
    assert "Nothing to report on" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "tem"], "no column 'tem'"),
        (["-o", "r.docx"], "must end in .html, .htm or .json"),
        (["--created", "team"], "'team' contains no times"),
    ],
)
def test_misuse_is_reported_without_a_trace(raw, bundle, tmp_path, anymood, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, _, err = anymood("report", raw, "--model", bundle, *arguments)
    assert code == 1
    assert message in err
    assert "Traceback" not in err


def test_a_table_that_another_model_scored_is_noted(bundle, tmp_path, anymood):
    scored = tmp_path / "scored.csv"
    scored.write_text("text,label,p_bad,p_good,used\nfine,good,0.1,0.9,text\n", encoding="utf-8")
    code, _, err = anymood("report", scored, "--model", bundle, "-o", tmp_path / "r.html")
    assert code == 0
    assert "so another model scored them. Name it with --model" in err
