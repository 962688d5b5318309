"""Each system of the field learns, looks at nothing that is absent, and repeats itself, on drawn features."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from same import assert_same

from anymood.experiments.features import Matrices
from anymood.experiments.missing import MISSING
from anymood.experiments.system import FeatureBatch, Sizes
from anymood.experiments.system_training import fit_system, predict
from anymood.experiments.systems import SYSTEMS
from anymood.experiments.systems.duong_2017_common_space import MARGIN
from anymood.experiments.systems.sohn_2014 import UPDATES
from anymood.training.config import Recipe

KINDS = {**SYSTEMS.all(), **MISSING.all()}
SIZES = Sizes(image=8, text=6, classes=3, dropout=0.1)
RECIPE = Recipe(text_encoder="transformer", frozen=True, epochs=3, batch_size=16, learning_rate=1e-2)


def matrices(rng, rows, lengths):
    """Matrices whose rows have the given means."""
    parts = [row + 0.1 * rng.standard_normal((k, len(row))) for row, k in zip(rows, lengths, strict=True)]
    return Matrices(np.concatenate(parts).astype(np.float16), np.cumsum([0, *lengths]))


def draw(posts=240, seed=0):
    """Features whose class shows in the text, and less in the image."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, posts)
    image = np.eye(3, 8)[labels] + 0.4 * rng.standard_normal((posts, 8))
    text = np.eye(3, 6)[labels] + 0.3 * rng.standard_normal((posts, 6))
    regions = matrices(rng, image, [4] * posts)
    return SimpleNamespace(
        image=torch.tensor(image, dtype=torch.float32),
        text=torch.tensor(text, dtype=torch.float32),
        labels=torch.from_numpy(labels),
        classes=3,
        regions=regions,
        peaks=regions.of(torch.arange(posts))[0].amax(dim=1),
        words=matrices(rng, text, rng.integers(1, 7, posts).tolist()),
        parts={
            "train": torch.arange(120),
            "validation": torch.arange(120, 160),
            "test": torch.arange(160, posts),
        },
    )


@pytest.fixture(scope="module", params=KINDS)
def trained(request):
    features = draw()
    return request.param, features, *fit_system(KINDS[request.param], features, RECIPE)


def test_its_loss_falls_and_it_is_better_than_the_most_frequent_class(trained):
    name, features, system, records = trained
    for phase in {record["phase"] for record in records}:
        losses = [record["losses"]["total"] for record in records if record["phase"] == phase]
        assert min(losses) < losses[0]
    truth = features.labels[features.parts["test"]].numpy()
    right = (predict(system, features)["both"].argmax(axis=1) == truth).mean()
    assert right > np.bincount(truth).max() / len(truth), name


def test_what_is_absent_takes_no_part(trained):
    _, features, system, _ = trained
    results = predict(system, features)
    for given, other in (("text", "image"), ("image", "text")):
        changed = draw(seed=1)
        for name in {"image": ("image", "regions", "peaks"), "text": ("text", "words")}[given]:
            setattr(changed, name, getattr(features, name))
        changed.labels = features.labels
        assert np.array_equal(predict(system, changed)[given], results[given])
        if other in system.reads:
            assert not np.array_equal(predict(system, changed)["both"], results["both"])


def test_what_it_cannot_read_gives_the_shares_of_the_training_labels(trained):
    _, features, system, _ = trained
    shares = np.bincount(features.labels[features.parts["train"]].numpy(), minlength=3) / 120
    for given in ("image", "text"):
        rows = predict(system, features)[given]
        assert np.allclose(rows.sum(axis=1), 1)
        assert (given not in system.reads) == np.allclose(rows, shares)


def test_the_same_seed_repeats_it(trained):
    name, features, system, records = trained
    again, _ = fit_system(KINDS[name], features, RECIPE)
    assert all(torch.equal(a, b) for a, b in zip(system.parameters(), again.parameters(), strict=True))
    assert len(records) <= 2 * 3 * RECIPE.epochs


def test_a_post_does_not_depend_on_the_longest_text_of_its_batch(trained):
    _, features, system, _ = trained
    lengths = np.diff(features.words.starts)
    short, long = int(lengths.argmin()), int(lengths.argmax())
    with torch.inference_mode():
        alone = system(FeatureBatch(features, torch.tensor([short])))
        together = system(FeatureBatch(features, torch.tensor([short, long])))
    assert torch.allclose(alone[0], together[0], atol=1e-5)


