import io
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Annotation
from PIL import Image

from anymood.errors import InputError, MissingExtra
from anymood.evaluation.drawing import STYLE, _separated, png
from anymood.evaluation.figures import confusion_matrices, learning_curves, paired_share


def confusion(classes, n=300, seed=0):
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, n)
    predicted = np.where(generator.random(n) < 0.6, truth, generator.integers(0, classes, n))
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def touching(figure, texts):
    """Pairs of non-empty texts whose boxes overlap in the finished picture."""
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    return [(a, b) for i, (a, box) in enumerate(boxes) for b, other in boxes[i + 1 :] if box.overlaps(other)]


def shown(axes):
    return [text.get_text() for text in axes.texts]


def records(epochs=5):
    return [
        {
            "epoch": e,
            "seconds": 1.0,
            "losses": {"total": 9.0, "fused": 1 / e, "text": 2 / e, "image": 0.0},
            "validation": {"fused": {"n": 9, "accuracy": 1 - 1 / e, "macro_f1": 0.5}, "text": {"accuracy": 0.4}},
            "score": 0.5,
        }
        for e in range(1, epochs + 1)
    ]


def test_a_picture_is_a_png_and_always_the_same():
    figure = confusion_matrices({"text": confusion(3)}, ("negative", "neutral", "positive"))
    picture = Image.open(io.BytesIO(png(figure)))
    assert picture.format == "PNG"
    assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    assert png(figure) == png(confusion_matrices({"text": confusion(3)}, ("negative", "neutral", "positive")))


def test_the_settings_of_the_user_stay_as_they_are():
    before = dict(matplotlib.rcParams)
    png(learning_curves(records()))
    assert dict(matplotlib.rcParams) == before
    assert matplotlib.rc_params_from_file(STYLE)["savefig.dpi"] == 200


def test_any_label_can_be_drawn():
    labels = ("$costs$ $10", "怒り", "a very long name of a class that goes on and on")
    figure = confusion_matrices({"text": confusion(3)}, labels)
    assert png(figure)
    assert figure.axes[0].get_yticklabels()[2].get_text().startswith("a very long name of a…")


@pytest.mark.parametrize(("classes", "turned_by"), [(2, 45), (3, 45), (8, 45), (28, 90)])
def test_long_names_are_turned_and_never_touch(classes, turned_by):
    labels = [f"{'disappointment' if n % 2 else 'joy'} {n}" for n in range(classes)]
    (axes,) = (figure := confusion_matrices({"fused": confusion(classes)}, labels)).axes
    assert {text.get_rotation() for text in axes.get_xticklabels()} == {turned_by}
    assert touching(figure, axes.get_yticklabels()) == []
    assert touching(figure, axes.texts) == []


def test_names_of_short_words_stand_upright_in_lines():
    (axes,) = (figure := confusion_matrices({"fused": confusion(2)}, ("very much so", "no not at all"))).axes
    names = axes.get_xticklabels()
    assert [text.get_text() for text in names] == ["very much\nso", "no not at\nall"]
    assert touching(figure, names) == []


def test_cells_hold_the_share_of_their_row_and_the_number_of_posts():
    figure = confusion_matrices({"text": [[30, 10], [0, 5]]}, ("no", "yes"))
    assert shown(figure.axes[0])[1:] == ["75", "30", "25", "10", "100", "5"]  # an empty cell stays empty
    assert shown(figure.axes[0])[0] == "77.8% of 45 posts right"
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["no  40", "yes  5"]


def test_matrices_of_the_same_posts_name_their_rows_once():
    same = confusion_matrices({"fused": [[3, 1], [0, 5]], "text": [[2, 2], [1, 4]]}, ("no", "yes"))
    other = confusion_matrices({"fused": [[3, 1], [0, 5]], "text": [[2, 2], [1, 9]]}, ("no", "yes"))
    assert [text.get_text() for text in same.axes[1].get_yticklabels()] == []
    assert [text.get_text() for text in other.axes[1].get_yticklabels()] == ["4", "10"]


def test_many_classes_stand_below_each_other():
    def tops(classes):
        labels = [f"c{n}" for n in range(classes)]
        figure = confusion_matrices({"fused": np.eye(classes), "text": np.eye(classes)}, labels)
        figure.draw_without_rendering()
        return [axes.get_position().y1 for axes in figure.axes]

    beside, below = tops(10), tops(11)
    assert beside[0] == pytest.approx(beside[1])
    assert below[0] > below[1]


def test_a_confusion_matrix_must_fit_its_labels():
    with pytest.raises(InputError, match=r"'text' has shape \(3, 3\), but there are 2 labels"):
        confusion_matrices({"text": confusion(3)}, ("no", "yes"))
    with pytest.raises(InputError, match="no confusion matrix"):
        confusion_matrices({}, ("no", "yes"))


def test_a_set_without_posts_can_be_drawn():
    assert shown(confusion_matrices({"text": np.zeros((2, 2))}, ("no", "yes")).axes[0]) == ["no posts"]


