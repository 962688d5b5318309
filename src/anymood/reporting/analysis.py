"""Analysis of scored posts for a report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from anymood._version import __version__
from anymood.errors import SettingError
from anymood.evaluation.arrays import Ints
from anymood.evaluation.shares import ShareEstimator, Shares, differences
from anymood.reporting.copies import copy_groups
from anymood.reporting.correction import Cells, Correction
from anymood.reporting.examples import Examples
from anymood.reporting.results import (
    UNKNOWN,
    Breakdown,
    Change,
    Copies,
    CopySet,
    DistinctiveWord,
    GroupSeries,
    Method,
    PostSet,
    ProblemCount,
    Report,
    Share,
    TimeSeries,
)
from anymood.reporting.scored import ScoredPosts, require_posts
from anymood.reporting.times import (
    Seconds,
    Step,
    Times,
    candidates,
    choose_step,
    find_times,
    period_name,
    periods,
    without_distant,
)
from anymood.reporting.words import Vocabulary, distinctive_words
from anymood.runtime.bundle import Bundle
from anymood.tables.values import utf_8
from anymood.wording import plural, shorten

MAX_GROUPS = 15  # groups of a column; the others become one group
MAX_PERIODS = 400  # periods of a chart
GROUPS_OVER_TIME = 6
MIN_SERIES_POSTS = 100  # posts of a group whose shares over time are shown
PROBLEM_EXAMPLES = 3
COPY_SETS = 10
NAME = 60  # characters of the name of a group
QUOTE = 240  # characters of the example of a word
RESAMPLES = 400
SERIES_RESAMPLES = 150  # for the shares of groups over time, whose bands are not used in tests
OTHERS, NO_VALUE = "all others", "(none)"


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Options of a report.

    Attributes:
        by: columns to group by.
        created: column with the times; by default found by its name and content.
        step: hour, day, week or month; by default chosen by the time span.
        title: title of the report.
        source: description of the input.
        thumbnails: whether to show the images of posts.
        reading: assumptions about the input.
        notes: notes for the section on methods.
        inputs_of: names of the inputs that each model scored, if there are several models.
    """

    by: tuple[str, ...] = ()
    created: str | None = None
    step: Step | None = None
    title: str = ""
    source: str = ""
    thumbnails: bool = True
    reading: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    inputs_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def analyse(posts: ScoredPosts, correction: Correction, model: Bundle | None, options: ReportOptions) -> Report:
    """Make a report on posts that a model scored; None if it is unknown, or there are several.

    Raises:
        TableError: no post has a label.
        SettingError: the time column contains no times, there are too many periods, or the correction applies to no
            post.
    """
    require_posts(posts)
    return _Analysis(posts, correction, model, options).report()