def test_every_system_says_what_it_replaces():
    for name, kind in KINDS.items():
        assert kind.title
        assert name in MISSING or kind.replaced, name


def test_sohn_infers_what_is_missing_from_what_is_there():
    features = draw(400)
    features.parts["train"] = torch.arange(300)
    system, _ = fit_system(KINDS["sohn-2014"], features, replace(RECIPE, epochs=10))
    seen = FeatureBatch(features, features.parts["test"])
    with torch.inference_mode():
        (_, text), (_, inferred) = system.infer(seen), system.infer(seen.only("image"))
    assert (text - inferred).square().mean() < 0.95 * text.square().mean()


def test_ngiam_reconstructs_the_absent_modality():
    features = draw(400)
    features.parts["train"] = torch.arange(300)
    system, _ = fit_system(KINDS["ngiam-2011"], features, RECIPE)
    seen = FeatureBatch(features, features.parts["test"])
    with torch.inference_mode():
        text = system.scales[1](seen.text)
        guess = system.outward[1](system.represent(seen.only("image")))
    assert (text - guess).square().mean() < 0.95 * text.square().mean()


def test_common_space_brings_the_text_of_a_post_closer_than_one_of_another_class():
    features = draw()
    joint, _ = fit_system(KINDS["duong-2017-joint"], features, RECIPE)
    common, _ = fit_system(KINDS["duong-2017-common-space"], features, RECIPE)
    seen = FeatureBatch(features, features.parts["test"])
    with torch.inference_mode():
        losses = [KINDS["duong-2017-common-space"].ranking(system, seen) for system in (joint, common)]
    assert losses[1] < losses[0]


@pytest.fixture
def make_system():
    """Makes a system that has not learnt, and posts that it sees."""

    def make(name):
        torch.manual_seed(0)
        features = draw()
        system = KINDS[name](SIZES).eval()
        system.fit_statistics(FeatureBatch(features, features.parts["train"]))
        return system, FeatureBatch(features, torch.arange(7))

    return make


@torch.inference_mode()
def test_ngiam_gives_zeros_to_the_layer_of_what_is_absent(make_system):
    system, seen = make_system("ngiam-2011")
    hidden = torch.relu(system.inward[1](system.text_scale(seen.text)))
    absent = torch.relu(system.inward[0](torch.zeros(7, 8)))
    shared = torch.relu(system.shared(torch.cat([absent, hidden], dim=1)))
    assert_same(system.represent(seen.only("text")), shared)


@torch.inference_mode()
def test_sohn_infers_by_turns(make_system):
    system, seen = make_system("sohn-2014")
    for parameter in system.parameters():
        parameter.normal_(std=0.3)
    v, t = system.image_scale(seen.image), torch.zeros(7, 6)
    for _ in range(UPDATES):
        h = torch.sigmoid(v @ system.image.weight.T + t @ system.text.weight.T + system.image.bias)
        t = h @ system.text.weight + system.text_bias
    inferred_v, inferred_t = system.infer(seen.only("image"))
    assert_same(inferred_v, v)
    assert_same(inferred_t, t)
    assert_same(system.infer(seen)[1], system.text_scale(seen.text))


@torch.inference_mode()
def test_kims_network_takes_the_greatest_value_over_the_windows_of_a_text(make_system):
    system, seen = make_system("chen-2017")
    words, filled = seen.words
    results = system.text_representation(words, filled)
    for row, (text, length) in enumerate(zip(words, filled.sum(dim=1).tolist(), strict=True)):
        values = []
        for convolution in system.convolutions:
            window = convolution.weight.shape[2]
            padded = torch.cat([text[:length], torch.zeros(max(0, window - length), text.shape[1])])
            windows = torch.stack([padded[i : i + window] for i in range(len(padded) - window + 1)])
            values.append(torch.einsum("iwf,cfw->ic", windows, convolution.weight) + convolution.bias)
        assert_same(results[row], torch.cat([torch.relu(each).amax(dim=0) for each in values]))


@torch.inference_mode()
def test_objects_and_scene_guide_the_attention(make_system):
    system, seen = make_system("xu-2017")
    words, filled = seen.words
    objects, scene = system.objects(seen.peaks), system.scene(seen.image)
    states, _ = system.lstm(words)
    w, v_o, v_s = system.hidden.weight.split(objects.shape[1], dim=1)
    u = torch.tanh(states @ w.T + (objects @ v_o.T + scene @ v_s.T)[:, None] + system.hidden.bias)
    scores = (u @ system.score.weight[0]).masked_fill(~filled, -torch.inf)
    text = torch.einsum("bt,bth->bh", torch.softmax(scores, dim=1), states)
    assert_same(system.attend(words, filled, torch.cat([objects, scene], dim=1)), text)


