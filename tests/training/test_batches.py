from collections import Counter

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from anymood.datasets.corpus import Example
from anymood.labels import UNKNOWN_LABEL
from anymood.posts import Post
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation, build_word_tokenizer
from anymood.training.augmentation import Augmentation
from anymood.training.batches import Collate, PostItems
from anymood.training.sampling import BalancedBatches, Draw, Quota, quotas

IMAGES = ImagePreparation(side=16, resize=16, mean=(0.5,) * 3, std=(0.25,) * 3)
PICTURE = np.full((20, 20, 3), 200, np.uint8)


@pytest.fixture(scope="module")
def texts():
    return TextPreparation(build_word_tokenizer(["good bad day"] * 2, 10), 8)


def examples(pairs=12, lone_texts=20, lone_images=10):
    """Pairs of labels 0 and 1 by turns; of the lone posts every fourth has the label 1."""
    both = [Example(Post("good day", PICTURE), number % 2) for number in range(pairs)]
    alone = [Post("bad")] * lone_texts + [Post(None, PICTURE)] * lone_images
    return both + [Example(post, int(number % 4 == 0)) for number, post in enumerate(alone)]


def drawn(sampler):
    return [[draw.index for draw in batch] for batch in sampler]


def test_an_item_has_what_its_post_has(texts):
    posts = [Post("good day", PICTURE), Post("bad"), Post("  ", PICTURE), Post("\u200b", PICTURE), Post(" ")]
    items = PostItems([Example(post, 1) for post in posts], IMAGES, texts)
    read = [items[Draw(i, None)] for i in range(len(items))]
    assert [item.image is not None for item in read] == [True, False, True, True, False]
    assert [item.text is not None for item in read] == [True, True, False, False, False]
    np.testing.assert_array_equal(read[0].image, IMAGES.prepare(PICTURE))
    np.testing.assert_array_equal(read[0].text, texts.encode("good day"))


def test_labels_of_the_image_alone_and_the_text_alone(texts):
    posts = [
        Example(Post("good", PICTURE), 1, text_label=0, image_label=2),
        Example(Post("good", PICTURE), 1),
        Example(Post("good"), 1, text_label=0),
        Example(Post("good"), 1),
        Example(Post(None, PICTURE), 1, image_label=2),
        Example(Post(None, PICTURE), 2),
    ]
    items = PostItems(posts, IMAGES, texts)
    read = [items[Draw(i, None)] for i in range(len(posts))]
    assert [item.text_label for item in read[:4]] == [0, UNKNOWN_LABEL, 0, 1]
    assert [item.image_label for item in (*read[:2], *read[4:])] == [2, UNKNOWN_LABEL, 2, 2]


def test_an_image_that_cannot_be_decoded_leaves_its_text_the_label_of_its_own(texts, odd_images):
    items = PostItems([Example(Post("good", str(odd_images["truncated"])), 1, text_label=0)], IMAGES, texts)
    assert items[Draw(0, None)].text_label == 0


def test_an_image_that_cannot_be_decoded_leaves_its_text_and_a_problem(texts, odd_images):
    broken = str(odd_images["truncated"])
    items = PostItems([Example(Post("good", broken), 1), Example(Post(None, broken), 0)], IMAGES, texts)
    with_text, without_text = items[Draw(0, None)], items[Draw(1, None)]
    assert with_text.image is None
    assert with_text.text is not None
    assert "truncated" in with_text.problem
    batch = Collate(texts)([with_text, without_text])
    assert batch.has_image.tolist() == [False]
    assert batch.has_text.tolist() == [True]
    assert batch.labels.tolist() == [1]
    assert len(batch.problems) == 2


def test_features_stand_in_for_pixels_and_tokens(texts):
    rows = {0: np.arange(3, dtype=np.float32)}
    items = PostItems(examples(2, 0, 0), IMAGES, texts, image_features=rows, text_features={1: rows[0] + 1})
    batch = Collate(texts)([items[Draw(0, None)], items[Draw(1, None)]])
    assert batch.images.tolist() == [[0, 1, 2]]
    assert batch.texts.tolist() == [[1, 2, 3]]
    assert batch.texts.dtype == torch.float32
    assert batch.has_image.tolist() == [True, False]
    assert batch.has_text.tolist() == [False, True]


def test_a_draw_with_a_seed_is_augmented_and_one_without_is_not(texts):
    noise = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    posts = [Example(Post("good bad day good", noise), 0)]
    items = PostItems(posts, IMAGES, texts, Augmentation(word_dropout=0.5))
    plain, one, same, other = (items[Draw(0, seed)] for seed in (None, 7, 7, 8))
    np.testing.assert_array_equal(plain.image, IMAGES.prepare(noise))
    np.testing.assert_array_equal(plain.text, texts.encode("good bad day good"))
    np.testing.assert_array_equal(one.image, same.image)
    np.testing.assert_array_equal(one.text, same.text)
    assert one.image.shape == plain.image.shape
    assert one.image.dtype == np.float32
    assert not np.array_equal(one.image, plain.image)
    assert not np.array_equal(one.image, other.image)
    unseeded = PostItems(posts, IMAGES, texts)[Draw(0, 7)]
    np.testing.assert_array_equal(unseeded.image, plain.image)


