import io

from rich.console import Console

from anymood.cli.panels import explanation_panel, prediction_panel
from anymood.explanation.values import Explanation, WordEffect
from anymood.posts import Prediction, Problem, Reason, Scores

LABELS = ("negative", "positive")
BOTH = Prediction("both", Scores(LABELS, (0.1, 0.9)), Scores(LABELS, (0.6, 0.4)), Scores(LABELS, (0.2, 0.8)))


def shown(prediction, width=80, encoding="utf-8", panel=prediction_panel):
    file = io.TextIOWrapper(io.BytesIO(), encoding)
    Console(file=file, width=width).print(panel(prediction))
    file.flush()
    return file.buffer.getvalue().decode(encoding)


def test_each_classifier_has_its_bars():
    lines = shown(BOTH).splitlines()
    [row] = [line for line in lines if line.startswith("│ positive")]
    assert [part.count("━") for part in row.split("%")[:3]] == [8, 9, 4]
    assert "80.0%" in row
    assert "text: positive, image: negative (disagreement 50%)" in shown(BOTH)


def test_text_and_image_with_the_same_label_agree():
    alike = Prediction("both", BOTH.text, Scores(LABELS, (0.3, 0.7)), BOTH.fused)
    assert "text and image: both positive (disagreement 20%)" in shown(alike)


def test_a_classifier_that_saw_nothing_has_no_column():
    alone = Prediction("text", text=BOTH.text)
    _, label, titles, *_ = [line for line in shown(alone).splitlines() if line.strip("│ ")]
    assert titles.split() == ["│", "text", "│"], label
    assert "text classifier" in shown(alone)
    assert "disagree" not in shown(alone)


def test_a_problem_is_reported_as_it_is():
    message = shown(Prediction("none", problems=(Problem(Reason.MISSING_IMAGE, "The image [red]a.jpg[/] is gone."),)))
    assert "no label" in message
    assert "The image [red]a.jpg[/] is gone." in message


def test_of_many_labels_the_most_probable_are_shown():
    names = tuple(f"label{n:02d}" for n in range(28))
    scores = Scores(names, tuple((n + 1) / 406 for n in range(28)))
    message = shown(Prediction("text", text=scores))
    assert message.count("label") == 1 + 8
    assert "label20" in message
    assert "label19" not in message


def test_long_labels_are_shortened():
    names = ("The customer is pleased. " * 20, "The customer complains. " * 20)
    message = shown(Prediction("both", Scores(names, (0.1, 0.9)), Scores(names, (0.6, 0.4)), Scores(names, (0.2, 0.8))))
    assert max(message.count("complains"), message.count("pleased")) <= 6
    assert "complains. The cust" in message.splitlines()[0]
    assert message.splitlines()[0].endswith("… ───────────────╮")


def test_a_terminal_without_lines_gets_plain_characters():
    assert "########.." in shown(BOTH, encoding="ascii")
    assert shown(BOTH, encoding="ascii").isascii()


def test_in_a_narrow_terminal_bars_give_way_and_labels_stay():
    for width in (60, 44, 38, 30, 20):
        message = shown(BOTH, width=width)
        assert max(map(len, message.splitlines())) <= width
        assert [word in message for word in ("negative", "positive", "80.0%", "90.0%", "40.0%")] == [True] * 5


def test_in_a_narrow_terminal_effects_keep_their_figures():
    words = (WordEffect(0, 13, 0.4), WordEffect(14, 18, -0.123))
    text = "extraordinary hate"
    why = Explanation(BOTH, "tiny", "positive", 0.8, 0.5, 0.25, 0.05, text=text, words=words)
    for width in (80, 38, 30, 22):
        message = shown(why, width=width, panel=explanation_panel)
        assert max(map(len, message.splitlines())) <= width
        assert [figure in message for figure in ("+25.0", "+5.0", "+40.0", "-12.3")] == [True] * 4
