"""What a report says, as frozen values; ``Report.to_dict`` is the JSON."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from anymood.errors import SettingError
from anymood.files import atomic_write

SUFFIXES = (".html", ".htm", ".json")


@dataclass(frozen=True, slots=True)
class Share:
    """The share of a label in a set of posts.

    Attributes:
        label: its name.
        counted: share of the posts that got this label, 0 to 1.
        share: corrected for the classifier's errors; the counted one where nothing is known of these.
        low: lower end of the 95 % interval of ``share``.
        high: upper end.
    """

    label: str
    counted: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PostSet:
    """A set of posts: all, a period, a group.

    Attributes:
        name: what it is called.
        posts: how many have a label.
        used: how many of them were decided by both, by the text, by the image.
        shares: of each label.
        start: of a period, ISO 8601 in UTC; None of other sets.
    """

    name: str
    posts: int
    used: dict[str, int]
    shares: tuple[Share, ...]
    start: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A difference in the share of a label between two sets of posts.

    Attributes:
        first: name of the one set.
        second: name of the other.
        label: name of the label.
        difference: share in the first less that in the second.
        low: lower end of the 95 % interval.
        high: upper end.
        p_value: adjusted by Holm for all that were compared together.
    """

    first: str
    second: str
    label: str
    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Shares over time.

    Attributes:
        column: where the times are from.
        step: hour, day, week or month.
        periods: in order, without gaps; those without posts too.
        changes: each period against the one before.
        first: time of the first post with a label, ISO 8601 in UTC.
        last: of the last one.
        undated: posts with a label and without a time.
        notes: what to know about the times.
    """

    column: str
    step: str
    periods: tuple[PostSet, ...]
    changes: tuple[Change, ...]
    first: str
    last: str
    undated: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSeries:
    """Shares of one group over time: for each period the posts, and (share, low, high) of each label."""

    name: str
    posts: tuple[int, ...]
    shares: dict[str, tuple[tuple[float, float, float], ...]]


@dataclass(frozen=True, slots=True)
class DistinctiveWord:
    """A word that a set of posts uses more than the others."""

    word: str
    posts: int
    share: float
    elsewhere: float
    z: float


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Shares by the values of a column.

    Attributes:
        column: its name.
        groups: by their number of posts.
        values: how many different values there are; those beyond the shown ones are one group.
        differences: each group against all other posts.
        words: that tell each group from the others, by its name.
        over_time: of the largest groups, where the posts have times.
    """

    column: str
    groups: tuple[PostSet, ...]
    values: int
    differences: tuple[Change, ...]
    words: dict[str, tuple[DistinctiveWord, ...]]
    over_time: tuple[GroupSeries, ...] = ()


@dataclass(frozen=True, slots=True)
class PostExample:
    """A post that is shown.

    Attributes:
        id: its name, or its row.
        text: at most some hundred characters of it.
        label: the predicted one.
        probability: of this label.
        used: what decided.
        text_says: label of the text classifier and its probability, where they are known.
        image_says: of the image classifier.
        disagreement: of both, 0 to 1.
        created: ISO 8601, None where it is not known.
        copies: posts with the same text, itself among them.
        thumbnail: a data URL of a small JPEG; None without an image that can be read.
    """

    id: str
    text: str | None
    label: str
    probability: float
    used: str
    text_says: tuple[str, float] | None
    image_says: tuple[str, float] | None
    disagreement: float | None
    created: str | None
    copies: int
    thumbnail: str | None


@dataclass(frozen=True, slots=True)
class CopySet:
    """A text that was posted many times.

    Attributes:
        text: of its first post.
        posts: how many.
        labels: how many of them got each label.
        first: time of the first post, None where it is not known.
        last: of the last one.
    """

    text: str
    posts: int
    labels: dict[str, int]
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class Copies:
    """Near-duplicate texts.

    Attributes:
        posts: how many posts are in a set of copies.
        sets: how many such sets there are.
        largest: the largest of them.
        once: shares where each text counts once.
    """

    posts: int
    sets: int
    largest: tuple[CopySet, ...]
    once: PostSet | None


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """A reason for problems.

    Attributes:
        reason: its phrase.
        posts: how many have it.
        without_label: how many of them got no label.
        examples: messages of the first.
    """

    reason: str
    posts: int
    without_label: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """How the figures were made.

    Attributes:
        model: name of the model.
        model_card: its card, in Markdown; empty where it has none.
        model_created: its date.
        corrected: whether the shares are corrected.
        labelled: where the labelled posts are from that the correction was learnt from.
        labelled_posts: how many each classifier saw.
        not_corrected: posts with a label whose classifier saw no labelled posts; they are not in the corrected shares.
        misfit: part of the posts' probabilities that the labelled posts do not explain, 0 to 1.
        anymood_version: that made the report.
        notes: other things to know.
    """

    model: str
    model_card: str
    model_created: str
    corrected: bool
    labelled: str
    labelled_posts: dict[str, int]
    not_corrected: int
    misfit: float
    anymood_version: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What scored posts say together.

    Attributes:
        title: of the page.
        source: what was read.
        labels: of the model, in its order.
        rows: how many posts were read.
        total: all posts with a label.
        series: over time; None where no column holds times.
        breakdowns: by column.
        words: that tell the posts of a label from the others, by label.
        extremes: posts of which the model is surest, by label.
        contradictions: posts whose text and image disagree most.
        copies: near-duplicate texts.
        problems: what could not be read and why, the most frequent first.
        method: how the figures were made.
    """

    title: str
    source: str
    labels: tuple[str, ...]
    rows: int
    total: PostSet
    series: TimeSeries | None
    breakdowns: tuple[Breakdown, ...]
    words: dict[str, tuple[DistinctiveWord, ...]]
    extremes: dict[str, tuple[PostExample, ...]]
    contradictions: tuple[PostExample, ...]
    copies: Copies
    problems: tuple[ProblemCount, ...]
    method: Method

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"format": "anymood-report", "format_version": 1, **asdict(self)}

    def to_html(self) -> str:
        """One page that needs nothing beside it."""
        from anymood.reporting.page import render

        return render(self)

    def to_json(self) -> str:
        """All figures as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page, or JSON if the name ends in ``.json``.

        Raises:
            SettingError: the name ends in neither ``.html`` nor ``.json``, or the file cannot be written.
        """
        target = check_target(path)
        write_output(target, self.to_json() if target.suffix.lower() == ".json" else self.to_html())

    def _repr_html_(self) -> str:
        """For notebooks: the page in a frame of its own."""
        from html import escape

        return f'<iframe srcdoc="{escape(self.to_html())}" style="width: 100%; height: 80vh; border: 0"></iframe>'


def check_target(path: str | os.PathLike[str]) -> Path:
    """The path, if a report can be written there.

    Raises:
        SettingError: the name does not end as it should, or the folder does not exist.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise SettingError(f"{target} cannot be written: its name should end in .html or .json.")
    if target.is_dir():
        raise SettingError(f"{target} is a folder. Give the name of a file in it.")
    if not target.parent.is_dir():
        raise SettingError(f"{target} cannot be written: there is no folder {target.parent}. Make it first.")
    return target


def write_output(target: Path, content: str) -> None:
    """Write a text, whole or not at all.

    Raises:
        SettingError: the file cannot be written.
    """
    try:
        with atomic_write(target) as file:
            file.write(content.encode("utf-8", "replace"))
    except OSError as error:
        raise SettingError(f"{target} cannot be written: {error.strerror or error}.") from error