def test_a_batch_holds_images_and_texts_of_those_that_have_them(texts):
    posts = [Post("good day", PICTURE), Post("bad"), Post(None, PICTURE), Post(" ")]
    items = PostItems([Example(post, label) for label, post in enumerate(posts)], IMAGES, texts)
    batch = Collate(texts)([items[Draw(i, None)] for i in range(4)])
    assert batch.images.shape == (2, 3, 16, 16)
    assert batch.texts.tolist() == [texts.encode("good day").tolist(), [*texts.encode("bad").tolist(), 0]]
    assert batch.has_image.tolist() == [True, False, True]
    assert batch.has_text.tolist() == [True, True, False]
    assert batch.labels.tolist() == [0, 1, 2]
    assert batch.image_labels.tolist() == [UNKNOWN_LABEL, 2]
    assert batch.text_labels.tolist() == [UNKNOWN_LABEL, 1]
    assert batch.problems == []


def test_a_batch_without_images_or_with_nothing(texts):
    items = PostItems([Example(Post("bad"), 1), Example(Post(" "), 0)], IMAGES, texts)
    lone = Collate(texts)([items[Draw(0, None)]])
    assert (len(lone.images), len(lone.texts), len(lone.image_labels)) == (0, 1, 0)
    nothing = Collate(texts)([items[Draw(1, None)]])
    assert (len(nothing.images), len(nothing.texts), len(nothing.labels)) == (0, 0, 0)


def test_a_quota_walks_through_all_before_it_repeats_any():
    quota = Quota(np.arange(100, 110), 4)
    walk = np.concatenate([quota.of_epoch((0, 1), epoch) for epoch in range(5)])
    assert sorted(walk[:10]) == sorted(walk[10:]) == list(range(100, 110))
    assert walk[:10].tolist() != walk[10:].tolist()  # shuffled anew for each pass


def test_a_quota_of_more_than_there_are_repeats_evenly():
    quota = Quota(np.arange(3), 7)
    assert sorted(Counter(quota.of_epoch((0, 0), 0).tolist()).values()) == [2, 2, 3]


def test_a_quota_of_nothing_draws_nothing():
    assert len(Quota(np.arange(0), 5).of_epoch((0, 0), 0)) == 0
    assert len(Quota(np.arange(5), 0).of_epoch((0, 0), 3)) == 0


@pytest.mark.parametrize(
    ("ratio", "expected"), [(None, [12, 30]), (0.0, [12, 0]), (0.5, [12, 6]), (1.0, [12, 12]), (4.0, [12, 48])]
)
def test_how_many_lone_posts_an_epoch_draws(ratio, expected):
    parts = quotas(examples(), ratio, match_labels=False)
    assert [part.count for part in parts] == expected
    assert parts[0].indices.tolist() == list(range(12))
    assert parts[1].indices.tolist() == list(range(12, 42))


def test_lone_posts_drawn_with_the_pairs_proportions_of_labels():
    posts = examples(pairs=12, lone_texts=20, lone_images=20)  # half of the pairs have the label 1, a quarter of others
    pairs, *lone = quotas(posts, 1.0, match_labels=True)
    assert (pairs.count, [part.count for part in lone]) == (12, [6, 6])
    for label, part in enumerate(lone):
        assert {posts[i].label for i in part.indices} == {label}


@pytest.mark.parametrize("match_labels", [False, True])
def test_without_pairs_every_lone_post_is_drawn_once(match_labels):
    parts = quotas(examples(0, 5, 4), 1.0, match_labels=match_labels)
    indices = [i for batch in drawn(BalancedBatches(parts, 4, 0, 0)) for i in batch]
    assert sorted(indices) == list(range(9))


def test_without_lone_posts_every_pair_is_drawn_once():
    for ratio in (None, 1.0):
        parts = quotas(examples(12, 0, 0), ratio, match_labels=False)
        assert sorted(i for batch in drawn(BalancedBatches(parts, 5, 0, 0)) for i in batch) == list(range(12))


def test_each_batch_has_the_same_proportions():
    parts = [Quota(np.arange(50), 50), Quota(np.arange(50, 200), 100), Quota(np.arange(200, 207), 7)]
    sampler = BalancedBatches(parts, 16, seed=0, epoch=2)
    batches = drawn(sampler)
    assert len(batches) == len(sampler) == 10
    for batch in batches:
        assert len(batch) in (15, 16)
        assert sum(i < 50 for i in batch) == 5
        assert sum(50 <= i < 200 for i in batch) == 10
        assert sum(i >= 200 for i in batch) <= 1


