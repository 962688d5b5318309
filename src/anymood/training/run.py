"""Training runs, from labelled posts to a folder with a bundle: prepare, fit, finish."""

from collections.abc import Callable
from importlib.util import find_spec
from os import PathLike

from rich.console import Console

from anymood.errors import AnymoodError, JobError, SettingError, TableError, TrainingError, optional_dependency
from anymood.files import as_path
from anymood.posts import Reason
from anymood.runtime.bundle import Bundle
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources, TrainingData
from anymood.training.run_folder import RunFolder, process_rank, versions
from anymood.wording import counted

# torch and Lightning take seconds to import. Functions import them after reading the data, so that a wrong column is
# reported at once.
if not (find_spec("torch") and find_spec("lightning")):
    raise ModuleNotFoundError("Training needs torch and lightning, but one of them is not installed.")


def train(
    sources: DataSources | TrainingData,
    recipe: Recipe,
    folder: str | PathLike[str],
    *,
    name: str | None = None,
    console: Console | None = None,
    confirm: Callable[[str], bool] | None = None,
) -> Bundle:
    """Train a model on labelled posts.

    Args:
        sources: the data sources, or the posts themselves; a run on the latter cannot be resumed.
        recipe: the settings.
        folder: the run's folder, new or empty.
        name: name of the model; by default that of the folder.
        console: for progress; by default standard error.
        confirm: called with a question about labels that are probably typing mistakes; False ends the run. By default
            there is no question.

    Returns:
        The bundle, at ``folder/bundle``.

    Raises:
        InputError: the data, the recipe or the folder cannot be used.
        TrainingError: there are no training or validation posts, or ``confirm`` returned False.
        ExportError: the exported graphs disagree with the trained network.
        KeyboardInterrupt: the user stopped; ``resume`` continues from the last complete epoch.
        SystemExit: this is one of several processes, but not the first, and training is over.
    """
    _require_types(sources, recipe)
    data = sources if isinstance(sources, TrainingData) else sources.read(recipe.seed)
    question = data.label_question()
    if confirm is not None and question is not None and process_rank() == 0 and not confirm(question):
        raise TrainingError("Nothing was trained. Correct the labels in the table, and run the command again.")
    run = RunFolder(as_path(folder, "A run"))
    name = name or run.folder.resolve().name
    if process_rank() == 0:
        origin = {
            "sources": sources.to_dict() if isinstance(sources, DataSources) else None,
            "recipe": recipe.to_dict(),
            **data.identity(),
        }
        run.start({"name": name, **origin, "versions": versions()})
    try:
        with run.in_use():
            return _run(data, recipe, run, name, console, resume=False)
    except JobError:  # another process resumes it already
        raise
    except AnymoodError:
        if process_rank() == 0 and not run.last.exists():
            run.clear()  # so that the command can be repeated after correcting the error
        raise


def _require_types(sources: object, recipe: object) -> None:
    """Raise ``SettingError`` for arguments of another type, such as a path or a frame in place of the sources."""
    if not isinstance(sources, DataSources | TrainingData):
        raise SettingError(
            f"The data sources are a DataSources, such as DataSources(table='posts.csv'), not a "
            f"{type(sources).__name__}. Write a data frame to a file first."
        )
    if not isinstance(recipe, Recipe):
        raise SettingError(
            f"The recipe is a Recipe, such as Recipe.from_dict({{'epochs': 3}}), not a {type(recipe).__name__}."
        )


def resume(folder: str | PathLike[str], *, console: Console | None = None) -> Bundle:
    """Resume a run from its last complete epoch; the result is that of an uninterrupted run.

    Raises:
        SettingError: the folder is not a run.
        TrainingError: the run has finished, or its data no longer exist or have changed.
        JobError: another process is training in the folder.
    """
    run = RunFolder(as_path(folder, "A run"))
    config = run.read_config()
    if run.bundle.exists():
        raise TrainingError(f"The run in {folder} has finished; its model is {run.bundle}.")
    if config["sources"] is None:
        raise TrainingError(
            f"The run in {folder} was started from Python on posts in memory, and cannot be resumed. Start a new run."
        )
    try:
        recipe, sources = Recipe.from_dict(config["recipe"]), DataSources.from_dict(config["sources"])
        name = config["name"]
    except (AttributeError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{run.config} is damaged, or of another version of anymood: {error!r}. Start a new run in another folder."
        ) from error
    try:
        data = sources.read(recipe.seed)
    except TableError as error:
        raise TrainingError(f"The data of the run in {folder} can no longer be read: {error}") from error
    if not data.matches(config):
        raise TrainingError(f"The data have changed since the run in {folder} was started. Start a new run.")
    with run.in_use():
        return _run(data, recipe, run, name, console, resume=run.last.exists())


def _run(
    data: TrainingData, recipe: Recipe, run: RunFolder, name: str, console: Console | None, *, resume: bool
) -> Bundle:
    with optional_dependency("Training", "train"):
        from anymood.training.finish import finish
        from anymood.training.fit import fit
        from anymood.training.prepare import prepare

    console = console or Console(stderr=True)
    if process_rank() == 0:
        for corpus in data.corpora:
            for note in corpus.notes:
                console.print(note, markup=False, highlight=False, soft_wrap=True)
            if counts := corpus.problem_counts():
                message = f"Problems in {corpus.name}: {counted(counts)}. {run.problems} will list them."
                if Reason.MISSING_IMAGE.value in counts and not corpus.patterns()["both"] + corpus.patterns()["image"]:
                    message += (
                        " No image was found: paths are relative to the table, or to the folder of --image-folder or "
                        "image_folder=."
                    )
                console.print(message, style="yellow", markup=False, highlight=False, soft_wrap=True)
        console.print(data.summary(), markup=False, highlight=False, soft_wrap=True)
    prepared = prepare(data, recipe, run, console)
    fitted = fit(prepared, run, console, resume=resume)
    problems = [str(problem) for corpus in data.corpora for problem in corpus.problems]
    return finish(prepared, fitted, run, name, console, problems)
