from pathlib import Path

import pytest

from anymood.errors import TableError
from anymood.tables.columns import Columns, post_columns

TABLE = Path("posts.csv")


def test_default_names_are_found_regardless_of_case():
    columns = Columns().resolve(["ID", "Text", "Label", "other"], TABLE)
    assert (columns.id, columns.text, columns.image, columns.label) == ("ID", "Text", "image", "Label")


def test_the_exact_name_goes_before_one_in_another_case():
    assert Columns().resolve(["TEXT", "text"], TABLE).text == "text"


def test_other_names_and_none():
    columns = Columns(text="tweet", image=None, split=None).resolve(["tweet", "image"], TABLE)
    assert (columns.text, columns.image, columns.split) == ("tweet", None, None)


@pytest.mark.parametrize(
    ("columns", "present", "message"),
    [
        (Columns(), ["id", "label"], r"neither a text nor an image column. Its columns are: id, label\. Rename"),
        (Columns(), ["texts", "imge"], r"Did you mean 'texts' or 'imge'\?"),
        (Columns(), ["Opening Text", "Time"], r"Did you mean 'Opening Text'\?"),
        (Columns(), ["mood", "text_scores.positive"], r"text_scores.positive\. Rename"),
        (Columns(), ['{"text":"love"}'], "If it is JSON, give it the suffix .jsonl"),
        (Columns(), ["<html><body>Log in</body></html>"], r"are: <html><body>Log in</body></html>\. Rename"),
        (Columns(text=None, image=None), ["text"], "neither a text nor an image"),
        (Columns(image="photo"), ["text", "Photos"], r"no column 'photo' for the image\. .*Did you mean 'Photos'\?"),
        (Columns(label="mood"), ["text", "a"], r"no column 'mood' for the label\. Its columns are: text, a\."),
        (
            Columns(label="text"),
            ["text"],
            r"posts.csv: the column 'text' is given for two different roles, text and label\. Name another column for "
            r"one of them, or none \(--text-column '' or text=None\)",
        ),
        (Columns(text="x", image="x"), ["x"], r"two different roles, text and image\. .* for one of them\.$"),
        (Columns(text="title+title"), ["title"], r"the column 'title' is given twice for the text\. Name it once"),
    ],
)
def test_mistakes_say_what_columns_there_are(columns, present, message):
    with pytest.raises(TableError, match=message):
        columns.resolve(present, TABLE)


def test_a_workbook_with_a_title_is_reported():
    with pytest.raises(TableError, match="names of the columns are in a later row, remove the rows before it"):
        Columns().resolve(["My posts"], "posts.xlsx")


@pytest.mark.parametrize(
    "name",
    [
        *("Full Text", "Post Message", "review", "Kommentar", "comentario", "post_caption", "textDisplay"),
        *("Сообщение", "Treść", "النص", "ข้อความ", "Nội dung", "评论内容", "本文", "내용"),
        *("投稿内容", "レビュー本文", "PAYLAŞIM METNİ", "Gonderi Metni", "Texto de la publicación", "Opinio\u0301n"),
    ],
)
def test_usual_names_of_texts(name):
    columns = Columns().resolve(["Nr", name], TABLE, guess=True)
    assert columns.text == name
    assert Columns().notes(columns, ["Nr", name])[0].startswith(f"the column {name!r} is read as the text")


@pytest.mark.parametrize(
    "name",
    [
        *("sentiment", "Sentiment_Label", "gold label", "polarity", "etiqueta", "Étiquette", "Stimmung", "sentimiento"),
        *("polaridad", "DUYGU", "SINIF", "тональность", "المشاعر", "情感极性", "感情", "감정", "cảm xúc", "štítek"),
    ],
)
def test_usual_names_of_labels(name):
    present = ["text", name]
    columns = Columns().resolve(present, TABLE, guess=True)
    columns.require_label(present, TABLE)
    assert columns.label == name
    assert Columns().notes(columns, present) == [
        f"the column {name!r} is read as the label (--label-column or label= selects another one)"
    ]
    assert Columns().unlabelled().resolve(present, TABLE, guess=True).label is None