def test_epochs_walk_through_all_lone_posts_and_every_pair():
    parts = quotas(examples(12, 20, 10), 0.5, match_labels=False)
    seen: Counter[int] = Counter()
    for epoch in range(5):
        seen.update(i for batch in drawn(BalancedBatches(parts, 6, 3, epoch)) for i in batch)
    assert [seen[i] for i in range(12)] == [5] * 12
    assert [seen[i] for i in range(12, 42)] == [1] * 30


def test_seed_and_epoch_decide():
    parts = quotas(examples(), 1.0, match_labels=False)
    again = [list(BalancedBatches(parts, 6, 3, 1)) for _ in range(2)]
    assert again[0] == again[1]
    for other in (BalancedBatches(parts, 6, 4, 1), BalancedBatches(parts, 6, 3, 2)):
        assert drawn(other) != drawn(BalancedBatches(parts, 6, 3, 1))
    seeds = [draw.seed for batch in again[0] for draw in batch]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("world_size", [2, 3])
def test_processes_share_the_batches_out(world_size):
    parts = quotas(examples(13, 20, 10), None, match_labels=False)
    ranks = [BalancedBatches(parts, 8, 0, 0, rank, world_size) for rank in range(world_size)]
    assert len({len(rank) for rank in ranks}) == 1  # else the processes would wait for each other for ever
    assert [len(drawn(rank)) for rank in ranks] == [len(rank) for rank in ranks]
    everything = [i for rank in ranks for batch in drawn(rank) for i in batch]
    assert sorted(everything) == list(range(43))
    assert max(len(batch) for rank in ranks for batch in drawn(rank)) <= 8


def test_a_loader_takes_them_as_its_batches(texts):
    items = PostItems(examples(), IMAGES, texts, Augmentation())
    sampler = BalancedBatches(quotas(items.examples, 1.0, match_labels=False), 8, 0, 0)
    batches = list(DataLoader(items, batch_sampler=sampler, collate_fn=Collate(texts)))
    assert len(batches) == len(sampler) == 3
    assert all(int((batch.has_image & batch.has_text).sum()) == 4 for batch in batches)


def test_composed_pairs_have_the_text_and_label_of_one_post_and_the_image_of_another():
    posts = examples()
    pairs, composed, _ = quotas(posts, 1.0, match_labels=False, composed_ratio=1.5)
    assert (pairs.count, composed.count) == (12, 18)
    assert composed.indices.tolist() == list(range(12, 32))
    assert composed.images.tolist() == [*range(12), *range(32, 42)]
    draws = [draw for batch in BalancedBatches([composed], 6, 0, 0) for draw in batch]
    assert {draw.image_of for draw in draws} < set(composed.images.tolist())
    assert len({draw.image_of for draw in draws}) > 6
    other = [draw.image_of for batch in BalancedBatches([composed], 6, 0, 1) for draw in batch]
    assert [draw.image_of for draw in draws] != other


def test_no_pairs_are_composed_without_lone_texts():
    assert [part.count for part in quotas(examples(12, 0, 10), 1.0, match_labels=False, composed_ratio=1.0)] == [12, 12]


def test_of_a_composed_pair_the_image_classifier_learns_nothing(texts):
    dark = np.zeros((20, 20, 3), np.uint8)
    posts = [Example(Post("good"), 1), Example(Post("bad", dark), 0, image_label=2)]
    item = PostItems(posts, IMAGES, texts, image_target="image")[Draw(0, None, image_of=1)]
    np.testing.assert_array_equal(item.image, IMAGES.prepare(dark))
    np.testing.assert_array_equal(item.text, texts.encode("good"))
    assert (item.label, item.image_target, item.image_label, item.text_label) == (1, *[UNKNOWN_LABEL] * 3)


@pytest.mark.parametrize(("target", "expected"), [("post", [1, 1, 0]), ("image", [2, 1, 0])])
def test_the_image_classifier_learns_the_label_of_the_post_or_of_the_image(texts, target, expected):
    posts = [Example(Post("good", PICTURE), 1, image_label=2), Example(Post("good", PICTURE), 1)]
    posts.append(Example(Post(None, PICTURE), 0))
    items = PostItems(posts, IMAGES, texts, image_target=target)
    batch = Collate(texts)([items[Draw(i, None)] for i in range(3)])
    assert batch.image_targets.tolist() == expected


def test_sources_of_posts_by_their_order(texts):
    posts = [Example(Post("good"), 1, source=source) for source in ("b", "a", "b", "c")]
    items = PostItems(posts, IMAGES, texts)
    assert Collate(texts)([items[Draw(i, None)] for i in range(4)]).sources.tolist() == [0, 1, 0, 2]
    assert PostItems(posts, IMAGES, texts, sources=["c", "b"])[Draw(3, None)].source == 0
