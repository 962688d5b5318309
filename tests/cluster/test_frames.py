import pytest

pytest.importorskip("daft", reason="no Daft here: pip install 'anymood[bulk]'")

import daft
import pandas
from same import CLOSE, assert_same

from anymood.cluster import frames
from anymood.cluster.frames import predict_dataframe
from anymood.errors import BundleError, InputError, SettingError, TableError
from anymood.runtime.loading import load
from anymood.tables.columns import Columns
from anymood.tables.rows import read_rows


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_rows_keep_their_columns_and_get_a_prediction(model, table, engine):
    posts = list(read_rows(table))
    frame = daft.from_pydict(
        {
            "id": [row.post.id for row in posts],
            "text": [row.post.text for row in posts],
            "image": [None if row.post.image is None else str(row.post.image) for row in posts],
            "used": list(range(60)),
        }
    )
    for given_frame in (frame, frame.into_batches(7)):
        rows = predict_dataframe(given_frame, model.bundle.folder, engine=engine).sort("used").to_pylist()
        assert [row["used"] for row in rows] == list(range(60))
        for row, post in zip(rows, posts, strict=True):
            alone = model.predict(post.post.text, post.post.image)
            assert row["label"] == alone.label
            assert row["predicted_used"] == alone.used
            probabilities = {label: row[f"p_{label}"] for label in model.labels}
            assert_same(probabilities, alone.probabilities, close=CLOSE["bfloat16"])  # in which one may be
            assert row["problem"] is None


def test_images_behind_urls_are_fetched_and_a_failed_one_is_a_problem_of_its_row(model, site, corpus_folder):
    name = sorted((corpus_folder / "images").iterdir())[0].name
    images = [
        f"{site}/images/{name}",
        f"{site}/images/gone.jpg",
        f"{site}/posts.csv",
        f"file://{corpus_folder}/images/{name}",
    ]
    frame = daft.from_pydict({"id": [1, 2, 3, None], "text": ["love"] * 4, "image": images})
    rows = predict_dataframe(frame, model.bundle.folder).to_pylist()
    local = model.predict("love", corpus_folder / "images" / name)
    assert [row["used"] for row in rows] == ["both", "text", "text", "both"]
    assert_same([rows[0]["fused_scores"], rows[3]["fused_scores"]], [local.fused, local.fused], by=model)
    assert [row["reason"] for row in rows] == [None, "not fetched", "not an image", None]
    assert (
        rows[1]["problem"] == f"post 2: its image '{site}/images/gone.jpg' cannot be fetched: HTTP 404 File not found."
    )


def test_images_as_bytes_structs_and_relative_paths(model, corpus_folder, monkeypatch):
    monkeypatch.chdir(corpus_folder)
    path = sorted((corpus_folder / "images").iterdir())[0]
    expected = model.predict(image=path).label
    for images in ([path.read_bytes()], [{"bytes": path.read_bytes(), "path": None}], [f"images/{path.name}"]):
        [row] = predict_dataframe(daft.from_pydict({"image": images}), model.bundle.folder).to_pylist()
        assert (row["label"], row["used"]) == (expected, "image")
    [row] = predict_dataframe(daft.from_pydict({"image": ["gone.png"]}), model.bundle.folder).to_pylist()
    assert row["problem"].startswith("the post: its image 'gone.png' does not exist")


def test_the_model_is_loaded_once(model, monkeypatch):
    loaded = []
    monkeypatch.setattr(
        frames, "load", lambda *arguments, **options: loaded.append(arguments) or load(*arguments, **options)
    )
    frames._load.cache_clear()
    frame = daft.from_pydict({"text": ["love"] * 2000}).into_batches(100)
    for _ in range(2):
        assert predict_dataframe(frame, model.bundle.folder).count_rows() == 2000
    assert len(loaded) <= 1
    assert predict_dataframe(frame, model.bundle.folder).select("label").to_pydict() == {"label": ["positive"] * 2000}
    assert len(loaded) == 1


def test_another_model_on_a_worker_ends_the_job(model):
    worker = frames.RowPredictor
    with pytest.raises(BundleError, match="differs from that of the machine that started the job"):
        worker(str(model.bundle.folder), "0" * 64, "onnxruntime", model.engine, model.labels, ())


def test_another_engine_on_a_worker_ends_the_job(model):
    digest = model.bundle.config.digest()
    with pytest.raises(BundleError, match="in onnxruntime, float32, and the machine that started the job in onnxrun"):
        frames.RowPredictor(str(model.bundle.folder), digest, "onnxruntime", "onnxruntime, float16", ())


@pytest.mark.parametrize(
    ("columns", "names", "why"),
    [
        ({"text": [1]}, Columns(), "'text' of the DataFrame is of type Int64"),
        ({"image": [1.5]}, Columns(), "'image' of the DataFrame is of type Float64"),
        ({"body": ["love"]}, Columns(), "The DataFrame has neither a text nor an image column"),
        ({"text": ["love"]}, Columns(text="tweet"), "no column 'tweet'"),
        ({"text": ["love"]}, {"text": "text"}, "not a dict"),
        (
            {"title": ["day"], "body": ["love"]},
            Columns(text="title+body"),
            r"add a column .* in place of 'title\+body'",
        ),
    ],
)
def test_frames_without_posts_are_refused_at_once(model, columns, names, why):
    with pytest.raises(InputError, match=why):
        predict_dataframe(daft.from_pydict(columns), model.bundle.folder, names)


@pytest.mark.parametrize("frame", [pandas.DataFrame({"text": ["love"]}), "posts.csv"])
def test_other_frames_are_refused(frame):
    with pytest.raises(TableError, match="takes a DataFrame of Daft, not (pandas|builtins.str)"):
        predict_dataframe(frame)


def test_a_model_that_does_not_exist_is_refused_at_once():
    with pytest.raises(SettingError, match="There is no model 'nosuch'"):
        predict_dataframe(daft.from_pydict({"text": ["love"]}), "nosuch")
