import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from same import assert_same

from anymood.errors import TrainingError
from anymood.evaluation.metrics import evaluate
from anymood.labels import UNKNOWN_LABEL, LabelSet
from anymood.network.loss import multitask_loss
from anymood.network.multitask import Architecture, Batch, MultitaskNetwork
from anymood.network.weightings import LossWeights
from anymood.network.weightings.fixed import FixedWeights
from anymood.training.config import Recipe
from anymood.training.module import LOSSES, SCORE, MultitaskModule, RunData, logit_rows, parameter_groups

LABELS = LabelSet(("bad", "so-so", "good"))
RECIPE = Recipe(image_encoder="test_efficientnet", image_weights="none", word_vectors="random")
BERT = {"model_type": "bert", "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 1}
BERT |= {"num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 40, "pad_token_id": 0}


def network(**options):
    torch.manual_seed(0)
    settings = {"vocabulary": 40, "embedding": 8, "filters": 4, "dropout": 0.0}
    options = {"text_settings": settings} | options
    return MultitaskNetwork(Architecture(classes=3, image_encoder="test_efficientnet", width=8, **options))


def make_module(recipe=RECIPE, class_weights=None, steps=100, **options):
    module = MultitaskModule(network(**options), recipe, LABELS, steps, class_weights)
    module.logged = {}
    module.log = lambda name, value, **_: module.logged.update({name: float(value)})
    return module


def batch(has_image=(True, False, True, True), has_text=(True, True, False, True), problems=(), seed=1):
    torch.manual_seed(seed)
    image, text = torch.tensor(has_image), torch.tensor(has_text)
    images, texts = int(image.sum()), int(text.sum())
    return Batch(
        torch.randn(images, 3, 32, 32) if images else torch.empty(0),
        torch.randint(1, 40, (texts, 6)) if texts else torch.empty(0),
        image,
        text,
        torch.arange(len(image)) % 3,
        (torch.arange(len(image)) % 3)[image],
        torch.full((images,), UNKNOWN_LABEL),
        torch.full((texts,), UNKNOWN_LABEL),
        torch.zeros(len(image), dtype=torch.long),
        list(problems),
    )


@pytest.mark.parametrize("class_weights", [None, torch.tensor([1.0, 2.0, 0.5])])
def test_a_step_gives_the_loss_of_equation_5(class_weights):
    recipe = replace(RECIPE, alpha=LossWeights(image=0.5, text=2.0), label_smoothing=0.1)
    module, posts = make_module(recipe, class_weights).eval(), batch()
    module.on_train_epoch_start()
    total = module.training_step(posts, 0)
    expected = multitask_loss(
        module.network(posts.images, posts.texts, posts.has_image, posts.has_text),
        posts,
        weighting=FixedWeights(recipe.alpha),
        class_weights=class_weights,
        label_smoothing=0.1,
    )
    assert_same(total, expected.total)
    assert_same([module.logged[name] for name in LOSSES], list(expected))
    total.backward()
    assert module.network.fused_classifier[1].weight.grad.abs().sum() > 0


def test_class_weights_do_not_travel_in_checkpoints():
    assert not [name for name in make_module(class_weights=torch.ones(3)).state_dict() if "class_weights" in name]


def test_mean_losses_begin_anew_with_each_epoch():
    module = make_module().eval()
    totals = []
    for seeds in ((1, 2), (3,)):
        module.on_train_epoch_start()
        totals = [float(module.training_step(batch(seed=seed), 0).detach()) for seed in seeds]
        assert set(module.train_losses) == set(LOSSES)
        assert_same(module.train_losses["total"], np.mean(totals))


def test_images_that_could_not_be_decoded_are_gathered():
    module = make_module().eval()
    module.on_train_epoch_start()
    module.training_step(batch(problems=["a.jpg is empty"]), 0)
    module.training_step(batch(problems=["a.jpg is empty"]), 1)
    module.validation_step(batch(problems=["b.jpg is empty"]), 0)
    assert module.problems == {"a.jpg is empty", "b.jpg is empty"}


def test_dropout_is_the_same_whatever_was_drawn_before():
    module = make_module(dropout=0.5).train()
    for norm in module.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.eval()
    module.on_train_epoch_start()
    posts = batch()
    losses = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        losses.append(float(module.training_step(posts, 0).detach()))
    assert_same(losses[0], losses[1])
    module.recipe = replace(RECIPE, seed=1)
    assert float(module.training_step(posts, 0).detach()) != pytest.approx(losses[0], abs=1e-5)


def test_validation_measures_all_batches_together():
    module = make_module().eval()
    parts = [batch(seed=1), batch((True, True), (True, True), seed=2)]
    with torch.inference_mode():
        for number, part in enumerate(parts):
            module.validation_step(part, number)
        module.on_validation_epoch_end()
        fused = [module(part).fused.argmax(dim=1) for part in parts]
    paired = [part.labels[part.has_image & part.has_text] for part in parts]
    accuracy = float((torch.cat(fused) == torch.cat(paired)).float().mean())
    assert module.logged[SCORE] == pytest.approx(accuracy, abs=1e-4)  # what decides among equal epochs
    assert {"text", "image", "fused", "routed"} <= set(module.evaluation.metrics)
    with torch.inference_mode():  # the next validation begins anew
        module.validation_step(batch((True,), (True,), seed=3), 0)
        module.on_validation_epoch_end()
    assert round(module.logged[SCORE], 3) in (0.0, 1.0)


def test_a_training_that_diverged_is_said_to_have_diverged():
    diverged = "diverged in epoch 1: .* lower learning_rate"
    module = make_module().eval()
    with torch.no_grad():
        next(module.network.image_encoder.parameters()).fill_(math.nan)
    module.validation_step(batch(), 0)
    with pytest.raises(TrainingError, match=diverged):
        module.on_validation_epoch_end()
    module = make_module().eval()  # its weights are still finite, its loss is not
    module._losses = [torch.tensor([1.0, 1.0, 1.0, 0.0, 3.0]), torch.tensor([1.0, math.inf, 1.0, 0.0, math.inf])]
    module.validation_step(batch(), 0)
    with pytest.raises(TrainingError, match=diverged):
        module.on_validation_epoch_end()


def evaluation():
    """Of six posts, the text gets two right, the image three, and both together five."""
    truth = np.array([0, 0, 1, 1, 2, 2])
    predicted = {"text": [0, 0, 0, 0, 0, 0], "image": [0, 0, 1, 0, 0, 0], "fused": [0, 0, 1, 1, 2, 0]}
    return evaluate(truth, LABELS, **{name: np.eye(3)[classes] * 0.85 + 0.05 for name, classes in predicted.items()})


@pytest.mark.parametrize(
    ("alpha", "expected", "trained"),
    [
        (LossWeights(), 5 / 6, ("fused", "text", "image")),
        (LossWeights(image=0, fused=0), 2 / 6, ("text",)),
        (LossWeights(text=0, fused=0), 3 / 6, ("image",)),
        (LossWeights(image=0, text=0), 5 / 6, ("fused",)),
    ],
)
def test_the_classifier_that_is_trained_chooses_the_epoch_and_brier_scores_among_equal_ones(alpha, expected, trained):
    measured = evaluation()
    brier = np.mean([measured.metrics[name]["all"].brier for name in trained])
    score = make_module(replace(RECIPE, alpha=alpha)).score(measured)
    assert score == pytest.approx(expected + 1e-4 * (1 - brier / 2), abs=1e-9)
    assert 0 < score - expected < 1e-4


def test_the_selected_score_chooses_the_epoch():
    f1 = (4 / 5, 1.0, 2 / 3)
    assert make_module(replace(RECIPE, select_by="macro_f1")).score(evaluation()) == pytest.approx(
        sum(f1) / 3, abs=1e-4
    )


def test_the_mean_score_of_all_classifiers_chooses_the_epoch_on_request():
    score = make_module(replace(RECIPE, select_on="all")).score(evaluation())
    assert score == pytest.approx((5 + 2 + 3) / 6 / 3, abs=1e-4)


def test_without_pairs_the_classifier_that_fits_each_post_chooses():
    module = make_module().eval()
    with torch.inference_mode():
        module.validation_step(batch((True, False, True), (False, True, False)), 0)
        module.on_validation_epoch_end()
    assert module.logged[SCORE] == pytest.approx(module.evaluation.metrics["routed"]["all"].accuracy, abs=1e-4)


def test_rates_rise_and_fall():
    module = make_module(replace(RECIPE, warmup_ratio=0.1, learning_rate=0.01, image_learning_rate=0.001), steps=100)
    configured = module.configure_optimizers()
    factor = configured["lr_scheduler"]["scheduler"].lr_lambdas[0]
    assert configured["lr_scheduler"]["interval"] == "step"
    assert [factor(step) for step in (0, 4, 9, 10)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    assert factor(55) == pytest.approx((1 + math.cos(math.pi / 2)) / 2)
    assert factor(100) == pytest.approx(0)
    assert factor(120) == pytest.approx(0)  # an epoch that was longer than the first
    assert all(
        later <= sooner for sooner, later in zip(map(factor, range(10, 100)), map(factor, range(11, 101)), strict=True)
    )


def test_the_shortest_run_has_rates_too():
    factor = (
        make_module(replace(RECIPE, warmup_ratio=0.0), steps=1)
        .configure_optimizers()["lr_scheduler"]["scheduler"]
        .lr_lambdas[0]
    )
    assert factor(0) == 1.0
    assert math.isfinite(factor(1))


@pytest.mark.parametrize("text_encoder", ["cnn", "transformer"])
def test_pretrained_encoders_learn_at_rates_of_their_own(text_encoder):
    options = (
        {"text_encoder": "transformer", "text_settings": {"config": BERT}} if text_encoder == "transformer" else {}
    )
    net = network(**options)
    recipe = replace(RECIPE, learning_rate=0.1, image_learning_rate=0.2, text_learning_rate=0.3, weight_decay=0.05)
    groups = list(parameter_groups(net, recipe))
    settings = {id(p): (group["lr"], group["weight_decay"]) for group in groups for p in group["params"]}
    assert sum(len(group["params"]) for group in groups) == len(settings) == len(list(net.parameters()))
    for name, parameter in net.named_parameters():
        own = {"image_encoder.backbone": 0.2}
        own |= {"text_encoder.backbone": 0.3} if text_encoder == "transformer" else {}  # the other is not pre-trained
        rate = own.get(".".join(name.split(".")[:2]), 0.1)
        assert settings[id(parameter)] == (rate, 0.05 if parameter.ndim > 1 else 0.0), name


def test_what_is_not_tuned_has_no_optimiser():
    net = network()
    net.image_encoder.tune(0)
    taken = {id(p) for group in parameter_groups(net, RECIPE) for p in group["params"]}
    assert not taken & {id(p) for p in net.image_encoder.backbone.parameters()}
    assert {id(p) for p in net.image_encoder.project.parameters()} <= taken


def test_rows_have_gaps_where_a_classifier_lacks_its_modality():
    module = make_module().eval()
    parts = [batch(seed=1), batch((False, True), (True, False), seed=2)]
    with torch.inference_mode():
        logits = [(module(part), part) for part in parts]
    rows = logit_rows(logits, 3)
    gaps = {name: np.isnan(rows[name]).all(axis=1).tolist() for name in ("image", "text", "fused")}
    assert gaps["image"] == [False, True, False, False, True, False]
    assert gaps["text"] == [False, False, True, False, False, True]
    assert gaps["fused"] == [False, True, True, False, True, True]
    assert rows["labels"].tolist() == [0, 1, 2, 0, 0, 1]
    assert_same(rows["image"][[0, 2, 3]], logits[0][0].image)
    assert_same(rows["fused"][[0, 3]], logits[0][0].fused)


def test_loaders_are_of_the_current_epoch():
    loaders = RunData(lambda epoch: ("train", epoch), lambda: "validation")
    loaders.trainer = SimpleNamespace(current_epoch=3)
    assert loaders.train_dataloader() == ("train", 3)
    assert loaders.val_dataloader() == "validation"
