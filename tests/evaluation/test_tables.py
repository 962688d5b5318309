import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from anymood.evaluation.metrics import evaluate
from anymood.evaluation.tables import ConfusionTable, ScoreTable, classes_table, evaluation_tables, scores_table
from anymood.labels import LabelSet

SENTIMENTS = ("negative", "neutral", "positive")
EMOTIONS = ("amusement", "anger", "awe", "contentment", "disgust", "excitement", "fear", "sadness")
MANY = tuple(f"emotion number {n}" for n in range(28))


def evaluation(labels=SENTIMENTS, n=300, missing=0.3):
    generator = np.random.default_rng(0)
    truth = generator.integers(0, len(labels), n)
    has_text, has_image = generator.random((2, n)) >= missing
    rows = {}
    for name, mask in (("text", has_text), ("image", has_image), ("fused", has_text & has_image)):
        rows[name] = generator.dirichlet(np.ones(len(labels)), n)
        rows[name][~mask] = np.nan
    return evaluate(truth, LabelSet(labels), **rows)


def printed(renderable, width=80):
    console = Console(file=io.StringIO(), width=width)
    console.print(renderable)
    return console.file.getvalue()


def cells(text):
    return [line.split() for line in text.splitlines()]


@pytest.mark.parametrize("labels", [("no", "yes"), SENTIMENTS, EMOTIONS, MANY])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_nothing_is_cut_at_eighty_columns(labels, missing):
    text = printed(evaluation_tables(evaluation(labels, missing=missing)))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "…" not in text


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_forty_columns_have_all_scores(missing):
    result = evaluation(missing=missing)
    text = printed(ScoreTable(result), width=40)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 40
    assert "…" not in text
    metrics = result.metrics["fused"]["both"]
    assert f"fused, both: n {metrics.n}, accuracy {metrics.accuracy * 100:.1f}, weighted F1" in " ".join(text.split())


def test_the_title_of_a_narrow_table_stays_in_one_line():
    text = printed(evaluation_tables(evaluation(("a", "b"), missing=0.0)))
    assert "\nfused: truth by prediction" in text
    assert "F1 of each class in %" in text


def test_even_a_million_posts_fit():
    result = evaluation()
    many = {
        classifier: {pattern: replace(metrics, n=1_000_000) for pattern, metrics in patterns.items()}
        for classifier, patterns in result.metrics.items()
    }
    text = printed(scores_table(replace(result, metrics=many)))
    assert text.count("1,000,000") == 11
    assert "…" not in text


def test_scores_stand_in_a_row_for_each_classifier_and_pattern():
    result = evaluation()
    rows = cells(printed(scores_table(result)))
    metrics = result.metrics["text"]["text"]
    scores = [metrics.accuracy, metrics.weighted_f1, metrics.macro_f1, metrics.ece]
    assert [
        *("text", "only", f"{metrics.n}"),
        *(f"{score * 100:.1f}" for score in scores),
        f"{metrics.brier:.3f}",
        f"{metrics.majority_accuracy * 100:.1f}",
    ] in rows
    named = [row[0] for row in rows if row and row[0] in ("routed", "fused", "text", "image") and "all" in row[:2]]
    assert named == ["routed", "text", "image"]  # the fused classifier covers one pattern only
    assert f"{result.counts['none']} more posts have no text or image that the model reads." in printed(
        scores_table(result)
    )


def test_the_routed_prediction_is_left_out_where_it_is_another_ones():
    text = printed(evaluation_tables(evaluation(missing=0.0)))
    assert "routed" not in text
    assert " all " not in text
    assert "that the model reads" not in text
    assert "fused: truth by prediction" in text


def test_classes_have_their_f1_by_each_classifier():
    result = evaluation()
    expected = [f"{result.metrics[c]['all'].per_class[2].f1 * 100:.1f}" for c in ("routed", "fused", "text", "image")]
    support = result.metrics["routed"]["all"].per_class[2].support
    assert ["positive", f"{support}", *expected] in cells(printed(classes_table(result)))


def test_a_confusion_matrix_has_the_names_of_its_classes_where_they_fit():
    metrics = evaluation().metrics["text"]["all"]
    rows = cells(printed(ConfusionTable("text", metrics, SENTIMENTS)))
    assert ["negative", "neutral", "positive", "recall"] in rows
    assert ["neutral", *map(str, metrics.confusion[1]), f"{metrics.per_class[1].recall:.0%}"] in rows


def test_a_wider_one_has_numbers():
    metrics = evaluation(EMOTIONS).metrics["text"]["all"]
    rows = cells(printed(ConfusionTable("text", metrics, EMOTIONS)))
    assert [*map(str, range(1, 9)), "recall"] in rows
    assert ["3", "awe", *map(str, metrics.confusion[2]), f"{metrics.per_class[2].recall:.0%}"] in rows
    assert [*EMOTIONS, "recall"] in cells(printed(ConfusionTable("text", metrics, EMOTIONS), width=120))


def test_the_widest_is_a_list_of_the_most_frequent_confusions():
    metrics = evaluation(MANY).metrics["text"]["all"]
    text = printed(ConfusionTable("text", metrics, MANY))
    counts = np.array(metrics.confusion)
    np.fill_diagonal(counts, 0)
    row, column = np.unravel_index(counts.argmax(), counts.shape)
    share = f"{counts.max() / metrics.per_class[row].support:.0%}"
    assert text.startswith("text: most frequent confusions")
    assert cells(text)[3] == [*MANY[row].split(), *MANY[column].split(), f"{counts.max()}", share]


def test_labels_are_not_markup():
    labels = ("[bold]no[/bold]", "[red]yes")
    text = printed(evaluation_tables(evaluation(labels)))
    assert all(label in text for label in labels)
