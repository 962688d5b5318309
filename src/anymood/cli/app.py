"""The command ``anymood``: its subcommands and the handling of errors."""

import errno
import inspect
import io
import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, get_args

from cyclopts import App, CycloptsError, Parameter, Token, UnknownOptionError, UnusedCliTokensError, convert
from rich.text import Text

from anymood._version import __version__
from anymood.cli.terminal import FAILURE, INTERRUPTED, OPTION, SUCCESS, USAGE_ERROR, UsageError, error_console
from anymood.errors import AnymoodError

# By name, so that a command's package is imported when it is called: `predict` never waits for torch.
COMMANDS = {
    "predict": ("predict", "Sentiment or emotion of a post, or of every post of a table."),
    "bulk": ("bulk", "Predict tables on many machines, through Daft and Ray."),
    "check": ("check", "Check a table of labelled posts before training."),
    "evaluate": ("evaluate", "Evaluate a model on labelled posts."),
    "explain": ("explain", "Explain a prediction: effects of text, image, words and regions."),
    "formats": ("formats", "List the supported tables, images and archives of social networks."),
    "info": ("info", "Describe a model: labels, preparation, calibration, files."),
    "report": ("report", "Shares over time and by group, with intervals, on one page."),
    "reproduce": ("reproduce", "Run the paper's experiments on a data set, with a report."),
    "serve": ("serve", "Serve predictions over HTTP, with a web page."),
    "train": ("train", "Train a model on labelled posts."),
}
DATA_COMMANDS = {
    "flickr-emotion": ("flickr_emotion", "Fetch the images and texts of Flickr Emotion (You et al. 2016)."),
    "vso": ("vso", "Fetch the texts of VSO (Borth et al. 2013)."),
}

# What cyclopts suggests for an unknown option: also --split for --limit, because it compares the hyphens.
SUGGESTION = re.compile(r' Did you mean "?(--[^\s"?]+)"?\?')
MISSING = re.compile(r'(?:Command "[^"]*" parameter|Parameter) (\S+) requires an argument\.')  # of cyclopts
CLOSE = 0.75  # least similarity of a suggested option: of port and prot

NOT_AN_OPTION = "\0"  # marks an argument that begins with a hyphen but is not an option; arguments cannot contain it


def build_app(arguments: Sequence[str] = ()) -> App:
    """The command tree.

    Args:
        arguments: the command line. The subcommand in it is imported for its docstring; others only have a summary.
    """
    app = App(
        name="anymood",
        help="Sentiment and emotion of posts from text, image, or both.",
        version=__version__,
        help_format="plaintext",
        print_error=False,
        exit_on_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
        default_parameter=Parameter(converter=_convert),
    )
    data = App(name="data", help="Fetch texts and images for corpora that come without them.")
    for name, (function, summary) in COMMANDS.items():
        _add(app, name, f"anymood.cli.{name}", function, None if name in arguments[:1] else summary)
    for name, (function, summary) in DATA_COMMANDS.items():
        _add(data, name, "anymood.cli.data", function, None if name in arguments[1:2] else summary)
    app.command(data)
    app.register_install_completion_command(help="Install shell completion of commands and options.")
    return app


def _convert(kind: Any, tokens: Sequence[Token]) -> Any:
    """Convert an option as cyclopts does, except that 1.5 is not an integer, which cyclopts would round to 2."""
    tokens = [token.evolve(value=token.value.removeprefix(NOT_AN_OPTION)) for token in tokens]
    if int in (kind, *get_args(kind)) and float not in get_args(kind):
        for token in tokens:
            if token.value.partition(".")[2].strip("0"):
                raise ValueError(f"{token.value} is not an integer.")
    if Path in (kind, *get_args(kind)) and str not in get_args(kind) and any(token.value == "" for token in tokens):
        raise ValueError("The path is empty.")  # it would be the current folder
    return convert(kind, tokens)


