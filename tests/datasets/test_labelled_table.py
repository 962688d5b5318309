import csv
import json

import pytest

from anymood.compression import compress
from anymood.datasets.labelled_table import read_table
from anymood.errors import SettingError, TableError
from anymood.labels import LabelSet
from anymood.tables.columns import Columns
from anymood.tables.registry import compressed_suffix, is_table, suffixes

MOODS = LabelSet(("negative", "positive"))


@pytest.fixture
def file(tmp_path):
    def write(text, name="t.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def convert(table, target):
    """The drawn corpus in another format."""
    with table.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    packed = compressed_suffix(target)
    plain = target.with_name(target.name.removesuffix(packed))
    if plain.suffix == ".parquet":
        pa = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(pa.Table.from_pylist(rows), plain)
    elif plain.suffix.startswith(".xls"):
        book = pytest.importorskip("openpyxl").Workbook()
        for cells in (rows[0], *(row.values() for row in rows)):
            book.active.append([cell or None for cell in cells])
        book.save(plain)
    else:
        with plain.open("w", encoding="utf-8") as out:
            if plain.suffix in (".csv", ".tsv"):
                writer = csv.DictWriter(out, rows[0], delimiter="\t" if plain.suffix == ".tsv" else ",")
                writer.writeheader()
                writer.writerows(rows)
            elif plain.suffix == ".json":
                json.dump(rows, out, indent=1)
            else:  # with keys left out where there is no value
                out.writelines(json.dumps({k: v for k, v in row.items() if v}) + "\n" for row in rows)
    if packed:
        compress(plain, target, packed)


def test_the_drawn_corpus(table, corpus_folder):
    corpus = read_table(table)
    assert corpus.name == "posts.csv"
    assert corpus.labels.names == ("negative", "neutral", "positive")
    assert corpus.label_counts() == {"negative": 20, "neutral": 20, "positive": 20}
    assert corpus.patterns() == {"both": 36, "text": 12, "image": 12}
    assert [len(corpus.select(part)) for part in ("train", "validation", "test")] == [36, 12, 12]
    assert corpus.problems == ()
    example = next(e for e in corpus.examples if e.post.id == "pos01")
    assert example.post.image == corpus_folder / "images" / "pos01.jpg"
    assert example.label == 2


@pytest.mark.parametrize("suffix", [*suffixes(), ".csv.gz", ".tsv.bz2", ".jsonl.xz", ".ndjson.zst", ".json.gz"])
def test_every_format_gives_the_same_corpus(table, tmp_path, suffix):
    other = tmp_path / f"posts{suffix}"
    convert(table, other)
    (tmp_path / "images").symlink_to(table.parent / "images")
    expected = [(e.post.id, e.post.text, e.label, e.split) for e in read_table(table).examples]
    corpus = read_table(other)
    assert [(e.post.id, e.post.text, e.label, e.split) for e in corpus.examples] == expected
    assert corpus.patterns() == {"both": 36, "text": 12, "image": 12}
    assert is_table(other)


def test_columns_by_other_names(file):
    path = file("nr,tweet,mood\n1,hello,positive\n2,oh no,negative\n")
    corpus = read_table(path, columns=Columns(id="nr", text="tweet", label="mood"))
    assert [(e.post.id, e.post.text, e.label) for e in corpus.examples] == [("1", "hello", 1), ("2", "oh no", 0)]


def test_rows_without_label_or_content_are_counted_and_left_out(file):
    path = file(
        "id,text,image,label\n1,a,,positive\n2,b,,\n3,,,negative\n4,,gone.jpg,negative\n5,c,gone.jpg,negative\n"
    )
    corpus = read_table(path)
    assert [e.post.id for e in corpus.examples] == ["1", "5"]
    assert corpus.problem_counts() == {"empty post": 2, "missing image": 2, "no label": 1}


def test_the_folder_of_images_may_be_a_path_or_a_text(file, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"")
    table = file("image,label\na.jpg,positive\na.jpg,negative\n")
    for folder in (tmp_path / "photos", str(tmp_path / "photos")):
        examples = read_table(table, image_folder=folder).examples
        assert [example.post.image for example in examples] == [tmp_path / "photos" / "a.jpg"] * 2
    with pytest.raises(SettingError, match="There is no folder .*gone, which images are relative to"):
        read_table(table, image_folder=str(tmp_path / "gone"))


def test_sentiments_in_other_languages(file):
    path = file("text,label\na,POSITIVO\nb,négatif\nc,Negative\nd,olumlu\n")
    corpus = read_table(path, MOODS)
    assert [corpus.labels.names[e.label] for e in corpus.examples] == ["positive", "negative", "negative", "positive"]
    assert corpus.notes == (
        "t.csv: of the labels, 'POSITIVO' is read as 'positive', 'négatif' is read as 'negative', "
        "'olumlu' is read as 'positive'.",
    )
    assert read_table(path, LabelSet(("Negative", "POSITIVO", "négatif", "olumlu"))).notes == ()
    assert len(read_table(path).labels) == 4
    with pytest.raises(TableError, match="unknown label in 2 rows"):
        read_table(path, LabelSet(("negative", "fine")))


def test_a_post_without_id_is_named_after_its_line(file):
    corpus = read_table(file("id,text,label\n,a,positive\n7,b,negative\n,c,\n"))
    assert [e.post.id for e in corpus.examples] == ["line 2", "7"]
    assert [problem.where for problem in corpus.problems] == ["t.csv:4"]


def test_a_post_without_id_is_named_after_its_row_in_a_sheet(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Posts of 2024"], ["text", "label"], ["a", "positive"], [], ["b", "negative"], ["c", None]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    corpus = read_table(tmp_path / "t.xlsx")
    assert [e.post.id for e in corpus.examples] == ["row 3", "row 5"]
    assert [problem.where for problem in corpus.problems] == ["t.xlsx, row 6"]


def test_numbers_as_labels(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "a", "label": 1}\n{"text": "b", "label": 0}\n{"text": "c", "label": null}\n')
    corpus = read_table(path)
    assert corpus.labels.names == ("0", "1")
    assert [e.label for e in corpus.examples] == [1, 0]
    assert corpus.problem_counts() == {"no label": 1}


def test_labels_in_lists(tmp_path):
    path = tmp_path / "t.jsonl"  # as doccano exports text classification
    path.write_text(
        '{"text": "a", "label": ["positive"]}\n{"text": "b", "label": ["negative"]}\n{"text": "c", "label": []}\n'
        '{"text": "d", "label": ["positive", "negative"]}\n'
    )
    corpus = read_table(path)
    assert [(e.post.text, corpus.labels.names[e.label]) for e in corpus.examples] == [
        ("a", "positive"),
        ("b", "negative"),
    ]
    assert corpus.problem_counts() == {"no label": 2, "wrong type": 1}


def test_labels_within_lists_of_objects(tmp_path):
    path = tmp_path / "t.json"  # as Label Studio exports JSON
    path.write_text(
        json.dumps(
            [
                {
                    "id": number,
                    "data": {"text": text},
                    "annotations": [{"id": 7, "result": [{"type": "choices", "value": {"choices": [label]}}]}],
                }
                for number, (text, label) in enumerate([("a", "positive"), ("b", "negative")])
            ]
        )
    )
    columns = Columns(text="data.text", label="annotations.result.value.choices")
    corpus = read_table(path, columns=columns)
    assert [(e.post.text, corpus.labels.names[e.label]) for e in corpus.examples] == [
        ("a", "positive"),
        ("b", "negative"),
    ]


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        ({"answer": "accept"}, {"answer": "reject"}), ({"answer": "accept"}, {"answer": "ignore"}),  # Prodigy
        ({"was_cancelled": False}, {"was_cancelled": True}), ({"skipped": "False"}, {"skipped": "True"}),
        ({"status": "Validated"}, {"status": "Discarded"}),  # Argilla 1
        ({"AssignmentStatus": "Approved"}, {"AssignmentStatus": "Rejected"}),
        ({"ASSIGNMENT:status": "APPROVED"}, {"ASSIGNMENT:status": "SKIPPED"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["t.jsonl", "t.csv"])
def test_what_the_annotator_rejected_has_no_label(tmp_path, row, refused, name):
    rows = [
        {"id": 1, "text": "a", "label": "positive", **row},
        {"id": 1, "text": "a", "label": "negative", **refused},  # another question about the same post
        {"id": 2, "text": "b", "label": "negative", **row},
        {"id": 3, "text": "c", "label": None, **row},
    ]
    path = tmp_path / name
    if name == "t.csv":
        with path.open("w", newline="") as file:
            (writer := csv.DictWriter(file, rows[0])).writeheader()
            writer.writerows(rows)
    else:
        path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    corpus = read_table(path)
    assert [(e.post.id, corpus.labels.names[e.label]) for e in corpus.examples] == [
        ("1", "positive"),
        ("2", "negative"),
    ]
    assert corpus.problem_counts() == {"rejected label": 1, "no label": 1}


def test_a_column_of_answers_may_be_the_label(file):
    corpus = read_table(file("text,answer\na,reject\nb,accept\n"), columns=Columns(label="answer"))
    assert corpus.labels.names == ("accept", "reject")


def test_cancelled_annotations_do_not_count(tmp_path):
    def annotation(label, **more):
        return {"result": [{"value": {"choices": [label]}}], "was_cancelled": False, **more}

    annotations = [
        [annotation("positive", was_cancelled=True), annotation("negative")],
        [annotation("positive")],
        [annotation("positive", was_cancelled=True)],
        [annotation("positive"), annotation("negative")],
    ]
    path = tmp_path / "t.json"  # as Label Studio exports JSON
    path.write_text(json.dumps([{"data": {"text": str(n)}, "annotations": of} for n, of in enumerate(annotations)]))
    corpus = read_table(path, columns=Columns(text="data.text", label="annotations.result.value.choices"))
    assert [(e.post.text, corpus.labels.names[e.label]) for e in corpus.examples] == [
        ("0", "negative"),
        ("1", "positive"),
    ]
    assert corpus.problem_counts() == {"wrong type": 1, "no label": 2}


def test_discarded_responses_of_argilla_do_not_count(tmp_path):
    rows = [
        {"text": "a", "mood.responses": ["positive", "negative"], "mood.responses.status": ["discarded", "submitted"]},
        {"text": "b", "mood.responses": ["positive"], "mood.responses.status": ["submitted"]},
        {"text": "c", "mood.responses": ["positive"], "mood.responses.status": ["draft"]},
    ]
    (flat := tmp_path / "flat.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (nested := tmp_path / "nested.jsonl").write_text(
        "".join(
            json.dumps(
                {
                    "text": row["text"],
                    "mood": [
                        {"value": value, "status": status} for value, status in zip(*[*row.values()][1:], strict=True)
                    ],
                }
            )
            + "\n"
            for row in rows
        )
    )
    for path, label in ((flat, "mood.responses"), (nested, "mood.value")):
        corpus = read_table(path, columns=Columns(label=label))
        labelled = [(e.post.text, corpus.labels.names[e.label]) for e in corpus.examples]
        assert labelled == [("a", "negative"), ("b", "positive")]
        assert corpus.problem_counts() == {"no label": 1}


def test_labels_keep_the_order_that_is_given(file):
    labels = LabelSet(("positive", "neutral", "negative"))
    corpus = read_table(file("text,label\na,negative\nb,positive\n"), labels)
    assert corpus.labels == labels
    assert [e.label for e in corpus.examples] == [2, 0]


def test_given_labels_are_found_in_other_spellings(file):
    rows = file("text,label\na,Positive\nb,NEGATIVE\nc,very  Good\n")
    corpus = read_table(rows, LabelSet(("negative", "positive", "Very good")))
    assert [e.label for e in corpus.examples] == [1, 0, 2]
    with pytest.raises(TableError, match="unknown label in 1 row: 'NEGATIVE'"):
        read_table(rows, LabelSet(("negative", "Negative", "positive", "very  Good", "Positive")))


def test_whole_numbers_are_the_same_labels_with_and_without_a_point(file):
    corpus = read_table(file("text,label\na,1\nb,0\nc,-1.00\n"), LabelSet(("-1", "0.0", "1.0")))
    assert [e.label for e in corpus.examples] == [2, 1, 0]
    with pytest.raises(TableError, match=r"has the label '1' in 1 row and '1\.0' in 1, .* Use one spelling"):
        read_table(file("text,label\na,1\nb,0\nc,1.0\n"))
    assert read_table(file("text,label\na,1.5\nb,1.50\n")).labels.names == ("1.5", "1.50")


def test_splits_in_the_usual_spellings(file):
    spellings = ["train", "Training", "val", "valid", "validation", "dev", "TEST", ""]
    rows = "".join(f"{n},{'positive' if n % 2 else 'negative'},{s}\n" for n, s in enumerate(spellings))
    corpus = read_table(file("text,label,split\n" + rows))
    assert [e.split for e in corpus.examples] == ["train"] * 2 + ["validation"] * 4 + ["test", None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "text,label\na,bliss\nb,joy\nc,fear\nd,anger\n",
            r"unknown label in 4 rows: 'bliss' \(t.csv:2\), 'joy'.* and 1 more\. Known: negative, positive\.",
        ),
        ("text,label,split\na,positive,holdout\n", r"unknown split in 1 row: 'holdout' \(t.csv:2\)"),
        ("id,text,label\n1,a,positive\n2,b,negative\n1,c,positive\n", r"id '1' occurs twice: t.csv:2 and t.csv:4"),
        ("text,label_1\na,positive\n", r"no label column\. Its columns are: text, label_1\. Did you mean 'label_1'\?"),
        ("text,label\n", "no post that can be used: it has no rows"),
        ("text,label\na,\n,positive\n", r"can be used: 1 no label, 1 empty post\. The first: t\.csv:2"),
        (
            "image,label\ngone.jpg,positive\n",
            r"1 missing image, .* The first: t\.csv:2: .*gone\.jpg' does not exist",
        ),
    ],
)
def test_mistakes_in_the_table_as_a_whole(file, text, message):
    with pytest.raises(TableError, match=message):
        read_table(file(text), MOODS)


def test_labels_that_differ_in_case_alone_are_one_mistake(file):
    with pytest.raises(TableError, match=r"'good' in 2 rows and 'Good' in 1, first in t\.csv:3\. Use one spelling"):
        read_table(file("text,label\na,good\nb,Good\nc,good\nd,bad\n"))


@pytest.mark.parametrize("other", ["go\u200bod", "good\ufeff", "\uff47\uff4f\uff4f\uff44", "GOOD"])
def test_labels_that_look_alike_are_one_mistake(file, other):
    with pytest.raises(TableError, match="Use one spelling"):
        read_table(file(f"text,label\na,good\nb,{other}\nc,good\nd,bad\n"))
    with pytest.raises(TableError, match="Use one spelling"):
        read_table(file("text,label\na,not  sure\nb,not sure\n"))


def test_a_missing_label_is_not_a_label_however_it_is_written(file):
    corpus = read_table(file("text,label\na,good\nb,nan\nc,bad\nd,N/A\ne,<NA>\n"))
    assert corpus.labels.names == ("bad", "good")
    assert corpus.problem_counts() == {"no label": 3}


@pytest.mark.parametrize("name", ["go\nod", "go\x1b[31mod", "good\x9b"])
def test_a_label_that_would_control_a_terminal_is_a_mistake(file, name):
    with pytest.raises(TableError, match=r"t\.csv: The label 'go.* has a line break or another control character"):
        read_table(file(f'text,label\na,"{name}"\nb,bad\n'))


def test_one_label_alone_teaches_nothing(file):
    with pytest.raises(TableError, match="only one label, 'positive'"):
        read_table(file("text,label\na,positive\nb,positive\n"))


def test_the_only_column_with_a_usual_name_is_read_and_noted(file):
    corpus = read_table(file("Comentario;label;Foto\nque bien;positive;\nfatal;negative;\n", "comentarios.csv"))
    assert [example.post.text for example in corpus.examples] == ["que bien", "fatal"]
    assert corpus.notes == (
        "comentarios.csv: the column 'Comentario' is read as the text (--text-column or text= selects another one).",
        "comentarios.csv: the column 'Foto' is read as the image (--image-column or image= selects another one).",
    )
    assert corpus.with_labels(LabelSet(("negative", "neutral", "positive"))).notes == corpus.notes


def test_ids_in_a_column_with_a_usual_name_may_repeat(file):
    """The ids of the posts that comments belong to."""
    corpus = read_table(file("post_id,text,label\n5,a,positive\n5,b,negative\n6,c,positive\n"))
    assert [example.post.id for example in corpus.examples] == ["5", "line 3", "6"]
    assert corpus.notes == ("t.csv: the column 'post_id' is read as the id (--id-column or id= selects another one).",)
    with pytest.raises(TableError, match="id '5' occurs twice"):
        read_table(file("post_id,text,label\n5,a,positive\n5,b,negative\n"), columns=Columns(id="post_id"))


def test_several_columns_with_usual_names_must_be_named(file):
    table = file("comentario,mensaje,label\nque bien,hola,positive\nfatal,hola,negative\n")
    with pytest.raises(TableError, match="'comentario' and 'mensaje' may be the text"):
        read_table(table)
    assert not read_table(table, columns=Columns(text="mensaje")).notes


def test_predicted_labels_are_not_taken_for_true_ones(file):
    rows = ["awful,negative,0.9,0.1,text", "fine,positive,0.2,0.8,text"]
    table = file("\n".join(["text,label,p_negative,p_positive,used", *rows]))
    with pytest.raises(TableError, match="are predictions of a model"):
        read_table(table)
    scores = {"negative": 0.9, "positive": 0.1}
    nested = [{"text": "awful", "label": "negative", "probabilities": scores, "used": "text"}]
    with pytest.raises(TableError, match="are predictions"):
        read_table(file(json.dumps(nested), "t.json"))
    corrected = file("\n".join(["text,label,p_negative,p_positive,used", *rows, "bad,negative,0.2,0.8,text"]))
    assert read_table(corrected).label_counts() == {"negative": 2, "positive": 1}
    path = file("\n".join(["text,label,p_negative,p_positive,used,predicted_label", *(f"{row},x" for row in rows)]))
    assert len(read_table(path)) == 2