@pytest.mark.parametrize("name", ["Post ID", "post_id", "Tweet Id", "tweetId", "_id", "id_str", "comment-id"])
def test_usual_names_of_ids(name):
    found = Columns().resolve(["text", name], TABLE, guess=True)
    assert found.id == name
    assert Columns().notes(found, ["text", name]) == [
        f"the column {name!r} is read as the id (--id-column or id= selects another one)"
    ]
    assert Columns().guessed(found) == {"id"}


@pytest.mark.parametrize("others", [["User ID"], ["post_id", "comment_id"], ["ID", "Post ID"]])
def test_other_ids_are_not_those_of_posts(others):
    found = Columns().resolve(["text", *others], TABLE, guess=True)
    assert found.id == ("ID" if "ID" in others else "id")
    assert Columns().guessed(found) == set()


@pytest.mark.parametrize(
    ("present", "message"),
    [
        (
            ["text", "sentiment", "emotion"],
            "'sentiment' and 'emotion' may be the label .--label-column or label=.. Name",
        ),
        (["text", "airline_sentiment"], "Did you mean 'airline_sentiment'. Name it with --label-column"),
        (["text", "stars"], "Its columns are: text, stars. Name it with --label-column"),
    ],
)
def test_a_table_without_an_unambiguous_label_column(present, message):
    with pytest.raises(TableError, match=f"posts.csv has no label column. .*{message}"):
        Columns().resolve(present, TABLE, guess=True).require_label(present, TABLE)


def test_a_description_is_the_text_where_there_is_no_other():
    present = ["Post ID", "Description", "Publish time"]  # an export of posts on Instagram
    assert Columns().resolve(present, TABLE, guess=True).text == "Description"
    assert Columns().resolve([*present, "Caption"], TABLE, guess=True).text == "Caption"
    assert Columns().resolve([*present, "Photo", "Title"], TABLE, guess=True).text == "Description"  # of CrowdTangle
    assert Columns().resolve(["Title", "image"], TABLE, guess=True).text == "text"
    assert Columns(text=None, image="Post ID").resolve(present, TABLE, guess=True).text is None
    with pytest.raises(TableError, match=r"'Title' and 'Description' may be the text .*, or join texts: 'Title\+Descr"):
        Columns().resolve(["Title", *present], TABLE, guess=True)


def test_a_title_beside_the_text_is_noted():
    present = ["title", "selftext", "score"]  # of submissions to Reddit, many of which have only a title
    columns = Columns().resolve(present, TABLE, guess=True)
    assert columns.text == "selftext"
    assert Columns().notes(columns, present)[0].endswith("selects another one, and 'title+selftext' joins two)")
    present = ["content", "content_snippet"]  # of which the second is a part of the first
    assert "joins" not in Columns().notes(Columns().resolve(present, TABLE, guess=True), present)[0]


def test_a_column_that_may_be_the_text_is_reported_where_there_is_an_image():
    present = ["Image", "Post Message 1", "text_scores.positive"]
    notes = Columns().notes(Columns().resolve(present, TABLE, guess=True), present)
    assert notes == ["no column is read as the text: --text-column or text= selects one, such as 'Post Message 1'"]


@pytest.mark.parametrize(
    ("present", "columns"),
    [
        (["id", "text", "image"], {"text": ["text"], "image": ["image"]}),
        (["Text", "Message", "Image_URL"], {"text": ["Text"], "image": ["Image_URL"]}),
        (["created_at", "message"], {"text": ["message"], "image": []}),
        (["caption", "message"], {"text": ["caption", "message"], "image": []}),
        (["Post ID", "Description"], {"text": ["Description"], "image": []}),
        (["Description", "photo"], {"text": ["Description"], "image": ["photo"]}),
        (["texts"], {"text": [], "image": []}),
    ],
)
def test_the_columns_that_may_be_those_of_posts(present, columns):
    assert post_columns(present) == columns


def test_accents_may_be_encoded_in_two_ways():
    assert Columns(text="Opini\u00f3n").resolve(["Opinio\u0301n"], TABLE).text == "Opinio\u0301n"