def _add(parent: App, name: str, module: str, function: str, summary: str | None) -> None:
    """Add a subcommand; without a summary it is imported, and its docstring is the help."""
    if summary is not None:
        parent.command(f"{module}:{function}", name=name, help=summary)
        return
    command = getattr(import_module(module), function)
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    parent.command(command, name=name, help="\n\n".join(" ".join(each.split()) for each in paragraphs))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0 success, 1 error, 2 invalid usage, 130 after Ctrl-C.

    SIGTERM interrupts a command like Ctrl-C, and then ends the process with that signal. A second signal ends it
    immediately.
    """
    _prepare_streams()
    with _interrupt_once() as signals:
        try:
            code = _run(arguments)
        except Exception:
            if not signals:
                raise
            code = _stopped()  # some compiled modules raise an ImportError if their import is interrupted
    if signal.SIGTERM in signals:
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # lightning restores the handler
        signal.raise_signal(signal.SIGTERM)  # so that the exit status shows the signal
    return code


def _run(arguments: Sequence[str] | None) -> int:
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = build_app(arguments)(_escape_arguments(arguments))
        sys.stdout.flush()
    except CycloptsError as error:
        _print_error(_usage_message(error, arguments))
        return USAGE_ERROR
    except UsageError as error:
        _print_error(f"{error} See: anymood {error.command} --help")
        return USAGE_ERROR
    except AnymoodError as error:
        _print_error(str(error))
        return FAILURE
    except KeyboardInterrupt:
        return _stopped()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # the reader of the output closed it
            what = "The output cannot be written: " if error.errno == errno.ENOSPC and not error.filename else ""
            _print_error(f"{what}{error.strerror or error}{f': {error.filename}' if error.filename else ''}.")
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    return code if isinstance(code, int) else SUCCESS


def _usage_message(error: CycloptsError, arguments: Sequence[str]) -> str:
    """The message of an error of cyclopts, with the remedy."""
    message = SUGGESTION.sub(_if_close(error), " ".join(str(error).split()))
    message = MISSING.sub(lambda name: f"{name[1]} {'needs a value' if name[1][0] == '-' else 'is missing'}.", message)
    if isinstance(error, UnusedCliTokensError):
        message = f"There are more arguments than expected: {shlex.join(error.unused_tokens or ())}."
    if isinstance(error, UnknownOptionError) and arguments[:1] in (["explain"], ["predict"]):
        option = error.token.keyword or error.token.value  # some versions of cyclopts only name -s of -sad
        text = next((argument for argument in arguments if argument.startswith(option)), option)
        example = f"anymood {arguments[0]} -- {shlex.quote(text)}"
        return f"{message} If that is a text, put it last, after --: {example}"
    command = _command_of(arguments)
    return f"{message} See: anymood {f'{command} ' if command else ''}--help"


def _if_close(error: CycloptsError) -> Callable[[re.Match[str]], str]:
    """Keeps the suggestion of an option, a match of ``SUGGESTION``, if it is close to the one that was given."""
    from difflib import SequenceMatcher

    token = error.token if isinstance(error, UnknownOptionError) else None
    given = "" if token is None else (token.keyword or token.value).lstrip("-").partition("=")[0]

    def keep(suggestion: re.Match[str]) -> str:
        option = suggestion[1].lstrip("-")
        is_close = option.startswith(given) or SequenceMatcher(None, given, option).ratio() >= CLOSE
        return suggestion[0] if is_close else ""

    return keep


def _command_of(arguments: Sequence[str]) -> str | None:
    """The command in a command line, for a message."""
    if arguments[:1] == ["data"] and arguments[1:2] and arguments[1] in DATA_COMMANDS:
        return f"data {arguments[1]}"
    return arguments[0] if arguments and arguments[0] in COMMANDS else None


def _stopped() -> int:
    _print_error("Stopped.")
    return INTERRUPTED


def _escape_arguments(arguments: Sequence[str]) -> list[str]:
    """Mark arguments that cyclopts would wrongly parse as options; ``-`` becomes the path of standard input."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    before = (
        NOT_AN_OPTION + argument if argument.startswith("-") and not OPTION.fullmatch(argument) else argument
        for argument in arguments[:end]
    )
    return [
        "/dev/stdin" if argument.removeprefix(NOT_AN_OPTION) == "-" else argument
        for argument in (*before, *arguments[end:])
    ]


@contextmanager
def _interrupt_once() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt for the first signal only; yields the numbers of received signals.

    Python raises one for each signal, and a second one during the cleanup can leave threads that never end.
    """
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        signal.signal(number, signal.SIG_DFL)
        ctrl_c = signal.getsignal(signal.SIGINT)
        if number == signal.SIGTERM and callable(ctrl_c):
            ctrl_c(signal.SIGINT, frame)  # the handler of asyncio or lightning, if they run
        else:
            raise KeyboardInterrupt

    defaults = (signal.SIG_DFL, signal.default_int_handler)  # ignored signals, as under nohup, stay ignored
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    handled = [number for number, handler in before.items() if handler in defaults]
    for number in handled:
        signal.signal(number, stop)
    try:
        yield received
    finally:
        for number in handled:
            if number not in received:
                signal.signal(number, before[number])


def _prepare_streams() -> None:
    """Make the standard streams usable, regardless of how this process was started."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by the parent process
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # characters that the terminal lacks are replaced


def _print_error(message: str) -> None:
    error_console().print(Text.assemble(("anymood: ", "bold red"), message), soft_wrap=True)
