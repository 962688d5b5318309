"""Consoles, messages and progress bars of the commands."""

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from anymood.errors import AnymoodError, ImageError
from anymood.files import is_file, is_url
from anymood.posts import Reason
from anymood.progress import Update
from anymood.text_decoding import mended
from anymood.wording import counted, plural

if TYPE_CHECKING:
    from anymood.jobs.job import JobSummary
    from anymood.posts import Prediction

MIN_WIDTH = 20  # columns; with fewer, rich prints only parts of the output or nothing
UPDATE_SECONDS = 0.1  # between two updates of a progress bar
CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd")  # all but tab and newline
SUCCESS, FAILURE, USAGE_ERROR, INTERRUPTED = 0, 1, 2, 130  # exit codes; 130 is 128 + SIGINT, as in shells

# An argument that can be an option, unlike a text with spaces or an emoticon such as -_-
OPTION = re.compile(r"--?[a-z][^\s=]*(=.*)?", re.IGNORECASE | re.DOTALL)


class UsageError(AnymoodError):
    """Invalid usage of a command; ``command`` is its name."""

    def __init__(self, command: str, message: str) -> None:
        super().__init__(message)
        self.command = command


def several_texts(texts: Sequence[str]) -> str:
    """The message on several texts in place of one, of which one may be an image without its option."""
    if file := next((each for each in texts if is_file(Path(each))), None):
        return f"{file!r:.80} is a file, but a text was given as well. Give the image of a text with --image."
    return f"There are {len(texts)} texts. Put a text with spaces in quotes."


def as_text(argument: str) -> str:
    """An argument as a text: in UTF-8 whatever the locale, or in the older encoding that its bytes are in."""
    return mended(os.fsencode(argument).decode("utf-8", "surrogateescape"))


class _Console(Console):
    """A console that shows control characters as U+FFFD, so that file names and labels cannot control the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=segment.text.translate(CONTROLS))


def console(*, stderr: bool = False) -> Console:
    """A console on the current standard output, or standard error; at least ``MIN_WIDTH`` columns wide."""
    result = _Console(stderr=stderr, highlight=False)
    return result if result.width >= MIN_WIDTH else _Console(stderr=stderr, highlight=False, width=MIN_WIDTH)


def error_console() -> Console:
    """A console on the current standard error."""
    return console(stderr=True)


def note(message: str) -> None:
    """Print a message on standard error, without markup."""
    error_console().print(message, soft_wrap=True, markup=False)


def print_json(value: Any) -> None:
    """Print one line of JSON in ASCII, which every pipe and terminal supports."""
    print(json.dumps(value))  # noqa: T201


def save_and_show(output: Path | None, save: Callable[[Path], None], show: Callable[[], None]) -> None:
    """Save results to the output, if there is one, and then show them, also if the disk is full.

    They are saved first, because showing them fails if standard output is a closed pipe.
    """
    try:
        if output is not None:
            save(output)
    finally:
        show()
    if output is not None:
        note(f"Written to {output}")


def require_image(prediction: "Prediction", image: str | None) -> None:
    """Check that the image of a post on the command line could be read; otherwise the path is probably wrong.

    Raises:
        ImageError: the file does not exist, may not be read, or is a folder, a pipe, a URL or not an image.
    """
    wrong = {Reason.MISSING_IMAGE, Reason.IMAGE_IS_URL, Reason.NOT_AN_IMAGE}
    if image and not is_url(image) and not (is_file(Path(image)) and os.access(image, os.R_OK)):
        wrong.add(Reason.UNREADABLE)
    for problem in prediction.problems:
        if problem.reason in wrong:
            raise ImageError(problem.message, problem.reason)


def note_summary(summary: "JobSummary", written: Sequence[Path | str]) -> None:
    """Print the summary of a job, with the files that it has written."""
    without = summary.rows - sum(summary.labels.values())
    labels = summary.labels | ({"without a label": without} if without else {})
    note(f"{plural(summary.rows, 'post')}: {counted(labels)}.")
    if summary.resumed:
        note(f"{summary.resumed:,} of them were predicted before the job was resumed.")
    note_problems(summary.problems)
    for name in summary.changed:
        note(f"Warning: {name} changed while it was read, so rows may be missing or cut off. Predict it again.")
    for path in written:
        note(f"Written to {path}")


def note_problems(problems: Mapping[str, int]) -> None:
    """Print the numbers of problems by reason, if there are any."""
    if problems:
        note(f"Warning: {sum(problems.values()):,} with a problem: {counted(problems)}.")


@contextmanager
def progress(title: str | None, count: Callable[[], int]) -> Iterator[Update]:
    """A progress bar with rate and remaining time on standard error, if that is a terminal.

    Args:
        title: title of the bar; None for no bar.
        count: returns the number of posts; called if there is a bar.

    Returns:
        A function of the number of finished posts. The rate is counted from the first call, so that posts of an earlier
        process do not count.
    """
    to = error_console()
    if title is None or not to.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*shown, console=to, transient=True) as bar:
        task = bar.add_task(title, start=False, total=count() or None, rate="")
        due, latest = 0.0, 0

        def update(done: int) -> None:
            nonlocal due, latest
            latest = done
            if bar.tasks[0].start_time is None:
                bar.reset(task, completed=done, rate="")
                return
            if (now := time.monotonic()) < due:  # an update for each post would take longer than its prediction
                return
            due = now + UPDATE_SECONDS
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, rate=f"{speed:,.0f} posts/s" if speed else "")

        yield update
        bar.update(task, completed=latest)