def test_learning_curves_have_a_panel_for_the_losses_and_for_each_score():
    figure = learning_curves(records(), kept_epoch=3)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Loss", "Accuracy", "Macro F1"]
    loss, accuracy, macro = figure.axes
    assert set(shown(loss)) == {"training, epoch 3 kept", "fused", "text"}
    assert set(shown(accuracy)) == {"validation, epoch 3 kept", "fused", "text"}
    assert set(shown(macro)) == {"validation, epoch 3 kept", "fused"}
    fused, text, image, vertical = loss.get_lines()
    np.testing.assert_allclose(fused.get_ydata(), [1 / e for e in range(1, 6)])
    np.testing.assert_allclose(text.get_ydata(), [2 / e for e in range(1, 6)])
    assert np.isnan(image.get_ydata()).all()  # never trained
    assert vertical.get_xdata() == [3, 3]
    assert [line.get_color() for line in loss.get_lines()] == [line.get_color() for line in accuracy.get_lines()]
    assert png(figure)


def test_learning_curves_draw_the_scores_that_are_there():
    figure = learning_curves([{"epoch": 1, "validation": {"text": {"macro_f1": 0.5}}}])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Macro F1"]
    assert figure.axes[0].get_lines()[1].get_marker() == "o"  # a single epoch is a dot


def test_learning_curves_have_a_panel_for_weights_that_change():
    learnt = [
        record | {"weights": {"text": 1 - 0.1 * e, "fused": 1 + 0.1 * e}, "fusion": {"image 0": 0.5, "text 0": e / 5}}
        for e, record in enumerate(records())
    ]
    figure = learning_curves(learnt)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Loss", "Accuracy", "Macro F1", "Loss weights", "Fusion scalars"]
    weights, scalars = figure.axes[3:]
    assert set(shown(weights)) == {"training", "fused", "text"}
    np.testing.assert_allclose(weights.get_lines()[0].get_ydata(), [1, 1.1, 1.2, 1.3, 1.4])  # fused, as of the losses
    assert {"image 0", "text 0"} <= set(shown(scalars))
    fixed = [record | {"weights": {"text": 1.0, "fused": 2.0}, "fusion": {}} for record in records()]
    assert len(learning_curves(fixed).axes) == 3


def test_learning_curves_bear_gaps():
    gappy = records()
    gappy[1]["losses"]["text"] = float("nan")
    gappy[2]["losses"]["text"] = None
    del gappy[4]["losses"]["text"]
    text = learning_curves(gappy).axes[0].get_lines()[1]
    assert np.isnan(text.get_ydata()).tolist() == [False, True, True, False, True]


def test_learning_curves_say_what_a_record_needs():
    with pytest.raises(InputError, match="There is nothing to draw"):
        learning_curves([{"epoch": 1, "loss": 0.5}])
    with pytest.raises(InputError, match="There is nothing to draw"):
        learning_curves([])
    with pytest.raises(InputError, match="'epoch'"):
        learning_curves([{"losses": {"fused": 0.5}}])


SHARES = [0.001, 0.01, 0.05, 0.25, 1]


def test_accuracy_against_the_share_of_paired_data():
    several = np.linspace(0.8, 0.9, 15).reshape(3, 5)
    figure = paired_share(SHARES, {"all": several, "paired": several[0]}, {"text": 0.87, "image": 0.7})
    (axes,) = figure.axes
    first, second, text, image = axes.get_lines()
    np.testing.assert_allclose(first.get_ydata(), several.mean(axis=0))
    np.testing.assert_allclose(second.get_ydata(), several[0])
    assert (text.get_ydata(), image.get_ydata()) == ([0.87, 0.87], [0.7, 0.7])
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.1%", "1%", "5%", "25%", "100%"]
    assert len(axes.collections) == 1  # the band of the one that has several runs
    assert png(figure)


def test_the_names_of_lines_that_end_together_stand_apart():
    figure = paired_share([0.1, 1], {f"line {n}": [0.5, 0.8 + n / 1e4] for n in range(5)}, {"base": 0.8})
    names = [text for text in figure.axes[0].texts if isinstance(text, Annotation)]
    assert len([text for text in names if text.get_text()]) == 6
    assert touching(figure, names) == []


def test_shares_and_lines_must_fit():
    with pytest.raises(InputError, match="shares above 0"):
        paired_share([0, 1], {"a": [0.5, 0.6]})
    with pytest.raises(InputError, match="line to draw"):
        paired_share(SHARES, {})
    with pytest.raises(InputError, match="'a' has shape"):
        paired_share(SHARES, {"a": [0.5, 0.6]})


def test_positions_move_as_little_as_they_must():
    np.testing.assert_allclose(_separated(np.array([0.0, 1.0, 2.0]), 0.5), [0, 1, 2])
    np.testing.assert_allclose(_separated(np.array([1.0, 1.0, 1.0]), 0.5), [0.5, 1, 1.5])
    np.testing.assert_allclose(_separated(np.array([0.0, 1.0, 1.1]), 0.5), [0, 0.8, 1.3])


def test_without_matplotlib_a_picture_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match="Drawing a picture"):
        learning_curves(records())
