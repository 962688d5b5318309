import pytest

from anymood.datasets.corpus import Corpus, Example
from anymood.datasets.duplicates import comparable
from anymood.datasets.splits import SPLITS, hold_out, split_by_share
from anymood.errors import SettingError
from anymood.labels import LabelSet
from anymood.posts import Post

LABELS = LabelSet(("a", "b", "c"))


def corpus(counts=(70, 20, 10), repeated=0):
    """Posts with ``counts`` by label, every third an image alone, and ``repeated`` more that come in threes."""
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    single = [Post(None if n % 3 == 0 else f"text {n}", f"{n}".encode(), f"{n}") for n in range(len(labels))]
    again = [Post(f"@user{n} Again {n // 3} http://t.co/{n}", id=f"r{n}") for n in range(repeated)]
    posts = zip(single + again, labels + [n % 2 for n in range(repeated)], strict=True)
    return Corpus("posts", LABELS, tuple(Example(post, label) for post, label in posts))


def counts(whole):
    return [list(whole.select(part).label_counts().values()) for part in SPLITS]


def parts_of_texts(whole):
    parts = {}
    for example in whole.examples:
        parts.setdefault(comparable(example.post.text), set()).add(example.split)
    parts.pop(None, None)
    return parts


def test_each_part_has_its_share_of_each_label():
    assert counts(split_by_share(corpus())) == [[56, 16, 8], [7, 2, 1], [7, 2, 1]]
    assert counts(split_by_share(corpus((7, 5, 1)), validation=0.2, test=0.4)) == [[3, 2, 1], [1, 1, 0], [3, 2, 0]]
    assert counts(split_by_share(corpus(), validation=0, test=0.5)) == [[35, 10, 5], [0, 0, 0], [35, 10, 5]]


def test_repeated_texts_stay_together_and_the_shares_hold():
    whole = split_by_share(corpus(repeated=60), validation=0.2, test=0.2, seed=3)
    parts = parts_of_texts(whole)
    assert {len(of_text) for of_text in parts.values()} == {1}
    again = [parts[f"again {n}"] for n in range(20)]
    assert all({part} in again for part in SPLITS)
    for part, share in zip(counts(whole), (0.6, 0.2, 0.2), strict=True):
        assert part == pytest.approx([100 * share, 50 * share, 10 * share], abs=1)


def test_repeated_images_stay_together_and_with_the_texts_of_their_posts(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"same")
    (tmp_path / "b.jpg").write_bytes(b"same")
    three = [Post("hello", tmp_path / "a.jpg"), Post("world", tmp_path / "b.jpg"), Post("World")]
    examples = [Example(Post(f"single {n}", f"{n}".encode()), n % 2) for n in range(30)]
    examples += [Example(post, 0) for post in three]
    whole = Corpus("posts", LABELS, tuple(examples))
    for seed in range(10):
        parted = split_by_share(whole, validation=0.3, test=0.3, seed=seed)
        assert len({example.split for example in parted.examples[-3:]}) == 1
        held = hold_out(whole, [n != 32 for n in range(33)], 40, seed=seed)
        assert [example.split for example in held.examples[-3:]] == ["train"] * 3


def test_a_text_repeated_everywhere_goes_to_one_part():
    same = Corpus("same", LABELS, tuple(Example(Post("again", id=str(n)), n % 2) for n in range(30)))
    assert len({example.split for example in split_by_share(same).examples}) == 1


def test_only_eligible_posts_are_held_out_in_equal_halves():
    whole = corpus()
    eligible = [n % 2 == 0 for n in range(len(whole))]
    held = hold_out(whole, eligible, 25, seed=1)
    assert counts(held) == [[52, 15, 8], [9, 3, 1], [9, 2, 1]]
    assert all(may for may, example in zip(eligible, held.examples, strict=True) if example.split != "train")
    assert held == hold_out(whole, eligible, 25, seed=1) != hold_out(whole, eligible, 25, seed=2)


def test_all_eligible_posts_are_held_out_where_they_are_too_few():
    held = hold_out(corpus(), [n < 10 for n in range(100)], 25)
    assert counts(held) == [[60, 20, 10], [5, 0, 0], [5, 0, 0]]
    assert counts(hold_out(corpus(), [False] * 100, 25)) == [[70, 20, 10], [0, 0, 0], [0, 0, 0]]


def test_a_text_that_trains_is_not_held_out():
    whole = corpus(repeated=30)
    held = hold_out(whole, [n != 100 for n in range(130)], 60)  # "again 0" stands in 100, 101 and 102
    assert {len(of_text) for of_text in parts_of_texts(held).values()} == {1}
    assert parts_of_texts(held)["again 0"] == {"train"}


def test_the_seed_decides():
    whole = corpus(repeated=30)
    assert split_by_share(whole, seed=1) == split_by_share(whole, seed=1)
    assert split_by_share(whole, seed=1).digest() != split_by_share(whole, seed=2).digest()


@pytest.mark.parametrize(("validation", "test"), [(-0.1, 0.1), (0.1, -0.1), (0.5, 0.5)])
def test_shares_that_leave_nothing(validation, test):
    with pytest.raises(SettingError, match="their sum must be below 1"):
        split_by_share(corpus(), validation=validation, test=test)
