"""Posts, predictions and problems: frozen values."""

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    ImageSource: TypeAlias = str | os.PathLike[str] | bytes | Image | np.ndarray[Any, np.dtype[Any]]
else:
    ImageSource = Any  # numpy and Pillow are imported with the first image

Used: TypeAlias = Literal["both", "text", "image", "none"]

CLASSIFIER_OF = {"both": "fused", "text": "text", "image": "image"}  # the deciding classifier, by Prediction.used


class Reason(StrEnum):
    """Why something is a problem: a short fixed phrase to count by. It is a ``str``, equal to its phrase.

    Attributes:
        meaning: what the phrase means, and the remedy where there is one.
    """

    meaning: str

    def __new__(cls, phrase: str, meaning: str = "") -> "Reason":  # noqa: D102 - of members, which are made below
        member = str.__new__(cls, phrase)
        member._value_ = phrase
        member.meaning = meaning
        return member

    # of an image
    MISSING_IMAGE = (
        "missing image",
        "The image file does not exist. Check the path; paths in a table are relative to the table.",
    )
    IMAGE_IS_URL = (
        "image is a URL",
        "The image is a URL, and was not fetched. Add --fetch, or download the image.",
    )
    SEVERAL_IMAGES = "several images", "The cell lists several images. The first one is read."
    EMPTY = "empty", "The image file has 0 bytes or no pixels. Download it again."
    TRUNCATED = (
        "truncated",
        "The image file is incomplete, as after an interrupted download. Download it again.",
    )
    NOT_AN_IMAGE = (
        "not an image",
        "The file is not an image, or is a folder. Check the path and the file.",
    )
    TOO_LARGE = "too large", "An image, or a record of an archive, exceeds a size limit. Save the image smaller."
    UNREADABLE = (
        "unreadable",
        "The image cannot be read or decoded: no permission, damaged, or of an unknown kind. Save it again.",
    )
    NOT_FETCHED = "not fetched", "The image or the text could not be fetched over the network. Run the command again."
    # of a text
    MISSING_TEXT = "missing text", "A corpus names a text that does not exist or is empty."
    NOT_A_TEXT = "not a text", "The text is not a str. Convert it."
    NO_WORDS = "no words", "The text consists of links and user names only, so there is nothing to predict from."
    UNREADABLE_TEXT = (
        "unreadable text",
        "The text consists only of numbers, keys such as hashes, code or random letters, or is in a script that the "
        "model does not know. It is ignored, and the post is predicted from its image.",
    )
    LONG_TEXT = "long text", "The text has more than 10,000 characters. Only the first 10,000 are read."
    TOO_FEW_WORDS = "too few words", "A corpus excludes texts with so few words."
    TOO_MANY_WORDS = "too many words", "A corpus excludes texts with so many words."
    # of a post
    NOTHING_TO_SEE = "nothing to see", "The post has neither a text nor an image, so it gets no label."
    NOT_TRAINED = (
        "not trained for it",
        "The model was not trained on a modality of the post, for example on images, and ignores it.",
    )
    NOT_A_POST = "not a post", "The value is not a post, or the record of an archive is not of its format."
    UNKNOWN_FIELD = "unknown field", "A mapping given as a post has none of the keys text, image and id."
    EMPTY_POST = "empty post", "A labelled post has neither a text nor an image. It is excluded."
    DUPLICATE_ID = "duplicate id", "A corpus has the id more than once. The first one is used."
    DUPLICATE_POST = "duplicate post", "The post also occurs in another part of the data, so it is excluded here."
    # of a row of a table, or of one of its cells
    WRONG_TYPE = "wrong type", "A cell has a type that cannot be a text, an image or an id. The cell is ignored."
    ENCODING = (
        "encoding",
        "Some bytes are not valid in the encoding of the file. They are read in an older encoding or replaced. "
        "Save the file as UTF-8.",
    )
    NUL_BYTE = "NUL byte", "A cell contains NUL bytes. They are removed."
    LONG_LINE = "long line", "A line of the table is too long. Only its first 64 million characters are read."
    RAGGED_ROW = "ragged row", "A row has more or fewer cells than the header. Quote cells that contain the delimiter."
    REPEATED_HEADER = (
        "repeated header",
        "A row repeats the names of the columns, as when files are joined by cat or by hand, or has their types or "
        "questions. It is not a post.",
    )
    UNBALANCED_QUOTE = (
        "unbalanced quote",
        "A quotation mark is never closed, or a cell has more than 32 million characters. The row is read as it is; "
        "close or double the mark.",
    )
    NO_JSON_OBJECT = "no JSON object", "A line of JSON Lines is not a JSON object, or is nested too deeply."
    DUPLICATE_KEY = "duplicate key", "A JSON object has the same key twice. The last value counts."
    LATE_KEY = (
        "late key",
        "A key first occurs after the columns of the output were fixed, and is omitted. Include it in the first row.",
    )
    MALFORMED = (
        "malformed",
        "A line of a corpus, a post sent to the service, or a row with predictions does not have the expected form.",
    )
    # of a label
    NO_LABEL = "no label", "A labelled post has no label. It is excluded."
    REJECTED_LABEL = (
        "rejected label",
        "A column of the annotation tool says that the annotator rejected, ignored or skipped the post, so it is "
        "excluded.",
    )
    UNKNOWN_LABEL = "unknown label", "The label is not one of the model's or of the corpus's."
    CONFLICTING_LABEL = "conflicting label", "A corpus has two labels for the same id. The first one is used."
    CONTRADICTION = "contradiction", "The votes or labels of a corpus contradict each other. The post is excluded."
    NO_MAJORITY = "no majority", "No label has a majority of the votes. The post is excluded."
    TIE = "tie", "Two labels have the same number of votes. The post is excluded."
    FEW_UNANIMOUS = (
        "few unanimous",
        "A corpus has too few unanimous posts for validation and testing. All of them are taken.",
    )
    UNKNOWN_PAIR = (
        "unknown pair",
        "VSO: a folder is named for an adjective-noun pair that the list of pairs does not have.",
    )
    # of a record of an archive
    TRUNCATED_FILE = (
        "truncated file",
        "The file of the archive ends too early, as after an interrupted download. The posts before that are read.",
    )
    INVALID_JSON = "invalid JSON", "A record of the archive is not valid JSON."
    INVALID_CSV = "invalid CSV", "A row of the archive's table cannot be read."
    DAMAGED_BLOCK = "damaged block", "A block of a .car file does not match its hash, or cannot be read."
    REMOVED_TEXT = "removed text", "The text was removed by a moderator, by the network, or with the author's account."
    DELETED_MESSAGE = "deleted message", "The message was deleted by its author or an administrator."
    MEDIA_OMITTED = "media omitted", "The export was made without files, or without this one. Export again with media."
    FILE_ATTACHED = "file attached", "The message is only the name of an attached file."
    UNSUPPORTED_MESSAGE = "unsupported message", "The export tool could not represent a message of this kind."
    NOT_EXPORTED = "text not in the export", "The archive has only the address of the post, not its text."
    PASTED_CHAT_LINES = (
        "pasted chat lines",
        "The message contains lines of another chat, which are kept as part of the message.",
    )
    # of a published protocol
    UNLISTED = "unlisted", "A protocol does not list a post of the corpus, so it belongs to no part."
    MISSING_PAIR = "missing pair", "A protocol lists a post that the corpus does not have."
    # of a photo on Flickr
    NOT_FOUND = "not found", "The photo no longer exists on Flickr."
    PRIVATE = "private", "The photo is private on Flickr."
    UNAVAILABLE = "unavailable", "Flickr shows a placeholder in place of the photo."
    NO_JPEG = "no JPEG", "Flickr returned something that is not a JPEG."
    NOT_REQUESTED = "not requested yet", "The photo was not requested yet. Run anymood data again."


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was wrong with a post, a row or an image, and did not end the job.

    ``str(problem)`` is the message with the place in front of it.

    Attributes:
        reason: the kind of problem, to count by.
        message: what is wrong and, if possible, what to do; without ``where``.
        where: file and line or row, or another place; None if the message says it.
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
    """A social-media post: a text, an image, or both.

    Attributes:
        text: the text as written; None or blank if missing.
        image: a path, the bytes of an image file, a PIL image, or an array of shape (H, W),
            (H, W, 3) or (H, W, 4) of uint8 or uint16; None if missing.
        id: an id of the caller, returned with the prediction.
    """

    text: str | None = None
    image: ImageSource | None = None
    id: str | None = None