class _Analysis:
    """The posts, and intermediate results for several parts of a report."""

    def __init__(
        self, posts: ScoredPosts, correction: Correction, model: Bundle | None, options: ReportOptions
    ) -> None:
        self.posts, self.correction, self.model, self.options = posts, correction, model, options
        self.labels = posts.labels.names
        self.predicted = np.where(np.isnan(posts.probabilities[:, 0]), -1, np.nan_to_num(posts.probabilities).argmax(1))
        self.scored = np.flatnonzero(self.predicted >= 0)
        self.used = np.array(posts.used, dtype="U5")
        self.vocabulary = Vocabulary.of(posts.texts)
        self.copies = copy_groups(self.vocabulary)
        _, self.first_copies = np.unique(self.copies, return_index=True)
        self.cells = Cells(posts, correction, self.copies)
        self.once = np.intersect1d(self.first_copies, self.scored)  # one of each set of copies
        self.times = find_times(posts.columns, options.created)
        self.drawn = np.zeros(len(posts), "datetime64[s]") if self.times is None else self.times.values
        if options.step is None:
            self.drawn = without_distant(self.drawn)

    def report(self) -> Report:
        """The whole report."""
        posts, options = self.posts, self.options
        estimator = self.cells.estimator(np.zeros(len(posts), np.int64), self.scored, resamples=RESAMPLES)
        [total] = self._sets(["all posts"], [self.scored], estimator.shares([[1.0]]))
        examples = Examples(posts, self.predicted, self.copies, self.times, thumbnails=options.thumbnails)
        series = None if self.times is None else self._series(self.times)
        once = self.cells.estimator(np.zeros(len(posts), np.int64), self.once, resamples=RESAMPLES)
        title = options.title or f"Report on {plural(len(self.scored), 'post')}"
        return Report(
            title=title,
            source=options.source,
            labels=self.labels,
            rows=len(posts),
            total=total,
            series=series,
            breakdowns=tuple(self._breakdown(column, series) for column in options.by),
            words=self._words(self.predicted, self.labels),
            extremes=examples.extremes(),
            contradictions=examples.contradictions(),
            copies=self._copies(once),
            problems=self._problems(),
            method=self._method(once.misfit()),
        )

    def _sets(
        self,
        names: Sequence[str],
        members: Sequence[Ints],
        shares: Shares,
        starts: Sequence[str] | None = None,
    ) -> tuple[PostSet, ...]:
        """Sets of posts with their shares.

        Args:
            names: name of each set.
            members: indices of the posts with a label in each set.
            shares: estimated shares, in the same order.
            starts: start of each period, if the sets are periods.
        """
        low, high = shares.intervals()
        sets = []
        for q, (name, index) in enumerate(zip(names, members, strict=True)):
            counted = np.bincount(self.predicted[index], minlength=len(self.labels)) / max(len(index), 1)
            used = Counter(self.used[index].tolist())
            rows = zip(self.labels, counted, shares.shares[q], low[q], high[q], strict=True)
            sets.append(
                PostSet(
                    name,
                    len(index),
                    {part: used[part] for part in ("both", "text", "image")},
                    tuple(Share(label, *map(float, numbers)) for label, *numbers in rows) if len(index) else (),
                    None if starts is None else starts[q],
                )
            )
        return tuple(sets)

    def _changes(self, names: Sequence[str], shares: Shares, pairs: Sequence[tuple[int, int]]) -> tuple[Change, ...]:
        return tuple(
            Change(
                names[each.first],
                names[each.second],
                self.labels[each.label],
                each.difference,
                *each.interval,
                each.adjusted,
            )
            for each in differences(shares, pairs)
        )

    def _series(self, times: Times) -> TimeSeries | None:
        drawn, known = self.drawn[self.scored], times.values[self.scored]
        step = self.options.step or choose_step(drawn)
        starts, period = periods(drawn, step)
        if len(starts) > MAX_PERIODS:
            if self.options.step is not None:
                raise SettingError(
                    f"The posts span {plural(len(starts), step)}, and at most {MAX_PERIODS} are shown. Choose a "
                    "longer step."
                )
            raise SettingError(
                f"The times in {times.column!r} go from {starts[0]} to {starts[-1]}. Check for wrong times, "
                "name another column (--created or created=), or none ('')."
            )
        if not len(starts):
            return None
        groups = np.full(len(self.posts), len(starts))  # a last group for posts without a time
        groups[self.scored] = np.where(period >= 0, period, len(starts))
        estimator = self.cells.estimator(groups, self.scored, resamples=RESAMPLES)
        shares = estimator.shares(np.eye(len(starts), estimator.groups))  # without the last group
        names = [period_name(start, step) for start in starts]
        members = [self.scored[period == number] for number in range(len(starts))]
        isoformat = [str(start) + "Z" for start in starts]
        pairs = [(later, later - 1) for later in range(1, len(starts))]
        words = self._words(np.where(groups < len(starts), groups, -1), names, tests=len(starts))
        return TimeSeries(
            column=times.column,
            step=step,
            periods=self._sets(names, members, shares, isoformat),
            changes=self._changes(names, shares, pairs),
            first=f"{np.nanmin(known)}Z",
            last=f"{np.nanmax(known)}Z",
            undated=int(np.isnat(known).sum()),
            words={name: listed for name, listed in words.items() if listed},
            notes=(*_notes_on_times(times), *_note_on_distant(known[np.isnat(drawn) & ~np.isnat(known)])),
        )

    def _breakdown(self, column: str, series: TimeSeries | None) -> Breakdown:
        values = [_name(value) for value in self.posts.columns[column]]
        counts = Counter(values[index] for index in self.scored)
        shown = [name for name, _ in counts.most_common(MAX_GROUPS if len(counts) > MAX_GROUPS + 1 else None)]
        names = [*_short_names(shown), *([OTHERS] if len(shown) < len(counts) else [])]
        place = {name: number for number, name in enumerate(shown)}
        groups = np.array([place.get(value, len(shown)) for value in values], np.int64)
        groups[self.predicted < 0] = len(names) - 1  # posts without a label are in no set, but need a number
        estimator = self.cells.estimator(groups, self.scored, resamples=RESAMPLES)
        of_group = np.eye(len(names), estimator.groups)
        shares = estimator.shares(np.vstack([of_group, of_group.sum(0) - of_group]))
        members = [self.scored[groups[self.scored] == number] for number in range(len(names))]
        alone = Shares(shares.posts[: len(names)], shares.shares[: len(names)], shares.draws[:, : len(names)])
        pairs = [(number, len(names) + number) for number in range(len(names))] if len(names) > 1 else []
        if len(names) == 2:
            pairs = [(0, 1)]
        others = [f"not {name}" for name in names]
        word_groups = np.where(self.predicted >= 0, groups, -1)
        return Breakdown(
            column=column,
            groups=self._sets(names, members, alone),
            values=len(counts),
            differences=self._changes([*names, *others], shares, pairs),
            words=self._words(word_groups, names),
            over_time=() if series is None else self._over_time(groups, names, members, series),
        )

    def _over_time(
        self, groups: Ints, names: Sequence[str], members: Sequence[Ints], series: TimeSeries
    ) -> tuple[GroupSeries, ...]:
        """The largest groups over the same periods."""
        if len(series.periods) < 2:
            return ()
        largest = [
            number for number, name in enumerate(names) if name != OTHERS and len(members[number]) >= MIN_SERIES_POSTS
        ][:GROUPS_OVER_TIME]
        count = len(series.periods)
        _, period = periods(self.drawn[self.scored], series.step)  # type: ignore[arg-type]
        lines = []
        for number in largest:
            index = self.scored[(groups[self.scored] == number) & (period >= 0)]
            if not len(index):
                continue
            period_of = np.zeros(len(self.posts), np.int64)
            period_of[self.scored] = np.maximum(period, 0)
            estimator = self.cells.estimator(period_of, index, resamples=SERIES_RESAMPLES)
            shares = estimator.shares(np.eye(count, estimator.groups))
            low, high = shares.intervals()
            lines.append(
                GroupSeries(
                    names[number],
                    tuple(np.bincount(period_of[index], minlength=count).tolist()),
                    {
                        label: tuple(zip(*(part[:, c].tolist() for part in (shares.shares, low, high)), strict=True))
                        for c, label in enumerate(self.labels)
                    },
                )
            )
        return tuple(lines)

    def _words(self, groups: Ints, names: Sequence[str], *, tests: int = 1) -> dict[str, tuple[DistinctiveWord, ...]]:
        once = np.full_like(groups, -1)
        once[self.first_copies] = groups[self.first_copies]
        by_group = distinctive_words(self.vocabulary, once, len(names), tests=tests, example=self._quote)
        return {name: tuple(words) for name, words in zip(names, by_group, strict=True)}

    def _quote(self, index: Ints) -> str:
        """The text of the post with the most certain label."""
        certainty = np.nan_to_num(self.posts.probabilities[index].max(1))
        return shorten(self.posts.texts[index[certainty.argmax()]] or "", QUOTE)

    def _copies(self, estimator: ShareEstimator) -> Copies:
        """Sets of copies; ``estimator`` counts each of them once."""
        numbers, counts = np.unique(self.copies[self.scored], return_counts=True)
        many = counts > 1
        largest = sorted(zip(counts[many].tolist(), numbers[many].tolist(), strict=True), key=lambda pair: -pair[0])
        sets = tuple(self._copy_set(number) for _, number in largest[:COPY_SETS])
        once = None
        if many.any():
            [once] = self._sets(["each text once"], [self.once], estimator.shares([[1.0]]))
        return Copies(int(counts[many].sum()), int(many.sum()), sets, once)

    def _copy_set(self, number: int) -> CopySet:
        index = np.flatnonzero((self.copies == number) & (self.predicted >= 0))
        labels = Counter(self.labels[label] for label in self.predicted[index].tolist())
        when = np.sort(self.times.values[index]) if self.times is not None else np.array([], "datetime64[s]")
        when = when[~np.isnat(when)]
        ends = (str(when[0]) + "Z", str(when[-1]) + "Z") if len(when) else (None, None)
        return CopySet(shorten(self.posts.texts[index[0]] or "", 400), len(index), dict(labels.most_common()), *ends)

    def _unread_times(self) -> tuple[str, ...]:
        """A note on the column with the name of a time that contains no times."""
        if self.times is not None or self.options.created == "":
            return ()
        first = {name: next((value for value in values if value), None) for name, values in self.posts.columns.items()}
        unread = next((name for name in candidates(first) if first[name] is not None), None)
        if unread is None:
            return ()
        return (f"Few cells of the column {unread!r} can be read as times: {first[unread]!r:.60}.",)

    def _problems(self) -> tuple[ProblemCount, ...]:
        by_reason: dict[str, list[int]] = {}
        for index, reason in enumerate(self.posts.reasons):
            if reason is not None:
                by_reason.setdefault(reason, []).append(index)
        return tuple(
            ProblemCount(
                reason,
                len(index),
                int((self.predicted[index] < 0).sum()),
                tuple(dict.fromkeys(shorten(self.posts.problems[i] or "", 300) for i in index))[:PROBLEM_EXAMPLES],
            )
            for reason, index in sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
        )

    def _method(self, misfit: float) -> Method:
        seen = self.cells.cells[self.scored] >= 0
        unknown = " and ".join(self.options.inputs_of) or UNKNOWN
        return Method(
            model=unknown if self.model is None else self.model.name,
            model_card="" if self.model is None else self.model.card,
            model_created="" if self.model is None else self.model.config.created,
            corrected=self.cells.is_corrected,
            labelled=self.correction.source,
            labelled_posts=self.correction.posts,
            not_corrected=int((~seen).sum()),
            misfit=misfit if self.cells.is_corrected else 0.0,
            anymood_version=__version__,
            reading=(*self.options.reading, *self._unread_times()),
            notes=self.options.notes,
            inputs_of=dict(self.options.inputs_of),
        )


