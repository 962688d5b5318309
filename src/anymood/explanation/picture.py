"""Explanations as a picture: the image with its regions, and the text with shaded words."""

import unicodedata
from contextlib import suppress
from functools import lru_cache
from itertools import accumulate, groupby

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from anymood.explanation.description import (
    ABOUT_WORDS,
    pieces,
    regions_in_words,
    strongest_words,
    summary,
)
from anymood.explanation.values import Explanation, RegionEffects
from anymood.wording import points, short_label

WIDTH, MAX_HEIGHT = 960, 8000  # pixels of the picture
IMAGE_WIDTH = 420
MARGIN = 32
SMALL, MEDIUM, LARGE = 15, 19, 30  # font sizes in pixels
BAR = 130  # pixels of the longest bar, on each side of the middle

PAPER, INK, FAINT = (255, 255, 255), (28, 28, 28), (100, 100, 100)
FOR, AGAINST = (31, 119, 180), (230, 120, 10)  # blue and orange, distinguishable by most colour-blind people
STRONGEST_OVERLAY = 0.65  # opacity

# Pillow's default font only has Latin letters. For others, the first of these fonts that is installed and has them.
FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "Arial Unicode.ttf",
    "arialuni.ttf",
    "msyh.ttc",
    "PingFang.ttc",
)
LAST_OF_DEFAULT = "\u024f"  # last character of Latin Extended-B
IN_NO_FONT = "\U0010fffd"
INVISIBLE = ("C", "M", "Z")  # categories of characters without a separate glyph: controls, marks, spaces

NO_LETTERS = "No installed font has some of these letters. Install one, such as Noto Sans CJK, or write a page (.html)."

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Rgb = tuple[int, int, int]
Part = tuple[str, Rgb | None]  # a word or a space, and its background colour


def draw(explanation: Explanation) -> Image.Image:
    """The explanation as an RGB image, 960 pixels wide."""
    has_image = explanation.picture is not None and explanation.regions is not None
    left = MARGIN * 2 + IMAGE_WIDTH if has_image else MARGIN
    canvas = Image.new("RGB", (WIDTH, MAX_HEIGHT), PAPER)
    writer = _LineWriter(canvas, left, WIDTH - MARGIN)
    writer.write(short_label(explanation.label or "no label"), LARGE)
    writer.write(summary(explanation), SMALL, FAINT)
    if explanation.words:
        writer.skip()
        writer.write_shaded(explanation)
        if any(_lacks(_font(MEDIUM, part), part) for part in _divided(explanation.text or "")):
            writer.write(NO_LETTERS, SMALL, FAINT)
        writer.skip()
        strongest = strongest_words(explanation)
        most = max((abs(effect) for _, effect in strongest), default=1.0)
        for name, effect in strongest:
            writer.bar(name, effect, most)
        writer.skip()
        writer.write(ABOUT_WORDS, SMALL, FAINT)
    writer.write(regions_in_words(explanation), SMALL, FAINT)
    writer.write("Blue supports the label, orange opposes it.", SMALL, FAINT)
    bottom = writer.top
    if explanation.picture is not None and explanation.regions is not None:
        shown = with_overlay(explanation.picture, explanation.regions, IMAGE_WIDTH)
        canvas.paste(shown, (MARGIN, MARGIN))
        bottom = max(bottom, MARGIN + shown.height)
    return canvas.crop((0, 0, WIDTH, min(bottom + MARGIN, canvas.height)))


