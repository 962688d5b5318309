import sys
import tracemalloc

import numpy as np
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest
from PIL import Image
from same import assert_same

from anymood.errors import SettingError, TableError

BRIGHT = np.full((30, 40, 3), 250, np.uint8)
TEXTS = ["I love the day", None, "hate hate", "", "a sad day"]
ADDED = ["label", "p_negative", "p_neutral", "p_positive", "used", "disagreement", "problem", "reason"]
LIBRARIES = {"pandas": pandas.DataFrame, "polars": polars.DataFrame, "pyarrow": pyarrow.table}


def listed(frame, name):
    """A column as a list, None where nothing is there."""
    values = frame[name].to_pylist() if isinstance(frame, pyarrow.Table) else frame[name].to_list()
    return [None if value is None or value != value else value for value in values]  # noqa: PLR0124 - NaN


@pytest.fixture
def bright(tmp_path):
    Image.fromarray(BRIGHT).save(tmp_path / "bright.png")
    return tmp_path / "bright.png"


@pytest.mark.parametrize("library", LIBRARIES)
class TestEveryLibrary:
    def test_rows_and_columns_stay_and_ours_come_after(self, model, library):
        frame = LIBRARIES[library]({"n": [1, 2, 3, 4, 5], "text": TEXTS})
        predicted = model.predict_frame(frame)
        assert type(predicted) is type(frame)
        names = getattr(predicted, "column_names", None) or list(predicted.columns)
        assert names == ["n", "text", *ADDED]
        assert listed(predicted, "n") == [1, 2, 3, 4, 5]
        assert listed(predicted, "text") == TEXTS
        assert listed(predicted, "label") == ["positive", None, "negative", None, "negative"]
        assert listed(predicted, "used") == ["text", "none", "text", "none", "text"]
        assert listed(predicted, "reason") == [None, "nothing to see", None, "nothing to see", None]
        alone = [model.predict(text) for text in TEXTS]
        for label in model.labels:
            values = listed(predicted, f"p_{label}")
            assert_same(values, [prediction.probabilities.get(label) for prediction in alone])

    def test_images_are_paths_from_a_folder(self, model, library, bright):
        frame = LIBRARIES[library]({"body": ["love", "love", None], "photo": ["bright.png", "gone.png", None]})
        predicted = model.predict_frame(frame, text="body", image="photo", image_folder=bright.parent)
        assert listed(predicted, "used") == ["both", "text", "none"]
        assert listed(predicted, "reason") == [None, "missing image", "nothing to see"]
        message = listed(predicted, "problem")[1]
        assert message.startswith("row 2: its image 'gone.png' does not exist")
        with pytest.raises(SettingError, match="There is no folder gone, which images are relative to"):
            model.predict_frame(frame, text="body", image="photo", image_folder="gone")

    def test_images_are_bytes(self, model, library, bright):
        frame = LIBRARIES[library]({"image": [bright.read_bytes(), None, b"no image"]})
        predicted = model.predict_frame(frame)
        assert listed(predicted, "used") == ["image", "none", "none"]
        assert listed(predicted, "label") == ["positive", None, None]

    def test_no_rows(self, model, library):
        frame = LIBRARIES[library]({"text": ["x"]})[:0]
        predicted = model.predict_frame(frame)
        assert len(predicted) == 0
        assert "p_positive" in (getattr(predicted, "column_names", None) or list(predicted.columns))

    def test_names_that_are_taken(self, model, library):
        frame = LIBRARIES[library]({"text": ["love"], "label": ["mine"]})
        predicted = model.predict_frame(frame)
        assert (listed(predicted, "label"), listed(predicted, "predicted_label")) == (["mine"], ["positive"])

    def test_what_each_classifier_says(self, model, library, bright):
        frame = LIBRARIES[library]({"text": ["sad lost", "love"], "image": [str(bright), None]})
        predicted = model.predict_frame(frame, scores=True)
        alone = model.predict("sad lost", BRIGHT)
        for name in ("text", "image", "fused"):
            for label in model.labels:
                first, second = listed(predicted, f"{name}_scores.{label}")
                assert_same(first, getattr(alone, name).probabilities[label])
                assert (second is None) == (name != "text")

    def test_more_rows_than_are_read_at_once_and_progress(self, model, library, monkeypatch):
        monkeypatch.setattr("anymood.runtime.frames.ROWS", 7)
        words = ["love", "hate"] * 10
        message = []
        frame = LIBRARIES[library]({"text": words})
        predicted = model.predict_frame(frame, progress=lambda done, rows: message.append((done, rows)))
        assert listed(predicted, "label") == ["positive", "negative"] * 10
        assert message == [(7, 20), (14, 20), (20, 20)]

    def test_a_column_that_does_not_exist(self, model, library):
        frame = LIBRARIES[library]({"tweet": ["love"]})
        with pytest.raises(TableError, match="no column 'text' for the text nor 'image' for the image. Its columns ar"):
            model.predict_frame(frame)
        with pytest.raises(TableError, match="no column 'twet' for the text. .* Did you mean 'tweet'"):
            model.predict_frame(frame, text="twet", image=None)
        with pytest.raises(TableError, match="The frame has no column 'photo' for the image"):
            model.predict_frame(frame, text="tweet", image="photo")

    def test_one_column_for_two_things(self, model, library):
        with pytest.raises(TableError, match="is given for two different roles"):
            model.predict_frame(LIBRARIES[library]({"x": ["love"]}), text="x", image="x")