def _name(value: object) -> str:
    """The name of a group."""
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT
        return NO_VALUE
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # pandas converts integers to floats if one is missing
    if isinstance(value, bytes):
        value = utf_8(value) or value
    text = ", ".join(sorted(map(str, value))) if isinstance(value, list) else str(value)
    return shorten(text, len(text)) or NO_VALUE


def _short_names(names: Sequence[str]) -> list[str]:
    """The beginnings of long names; of names that begin alike, such as URLs, both ends; of others all."""
    beginnings = [shorten(name, NAME) for name in names]
    ends = [name if len(name) <= NAME else f"{name[: NAME // 3]}…{name[-NAME // 2 :]}" for name in names]
    return next((short for short in (beginnings, ends) if len(set(short)) == len(names)), list(names))


def _notes_on_times(times: Times) -> tuple[str, ...]:
    if not times.unreadable:
        return times.notes
    unreadable = plural(times.unreadable, "cell")
    return f"The column {times.column!r} has {unreadable} that cannot be read as a time.", *times.notes


def _note_on_distant(times: Seconds) -> tuple[str, ...]:
    """A note on posts that are not drawn because their times are far from all others."""
    if not len(times):
        return ()
    days = " and ".join(dict.fromkeys(str(when)[:10] for when in (times.min(), times.max())))
    posts = plural(len(times), "post")
    return (f"Left out here: {posts} far before or after all others, such as of {days}. --every or every= shows all.",)
