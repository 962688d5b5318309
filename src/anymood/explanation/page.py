"""Explanations as HTML, for notebooks or as a self-contained page."""

from collections.abc import Sequence
from html import escape

from PIL import Image

from anymood.explanation.description import (
    ABOUT_WORDS,
    modality_effects,
    pieces,
    regions_in_words,
    strongest_words,
    summary,
)
from anymood.explanation.values import Explanation, RegionEffects
from anymood.preparation.thumbnails import data_url, thumbnail
from anymood.wording import points, short_label

PICTURE_SIDE = 800  # maximum side of the image in pixels

STYLE = """
.anymood-why { color-scheme: light dark; --for: 31 119 180; --against: 214 105 0; max-width: 64rem; line-height: 1.5;
  font-family: system-ui, sans-serif; }
.anymood-why .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr));
  gap: 1rem 2.5rem; margin: 1rem 0; }
.anymood-why h3 { margin: 0 0 .5rem; font-size: 1rem; }
.anymood-why h2 { margin: 0; font-size: 1.6rem; }
.anymood-why .effects { border-collapse: collapse; margin: 1rem 0; }
.anymood-why :is(th, td) { padding: .15rem 1rem .15rem 0; text-align: left; font-weight: normal; }
.anymood-why td.number { text-align: right; font-variant-numeric: tabular-nums; }
.anymood-why .text { margin: 0; font-size: 1.15rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.anymood-why mark { color: inherit; border-radius: .25em; background: rgb(var(--for) / var(--share)); }
.anymood-why mark.against { background: rgb(var(--against) / var(--share)); text-decoration: underline dotted; }
.anymood-why mark.strong { font-weight: 600; }
.anymood-why .picture { position: relative; width: fit-content; margin: .5rem 0; }
.anymood-why .picture img { display: block; max-width: 100%; height: auto; }
.anymood-why .picture svg { position: absolute; inset: 0; width: 100%; height: 100%; visibility: hidden; }
.anymood-why .regions:has(input:checked) svg { visibility: visible; }
.anymood-why rect { fill: rgb(var(--for)); }
.anymood-why rect.against { fill: rgb(var(--against)); }
.anymood-why .key { border-bottom: 3px solid rgb(var(--for)); }
.anymood-why .key.against { border-bottom: 3px dotted rgb(var(--against)); }
.anymood-why .bar { display: inline-block; width: min(11rem, 28vw); height: .7em;
  background: linear-gradient(currentColor, currentColor) center / 1px 100% no-repeat; }
.anymood-why .bar i { display: block; height: 100%; background: rgb(var(--for)); }
.anymood-why .bar i.against { background: rgb(var(--against)); }
.anymood-why .note { opacity: .8; font-size: .9rem; margin: .4rem 0; }
@media (prefers-color-scheme: dark) { .anymood-why { --for: 80 160 230; --against: 240 150 60; } }
@media print { .anymood-why .picture svg { visibility: visible; } }
"""