def has_text(text: str | None) -> bool:
    """Whether a text is neither None nor blank."""
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
        """The most probable label; of equally probable ones the first."""
        return self.labels[self.values.index(max(self.values))]

    @property
    def probabilities(self) -> dict[str, float]:
        """Probability of each label."""
        return dict(zip(self.labels, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction of one post.

    Attributes:
        used: the modalities of the classifier that decided: ``"both"`` (fused), ``"text"``, ``"image"``, or
            ``"none"`` if the post has no usable text and image.
        text: scores of the text classifier, None if the post has no usable text.
        image: scores of the image classifier, None if the post has no usable image.
        fused: scores of the fused classifier, None unless the post has both.
        problems: problems of the post and, for rows of tables, of reading them.
        id: the post's id.
    """

    used: Used
    text: Scores | None = None
    image: Scores | None = None
    fused: Scores | None = None
    problems: tuple[Problem, ...] = ()
    id: str | None = None

    def __repr__(self) -> str:
        """The label and its probability, then all fields that are not None."""
        scores = self.deciding
        first = "None" if scores is None else f"{scores.label!r}, {max(scores.values):.3f}"
        names = ("used", "text", "image", "fused", "problem", "reason", "id")
        there = {name: value for name in names if (value := getattr(self, name)) is not None}
        if self.reason is not None:
            there["reason"] = self.reason.value
        return f"Prediction({first}, {', '.join(f'{name}={value!r}' for name, value in there.items())})"

    def _repr_html_(self) -> str:
        """A table for notebooks, with a row per label and a column per classifier."""
        from html import escape

        parts = [f"<b>{'no label' if self.label is None else escape(self.label)}</b>"]
        classifiers = {"fused": self.fused, "text": self.text, "image": self.image}
        columns = {name: list(scores.values) for name, scores in classifiers.items() if scores is not None}
        if self.deciding is not None:
            decides = CLASSIFIER_OF[self.used]
            heads = ("", *(f"{name} (decides)" if name == decides else name for name in columns))
            rows = [heads, *zip(map(escape, self.deciding.labels), *columns.values(), strict=True)]
            cells = ("".join(map(_html_cell, row)) for row in rows)
            parts.append(f'<table style="color: inherit">{"".join(f"<tr>{row}</tr>" for row in cells)}</table>')
        if self.problem is not None:
            parts.append(f"<i>{escape(self.problem)}</i>")
        return "".join(f"<div>{part}</div>" for part in parts)

    @property
    def problem(self) -> str | None:
        """The messages of all problems, None if there are none."""
        return " ".join(map(str, self.problems)) if self.problems else None

    @property
    def reason(self) -> Reason | None:
        """The reason of the first problem, None if there is none."""
        return self.problems[0].reason if self.problems else None

    @property
    def deciding(self) -> Scores | None:
        """Scores of the classifier that decided; None if ``used`` is ``"none"``."""
        if self.used == "text":
            return self.text
        return self.fused if self.used == "both" else self.image if self.used == "image" else None

    @property
    def label(self) -> str | None:
        """The predicted label; None if ``used`` is ``"none"``."""
        return None if self.deciding is None else self.deciding.label

    @property
    def probabilities(self) -> dict[str, float]:
        """Probability of each label by the deciding classifier; empty if ``used`` is ``"none"``."""
        return {} if self.deciding is None else self.deciding.probabilities

    @property
    def disagreement(self) -> float | None:
        """How different the scores of text and image are, from 0 (equal) to 1 (certain of different labels).

        The total variation distance of the two classifiers' probabilities, half the sum of the
        absolute differences; None unless the post has both.
        """
        if self.text is None or self.image is None:
            return None
        distance = sum(abs(t - i) for t, i in zip(self.text.values, self.image.values, strict=True)) / 2
        return min(1.0, distance)  # rounding errors

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
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
    """The HTML of a heading, or of a probability as a bar and a number."""
    style = "text-align: left; padding: 0.1em 1em 0.1em 0"
    if isinstance(value, str):
        return f'<th style="{style}">{value}</th>'
    bar = "display: inline-block; width: 5em; height: 0.6em; margin-right: 0.5em; opacity: 0.6; border: thin solid"
    filled = f"background: linear-gradient(to right, currentColor {value:.1%}, transparent 0)"
    return f'<td style="{style}"><span style="{bar}; {filled}"></span>{value:.1%}</td>'
