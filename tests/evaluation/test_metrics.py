import json

import numpy as np
import pytest

from anymood.errors import InputError
from anymood.evaluation.metrics import (
    accuracy,
    classifier_metrics,
    confusion_matrix,
    evaluate,
    evaluate_predictions,
    macro_f1,
    precision_recall_f1,
    weighted_f1,
)
from anymood.labels import LabelSet
from anymood.posts import Prediction, Problem, Reason, Scores
from sklearn import metrics as sk

LABELS = LabelSet(("negative", "neutral", "positive"))


def drawn(n=200, classes=3, seed=0):
    generator = np.random.default_rng(seed)
    return generator.dirichlet(np.ones(classes), size=n), generator.integers(0, classes, size=n)


@pytest.mark.parametrize("classes", [2, 3, 8, 28])
@pytest.mark.parametrize("n", [1, 5, 200])  # with 1 and 5 posts most classes are absent
def test_everything_agrees_with_scikit_learn(n, classes):
    probabilities, truth = drawn(n, classes, seed=n + classes)
    predicted, names = probabilities.argmax(axis=1), range(classes)
    result = classifier_metrics(probabilities, truth)
    precision, recall, f1, support = sk.precision_recall_fscore_support(truth, predicted, labels=names, zero_division=0)
    np.testing.assert_allclose([one.precision for one in result.per_class], precision)
    np.testing.assert_allclose([one.recall for one in result.per_class], recall)
    np.testing.assert_allclose([one.f1 for one in result.per_class], f1)
    assert [one.support for one in result.per_class] == support.tolist()
    np.testing.assert_array_equal(result.confusion, sk.confusion_matrix(truth, predicted, labels=names))
    assert result.accuracy == pytest.approx(sk.accuracy_score(truth, predicted))
    for average, score in [("macro", result.macro_f1), ("weighted", result.weighted_f1)]:
        expected = sk.f1_score(truth, predicted, labels=names, average=average, zero_division=0)
        assert score == pytest.approx(expected)


def test_brier_is_the_sum_of_the_binary_scores_of_each_class():
    probabilities, truth = drawn(classes=4)
    each = [sk.brier_score_loss(truth == c, probabilities[:, c]) for c in range(4)]
    assert classifier_metrics(probabilities, truth).brier == pytest.approx(sum(each))


def test_brier_runs_from_nought_to_two():
    assert classifier_metrics([[1.0, 0.0]], [0]).brier == 0
    assert classifier_metrics([[1.0, 0.0]], [1]).brier == 2


def test_the_majority_is_that_of_the_posts():
    assert classifier_metrics(np.full((4, 3), 1 / 3), [2, 2, 2, 0]).majority_accuracy == 0.75


def test_equal_probabilities_go_to_the_first_class():
    assert classifier_metrics([[0.5, 0.5]], [0]).accuracy == 1


def test_scores_take_many_confusion_matrices_at_once():
    many = np.stack([confusion_matrix(*np.random.default_rng(i).integers(0, 4, (2, 50)), 4) for i in range(6)])
    for score in (accuracy, macro_f1, weighted_f1):
        np.testing.assert_allclose(score(many), [score(one) for one in many])
    assert precision_recall_f1(many.reshape(2, 3, 4, 4))[0].shape == (2, 3, 4)


def test_rows_of_a_confusion_matrix_are_the_truth():
    assert confusion_matrix([0, 0, 1], [1, 1, 1], 2).tolist() == [[0, 2], [0, 1]]


def test_a_confusion_matrix_has_no_place_for_other_classes_or_lengths():
    with pytest.raises(InputError, match="prediction is class 4"):
        confusion_matrix([0, 1], [0, 4], 4)
    with pytest.raises(InputError, match="2 and 3"):
        confusion_matrix([0, 1], [0, 1, 1], 2)


def test_a_post_that_was_not_seen_is_not_a_prediction():
    with pytest.raises(InputError, match="cannot predict"):
        classifier_metrics([[0.5, 0.5], [np.nan, np.nan]], [0, 1])


def test_a_probability_and_a_label_a_post():
    with pytest.raises(InputError, match="2 and 1"):
        classifier_metrics([[0.5, 0.5], [0.5, 0.5]], [0])


