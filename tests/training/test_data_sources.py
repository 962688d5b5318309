import json

import pytest
from PIL import Image

from anymood.errors import SettingError, TableError, TrainingError
from anymood.tables.columns import Columns
from anymood.training.data_sources import VALIDATION_SHARE, DataSources


def write(path, rows):
    path.write_text("\n".join(["id,text,label,split", *rows]) + "\n", encoding="utf-8")
    return str(path)


def ids(examples):
    return [example.post.id for example in examples]


def rows(prefix, count, split=""):
    return [f"{prefix}{n},text {prefix} {n},{('bad', 'good')[n % 2]},{split}" for n in range(count)]


def test_the_tables_own_validation_rows_choose_and_its_test_rows_are_never_seen(table):
    data = DataSources(table=str(table)).read(seed=0)
    assert data.labels.names == ("negative", "neutral", "positive")
    assert (len(data.train), len(data.validation)) == (36, 12)
    assert {example.split for example in data.train} == {"train"}
    assert {example.split for example in data.validation} == {"validation"}
    assert len(data.corpora) == 1


def test_without_validation_rows_a_part_is_held_out(tmp_path):
    sources = DataSources(table=write(tmp_path / "a.csv", rows("a", 60) + rows("t", 20, "test")))
    data = sources.read(seed=0)
    assert len(data.validation) == 60 * VALIDATION_SHARE
    assert sorted(ids(data.train) + ids(data.validation)) == sorted(f"a{n}" for n in range(60))
    assert [example.label for example in data.validation].count(0) == 3
    assert sources.read(seed=0) == data
    assert ids(sources.read(seed=1).validation) != ids(data.validation)


def test_the_summary_says_what_the_validation_posts_lack(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    lines = [f"{n},text {n},a.png,{('bad', 'good')[n % 2]},train" for n in range(4)]
    lines += [f"v{n},other {n},,{('bad', 'good')[n % 2]},validation" for n in range(2)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["id,text,image,label,split", *lines]) + "\n", encoding="utf-8")
    message = DataSources(table=str(path)).read(seed=0).summary()
    assert message.startswith(
        "4 training posts (2 bad, 2 good), 2 validation posts. The validation posts have no image"
    )
    path.write_text(path.read_text(encoding="utf-8").replace("other 0,,", "other 0,a.png,"), encoding="utf-8")
    assert DataSources(table=str(path)).read(seed=0).summary().endswith("2 validation posts.")


def test_the_summary_names_labels_without_validation_posts(tmp_path):
    lines = ["good,train", "good,validation", "rare,train", "odd,train", "bad,train", "bad,validation", "new,test"]
    path = write(tmp_path / "posts.csv", [f"p{number},text {number},{line}" for number, line in enumerate(lines)])
    message = DataSources(table=path).read(seed=0).summary()
    assert "No validation post has the label 'odd' or 'rare', so it does not count in the choice" in message
    complete = write(tmp_path / "all.csv", [f"p{number},text {number},{lines[number]}" for number in (0, 1, 4, 5)])
    assert "No validation post" not in DataSources(table=complete).read(seed=0).summary()


def test_the_summary_counts_validation_posts_that_are_also_training_posts(tmp_path):
    lines = ["1,same text,bad,train", "2,other,good,train", "3,Same  TEXT,bad,validation", "4,new,good,validation"]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["id,text,label,split", *lines]) + "\n", encoding="utf-8")
    message = DataSources(table=str(path)).read(seed=0).summary()
    assert "1 validation post also occurs among the training posts" in message


def test_unpaired_tables_are_several(tmp_path):
    with pytest.raises(SettingError, match=r"Give a tuple: unpaired=\('b.csv',\)"):
        DataSources(table="a.csv", unpaired="b.csv")  # type: ignore[arg-type]


def test_another_table_may_choose_in_place_of_the_own_rows(tmp_path):
    first = write(tmp_path / "a.csv", rows("a", 6) + rows("v", 4, "validation"))
    second = write(tmp_path / "b.csv", rows("b", 4))
    data = DataSources(table=first, validation=second).read(seed=0)
    assert ids(data.train) == [f"a{n}" for n in range(6)]
    assert ids(data.validation) == [f"b{n}" for n in range(4)]
    assert len(data.corpora) == 2