def page(explanation: Explanation) -> str:
    """A self-contained page with a light and a dark style."""
    title = f"Why {short_label(explanation.label)}" if explanation.label else "No label"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)} - anymood</title>\n<style>body {{ margin: 2rem auto; max-width: 64rem; "
        f"padding: 0 1rem; }}</style>\n</head>\n<body>\n<main>\n{fragment(explanation)}\n</main>\n</body>\n</html>\n"
    )


def fragment(explanation: Explanation) -> str:
    """The explanation as part of a page, with its style."""
    heading = "No label" if explanation.label is None else f"Why {escape(short_label(explanation.label))}"
    parts = [f"<style>{STYLE}</style>", f"<h2>{heading}</h2>", _note(summary(explanation))]
    if explanation.label is not None:
        added = list(modality_effects(explanation).items())
        parts += [_effects(added, "Effects of text and image, in points"), _key(explanation.label)]
    details = []
    if explanation.words:
        strongest = _effects(strongest_words(explanation), "The strongest words, in points")
        words = (_shaded(explanation), strongest, _words_table(explanation))
        details.append(f"<section><h3>Words</h3>{''.join(words)}</section>")
    if explanation.regions is not None and explanation.picture is not None:
        picture = _picture(explanation.picture, explanation.regions, regions_in_words(explanation))
        details.append(f"<section><h3>Regions of the image</h3>{picture}</section>")
    if details:
        parts.append(f'<div class="columns">{"".join(details)}</div>')
    if explanation.label is not None and explanation.prediction.problem is not None:
        parts.append(_note(explanation.prediction.problem))
    return f'<div class="anymood-why">{"".join(filter(None, parts))}</div>'


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>' if text else ""


def _key(label: str) -> str:
    """The legend of the colours."""
    return (
        f'<p class="note"><span class="key">Blue</span> supports {escape(short_label(label))}, '
        '<span class="key against">orange, dotted</span> opposes it. Figures are percentage points.</p>'
    )


def _effects(effects: Sequence[tuple[str, float]], caption: str, attribute: str = "hidden") -> str:
    """A table of names and effects, with an attribute of its caption; empty without effects."""
    if not effects:
        return ""
    strongest = max(abs(effect) for _, effect in effects) or 1.0
    rows = "".join(_row(name, effect, strongest) for name, effect in effects)
    return f'<table class="effects"><caption {attribute}>{caption}</caption>{rows}</table>'


def _row(name: str, effect: float, strongest: float) -> str:
    """A name, a bar to the left or right of a centre line, and a number."""
    share = abs(effect) / strongest * 50
    start = 50 if effect > 0 else 50 - share
    side = "" if effect > 0 else ' class="against"'
    place = f"width: {share:.1f}%; margin-left: {start:.1f}%"
    bar = f'<span class="bar" aria-hidden="true"><i{side} style="{place}"></i></span>'
    return f'<tr><th scope="row">{escape(name)}</th><td>{bar}</td><td class="number">{points(effect)}</td></tr>'


def _shaded(explanation: Explanation) -> str:
    """The text with shaded words, each with its effect as a tooltip."""
    parts = []
    for text, effect, share in pieces(explanation):
        shown = escape(text)
        if share >= 0.05:
            kinds = [name for name, holds in (("against", effect < 0), ("strong", share >= 0.5)) if holds]
            kind = f' class="{" ".join(kinds)}"' if kinds else ""
            shown = f'<mark{kind} style="--share: {share * 0.6:.2f}" title="{points(effect)}">{shown}</mark>'
        parts.append(shown)
    return f'<p class="text" dir="auto">{"".join(parts)}</p>'


def _words_table(explanation: Explanation) -> str:
    """A collapsible table of all words in order."""
    label = escape(short_label(explanation.label or ""))
    caption = f"Effect of each word on {label}, in percentage points. {ABOUT_WORDS}"
    words = [(explanation.word(word), word.effect) for word in explanation.words]
    table = _effects(words, caption, 'class="note"')
    return f"<details><summary>All words in their order</summary>{table}</details>"


def _picture(picture: Image.Image, regions: RegionEffects, caption: str) -> str:
    """The image with an overlay of its regions, which can be switched on."""
    source = data_url(thumbnail(picture, PICTURE_SIDE))
    return (
        '<div class="regions"><label><input type="checkbox"> Show the regions on the image</label>'
        f'<div class="picture"><img src="{source}" alt="The image of the post">'
        f'<svg viewBox="0 0 1 1" preserveAspectRatio="none" role="img" aria-label="{escape(caption)}">{_cells(regions)}'
        f"</svg></div>{_note(caption)}</div>"
    )


def _cells(regions: RegionEffects) -> str:
    """A rectangle per region, more opaque for stronger effects."""
    left, top, right, bottom = regions.box
    rows, columns = len(regions.effects), len(regions.effects[0])
    width, height = (right - left) / columns, (bottom - top) / rows
    strongest = regions.strongest or 1.0
    return "".join(
        f'<rect x="{left + column * width:.4f}" y="{top + row * height:.4f}" width="{width:.4f}" height="{height:.4f}" '
        f'opacity="{abs(effect) / strongest * 0.65:.2f}"{"" if effect > 0 else " class=against"}>'
        f"<title>{points(effect)}</title></rect>"
        for row, effects in enumerate(regions.effects)
        for column, effect in enumerate(effects)
    )