def mixed(n=120, seed=3):
    """Predictions of three classifiers for posts with every pattern of presence, and their masks."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, n)
    has_text, has_image = generator.random(n) < 0.7, generator.random(n) < 0.7
    rows = {name: generator.dirichlet(np.ones(3), n) for name in ("text", "image", "fused")}
    rows["text"][~has_text] = np.nan
    rows["image"][~has_image] = np.nan
    rows["fused"][~(has_text & has_image)] = np.nan
    return truth, rows, has_text, has_image


def test_every_classifier_is_measured_over_what_it_sees():
    truth, rows, has_text, has_image = mixed()
    result = evaluate(truth, LABELS, **rows)
    both, text, image = has_text & has_image, has_text & ~has_image, has_image & ~has_text
    for name, seen in [("text", has_text), ("image", has_image), ("fused", both)]:
        assert result.metrics[name]["all"] == classifier_metrics(rows[name][seen], truth[seen])
        assert result.metrics[name]["both"] == classifier_metrics(rows[name][both], truth[both])
    assert result.metrics["text"]["text"] == classifier_metrics(rows["text"][text], truth[text])
    assert result.metrics["image"]["image"] == classifier_metrics(rows["image"][image], truth[image])
    assert {name: set(patterns) for name, patterns in result.metrics.items()} == {
        "routed": {"all", "both", "text", "image"},
        "fused": {"all", "both"},
        "text": {"all", "both", "text"},
        "image": {"all", "both", "image"},
    }


def test_the_routed_prediction_is_that_of_the_fitting_classifier():
    truth, rows, has_text, has_image = mixed()
    routed = evaluate(truth, LABELS, **rows).metrics["routed"]
    expected = np.array(
        [
            rows["fused" if t and i else "text" if t else "image"][n]
            for n, (t, i) in enumerate(zip(has_text, has_image, strict=True))
            if t or i
        ]
    )
    anything = has_text | has_image
    assert routed["all"] == classifier_metrics(expected, truth[anything])
    assert routed["text"] == evaluate(truth, LABELS, **rows).metrics["text"]["text"]


def test_posts_with_nothing_are_counted_and_enter_no_metric():
    truth, rows, has_text, has_image = mixed()
    result = evaluate(truth, LABELS, **rows)
    nothing = int((~has_text & ~has_image).sum())
    assert nothing > 0
    assert result.counts["none"] == nothing
    assert sum(result.counts.values()) == len(truth)
    assert result.metrics["routed"]["all"].n == len(truth) - nothing
    assert repr(result).startswith(f"<Evaluation of {len(truth) - nothing} posts: accuracy ")


def test_patterns_without_posts_are_absent():
    rows, truth = drawn(20)
    nothing = np.full_like(rows, np.nan)
    result = evaluate(truth, LABELS, text=rows, image=nothing, fused=nothing)
    assert {name: set(patterns) for name, patterns in result.metrics.items()} == {
        "routed": {"all", "text"},
        "text": {"all", "text"},
    }


def test_the_majority_is_that_of_each_part():
    truth, rows, *_ = mixed()
    result = evaluate(truth, LABELS, **rows)
    for patterns in result.metrics.values():
        for metrics in patterns.values():
            assert metrics.majority_accuracy == max(one.support for one in metrics.per_class) / metrics.n


def test_an_evaluation_is_plain_json():
    truth, rows, *_ = mixed()
    result = evaluate(truth, LABELS, **rows)
    back = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert back["labels"] == list(LABELS)
    assert back["counts"] == result.counts
    part, metrics = back["metrics"]["text"]["both"], result.metrics["text"]["both"]
    assert part["ece"] == metrics.ece
    assert part["per_class"][2]["f1"] == metrics.per_class[2].f1
    assert part["confusion"] == [list(row) for row in metrics.confusion]
    assert sum(one["count"] for one in part["reliability"]) == metrics.n


def test_text_and_image_call_for_the_fused_classifier():
    truth, rows, has_text, has_image = mixed()
    row = int(np.flatnonzero(has_text & has_image)[0])
    rows["fused"][row] = np.nan
    with pytest.raises(InputError, match=f"Row {row} has .* none by the fused classifier"):
        evaluate(truth, LABELS, **rows)


def test_a_classifier_that_was_never_trained_is_left_out():
    truth, rows, has_text, has_image = mixed()
    rows["image"][:] = np.nan
    evaluation = evaluate(truth, LABELS, **rows)
    assert "image" not in evaluation.metrics
    assert evaluation.metrics["fused"]["all"].n == (has_text & has_image).sum()
    assert evaluation.counts["none"] == (~has_text).sum()


def test_without_a_fused_classifier_the_text_decides():
    truth, rows, has_text, has_image = mixed()
    rows["fused"][:] = np.nan
    evaluation = evaluate(truth, LABELS, **rows)
    assert "fused" not in evaluation.metrics
    assert evaluation.counts["both"] == (has_text & has_image).sum()
    assert evaluation.metrics["routed"]["both"] == evaluation.metrics["text"]["both"]
    assert evaluation.metrics["routed"]["all"].n == (has_text | has_image).sum()


def test_what_does_not_fit_together_is_refused():
    truth, rows, *_ = mixed()
    with pytest.raises(InputError, match="text probabilities and the truth must be of the same posts"):
        evaluate(truth, LABELS, **rows | {"text": rows["text"][:-1]})
    with pytest.raises(InputError, match="fused probabilities have 3 columns for 2 labels"):
        evaluate(np.minimum(truth, 1), LabelSet(("no", "yes")), **rows)
    nothing = np.full_like(rows["text"], np.nan)
    with pytest.raises(InputError, match="nothing to evaluate"):
        evaluate(truth, LABELS, text=nothing, image=nothing, fused=nothing)


def test_predictions_of_other_labels_or_without_a_label_are_refused():
    scores = Scores(("yes", "no"), (0.9, 0.1))
    with pytest.raises(InputError, match="The predictions have the labels yes, no, not no, yes"):
        evaluate_predictions([Prediction("text", text=scores)], [0], LabelSet(("no", "yes")))
    problem = Problem(Reason.NO_WORDS, "Only links.")
    with pytest.raises(InputError, match="nothing to evaluate: 2 no words. The first: Only links."):
        evaluate_predictions([Prediction("none", problems=(problem,))] * 2, [0, 1], LabelSet(("no", "yes")))


@pytest.mark.parametrize("predictions", [None, 3, "positive", [None], [{"label": "positive"}]])
def test_other_values_than_predictions_are_refused(predictions):
    with pytest.raises(InputError, match=r"Predictions are those of Model\.predict_many, not of type"):
        evaluate_predictions(predictions, [0], LABELS)


def test_predictions_are_measured_as_their_scores():
    (text, truth), (image, _), (fused, _) = (drawn(6, seed=seed) for seed in range(3))
    text[[2, 5]], image[[1, 5]], fused[[1, 2, 5]] = np.nan, np.nan, np.nan
    used = ["both", "text", "image", "both", "both", "none"]

    def scores(row):
        return None if np.isnan(row).any() else Scores(LABELS.names, tuple(row))

    predictions = [Prediction(one, *map(scores, rows)) for one, *rows in zip(used, text, image, fused, strict=True)]
    expected = evaluate(truth, LABELS, text=text, image=image, fused=fused)
    assert evaluate_predictions(iter(predictions), truth, LABELS) == expected
    with pytest.raises(InputError, match="5 .* 6"):
        evaluate_predictions(predictions[:5], truth, LABELS)
    with pytest.raises(InputError, match="no posts to evaluate. .* a table without a split column has no test posts"):
        evaluate_predictions([], [], LABELS)


def test_what_was_not_measured_is_reported_with_what_was():
    prediction = Prediction("image", image=Scores(LABELS.names, (1.0, *[0.0] * (len(LABELS) - 1))))
    metrics = evaluate_predictions([prediction], [0], LABELS).metrics
    assert metrics["routed"]["all"].accuracy == 1
    assert "text" not in metrics
    with pytest.raises(KeyError, match=r"There are no metrics for 'text', .* Available: \['routed', 'image'\]"):
        metrics["text"]
    with pytest.raises(KeyError, match=r"There are no metrics for 'both'"):
        metrics["image"]["both"]