@torch.inference_mode()
def test_regions_count_by_how_well_they_fit_the_attribute(make_system):
    system, seen = make_system("you-2017")
    attribute, regions = system.attribute(seen.image), seen.regions
    scores = torch.einsum("bd,brd->br", attribute, system.region(regions)) / attribute.shape[1] ** 0.5
    attended = torch.einsum("br,brf->bf", torch.softmax(scores, dim=1), regions)
    assert_same(system(seen), system.logits(attended))


@torch.inference_mode()
def test_the_ranking_loss_of_two_posts(make_system):
    system, seen = make_system("duong-2017-common-space")
    labels = seen.labels.tolist()
    rows = torch.tensor([0, next(row for row in range(7) if labels[row] != labels[0])])
    two = FeatureBatch(seen.features, rows)
    image, text = (torch.nn.functional.normalize(each) for each in system.vectors(two))
    cosines = image @ text.T  # each has but the text of the other to be told from
    loss = (MARGIN - cosines[0, 0] + cosines[0, 1]).relu() + (MARGIN - cosines[1, 1] + cosines[1, 0]).relu()
    assert_same(system.ranking(two), loss / 2)
    assert_same(system.ranking(FeatureBatch(seen.features, rows[:1])), torch.tensor(0.0))


@torch.inference_mode()
def test_joint_fusion_takes_the_greater_value_of_what_is_there(make_system):
    system, seen = make_system("duong-2017-joint")
    image, text = system.image(seen.image), system.text(seen.text)
    assert_same(system(seen), system.logits(torch.maximum(image, text)))
    assert_same(system(seen.only("image")), system.logits(image))


def test_progressive_training_leaves_out_what_it_was_not_sure_of():
    features = draw()
    system = KINDS["you-2015"](SIZES)
    seen = FeatureBatch(features, features.parts["train"])
    system.forward = lambda seen: torch.zeros(len(seen), 3)
    assert not system.keeps(seen).any()
    system.forward = lambda seen: torch.tensor([[100.0, 0, 0]]).expand(len(seen), -1)
    assert system.keeps(seen).all()
    torch.manual_seed(0)
    many = FeatureBatch(features, torch.zeros(20_000, dtype=torch.long))
    system.forward = lambda seen: torch.tensor([[0.6, 0.2, 0.2]]).log().expand(len(seen), -1)
    share = system.keeps(many).double().mean().item()
    assert abs(1 - share - (2 - math.exp(0.4))) < 0.01  # equation 1


def test_the_nearest_training_post_lends_its_representation():
    features = draw()
    system, _ = fit_system(KINDS["nearest"], features, RECIPE)
    with torch.inference_mode():
        train = FeatureBatch(features, features.parts["train"])
        assert torch.equal(system.impute_text(train.only("image")), system.text(train.text))  # each is its own nearest


def test_systems_that_differ_after_training_alone_share_it():
    features, shared = draw(), {}
    kinds = [KINDS[name] for name in ("zeros", "mean", "nearest", "dropout")]
    results = [fit_system(kind, features, RECIPE, shared) for kind in kinds]
    assert len(shared) == 2
    assert results[0][1] is results[1][1] is results[2][1]
    for kind, (system, _) in zip(kinds, results, strict=True):
        alone, _ = fit_system(kind, features, RECIPE)
        assert_same(predict(system, features), predict(alone, features))


def test_matrices_are_written_once(tmp_path, monkeypatch):
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path))
    calls = []

    def compute(rows):
        calls.append(rows)
        return [np.full((row % 3 + 1, 2), row, np.float16) for row in rows]

    for _ in range(2):
        matrices = Matrices.kept("any", 70, compute)
    assert [len(rows) for rows in calls] == [64, 6]
    rows, filled = matrices.of(torch.tensor([4, 2, 69]))
    assert filled.tolist() == [[True, True, False], [True, True, True], [True, False, False]]
    assert rows[0].tolist() == [[4, 4], [4, 4], [0, 0]]
    assert rows[2, 0].tolist() == [69, 69]
