"""Example posts of a report, their thumbnails, and copies."""

import json
import zipfile

from PIL import Image
from scored_tables import nested, write_csv, write_json_lines

import anymood
from anymood.jobs import predict_files
from anymood.reporting import scored


def test_copies_of_a_text_are_counted(rows, tmp_path, bundle):
    for row in rows[:60]:
        row |= {"text": "win two tickets for the lake festival now " + row["id"], "label": "positive",
                "p_negative": "0", "p_neutral": "0", "p_positive": "1"}  # fmt: skip
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    assert (report.copies.posts, report.copies.sets) == (60, 1)
    assert report.copies.largest[0].posts == 60
    assert report.copies.once.posts == 241
    assert report.copies.once.shares[2].share < report.total.shares[2].share
    assert [each.copies for each in report.extremes["positive"]].count(60) == 1
    assert not any("tickets" in each.phrase for each in report.words["positive"])


def test_posts_of_a_zipped_export_have_thumbnails(tmp_path, bundle, corpus_folder, monkeypatch):
    monkeypatch.setattr(scored, "IMAGE_BYTES", 10)  # of images that are kept in memory
    media = {"type": "photo", "media_url_https": "https://pbs.twimg.com/media/A.jpg"}
    tweet = {
        "id_str": "1",
        "full_text": "love",
        "extended_entities": {"media": [media]},
        "created_at": "Sat Nov 05 10:00:00 +0000 2022",
    }
    with zipfile.ZipFile(tmp_path / "twitter.zip", "w") as opened:
        opened.writestr("data/tweets.js", "window.YTD.tweets.part0 = " + json.dumps([{"tweet": tweet}]))
        opened.write(corpus_folder / "images" / "pos01.jpg", "data/tweets_media/1-A.jpg")
    monkeypatch.chdir(tmp_path)
    predict_files(anymood.load(bundle.folder), "twitter.zip", "scored.csv")
    for posts in ("twitter.zip", "scored.csv"):
        [example] = anymood.report(posts, model=bundle.folder).extremes["positive"]
        assert example.thumbnail.startswith("data:image/jpeg;base64,"), posts


def test_contradictions_have_thumbnails(rows, tmp_path, bundle):
    Image.new("RGB", (900, 600), "red").save(tmp_path / "red.png")
    scored = [nested(row) for row in rows]
    unpleasant = next(number for number, row in enumerate(scored) if row["label"] == "negative")
    image_says = {"positive": {"negative": 0.05, "neutral": 0.05, "positive": 0.9},
                  "neutral": {"negative": 0.05, "neutral": 0.9, "positive": 0.05}}  # fmt: skip
    pair = {"used": "both", "image": "red.png", "disagreement": 0.9}
    scored[unpleasant] |= {**pair, "image_scores": image_says["positive"]}
    scored[unpleasant + 1] |= {**pair, "image_scores": image_says["neutral"]}  # which contradicts nothing
    report = anymood.report(write_json_lines(tmp_path / "s.jsonl", scored), model=bundle.folder)
    [contradiction] = report.contradictions
    assert (contradiction.id, contradiction.image_says[0], contradiction.disagreement) == (
        f"p{unpleasant}",
        "positive",
        0.9,
    )
    assert contradiction.thumbnail.startswith("data:image/jpeg;base64,")
    plain = anymood.report(tmp_path / "s.jsonl", model=bundle.folder, thumbnails=False)
    assert plain.contradictions[0].thumbnail is None


def test_examples_show_the_same_few_words_once(rows, tmp_path, bundle):
    alike = [
        {**row, "text": text} for row in rows for text in ("So Bad!", "so bad! https://t.co/1", f"bad {row['id']}")
    ]
    report = anymood.report(write_csv(tmp_path / "alike.csv", alike), model=bundle.folder)
    for examples in report.extremes.values():
        assert len(examples) == 6
        assert sum(example.text.casefold().startswith("so bad!") for example in examples) == 1