def test_of_another_table_the_validation_rows_choose(tmp_path):
    first = write(tmp_path / "a.csv", rows("a", 6))
    marked = rows("v", 2, "validation") + rows("t", 2, "train") + rows("x", 2, "test") + rows("n", 2)
    data = DataSources(table=first, validation=write(tmp_path / "b.csv", marked)).read(seed=0)
    assert ids(data.validation) == ["v0", "v1"]
    unmarked = rows("t", 2, "train") + rows("x", 2, "test") + rows("n", 2)
    data = DataSources(table=first, validation=write(tmp_path / "b.csv", unmarked)).read(seed=0)
    assert ids(data.validation) == ["n0", "n1"]
    neither = write(tmp_path / "b.csv", rows("t", 2, "train") + rows("x", 2, "test"))
    with pytest.raises(TrainingError, match="All posts of b.csv have the split train or test.*split 'validation'"):
        DataSources(table=first, validation=neither).read(seed=0)


def test_posts_of_other_tables_are_only_trained_on(tmp_path):
    first = write(tmp_path / "a.csv", rows("a", 4, "train") + rows("v", 2, "validation"))
    extra = write(tmp_path / "u.csv", ["u0,more,good,", "u1,most,good,test", "u2,hers,good,validation"])
    more = write(tmp_path / "w.csv", rows("w", 3, "train"))
    data = DataSources(table=first, unpaired=(extra, more)).read(seed=0)
    assert ids(data.train) == ["a0", "a1", "a2", "a3", "u0", "w0", "w1", "w2"]
    assert ids(data.validation) == ["v0", "v1"]
    good = data.labels.index("good")
    assert next(example.label for example in data.train if example.post.id == "u0") == good
    assert len(data.corpora) == 3


def test_posts_that_choose_are_not_trained_on_by_a_detour(tmp_path):
    table = write(tmp_path / "a.csv", rows("a", 60))
    data = DataSources(table=table, unpaired=(table,)).read(seed=0)
    assert {example.post.text for example in data.train}.isdisjoint(example.post.text for example in data.validation)
    assert (len(data.validation), len(data.train)) == (6, 54 * 2)
    assert data.corpora[1].problem_counts() == {"duplicate post": 6}
    other = write(tmp_path / "b.csv", ["b0,TEXT  a 3,good,", "b1,another,good,"])
    data = DataSources(table=table, validation=other).read(seed=0)
    assert ids(data.validation) == ["b0", "b1"]
    assert "a3" not in ids(data.train)
    assert len(data.train) == 59
    with pytest.raises(TrainingError, match="no training posts.*are excluded"):
        DataSources(table=table, validation=table).read(seed=0)


def test_another_table_with_other_labels(tmp_path):
    first = write(tmp_path / "a.csv", rows("a", 40))
    other = write(tmp_path / "u.csv", ["u0,more,ugly,"])
    for sources in (DataSources(table=first, unpaired=(other,)), DataSources(table=first, validation=other)):
        with pytest.raises(TableError, match=r"u.csv has an unknown label in 1 row: 'ugly'"):
            sources.read(seed=0)


def test_columns_of_other_names(tmp_path):
    (tmp_path / "a.csv").write_text("tweet,mood,part\nfine,good,train\nawful,bad,train\nok,good,validation\n")
    columns = Columns(text="tweet", label="mood", split="part")
    data = DataSources(table=str(tmp_path / "a.csv"), columns=columns).read(seed=0)
    assert [example.post.text for example in data.train] == ["fine", "awful"]


def test_nothing_to_train_on(tmp_path):
    with pytest.raises(TrainingError, match="no training posts"):
        DataSources(table=write(tmp_path / "a.csv", rows("v", 4, "validation"))).read(seed=0)
    with pytest.raises(TrainingError, match="no training posts"):
        DataSources(table=write(tmp_path / "t.csv", rows("t", 4, "test"))).read(seed=0)


