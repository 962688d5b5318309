"""A post, what the three classifiers say of it, and what was wrong with it: frozen values."""

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    ImageSource: TypeAlias = str | os.PathLike[str] | bytes | Image | np.ndarray[Any, np.dtype[Any]]
else:
    ImageSource = Any  # numpy and Pillow come with the first image, not with the first import

Used: TypeAlias = Literal["both", "text", "image", "none"]


class Reason(StrEnum):
    """Why something is a problem: a short fixed phrase, to count by. It is a ``str``, equal to its phrase."""

    # of an image
    MISSING_IMAGE = "missing image"
    IMAGE_IS_URL = "image is a URL"
    SEVERAL_IMAGES = "several images"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    NOT_AN_IMAGE = "not an image"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"
    NOT_FETCHED = "not fetched"
    # of a text
    MISSING_TEXT = "missing text"
    NOT_A_TEXT = "not a text"
    NO_WORDS = "no words"
    LONG_TEXT = "long text"
    TOO_FEW_WORDS = "too few words"
    TOO_MANY_WORDS = "too many words"
    # of a post
    NOTHING_TO_SEE = "nothing to see"
    NOT_TRAINED = "not trained for it"
    NOT_A_POST = "not a post"
    UNKNOWN_FIELD = "unknown field"
    EMPTY_POST = "empty post"
    DUPLICATE_ID = "duplicate id"
    DUPLICATE_POST = "duplicate post"
    # of a row of a table, or of one of its cells
    WRONG_TYPE = "wrong type"
    ENCODING = "encoding"
    NUL_BYTE = "NUL byte"
    LONG_LINE = "long line"
    RAGGED_ROW = "ragged row"
    UNBALANCED_QUOTE = "unbalanced quote"
    NO_JSON_OBJECT = "no JSON object"
    DUPLICATE_KEY = "duplicate key"
    LATE_KEY = "late key"
    MALFORMED = "malformed"
    # of a label
    NO_LABEL = "no label"
    UNKNOWN_LABEL = "unknown label"
    CONFLICTING_LABEL = "conflicting label"
    CONTRADICTION = "contradiction"
    NO_MAJORITY = "no majority"
    TIE = "tie"
    FEW_UNANIMOUS = "few unanimous"
    UNKNOWN_PAIR = "unknown pair"
    # of a record of an archive
    TRUNCATED_FILE = "truncated file"
    INVALID_JSON = "invalid JSON"
    INVALID_CSV = "invalid CSV"
    DAMAGED_BLOCK = "damaged block"
    REMOVED_TEXT = "removed text"  # by a moderator, by the network, or with the author's account
    DELETED_MESSAGE = "deleted message"  # by its author or an administrator
    MEDIA_OMITTED = "media omitted"  # the export was made without files, or without this one
    FILE_ATTACHED = "file attached"  # the name of an attached file, and no text beside it
    UNSUPPORTED_MESSAGE = "unsupported message"  # of a kind that the program which wrote the export could not show
    NOT_EXPORTED = "text not in the export"
    PASTED_CHAT_LINES = "pasted chat lines"
    # of a published protocol
    UNLISTED = "unlisted"
    MISSING_PAIR = "missing pair"
    # of a photo on Flickr
    NOT_FOUND = "not found"
    PRIVATE = "private"
    UNAVAILABLE = "unavailable"
    NO_JPEG = "no JPEG"
    NOT_ASKED = "not asked yet"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was wrong with a post, a row or an image, and did not end the job.

    ``str(problem)`` is the message with the place in front of it.

    Attributes:
        reason: what kind of problem, to count by.
        message: what is wrong and, where there is one, the way out; without ``where``.
        where: file and line or row, or what else the message is about; None where the message says it.
    """

    reason: Reason
    message: str
    where: str | None = None

    def __str__(self) -> str:
        return self.message if self.where is None else f"{self.where}: {self.message}"

    def at(self, where: str) -> "Problem":
        """The same problem at a place."""
        return replace(self, where=where)


@dataclass(frozen=True, slots=True)
class Post:
    """A social-media post: a text, an image, or both, whichever is there.

    Attributes:
        text: the text as written; None or blank when there is none.
        image: a path, the bytes of an image file, a PIL image, or an array of shape (H, W),
            (H, W, 3) or (H, W, 4) of uint8 or uint16; None when there is none.
        id: a name of the caller's, carried through to the prediction.
    """

    text: str | None = None
    image: "ImageSource | None" = None
    id: str | None = None


def has_text(text: str | None) -> bool:
    """Whether there is anything to read: not None, not blank."""
    return text is not None and text.strip() != ""


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated class probabilities of one classifier, in the order of the model's labels."""

    labels: tuple[str, ...]
    values: tuple[float, ...]

    def __repr__(self) -> str:
        return f"Scores({{{', '.join(f'{name!r}: {value:.3f}' for name, value in self.probabilities.items())}}})"

    @property
    def label(self) -> str:
        """The most probable label; the first of the model's order where two are equal."""
        return self.labels[max(range(len(self.values)), key=self.values.__getitem__)]

    @property
    def probabilities(self) -> dict[str, float]:
        """Probability of each label."""
        return dict(zip(self.labels, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one post.

    Attributes:
        used: what decided: ``"both"`` (the fused classifier), ``"text"``, ``"image"``, or
            ``"none"`` when there was nothing to see.
        text: scores of the text classifier, None where the post has no usable text.
        image: scores of the image classifier, None where the post has no usable image.
        fused: scores of the fused classifier, None unless the post has both.
        problems: what was wrong with the post, in the order it was found; empty when nothing was. Rows of tables
            also bring the problems of reading them.
        id: the post's id.
    """

    used: Used
    text: Scores | None = None
    image: Scores | None = None
    fused: Scores | None = None
    problems: tuple[Problem, ...] = ()
    id: str | None = None

    def __repr__(self) -> str:
        """The label and its probability first, then whatever is there."""
        scores = self.deciding
        first = "None" if scores is None else f"{scores.label!r}, {max(scores.values):.3f}"
        names = ("used", "text", "image", "fused", "problem", "reason", "id")
        there = {name: value for name in names if (value := getattr(self, name)) is not None}
        if self.reason is not None:
            there["reason"] = self.reason.value
        return f"Prediction({first}, {', '.join(f'{name}={value!r}' for name, value in there.items())})"

    def _repr_html_(self) -> str:
        """A table for notebooks: a row a label, a column a classifier, without colours of its own."""
        from html import escape

        parts = [f"<b>{'no label' if self.label is None else escape(self.label)}</b>"]
        said = {"fused": self.fused, "text": self.text, "image": self.image}
        columns = {name: list(scores.values) for name, scores in said.items() if scores is not None}
        if self.deciding is not None:
            decides = "fused" if self.used == "both" else self.used
            heads = ("", *(f"{name} (decides)" if name == decides else name for name in columns))
            rows = [heads, *zip(map(escape, self.deciding.labels), *columns.values(), strict=True)]
            cells = ("".join(map(_html_cell, row)) for row in rows)
            parts.append(f'<table style="color: inherit">{"".join(f"<tr>{row}</tr>" for row in cells)}</table>')
        if self.problem is not None:
            parts.append(f"<i>{escape(self.problem)}</i>")
        return "".join(f"<div>{part}</div>" for part in parts)

    @property
    def problem(self) -> str | None:
        """The messages of all problems, None when there is none."""
        return " ".join(map(str, self.problems)) or None

    @property
    def reason(self) -> Reason | None:
        """The reason of the first problem, None when there is none."""
        return self.problems[0].reason if self.problems else None

    @property
    def deciding(self) -> Scores | None:
        """Scores of the classifier that fits what the post has."""
        return {"both": self.fused, "text": self.text, "image": self.image, "none": None}[self.used]

    @property
    def label(self) -> str | None:
        """The predicted label, None when there was nothing to see."""
        return None if self.deciding is None else self.deciding.label

    @property
    def probabilities(self) -> dict[str, float]:
        """Probability of each label by the deciding classifier; empty when there was nothing to see."""
        return {} if self.deciding is None else self.deciding.probabilities

    @property
    def disagreement(self) -> float | None:
        """How far text and image pull apart, from 0 (alike) to 1 (certain of different labels).

        The total variation distance of the two classifiers' probabilities, half the sum of the
        absolute differences; None unless the post has both.
        """
        if self.text is None or self.image is None:
            return None
        distance = sum(abs(t - i) for t, i in zip(self.text.values, self.image.values, strict=True)) / 2
        return min(1.0, distance)  # rounding may leave probabilities a hair above 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the fields above with nested probabilities."""
        return {
            "id": self.id,
            "label": self.label,
            "probabilities": self.probabilities,
            "used": self.used,
            "text": None if self.text is None else self.text.probabilities,
            "image": None if self.image is None else self.image.probabilities,
            "fused": None if self.fused is None else self.fused.probabilities,
            "disagreement": self.disagreement,
            "problem": self.problem,
            "reason": None if self.reason is None else self.reason.value,
        }


def _html_cell(value: str | float) -> str:
    """A heading; or a probability, as a bar in the colour of the text and as a figure."""
    style = "text-align: left; padding: 0.1em 1em 0.1em 0"
    if isinstance(value, str):
        return f'<th style="{style}">{value}</th>'
    bar = "display: inline-block; width: 5em; height: 0.6em; margin-right: 0.5em; opacity: 0.6; border: thin solid"
    filled = f"background: linear-gradient(to right, currentColor {value:.1%}, transparent 0)"
    return f'<td style="{style}"><span style="{bar}; {filled}"></span>{value:.1%}</td>'
