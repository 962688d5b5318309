"""A report as frozen values; ``Report.to_dict`` is its JSON."""

import json
import os
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from typing import Any

from anymood.evaluation.significance import SIGNIFICANCE_LEVEL
from anymood.files import as_path, check_output, write_output
from anymood.wording import listed, short_label

SUFFIXES = (".html", ".htm", ".json")
UNDETERMINED = 0.9  # width of the interval of a share that cannot be estimated
UNKNOWN = "unknown"  # instead of the name of a model
PATTERN_NAMES = {"both": "text and image", "text": "text alone", "image": "image alone"}  # presence patterns


@dataclass(frozen=True, slots=True)
class Share:
    """The share of a label in a set of posts.

    Attributes:
        label: the label.
        counted: share of the posts with this predicted label, 0 to 1.
        share: share corrected for the classifier's errors; equal to ``counted`` without a correction.
        low: lower bound of the 95 % interval of ``share``.
        high: upper bound.
    """

    label: str
    counted: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PostSet:
    """A set of posts: all, a period, or a group.

    Attributes:
        name: name of the set.
        posts: number of posts with a label.
        used: number of posts decided by both, by the text, and by the image.
        shares: share of each label.
        start: start of a period, ISO 8601 in UTC; None for other sets.
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
        first: name of the first set.
        second: name of the second set.
        label: the label.
        difference: share in the first set minus that in the second.
        low: lower bound of the 95 % interval.
        high: upper bound.
        p_value: p-value adjusted for all comparisons of the family (Holm).
    """

    first: str
    second: str
    label: str
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def is_significant(self) -> bool:
        """Whether the p-value is below the significance level."""
        return self.p_value < SIGNIFICANCE_LEVEL


@dataclass(frozen=True, slots=True)
class DistinctiveWord:
    """A word that is more frequent in a set of posts than in the others.

    Attributes:
        word: the word in lower case.
        posts: number of posts of the set that contain it.
        share: share of the set's posts that contain it.
        elsewhere: share of the other posts that contain it.
        z: log-odds ratio divided by its standard error.
        phrase: the word with the neighbours that most of its uses in the set have.
        example: text of a post of the set that contains the phrase.
    """

    word: str
    posts: int
    share: float
    elsewhere: float
    z: float
    phrase: str
    example: str | None


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Shares over time.

    Attributes:
        column: column with the times.
        step: hour, day, week or month.
        periods: all periods in order, also those without posts.
        changes: each period compared with the one before.
        first: time of the first post with a label, ISO 8601 in UTC.
        last: time of the last post with a label.
        undated: number of posts with a label and without a time.
        words: distinctive words of each period that has some, compared with all others.
        notes: notes on the times.
    """

    column: str
    step: str
    periods: tuple[PostSet, ...]
    changes: tuple[Change, ...]
    first: str
    last: str
    undated: int
    words: dict[str, tuple[DistinctiveWord, ...]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSeries:
    """Shares of one group over time: numbers of posts, and (share, low, high) of each label, by period."""

    name: str
    posts: tuple[int, ...]
    shares: dict[str, tuple[tuple[float, float, float], ...]]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Shares by the values of a column.

    Attributes:
        column: name of the column.
        groups: the largest groups, and the others as one.
        values: number of different values.
        differences: each group compared with all other posts.
        words: distinctive words of each group.
        over_time: the largest groups over time, if the posts have times.
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
        id: its id, or its row.
        text: the beginning of its text.
        label: the predicted label.
        probability: probability of this label.
        used: modalities of the classifier that decided.
        text_says: label of the text classifier and its probability, if known.
        image_says: label of the image classifier and its probability, if known.
        disagreement: disagreement of text and image, 0 to 1.
        created: ISO 8601, None if unknown.
        copies: number of posts with the same text, including this one.
        thumbnail: a data URL of a small JPEG; None without a readable image.
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
    """A text that was posted repeatedly.

    Attributes:
        text: text of its first post.
        posts: number of posts.
        labels: number of posts with each label.
        first: time of the first post, None if unknown.
        last: time of the last post.
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
        posts: number of posts in sets of copies.
        sets: number of sets of copies.
        largest: the largest sets.
        once: shares if each text counts once.
    """

    posts: int
    sets: int
    largest: tuple[CopySet, ...]
    once: PostSet | None


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """Problems of one reason.

    Attributes:
        reason: the reason.
        posts: number of posts with it.
        without_label: number of them without a label.
        examples: messages of the first ones.
    """

    reason: str
    posts: int
    without_label: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """The method of a report.

    Attributes:
        model: name of the model, or the names of several.
        model_card: its model card in Markdown; empty if there is none.
        model_created: its date.
        corrected: whether the shares are corrected.
        labelled: description of the labelled posts of the correction.
        labelled_posts: number of labelled posts of each classifier.
        not_corrected: number of posts whose classifier has no correction, which are not in the corrected shares.
        misfit: part of the probabilities of the posts that no shares of the labelled posts explain, 0 to 1.
        anymood_version: version of anymood.
        reading: assumptions about the input, such as the column that is read as the text.
        notes: other notes.
        inputs_of: names of the inputs that each model scored, of up to 32 inputs; empty if one model scored all.
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
    reading: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    inputs_of: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def different_models(self) -> str:
        """A warning that several models scored the posts; empty if one model did."""
        if not self.inputs_of:
            return ""
        scored = "; ".join(f"{listed(inputs)} by {model}" for model, inputs in self.inputs_of.items())
        return (
            f"Different models, or one model with different priors, scored these posts: {scored}. Shares of different "
            "models are not comparable: differences may be due to the models. Score all posts with the same model."
        )


class Page(ABC):
    """A result that is shown as a page, or as JSON."""

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""

    @abstractmethod
    def to_html(self) -> str:
        """A self-contained page."""

    def to_json(self) -> str:
        """JSON text of ``to_dict``."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page, or JSON if the name ends in ``.json``. An existing file is replaced.

        Raises:
            SettingError: the name ends in neither ``.html`` nor ``.json``, or the file cannot be written.
        """
        target = as_path(path, "The output")
        check_output(target, SUFFIXES, overwrite=True)
        write_output(target, self.to_json() if target.suffix.lower() == ".json" else self.to_html())

    def _repr_html_(self) -> str:
        """The page in a frame, for notebooks."""
        from html import escape

        return f'<iframe srcdoc="{escape(self.to_html())}" style="width: 100%; height: 80vh; border: 0"></iframe>'


@dataclass(frozen=True, slots=True)
class Report(Page):
    """A report on scored posts.

    Attributes:
        title: title of the page.
        source: description of the input.
        labels: labels of the model, in its order.
        rows: number of posts that were read.
        total: all posts with a label.
        series: shares over time; None without times.
        breakdowns: shares by column.
        words: distinctive words of the posts of each label.
        extremes: the most certain posts of each label.
        contradictions: posts with the largest disagreement of text and image, one pleasant and the other unpleasant.
        copies: near-duplicate texts.
        problems: problems by reason, the most frequent first.
        method: the method.
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

    @property
    def is_undetermined(self) -> bool:
        """Whether a corrected share cannot be estimated, because the labelled posts contain little information."""
        return self.method.corrected and any(each.high - each.low > UNDETERMINED for each in self.total.shares)

    def __repr__(self) -> str:
        shares = ", ".join(f"{short_label(each.label)} {each.share:.0%}" for each in self.total.shares)
        return f"<Report {self.title!r}: {shares}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"format": "anymood-report", "format_version": 1, **asdict(self)}

    def to_html(self) -> str:
        """A self-contained page."""
        from anymood.reporting.page import render

        return render(self)