class TestPandas:
    def test_any_index_stays(self, model):
        frame = pandas.DataFrame({"text": ["love", "hate", None]}, index=["b", "b", "a"])
        predicted = model.predict_frame(frame)
        assert list(predicted.index) == ["b", "b", "a"]
        assert list(predicted["label"][:2]) == ["positive", "negative"]
        assert "label" not in frame.columns
        dates = frame.set_index(pandas.MultiIndex.from_tuples([(1, "x"), (1, "y"), (0, "x")], names=["n", "k"]))
        assert model.predict_frame(dates).index.equals(dates.index)

    @pytest.mark.parametrize("missing", [None, np.nan, pandas.NA, pandas.NaT, float("nan"), " "])
    def test_whatever_is_missing(self, model, missing):
        frame = pandas.DataFrame({"text": ["love", missing], "image": [missing, missing]}, dtype=object)
        predicted = model.predict_frame(frame)
        assert list(predicted["used"]) == ["text", "none"]

    def test_columns_with_types_that_know_missing(self, model):
        for kind in ("string", "category", "string[pyarrow]"):
            frame = pandas.DataFrame({"text": pandas.array(["love", None, "hate"]).astype(kind)})
            assert listed(model.predict_frame(frame), "label") == ["positive", None, "negative"]

    def test_images_are_objects(self, model, bright):
        frame = pandas.DataFrame({"image": [bright, Image.open(bright), BRIGHT, object()]})
        predicted = model.predict_frame(frame)
        assert list(predicted["used"]) == ["image", "image", "image", "none"]

    def test_values_that_are_not_texts(self, model):
        frame = pandas.DataFrame({"text": ["love", 3, b"hate"]}, dtype=object)
        predicted = model.predict_frame(frame)
        assert listed(predicted, "reason")[:2] == [None, "wrong type"]
        assert listed(predicted, "problem")[1] == "row 2: its text is of type int, not a text."

    def test_names_that_are_numbers(self, model):
        frame = pandas.DataFrame({"text": ["love"], 0: [1]})
        predicted = model.predict_frame(frame)
        assert list(predicted.columns) == ["text", 0, *ADDED]
        with pytest.raises(TableError, match="Column names must be str, not 0"):
            model.predict_frame(frame, text=0)
        with pytest.raises(TableError, match=r"not 0\. Rename it first; of pandas: frame\.columns = .*map\(str\)"):
            model.predict_frame(frame, text="0")
        frame.columns = frame.columns.map(str)
        assert listed(model.predict_frame(frame, text="0"), "reason") == ["wrong type"]

    def test_lists_of_paths_that_pandas_has_read_from_parquet(self, model, bright, tmp_path):
        lists = pyarrow.table({"image": [[str(bright)], [str(bright), "other.png"], [], None]})
        pyarrow.parquet.write_table(lists, tmp_path / "posts.parquet")
        predicted = model.predict_frame(pandas.read_parquet(tmp_path / "posts.parquet"))
        assert list(predicted["used"]) == ["image", "image", "none", "none"]
        assert listed(predicted, "reason") == [None, "several images", "nothing to see", "nothing to see"]

    def test_repeated_columns(self, model):
        frame = pandas.DataFrame([["love", 1, 2]], columns=["text", "n", "n"])
        with pytest.raises(TableError, match="The frame has the column 'n' twice"):
            model.predict_frame(frame)


def test_a_column_that_may_have_been_meant_is_named_in_a_warning(model):
    frame = pandas.DataFrame({"caption": ["love"], "image": [None]})
    with pytest.warns(UserWarning, match=r"no column is read as the text: text= selects one, such as 'caption'; None"):
        model.predict_frame(frame)
    model.predict_frame(frame, text="caption")
    model.predict_frame(frame, text=None)
    files = pandas.DataFrame({"text": ["love", "awful"], "filename": ["1.jpg", None]})
    with pytest.warns(
        UserWarning, match=r"no column is read as the image: image= selects one, such as 'filename'; None"
    ):
        model.predict_frame(files)
    with pytest.raises(TableError, match=r"Did you mean 'Beitrag'\?"):
        model.predict_frame(files.rename(columns={"text": "Beitrag"}))


