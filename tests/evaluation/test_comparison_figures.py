import numpy as np
import pytest

from anymood.errors import InputError
from anymood.evaluation.comparison_figures import accuracy_by_missing, learnt_values
from anymood.evaluation.drawing import png


def test_learnt_values_have_a_panel_each_and_end_where_no_run_continues():
    runs = np.array([[1, 2, 3, np.nan], [3, 4, np.nan, np.nan]])
    figure = learnt_values({f"panel {n}": {"text": runs, "image": [[0, 1, 2, 3]]} for n in range(4)})
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == [f"panel {n}" for n in range(4)]
    first, second = panels[0].get_lines()
    np.testing.assert_allclose(first.get_ydata(), [2, 3, 3])
    np.testing.assert_allclose(second.get_ydata(), [0, 1, 2, 3])
    assert png(figure)


def test_accuracy_by_missing_has_a_panel_for_each_modality():
    lines = {"multitask": [[0.8, 0.7, 0.6], [0.9, 0.7, 0.5]], "other": [[0.7, 0.6, 0.5]]}
    figure = accuracy_by_missing((0, 0.5, 1), {"image": lines, "text": lines})
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Accuracy, the image missing",
        "Accuracy, the text missing",
    ]
    first, other = figure.axes[0].get_lines()
    np.testing.assert_allclose(first.get_ydata(), [0.85, 0.7, 0.55])
    assert first.get_linewidth() > other.get_linewidth()
    assert {text.get_text() for text in figure.axes[1].texts} == {"mean over the runs", "multitask", "other"}
    assert png(figure)


def test_panels_share_their_heights():
    figure = accuracy_by_missing((0, 1), {"image": {"low": [[0.1, 0.2]]}, "text": {"high": [[0.8, 0.9]]}})
    for axes in figure.axes:
        low, high = axes.get_ylim()
        assert low < 0.1
        assert high > 0.9


def test_lines_must_be_there_and_fit():
    for draw in (learnt_values, lambda panels: accuracy_by_missing((0, 1), panels)):
        with pytest.raises(InputError, match="There is nothing to draw"):
            draw({})
        with pytest.raises(InputError, match="There is nothing to draw"):
            draw({"image": {}})
    with pytest.raises(InputError, match="'a' of 'image' must have one accuracy for each of 3"):
        accuracy_by_missing((0, 0.5, 1), {"image": {"a": [0.5, 0.6]}})
