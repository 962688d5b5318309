import numpy as np
import pytest
from PIL import Image

from anymood.explanation import picture
from anymood.explanation.explain import explain
from anymood.explanation.picture import AGAINST, FOR, _from_left, _LineWriter, draw, with_overlay
from anymood.explanation.values import RegionEffects

GREY = Image.new("RGB", (100, 50), (128, 128, 128))


def test_regions_are_blue_for_the_label_and_orange_against_it():
    regions = RegionEffects((0.25, 0, 0.75, 1), ((0.2, -0.1),), "occlusion")
    shown = np.asarray(with_overlay(GREY, regions, 200), int)
    assert shown.shape == (100, 200, 3)
    assert (shown[:, :50] == 128).all()
    assert (shown[:, 150:] == 128).all()
    supporting, opposing = shown[50, 60], shown[50, 140]
    assert np.abs(supporting - FOR).sum() < np.abs(supporting - AGAINST).sum()
    assert np.abs(opposing - AGAINST).sum() < np.abs(opposing - FOR).sum()


def test_an_image_without_effects_stays_as_it_is():
    regions = RegionEffects((0, 0, 1, 1), ((0.0, 0.0),), "feature map")
    assert (np.asarray(with_overlay(GREY, regions, 100)) == 128).all()


@pytest.mark.parametrize("size", [(5000, 1), (1, 5000)])
def test_an_image_that_is_a_line_is_drawn(size):
    longer = size[0] > size[1]
    box = (0.4999, 0, 0.5001, 1) if longer else (0, 0.4999, 1, 0.5001)
    shown = with_overlay(Image.new("RGB", size), RegionEffects(box, ((0.2, -0.1),), "occlusion"), 420)
    assert shown.width == (420 if longer else round(picture.MAX_HEIGHT / 5000))
    assert shown.height <= picture.MAX_HEIGHT


def test_words_are_shaded(model):
    shown = np.asarray(draw(explain("love awful", model=model, label="positive")), int).reshape(-1, 3)
    for colour in (FOR, AGAINST):
        assert (np.abs(shown - colour).sum(axis=1) == 0).any()


@pytest.mark.parametrize(
    ("words", "to_left", "shown"),
    [
        ("so good 😀 !", False, "so good 😀 !"),
        ("אב גד 😀", True, "😀 גד אב"),
        ("אב so good גד 7", True, "7 גד so good אב"),
        ("so אב גד good", False, "so גד אב good"),
        ("", True, ""),
    ],
)
def test_words_of_scripts_from_right_to_left(words, to_left, shown):
    parts = [(part, None) for word in words.split(" ") for part in (" ", word)][1:]
    assert "".join(part for part, _ in _from_left(parts, to_left=to_left)) == shown


@pytest.mark.parametrize(("text", "is_left"), [("love", True), ("אהבה", False)])
def test_a_text_begins_on_its_side(text, is_left):
    canvas = Image.new("RGB", (300, 200), "white")
    _LineWriter(canvas, 0, 300).write(text, 15)
    dark = np.asarray(canvas).min(axis=(0, 2)) < 128
    assert (dark[:150].any(), dark[150:].any()) == (is_left, not is_left)


@pytest.mark.parametrize("word", ["https://example.org/" + 20 * "a-long-path/", 80 * "א"])
def test_a_word_that_is_longer_than_a_line_is_broken(word):
    canvas = Image.new("RGB", (300, 200), "white")
    _LineWriter(canvas, 50, 250).write(word, 15)
    dark = np.asarray(canvas).min(axis=2) < 128
    assert not dark[:, :50].any()
    assert not dark[:, 251:].any()
    assert dark[80:].any()  # in further lines


def test_letters_of_no_installed_font_are_reported(model, monkeypatch):
    written = []
    monkeypatch.setattr(_LineWriter, "write", lambda _, text, *__: written.append(text))
    monkeypatch.setattr(picture, "_other_fonts", lambda _: ())
    draw(explain("love 新しい", model=model))
    assert picture.NO_LETTERS in written
    written.clear()
    draw(explain("I love\u200b caf\u0301e \u0308", model=model))  # invisible signs are no letters
    assert picture.NO_LETTERS not in written


def test_the_first_font_that_has_the_letters_is_used(monkeypatch):
    fonts = [picture.ImageFont.load_default(size) for size in (15, 16)]
    monkeypatch.setattr(picture, "_other_fonts", lambda _: tuple(fonts))
    monkeypatch.setattr(picture, "_has", lambda font, sign: font is fonts[1] and sign == "я")
    assert picture._font(15, "яя") is fonts[1]
    assert picture._font(15, "新") is fonts[0]
