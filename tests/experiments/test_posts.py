from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from anymood.datasets.corpus import presence
from anymood.errors import SettingError, TableError
from anymood.experiments.posts import pairs_of_share, posts_of, read_posts
from anymood.experiments.study import Trial


@pytest.fixture
def posts(study):
    return read_posts(study)


def patterns(examples):
    return Counter(presence(example.post) for example in examples)


def test_pairs_and_lone_posts_apart(posts):
    assert (len(posts.train), len(posts.validation), len(posts.test)) == (24, 6, 6)
    assert patterns((*posts.train, *posts.validation, *posts.test)) == {"both": 36}
    assert patterns(posts.unpaired) == {"text": 6, "image": 6}


def test_the_study_of_one_corpus_on_another_is_refused(study, tmp_path):
    (tmp_path / "labelResultAll.txt").touch()
    sources = replace(study.sources, table=str(tmp_path))
    with pytest.raises(SettingError, match="is MVSA, not VSO"):
        read_posts(replace(study, name="vso", sources=sources))
    with pytest.raises(TableError, match="no folder 'data'"):  # read, whatever the study is
        read_posts(replace(study, sources=sources))


def test_of_unpaired_sources_the_training_rows_alone_are_learnt_from(study, tmp_path):
    more = tmp_path / "more.csv"
    rows = ["a,so good,positive,train", "b,so bad,negative,", "c,so so,neutral,validation", "d,very good,positive,test"]
    more.write_text("\n".join(["id,text,label,split", *rows]), encoding="utf-8")
    posts = read_posts(replace(study, sources=replace(study.sources, unpaired=(str(more),))))
    assert [e.post.id for e in posts.unpaired if e.post.id in "abcd"] == ["a", "b"]


def test_rows_without_a_part_are_learnt_from(study):
    table = Path(study.sources.table)
    partly = table.with_name("partly.csv")
    partly.write_text(table.read_text(encoding="utf-8").replace(",train,", ",,"), encoding="utf-8")
    posts = read_posts(replace(study, sources=replace(study.sources, table=str(partly))))
    partly.unlink()
    assert (len(posts.train), len(posts.unpaired), len(posts.test)) == (24, 12, 6)


def test_the_digest_tells_other_texts(study, posts):
    more = Path(study.sources.table).with_name("more.csv")
    digests = {posts.digest()}
    for text in ("so good", "so so good"):
        more.write_text(f"id,text,label\na,{text},positive\n", encoding="utf-8")
        digests.add(read_posts(replace(study, sources=replace(study.sources, unpaired=(str(more),)))).digest())
    more.unlink()
    assert len(digests) == 3


def test_what_each_system_sees(posts):
    for system, seen in (("SI", "image"), ("ST", "text"), ("SM", "both"), ("MT", "both")):
        data = posts_of(Trial(system, 0), posts)
        assert patterns(data.train) == {seen: 24}
        assert patterns(data.validation) == {seen: 6}
    assert patterns(posts_of(Trial("MT", 0, unpaired=True), posts).train) == {"both": 24, "text": 6, "image": 6}


def test_a_share_of_the_pairs(posts):
    alone = posts_of(Trial("MT", 3, share=0.25), posts).train
    assert patterns(alone) == {"both": 24}  # six pairs, four times each
    assert set(Counter(e.post.id for e in alone).values()) == {4}
    rest = posts_of(Trial("MT", 3, share=0.25, rest=True), posts).train
    assert patterns(rest) == {"both": 24, "text": 9, "image": 9}
    assert {e.post.id for e in rest} == {e.post.id for e in posts.train}
    fewer = posts_of(Trial("MT", 3, share=0.001), posts).train
    assert {e.post.id for e in fewer} < {e.post.id for e in alone}
    assert len({e.post.id for e in fewer}) == pairs_of_share(0.001, 24) == 1


def test_short_texts_leave_their_image(study):
    table = Path(study.sources.table)
    shortened = table.with_name("shortened.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if ",images/" in line and ",train," in line and ",," not in line)
    name, _, rest = lines[first].split(",", 2)
    lines[first] = f"{name},two words,{rest}"
    shortened.write_text("\n".join(lines), encoding="utf-8")
    posts = read_posts(replace(study, sources=replace(study.sources, table=str(shortened)), min_words=5))
    shortened.unlink()
    assert name not in {e.post.id for e in posts.train}
    assert presence(next(e for e in posts.unpaired if e.post.id == name).post) == "image"