def with_overlay(picture: Image.Image, regions: RegionEffects, width: int) -> Image.Image:
    """An image with an overlay of its regions: blue for the label, orange against it, more opaque if stronger.

    It has the given width, or less if it would be too high.
    """
    scale = min(width / picture.width, (MAX_HEIGHT - 2 * MARGIN) / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    shown = np.asarray(picture.convert("RGB").resize(size), np.float32)
    effects = np.array(regions.effects, np.float32)
    left, top, right, bottom = (round(edge * side) for edge, side in zip(regions.box, size * 2, strict=True))
    right, bottom = max(right, left + 1), max(bottom, top + 1)  # of an image that is a line
    strongest = regions.strongest or 1.0
    scaled = Image.fromarray(effects / strongest).resize((right - left, bottom - top), Image.Resampling.BICUBIC)
    smooth = np.clip(np.asarray(scaled), -1, 1)[..., None]
    opacity = np.abs(smooth) * STRONGEST_OVERLAY
    colour = np.where(smooth >= 0, np.array(FOR, np.float32), np.array(AGAINST, np.float32))
    drawn = shown.copy()
    drawn[top:bottom, left:right] = shown[top:bottom, left:right] * (1 - opacity) + colour * opacity
    return Image.fromarray(drawn.round().astype(np.uint8))


class _LineWriter:
    """Writes lines from top to bottom, between two margins."""

    def __init__(self, canvas: Image.Image, left: int, right: int) -> None:
        self._draw = ImageDraw.Draw(canvas)
        self._left, self._right = left, right
        self._limit = canvas.height - 3 * MARGIN
        self.top = MARGIN

    def skip(self) -> None:
        """Move down."""
        self.top += SMALL

    def write(self, text: str, size: int, colour: Rgb = INK) -> None:
        """Write a text in as many lines as needed, none if it is empty."""
        self._write([(part, None) for part in _divided(text)], size, colour)

    def write_shaded(self, explanation: Explanation) -> None:
        """Write the explained text with shaded words."""
        parts: list[Part] = []
        for text, effect, share in pieces(explanation):
            background = _tint(FOR if effect > 0 else AGAINST, share)
            parts += [(part, background) for part in _divided(text)]
        self._write(parts, MEDIUM, INK)

    def bar(self, name: str, effect: float, strongest: float) -> None:
        """Draw a word, its effect as a bar to the left or right of a centre line, and the number."""
        font = _font(SMALL, name)
        middle = self._right - 70 - BAR
        max_width = middle - BAR - self._left - 10
        shown = name
        while shown and font.getlength(shown) > max_width:
            shown = shown[:-1]
        self._draw.text((self._left, self.top), shown, INK, font)
        length = round(BAR * abs(effect) / strongest)
        start, end = (middle, middle + length) if effect > 0 else (middle - length, middle)
        self._draw.rectangle((start, self.top + 3, end, self.top + SMALL), FOR if effect > 0 else AGAINST)
        self._draw.line((middle, self.top, middle, self.top + SMALL + 4), FAINT)
        self._draw.text((self._right, self.top), points(effect), INK, _font(SMALL, ""), anchor="ra")
        self.top += round(SMALL * 1.6)

    def _write(self, parts: list[Part], size: int, colour: Rgb) -> None:
        height = round(size * 1.5)
        to_left = next(filter(None, (_direction(part) for part, _ in parts)), "L") == "R"
        for line in self._lines(parts, size):
            if self.top <= self._limit:
                width = sum(_font(size, part).getlength(part) for part, _ in line)
                x = self._right - width if to_left else float(self._left)
                for part, background in _from_left(line, to_left=to_left):
                    font = _font(size, part)
                    length = font.getlength(part)
                    if background is not None:
                        self._draw.rectangle((x - 1, self.top - 2, x + length + 1, self.top + height - 5), background)
                    self._draw.text((x, self.top), part, colour, font)
                    x += length
            self.top += height

    def _lines(self, parts: list[Part], size: int) -> list[list[Part]]:
        """The parts divided into lines that fit between the margins."""
        lines: list[list[Part]] = [[]] if parts else []
        width = 0.0
        fitting = [(piece, background) for part, background in parts for piece in self._pieces(part, size)]
        for part, background in fitting:
            length = _font(size, part).getlength(part)
            if part == "\n" or (lines[-1] and self._left + width + length > self._right and part.strip()):
                lines.append([])
                width = 0.0
            if part != "\n":
                lines[-1].append((part, background))
                width += length
        return lines

    def _pieces(self, part: str, size: int) -> list[str]:
        """A part that fits in a line, or pieces of one that does not, such as a long link."""
        lines = _font(size, part).getlength(part) / (self._right - self._left)
        if lines <= 1:
            return [part]
        signs = max(1, int(0.8 * len(part) / lines))  # of a piece; some signs are wider than the mean
        return [part[start : start + signs] for start in range(0, len(part), signs)]


def _direction(part: str) -> str:
    """``L`` or ``R``, in which direction a part is written; empty for spaces, emoji and punctuation."""
    kinds = {"L": "L", "EN": "L", "R": "R", "AL": "R"}
    return next((kinds[kind] for kind in map(unicodedata.bidirectional, part) if kind in kinds), "")


def _from_left(line: list[Part], *, to_left: bool) -> list[Part]:
    """The parts of a line from left to right: Unicode's bidirectional algorithm, for whole words."""
    base = "R" if to_left else "L"
    strong = [_direction(part) for part, _ in line]
    before = list(accumulate(strong, lambda last, own: own or last, initial=base))[1:]
    after = list(accumulate(reversed(strong), lambda last, own: own or last, initial=base))[:0:-1]
    directions = [b if b == a else base for b, a in zip(before, after, strict=True)]
    runs = [
        (direction, [part for _, part in run])
        for direction, run in groupby(zip(directions, line, strict=True), lambda each: each[0])
    ]
    ordered = reversed(runs) if to_left else runs
    return [part for direction, run in ordered for part in (reversed(run) if direction == "R" else run)]


def _divided(text: str) -> list[str]:
    """Words, spaces and line ends, between which a line may break."""
    parts: list[str] = []
    for number, line in enumerate(text.splitlines() or [""]):
        parts += ["\n"] if number else []
        for part in line.split(" "):
            parts += [part, " "] if part else [" "]
        if not line.endswith(" "):
            parts.pop()
    return [part for part in parts if part]


def _tint(colour: Rgb, share: float) -> Rgb | None:
    """A colour on paper, paler for weaker effects."""
    if share < 0.05:
        return None
    red, green, blue = (round(255 + (part - 255) * share * 0.6) for part in colour)
    return red, green, blue


def _font(size: int, text: str) -> Font:
    """A font with the letters of a text, if one is installed."""
    if all(sign <= LAST_OF_DEFAULT for sign in text):
        return _default_font(size)
    fonts = (*_other_fonts(size), _default_font(size))
    return next((font for font in fonts if not _lacks(font, text)), fonts[0])


def _lacks(font: Font, text: str) -> bool:
    """Whether a font has no glyph for a character of a text."""
    return any(sign > LAST_OF_DEFAULT and not _has(font, sign) for sign in text)


@lru_cache(maxsize=4096)
def _has(font: Font, sign: str) -> bool:
    if unicodedata.category(sign).startswith(INVISIBLE):
        return True
    drawn, unknown = font.getmask(sign), font.getmask(IN_NO_FONT)
    return (drawn.size, bytes(drawn)) != (unknown.size, bytes(unknown))


@lru_cache(maxsize=8)
def _default_font(size: int) -> Font:
    return ImageFont.load_default(size)


@lru_cache(maxsize=8)
def _other_fonts(size: int) -> tuple[Font, ...]:
    fonts = []
    for name in FONTS:
        with suppress(OSError):  # not installed
            fonts.append(ImageFont.truetype(name, size))
    return tuple(fonts)