@pytest.mark.parametrize("other", [None, 1, ("a", "b")])
def test_names_and_index_of_pandas_are_kept(model, other):
    columns = pandas.Index(["text", other], dtype=object, name="names")
    frame = pandas.DataFrame([["love", 1], ["awful", 2], ["so so", 3]], columns=columns, index=["a", "a", "b"])
    predicted = model.predict_frame(frame)
    assert predicted.columns[1] == other or predicted.columns[1] is other
    assert predicted.columns.name == "names"
    pandas.testing.assert_frame_equal(predicted.iloc[:, :2], frame)


def test_repeated_columns_of_pyarrow(model):
    frame = pyarrow.table([["a"], ["b"]], names=["text", "text"])
    with pytest.raises(TableError, match="The frame has the column 'text' twice"):
        model.predict_frame(frame)


@pytest.mark.parametrize("frame", [["love"], "love", {"text": ["love"]}, None])
def test_what_is_not_a_frame(model, frame):
    with pytest.raises(TableError, match="takes a data frame of pandas, Polars or PyArrow"):
        model.predict_frame(frame)


def test_lazy_frames_are_collected_first(model):
    lazy = polars.LazyFrame({"text": ["love"]})
    with pytest.raises(TableError, match="The frame is a LazyFrame, whose rows are not in memory"):
        model.predict_frame(lazy)


class TestFrames:
    def test_one_frame_has_a_method_of_its_own(self, model):
        with pytest.raises(TableError, match="takes several data frames, but was given one. Use predict_frame"):
            next(model.predict_frames(pandas.DataFrame({"text": ["love"]})))

    def test_chunks_of_pandas(self, model, tmp_path):
        (tmp_path / "posts.csv").write_text("text\nlove\nhate\nlove\n", encoding="utf-8")
        chunks = list(model.predict_frames(pandas.read_csv(tmp_path / "posts.csv", chunksize=2)))
        assert [list(chunk.index) for chunk in chunks] == [[0, 1], [2]]
        assert [label for chunk in chunks for label in chunk["label"]] == ["positive", "negative", "positive"]

    def test_batches_of_arrow(self, model):
        table = pyarrow.table({"text": ["love", "hate", "love"]})
        tables = list(model.predict_frames(table.to_reader(max_chunksize=2)))
        assert [len(part) for part in tables] == [2, 1]
        assert tables[0]["label"].to_pylist() == ["positive", "negative"]

    def test_batches_of_polars(self, model):
        lazy = polars.LazyFrame({"text": ["love", "hate"]})
        [frame] = model.predict_frames(lazy.collect_batches())
        assert frame["label"].to_list() == ["positive", "negative"]

    def test_frames_are_taken_on_request(self, model):
        taken = []

        def frames():
            for number in range(3):
                taken.append(number)
                yield polars.DataFrame({"text": ["love"]})

        predicted = model.predict_frames(frames())
        assert not taken
        next(predicted)
        assert taken == [0]


def test_memory_holds_the_frame_and_its_columns_alone(model):
    """What is held beside them while 16,000 rows are predicted is what is held for 4,000."""

    def beyond(rows):
        frame = pyarrow.table({"text": ["the best day"] * rows})
        tracemalloc.start()
        try:
            predicted = model.predict_frame(frame)
            held, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(predicted) == rows
        return peak - held

    beyond(2048)  # what is loaded once
    assert beyond(16_384) < 1.5 * beyond(4096)


def test_pandas_and_polars_need_not_be_there(model, monkeypatch):
    for name in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, name, None)
    assert model.predict_frame(pyarrow.table({"text": ["love"]}))["label"].to_pylist() == ["positive"]


def test_texts_of_several_columns_are_joined(model):
    frame = pandas.DataFrame({"title": ["What a day", None], "body": ["I love it", "it broke"], "stars": [5, 1]})
    joined = pandas.DataFrame({"text": ["What a day\nI love it", "it broke"]})
    values = model.predict_frame(frame, text="title+body")
    assert_same(values["p_positive"].to_numpy(), model.predict_frame(joined)["p_positive"].to_numpy())


@pytest.mark.parametrize("library", [*LIBRARIES.values(), polars.LazyFrame])
def test_a_frame_is_refused_where_posts_are_expected(model, library):
    with pytest.raises(SettingError, match="predict_many takes posts, not a data frame"):
        model.predict_many(library({"text": ["love"]}))
