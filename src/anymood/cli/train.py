"""``anymood train``: trains a model on labelled posts. Needs ``anymood[train]``."""

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import LABELLED_COLUMNS, Fold, ImageFolder, LabelledColumns, NameOrPath, Protocol
from anymood.cli.recipes import Settings, read_recipe
from anymood.cli.terminal import INTERRUPTED, UsageError
from anymood.errors import BundleError, TrainingError, optional_dependency
from anymood.training.config import Recipe

if TYPE_CHECKING:
    from anymood.training.data_sources import DataSources


def train(
    table: Annotated[
        NameOrPath | None, Parameter(help="Training posts: a table, or the folder of a known corpus.")
    ] = None,
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o", help="Folder of the run, new or empty.")] = None,
    unpaired: Annotated[
        tuple[NameOrPath, ...],
        Parameter(negative=(), show_default=False, help="More training posts, with only a text or only an image."),
    ] = (),
    validation: Annotated[
        NameOrPath | None,
        Parameter(
            help="Posts that select the best epoch, instead of the validation part of the table: the posts of its "
            "split validation, or if there are none, those without a split."
        ),
    ] = None,
    protocol: Protocol = None,
    fold: Fold = None,
    name: Annotated[str | None, Parameter(help="Name of the model; by default that of the run's folder.")] = None,
    recipe: Annotated[
        NameOrPath | None, Parameter(help="JSON file with settings, or the name of a bundled recipe.")
    ] = None,
    resume: Annotated[
        Path | None, Parameter(help="Folder of a stopped run to resume. No other option is allowed.")
    ] = None,
    columns: LabelledColumns = LABELLED_COLUMNS,
    image_folder: ImageFolder = None,
    settings: Annotated[Settings | None, Parameter(name="*")] = None,
) -> int | None:
    """Train a model on labelled posts. Needs: pip install 'anymood[train]'.

    The installation takes 6.6 GB on disk with torch's CUDA build, which pip installs by default on Linux, and about
    2 GB with its CPU build. For the latter, install torch first, from PyTorch's index of CPU wheels (see "Get started"
    on PyTorch's site).

    The settings below override those of the recipe. Their defaults apply to settings that the recipe does not define.
    Without --recipe, the recipe default is used, unless a setting names an encoder, a fusion or a model to start from.
    It trains new layers on the frozen encoders of the model sentiment. Ctrl-C stops a run, and --resume continues it.
    """
    if resume is not None:
        others = [table, output, validation, protocol, fold, name, recipe, image_folder, *unpaired]
        if settings or columns != LABELLED_COLUMNS or any(other is not None for other in others):
            raise UsageError("train", "--resume uses the options of the stopped run. Leave out all other options.")
        return _train(resume, None, None, None)
    if table is None or output is None:
        raise UsageError("train", "Give the training posts, and the folder of the run with --output.")
    from anymood.training.data_sources import DataSources

    sources = DataSources(
        table=table,
        unpaired=unpaired,
        validation=validation,
        protocol=protocol,
        fold=fold,
        columns=columns.named(),
        image_folder=None if image_folder is None else str(image_folder),
    )
    return _train(output, sources, read_recipe(recipe, dict(settings or {})), name)


def _train(folder: Path, sources: "DataSources | None", recipe: Recipe | None, name: str | None) -> int | None:
    """Start a run, or resume one if there are no sources."""
    with optional_dependency("Training", "train"):
        from anymood.training import run
    console = terminal.error_console()
    try:
        if sources is None or recipe is None:
            bundle = run.resume(folder, console=console)
        else:
            bundle = run.train(sources, recipe, folder, name=name, console=console, confirm=_confirm)
    except KeyboardInterrupt:
        started = (folder / "config.json").is_file()
        hint = f"Resume with: anymood train --resume {quote(str(folder))}" if started else "Nothing was written yet."
        terminal.note(f"Stopped. {hint}")
        return INTERRUPTED
    except OSError as error:
        message = (
            f"Training failed: {error}. Saved files are kept. Resume with: anymood train --resume {quote(str(folder))}"
        )
        raise TrainingError(message) from error
    except BundleError as error:  # of a full disk, once all is trained, or of the model to start from
        if not (folder / "checkpoints" / "last.ckpt").exists():
            raise
        message = f"{error} What was trained is kept; anymood train --resume {quote(str(folder))} writes its model."
        raise TrainingError(message) from error
    terminal.note(f"The model is {bundle.folder}")
    terminal.note(f'Use it: anymood predict "..." --model {quote(str(folder))}')
    return None


def _confirm(question: str) -> bool:
    """Ask on a terminal; elsewhere, warn and continue."""
    terminal.note(f"Warning: {question}")
    if not sys.stdin.isatty():
        return True
    try:
        answer = input("Train with these labels? [y/N] ")
    except EOFError:  # Ctrl-D
        return False
    return answer.strip().lower() in ("y", "yes")
