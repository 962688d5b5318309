"""The page of a report: one HTML file that asks for nothing else."""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files

from anymood.reporting import charts
from anymood.reporting.markup import (
    colours,
    counted,
    element,
    folded,
    isolated,
    percent,
    points,
    swatch,
    table,
    text,
)
from anymood.reporting.results import Breakdown, Change, DistinctiveWord, PostExample, PostSet, Report

LEAST_P = 0.05
FEWEST_IN_LINE = 10  # posts of a period; of fewer, nothing can be seen, and the line is broken
CHANGES_TOLD = 8
LINES_IN_ONE_PLOT = 4
LARGE_MISFIT = 0.1
PARTS = {"both": "text and image", "text": "text alone", "image": "image alone"}


def render(report: Report) -> str:
    """The page as HTML."""
    return _Page(report).render()


class _Page:
    """A report, and the colours of its labels."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.colour_of = colours(report.labels)
        self.word = "share" if report.method.corrected else "counted share"

    def render(self) -> str:
        report = self.report
        sections: list[tuple[str, str, Callable[[], str]]] = [
            ("shares", "Shares", self._total),
            ("time", "Over time", self._series),
            *((f"by-{n}", f"By {b.column}", lambda b=b: self._breakdown(b)) for n, b in enumerate(report.breakdowns)),
            ("words", "Words", self._words_by_label),
            ("posts", "Posts", self._posts),
            ("copies", "Copies", self._copies),
            ("problems", "What could not be read", self._problems),
            ("method", "How this was made", self._method),
        ]
        body = "".join(
            element("section", element("h2", text(title), id=f"h-{name}") + content, aria_labelledby=f"h-{name}")
            for name, title, make in sections
            if (content := make())
        )
        style = (files("anymood.reporting") / "page.css").read_text(encoding="utf-8")
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        head = (
            '<meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f'<meta name="generator" content="anymood {text(report.method.anymood_version)}">'
            f"<title>{text(report.title)}</title><style>{style}</style>"
        )
        return (
            f'<!doctype html><html lang="en"><head>{head}</head><body>{self._header()}<main>{body}</main>'
            f"<footer>Made with anymood {text(report.method.anymood_version)}. This page is complete: it loads nothing "
            "from elsewhere.</footer></body></html>\n"
        )

    def _header(self) -> str:
        report = self.report
        facts = [counted(report.rows, "post") + (f" from {isolated(report.source)}" if report.source else "")]
        if report.series is not None and report.series.periods:
            first, last = report.series.first[:10], report.series.last[:10]
            facts.append(first if first == last else f"{first} to {last}")
        facts.append(f"model <i>{text(report.method.model)}</i>")
        return element("header", element("h1", isolated(report.title)) + element("p", " · ".join(facts), cls="soft"))

    def _total(self) -> str:
        report = self.report
        total, method = report.total, report.method
        shares = {share.label: share.share for share in total.shares}
        described = ", ".join(f"{label} {percent(share)}" for label, share in shares.items())
        legend = "".join(
            element(
                "li",
                swatch(self.colour_of[each.label]) + f"<span>{text(each.label)} <strong>{percent(each.share)}</strong> "
                f'<span class="small">{_range(each.low, each.high)}</span></span>',
            )
            for each in total.shares
        )
        figure = element(
            "figure",
            charts.share_bar(shares, self.colour_of, described) + element("ul", legend, cls="legend"),
        )
        if method.corrected:
            far = max(total.shares, key=lambda each: abs(each.share - each.counted))
            told = (
                f"These are shares of the posts, corrected for the model's errors, with 95 % intervals. Counting the "
                f"labels would say {percent(far.counted)} {text(far.label)} in place of {percent(far.share)}: a model that "
                "leans to some labels does so however many posts there are."
            )
        else:
            told = (
                "These are counted labels, with 95 % intervals for chance alone. They are <b>not corrected</b> for the "
                "model's errors, which may be far larger. With some hundred labelled posts of your own, "
                "<code>--labelled TABLE</code> corrects them."
            )
        head = ["label", "posts with this label", "counted", *(["corrected", "95 % interval"] if method.corrected else [
            "95 % interval"])]  # fmt: skip
        rows = [
            [
                swatch(self.colour_of[each.label]) + " " + text(each.label),
                f"{round(each.counted * total.posts):,}",
                percent(each.counted, 1),
                *([percent(each.share, 1)] if method.corrected else []),
                _range(each.low, each.high, 1),
            ]
            for each in total.shares
        ]
        numbers = table(head, rows, caption="Shares of the labels", numbers=len(head) - 1)
        return (
            self._warnings()
            + figure
            + element("p", told)
            + self._make_up(total)
            + folded("Table of the shares", numbers)
        )

    def _warnings(self) -> str:
        method, report = self.report.method, self.report
        told = []
        if method.misfit > LARGE_MISFIT:
            told.append(
                f"<b>These posts look unlike those that the correction was learnt from</b>: {percent(method.misfit)} of "
                "what the model says of them is not explained by any mix of those posts. Another language, topic or "
                "network may be the cause. Label some hundred of your own and give them with <code>--labelled</code>."
            )
        if method.not_corrected:
            told.append(
                f"{counted(method.not_corrected, 'post')} of {report.total.posts:,} are not in the corrected shares: of "
                "posts with what they have (text, image or both), the model's errors are not known."
            )
        return "".join(element("p", each, cls="warning") for each in told)

    def _make_up(self, total: PostSet) -> str:
        shares = {PARTS[part]: total.used[part] / max(total.posts, 1) for part in PARTS}
        named = {PARTS[part]: part for part in PARTS}
        described = ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
        legend = "".join(
            element(
                "li",
                swatch(named[name])
                + f"<span>{name} <b>{percent(share)}</b> <small>{total.used[named[name]]:,}</small></span>",
            )
            for name, share in shares.items()
        )
        return element(
            "figure",
            element("figcaption", "What the model had to go by")
            + charts.share_bar(shares, named, described, thin=True)
            + element("ul", legend, cls="legend"),
        )

    def _series(self) -> str:
        series = self.report.series
        if series is None or not series.periods:
            return element(
                "p",
                "No column holds the times of the posts. Name it with <code>--created COLUMN</code> to see the mood over "
                "time.",
                cls="soft",
            )
        ticks = charts.tick_names([each.start or "" for each in series.periods], series.step)
        lines = [
            charts.Line(
                label,
                self.colour_of[label],
                [
                    (each.shares[c].share, each.shares[c].low, each.shares[c].high) if each.posts >= FEWEST_IN_LINE else None
                    for each in series.periods
                ],
            )
            for c, label in enumerate(self.report.labels)
        ]
        plots = self._plots(lines, ticks)
        counts = element("h3", f"Posts per {series.step}") + charts.stacked_counts(series.periods, ticks)
        legend = "".join(element("li", swatch(part) + f"<span>{name}</span>") for part, name in PARTS.items())
        caption = element(
            "figcaption",
            f"{self.word.capitalize()} of each label per {series.step} (UTC), by the column "
            f"{isolated(series.column)}. Bands are 95 % intervals; periods with fewer than {FEWEST_IN_LINE} posts are in "
            "the table only.",
        )
        notes = list(series.notes)
        if series.undated:
            notes.append(f"{counted(series.undated, 'post')} without a time are left out here.")
        return (
            element("figure", caption + plots + counts + element("ul", legend, cls="legend"))
            + self._changes(series.changes, f"Each {series.step} against the one before")
            + "".join(element("p", text(note), cls="note") for note in notes)
            + folded("Table of the shares over time", self._sets_table("period", series.periods))
        )

    def _plots(self, lines: Sequence[charts.Line], ticks: Sequence[str]) -> str:
        """All lines in one plot, or a plot each where there are many."""

        def described(line: charts.Line) -> str:
            shown = [(tick, value[0]) for tick, value in zip(ticks, line.values, strict=True) if value is not None]
            if not shown:
                return f"{line.label}: too few posts"
            return f"{line.label}: {percent(shown[0][1])} in {shown[0][0]}, {percent(shown[-1][1])} in {shown[-1][0]}"

        def top(chosen: Sequence[charts.Line]) -> float:
            return charts.upper_end([value[2] for line in chosen for value in line.values if value is not None])

        if len(lines) <= LINES_IN_ONE_PLOT:
            told = "; ".join(map(described, lines)) + "."
            return charts.line_plot(lines, ticks, top=top(lines), described=told)
        return element(
            "div",
            (
                element(
                    "div",
                    element("p", swatch(line.colour) + text(line.label), cls="panel")
                    + charts.line_plot([line], ticks, top=top(lines), described=described(line) + ".", small=True),
                )
                for line in lines
            ),
            cls="panels",
        )

    def _changes(self, changes: Sequence[Change], what: str) -> str:
        """What changed beyond chance, in words, and all comparisons as a table."""
        if not changes:
            return ""
        sure = sorted((each for each in changes if each.p_value < LEAST_P), key=lambda each: each.p_value)
        told = f"{what}: of {len(changes):,} comparisons, {len(sure):,} are beyond chance (Holm, 5 %)."
        items = "".join(
            element(
                "li",
                f"{isolated(each.first)}: {text(each.label)} {_up_or_down(each.difference)} "
                f"<b>{points(each.difference)} points</b> ({points(each.low)} to {points(each.high)})",
            )
            for each in sure[:CHANGES_TOLD]
        )
        more = f"<li>and {len(sure) - CHANGES_TOLD:,} more in the table</li>" if len(sure) > CHANGES_TOLD else ""
        rows = [
            [
                isolated(each.first),
                isolated(each.second),
                text(each.label),
                points(each.difference),
                f"{points(each.low)} to {points(each.high)}",
                "&lt;0.001" if each.p_value < 0.001 else f"{each.p_value:.3f}",
            ]
            for each in changes
        ]
        head = ["posts", "against", "label", "difference, points", "95 % interval", "p (Holm)"]
        return (
            element("p", told)
            + (element("ul", items + more) if items else "")
            + folded("Table of all comparisons", table(head, rows, caption=what, numbers=3))
        )

    def _sets_table(self, what: str, sets: Sequence[PostSet]) -> str:
        corrected = self.report.method.corrected
        head = [what, "posts", "text and image", "text", "image"]
        for label in self.report.labels:
            head += [f"{text(label)}, counted", *([f"{text(label)}, corrected"] if corrected else []), "95 % interval"]
        rows = []
        for each in sets:
            row = [isolated(each.name), f"{each.posts:,}", *(f"{each.used[part]:,}" for part in PARTS)]
            for share in each.shares:
                row += [
                    percent(share.counted, 1),
                    *([percent(share.share, 1)] if corrected else []),
                    _range(share.low, share.high, 1),
                ]
            rows.append(row + [""] * (len(head) - len(row)))
        return table(head, rows, caption=f"Shares by {what}", numbers=len(head) - 1)

    def _breakdown(self, breakdown: Breakdown) -> str:
        groups = [each for each in breakdown.groups if each.posts]
        marks = {
            (each.first, each.label): " ▲" if each.difference > 0 else " ▼"
            for each in breakdown.differences
            if each.p_value < LEAST_P
        }
        if len(groups) == 2:
            for each in breakdown.differences:
                if each.p_value < LEAST_P:
                    marks[each.second, each.label] = " ▼" if each.difference > 0 else " ▲"
        top = charts.upper_end([share.high for each in groups for share in each.shares])
        panels = "".join(
            charts.interval_panel(
                label,
                self.colour_of[label],
                [
                    (
                        each.name,
                        each.shares[c].share,
                        each.shares[c].low,
                        each.shares[c].high,
                        marks.get((each.name, label), ""),
                    )
                    for each in groups
                ],
                top=top,
                reference=self.report.total.shares[c].share,
            )
            for c, label in enumerate(self.report.labels)
        )
        hidden = breakdown.values - len(breakdown.groups) + 1
        more = f" The {hidden:,} smallest of {breakdown.values:,} groups are one." if hidden > 1 else ""
        caption = element(
            "figcaption",
            f"{self.word.capitalize()} of each label by {isolated(breakdown.column)}, with 95 % intervals; the line is all "
            f"posts. ▲ above and ▼ below the {'other group' if len(groups) == 2 else 'other posts'}, beyond chance.{more}",
        )
        compared = "One against the other" if len(groups) == 2 else "Each against all other posts"
        words = self._words(breakdown.words, "group")
        return (
            element("figure", caption + element("div", panels, cls="panels"))
            + self._changes(breakdown.differences, compared)
            + folded(f"Table of the shares by {isolated(breakdown.column)}", self._sets_table("group", groups))
            + self._over_time(breakdown)
            + (
                element("h3", f"Words that tell the groups of {isolated(breakdown.column)} apart") + words
                if words
                else ""
            )
        )

    def _over_time(self, breakdown: Breakdown) -> str:
        series = self.report.series
        if not breakdown.over_time or series is None:
            return ""
        ticks = charts.tick_names([each.start or "" for each in series.periods], series.step)
        top = charts.upper_end(
            [high for group in breakdown.over_time for values in group.shares.values() for _, _, high in values]
        )
        panels = []
        for group in breakdown.over_time:
            lines = [
                charts.Line(
                    label,
                    self.colour_of[label],
                    [value if n >= FEWEST_IN_LINE else None for value, n in zip(group.shares[label], group.posts, strict=True)],
                )
                for label in self.report.labels
            ]
            described = f"Shares in {group.name} over time."
            panels.append(
                element(
                    "div",
                    element("p", isolated(group.name), cls="panel")
                    + charts.line_plot(lines, ticks, top=top, described=described, small=True),
                )
            )
        legend = "".join(
            element("li", swatch(self.colour_of[label]) + f"<span>{text(label)}</span>") for label in self.report.labels
        )
        rows = [
            [isolated(group.name), text(period.name), f"{n:,}"]
            + [f"{percent(group.shares[label][p][0])} ({_range(*group.shares[label][p][1:])})" for label in
               self.report.labels]
            for group in breakdown.over_time
            for p, (period, n) in enumerate(zip(series.periods, group.posts, strict=True))
            if n
        ]  # fmt: skip
        head = ["group", "period", "posts", *map(text, self.report.labels)]
        numbers = table(head, rows, caption="Shares by group and period", numbers=len(head) - 2)
        return element(
            "figure",
            element("h3", f"{isolated(breakdown.column)} over time")
            + element("figcaption", "The largest groups, on one scale.")
            + element("div", panels, cls="panels")
            + element("ul", legend, cls="legend"),
        ) + folded("Table of the groups over time", numbers)

    def _words_by_label(self) -> str:
        found = self._words(self.report.words, "label")
        if not found:
            return ""
        told = (
            "Words that posts of one label have more often than all others, by log-odds with a Dirichlet prior (Monroe et "
            "al. 2008). Each text counts once, however often it was copied."
        )
        return element("p", told, cls="soft") + found

    def _words(self, words: Mapping[str, Sequence[DistinctiveWord]], what: str) -> str:
        panels = []
        for name, found in words.items():
            if not found:
                continue
            rows = [
                [isolated(each.word), f"{each.posts:,}", percent(each.share, 1), percent(each.elsewhere, 1)]
                for each in found
            ]
            mark = swatch(self.colour_of[name]) if what == "label" else ""
            panels.append(
                element(
                    "div",
                    element("p", mark + isolated(name), cls="panel")
                    + table(["word", "posts", "here", "elsewhere"], rows, numbers=3, cls="words"),
                )
            )
        return element("div", panels, cls="panels") if panels else ""

    def _posts(self) -> str:
        parts = []
        for label, examples in self.report.extremes.items():
            if examples:
                heading = element("h3", f"Most {text(label)}" if len(self.report.labels) == 3 else text(label))
                parts.append(heading + element("ul", map(self._post, examples), cls="posts"))
        if self.report.contradictions:
            parts.append(
                element("h3", "Text and image contradict each other")
                + element("ul", map(self._post, self.report.contradictions), cls="posts")
            )
        if not parts:
            return ""
        told = "Posts of which the model is surest; of copies, one is shown. It errs on single posts too."
        return element("p", told, cls="soft") + "".join(parts)

    def _post(self, post: PostExample) -> str:
        image = (
            ""
            if post.thumbnail is None
            else f'<img src="{post.thumbnail}" alt="Image of the post {text(post.id)}">'
        )
        quote = "" if post.text is None else element("blockquote", text(post.text), dir="auto")
        says: list[tuple[str | None, str, float]] = [(None, post.label, post.probability)]
        if post.text_says is not None and post.image_says is not None:
            says = [("text", *post.text_says), ("image", *post.image_says), ("together", post.label, post.probability)]
        said = "".join(
            element(
                "span",
                (f"{part}: " if part else "") + swatch(self.colour_of[label]) + f"{text(label)} {percent(share)}",
            )
            for part, label, share in says
        )
        facts = [isolated(post.id)]
        if post.created is not None:
            facts.append(text(post.created[:16].replace("T", " ")))
        if post.copies > 1:
            facts.append(f"one of {post.copies:,} copies")
        if post.text_says is None and post.disagreement is not None and post.disagreement >= 0.5:
            facts.append(f"text and image are {percent(post.disagreement)} apart")
        return element(
            "li",
            image + quote + element("p", said, cls="says") + element("footer", " · ".join(facts)),
            cls="post",
        )

    def _copies(self) -> str:
        copies = self.report.copies
        if not copies.sets or copies.once is None:
            return ""
        changed = ", ".join(
            f"{text(all_posts.label)} {percent(once.share)} in place of {percent(all_posts.share)}"
            for all_posts, once in zip(self.report.total.shares, copies.once.shares, strict=True)
        )
        told = (
            f"{counted(copies.posts, 'post')} of {self.report.total.posts:,} are copies of one of {copies.sets:,} texts "
            "(the same words, or nearly). They are in all shares above, whose intervals take copies of a text as one "
            f"statement. With each text counted once, the shares would be: {changed}."
        )
        rows = [
            [
                isolated(each.text),
                f"{each.posts:,}",
                ", ".join(f"{text(label)} {count:,}" for label, count in each.labels.items()),
                "" if each.first is None or each.last is None else f"{each.first[:10]} to {each.last[:10]}",
            ]
            for each in copies.largest
        ]
        return element("p", told) + table(
            ["text", "posts", "labels", "from, to"],
            rows,
            caption="Most copied texts",
            numbers=range(1, 2),
            cls="sayings",
        )

    def _problems(self) -> str:
        report = self.report
        without = report.rows - report.total.posts
        if not report.problems:
            return element("p", f"All {counted(report.rows, 'post')} were read without a problem.")
        told = (
            f"{counted(sum(each.posts for each in report.problems), 'post')} had a problem; "
            f"{counted(without, 'post')} got no label and are in no share."
        )
        rows = [
            [
                text(each.reason),
                f"{each.posts:,}",
                f"{each.without_label:,}",
                "<br>".join(isolated(example) for example in each.examples),
            ]
            for each in report.problems
        ]
        return element("p", told) + table(
            ["reason", "posts", "of them without a label", "for example"], rows, caption="Problems", numbers=range(1, 3)
        )

    def _method(self) -> str:
        method, report = self.report.method, self.report
        labels = ", ".join(map(text, report.labels))
        told = [
            f"Each post was given one of the labels {labels} by the model <i>{text(method.model)}</i>"
            + (f" of {text(method.model_created)}" if method.model_created else "")
            + ": by its text, its image, or both, whichever was there."
        ]
        if method.corrected:
            seen = ", ".join(
                f"{counted(count, 'post')} for {text(name)}" for name, count in method.labelled_posts.items()
            )
            told.append(
                "<b>Corrected shares.</b> How the model errs was measured on labelled posts that it did not learn from "
                f"({isolated(method.labelled) if method.labelled else 'not said which'}; {seen}). The shares are those by "
                "which the probabilities of these posts are best explained (EMQ, Saerens et al. 2002, after bias-corrected "
                "temperature scaling, Alexandari et al. 2020). This holds as far as posts of a label look to the model as "
                "the labelled ones of that label did; for another language, network or topic it may not. "
                f"{percent(method.misfit, 1)} of what the model says of these posts is not explained by any mix."
            )
        else:
            told.append(
                "<b>Counted shares.</b> How often this model takes one label for another is not known, so that nothing is "
                "corrected: its bundle has no <code>quantification.json</code>, or the posts were scored by another model. "
                "Intervals are for chance alone."
            )
        told += [
            "<b>Intervals</b> come from 400 resamples, in which posts"
            + (" and labelled posts are" if method.corrected else " are")
            + " drawn anew, copies of a text together. <b>Differences</b> are tested by z tests with the resamples' "
            "standard errors, adjusted by Holm for all that are listed together: of one list without any difference, a "
            "false one is told in at most 5 % of cases. Sets of fewer than 30 posts are not compared.",
            "<b>Copies</b> are texts of five words or more that are the same but for links, names, digits and "
            "punctuation, or share 70 % of their runs of three words.",
            "<b>Limits.</b> A label is a guess about a post, not a finding about a person. Irony, mixed feelings and "
            "context that the post does not show are often missed. Who posts is not who lives somewhere: shares of posts "
            "are not shares of people.",
        ]
        told += [text(note) for note in method.notes]
        card = ""
        if method.model_card:
            from anymood.reporting.card import card_to_html

            card = folded("The model's card", element("div", card_to_html(method.model_card), cls="card"))
        return "".join(element("p", each) for each in told) + card


def _range(low: float, high: float, digits: int = 0) -> str:
    """An interval: ``31 to 38 %``."""
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f} %"


def _up_or_down(difference: float) -> str:
    return "higher by" if difference > 0 else "lower by"