def test_several_columns_of_the_text_are_found_each():
    present = ["Title", "body", "text"]
    assert Columns(text="title + Body").resolve(present, TABLE).text == "Title+body"
    assert Columns(text="user.name+text").resolve(present, TABLE, nested={"user.name"}).text == "user.name+text"
    assert Columns(text="a+b").resolve(["a+b", "a"], TABLE).text == "a+b"  # a column has this name


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns(text="title+bdy"), r"no column 'bdy' for the text\. .*Did you mean 'body'\?"),
        (Columns(text="title+text"), "no column 'text' for the text"),
        (Columns(text="title+body", image="body"), "posts.csv: the column 'body' is given for two different roles"),
    ],
)
def test_each_of_several_columns_must_exist(columns, message):
    with pytest.raises(TableError, match=message):
        columns.resolve(["title", "body"], TABLE)


def test_one_of_several_columns_may_not_be_there_twice():
    with pytest.raises(TableError, match="has the column 'body' twice"):
        Columns(text="title+body").resolve(["title", "body"], TABLE, repeated={"body"})


def test_names_are_str():
    with pytest.raises(TableError, match="The name of the text column must be a str, not 5"):
        Columns(text=5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([{"Datei": "1.jpg"}, {"Datei": " fotos/2.PNG "}, {"Datei": ""}, {"Datei": None}], ["'Datei'"]),
        ([{"Datei": "1.jpg", "a": "b.webp"}, {"Datei": "2.jpg", "a": "c.gif"}], ["'Datei' and 'a'"]),
        ([{"Datei": "1.jpg"}, {"Datei": "posts.csv"}], []),
        ([{"Datei": "https://example.org/1.jpg"}], []),
        ([{"text": "1.jpg", "id": "2.jpg", "Datei": 3}], []),
    ],
)
def test_a_column_with_names_of_images_is_reported_where_none_is_read(values, message):
    present = ["id", "text", "Datei", "a"]
    columns = Columns().resolve(present, TABLE, guess=True)
    note = "no column is read as the image: --image-column or image= selects one, such as "
    noted = [f"{note}{names}" for names in message]
    assert Columns().notes(columns, present, rows=values) == noted


def test_values_are_not_read_where_the_image_is_known_or_not_wanted():
    def rows():
        raise AssertionError
        yield

    for columns, present in ((Columns(), ["text", "image"]), (Columns(image=None), ["text", "file"])):
        assert columns.notes(columns.resolve(present, TABLE, guess=True), present, rows=rows()) == []


def test_values_within_columns_can_be_named():
    nested = {"data", "data.video.cover", "data.desc"} | {f"data.video.{number:02}" for number in range(20)}
    with pytest.raises(
        TableError, match=r"Values within them: data, data\.desc, data\.video\.00, .* and 3 more\. Rename"
    ):
        Columns().resolve(["item_id", "data"], "t.jsonl", nested=nested)


@pytest.mark.parametrize(
    ("present", "role", "name"),
    [
        (["id", "content", "rawContent"], "text", "rawContent"),
        (["textDisplay", "textOriginal"], "text", "textOriginal"),
        (["caption", "images", "displayUrl"], "image", "displayUrl"),
        (["message", "full_picture"], "image", "full_picture"),
        (["text", "original_pic"], "image", "original_pic"),
    ],
)
def test_the_more_complete_of_two_columns_is_read(present, role, name):
    assert getattr(Columns().resolve(present, TABLE, guess=True), role) == name


def test_two_rows_of_names_are_reported_where_several_columns_may_be_the_text():
    with pytest.raises(TableError, match=r"Name the right one.*If the names of the columns are in a later row"):
        Columns().resolve(["Post", "column 2", "Content", "column 4"], TABLE, guess=True)


@pytest.mark.parametrize(
    ("nested", "image"),
    [
        (["media_attachments.type", "media_attachments.url", "card.image"], "media_attachments"),
        (["media._type", "media.fullUrl"], "media"),
        (["media.photo_image.uri", "media.photo_image"], "media"),
        (["media.name"], "image"),
    ],
)
def test_lists_of_media_are_the_images(nested, image):
    present = ["text", "media_attachments", "media"]
    assert Columns().resolve(present, TABLE, nested=nested, guess=True).image == image


def test_columns_of_texts_in_several_languages_are_no_first_post():
    with pytest.raises(TableError, match="Did you mean 'text_en' or 'text_de'") as error:
        Columns().resolve(["id", "text_en", "text_de"], "posts.csv", guess=True)
    assert "--no-header" not in str(error.value)
    with pytest.raises(TableError, match="--no-header"):
        Columns().resolve(["what a nice text", "photos/1.jpg"], "posts.csv", guess=True)