def test_standard_input_is_not_read():
    with pytest.raises(TableError, match="Only anymood predict and anymood report read standard input"):
        DataSources(table="/dev/stdin").read(seed=0)


def test_nothing_to_choose_by(tmp_path):
    few = write(tmp_path / "a.csv", rows("a", 8))
    with pytest.raises(
        TrainingError, match=r"Of the 8 posts of a\.csv, .* no label has the 5 posts .*\(--validation or validation=\)"
    ):
        DataSources(table=few).read(seed=0)
    lost = write(tmp_path / "lost.csv", ["t0,great,good,train", "t1,awful,bad,train", "v0,,good,validation"])
    with pytest.raises(TrainingError, match=r"Problems: 1 empty post; the first is lost\.csv:4: "):
        DataSources(table=lost).read(seed=0)
    two = write(tmp_path / "two.csv", ["t0,great,good,", "t1,awful,bad,"])
    with pytest.raises(TrainingError, match=r"one\. Label more posts, give some rows the split 'validation'"):
        DataSources(table=two).read(seed=0)
    scores = write(tmp_path / "scores.csv", [f"c{n},text {n},{n / 60}," for n in range(60)])
    with pytest.raises(TrainingError, match=r"They have 60 labels: name the label column"):
        DataSources(table=scores).read(seed=0)
    alike = write(tmp_path / "b.csv", [f"b{n},the same,{('bad', 'good')[n % 2]}," for n in range(60)])
    with pytest.raises(TrainingError, match="with the same text or image count as one"):
        DataSources(table=alike).read(seed=0)


def test_a_table_that_does_not_exist(tmp_path):
    with pytest.raises(TableError, match="nowhere.csv"):
        DataSources(table=str(tmp_path / "nowhere.csv")).read(seed=0)


def test_survives_json():
    sources = DataSources(
        table="a.csv", unpaired=("b.csv",), protocol="clmlf", fold=2, columns=Columns(text="tweet", id=None)
    )
    assert DataSources.from_dict(json.loads(json.dumps(sources.to_dict()))) == sources
    assert DataSources.from_dict(json.loads(json.dumps(DataSources(table="a").to_dict()))) == DataSources(table="a")


def test_images_may_be_in_another_folder_than_the_table(table, tmp_path):
    moved = tmp_path / "posts.csv"
    moved.write_bytes(table.read_bytes())
    assert not DataSources(table=str(moved)).read(seed=0).corpora[0].patterns()["both"]
    data = DataSources(table=str(moved), image_folder=str(table.parent)).read(seed=0)
    assert data.identity() == DataSources(table=str(table)).read(seed=0).identity()
    with pytest.raises(SettingError, match="no folder .*nowhere, which images are relative to"):
        DataSources(table=str(moved), image_folder=str(tmp_path / "nowhere")).read(seed=0)


def test_its_paths_mean_the_same_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sources = DataSources(table="a.csv", unpaired=("more/b.csv",), validation="../c.csv")
    places = [sources.table, *sources.unpaired, sources.validation]
    assert places == [str(tmp_path / "a.csv"), str(tmp_path / "more/b.csv"), str(tmp_path.parent / "c.csv")]


def test_a_label_that_is_probably_a_typing_mistake_is_questioned(tmp_path):
    posts = [(f"love {n}", "positive") for n in range(20)] + [(f"sad {n}", "negative") for n in range(20)]
    path = tmp_path / "posts.csv"
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in posts), encoding="utf-8")
    assert DataSources(table=path).read(0).label_question() is None
    with path.open("a", encoding="utf-8") as file:
        file.write("best,positve\n")
    assert "'positve' (1) and 'positive' (20 posts)" in DataSources(table=path).read(0).label_question()


def test_a_label_that_no_training_post_has_is_questioned(tmp_path):
    rows = [("love", "positive", "train"), ("sad", "negative", "train"), ("ok", "neutral", "validation")]
    path = tmp_path / "posts.csv"
    path.write_text("text,label,split\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    assert DataSources(table=path).read(0).label_question() == (
        "No training post has the label 'neutral', so it cannot be learnt."
    )
