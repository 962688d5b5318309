"""``anymood evaluate``: how good a model is on labelled posts."""

import json as jsonlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.terminal import (
    LABELLED_COLUMNS,
    EngineOption,
    Fold,
    Json,
    LabelledColumns,
    NameOrPath,
    PriorOption,
    Protocol,
    Threads,
)
from anymood.errors import SettingError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from anymood.datasets.corpus import Corpus, Example
    from anymood.evaluation.metrics import Evaluation
    from anymood.posts import Prediction
    from anymood.training.data_sources import DataSources, TrainingData


def evaluate(
    model: Annotated[
        NameOrPath, Parameter(help="Name of a bundled model, or the folder of a bundle or of a training run.")
    ],
    table: Annotated[Path, Parameter(help="Labelled posts: a table, or the folder of a known corpus.")],
    /,
    *,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        Parameter(
            help="Which part of the posts; test by default. Where none is marked so, those that the run put aside of "
            "its own table, or all."
        ),
    ] = None,
    protocol: Protocol = None,
    fold: Fold = None,
    train: Annotated[
        Path | None,
        Parameter(
            help="What the model was trained on, to tell what it has seen; by default what its run names, "
            "else the table's own train part."
        ),
    ] = None,
    output: Annotated[Path | None, Parameter(alias="-o", help="Folder for results.json and confusion.png.")] = None,
    json: Json = False,
    columns: LabelledColumns = LABELLED_COLUMNS,
    threads: Threads = None,
    engine: EngineOption = None,
    prior: PriorOption = None,
) -> None:
    """How good a model is on labelled posts, for each classifier and for each pattern of what a post has.

    Every label of the posts must be one of the model's.
    """
    from anymood.datasets.opening import open_corpus
    from anymood.evaluation.metrics import evaluate_predictions

    if output is not None and output.exists() and not output.is_dir():
        raise SettingError(f"{output} is a file, but results go into a folder. Choose another place.")
    loaded = terminal.load_model(model, threads=threads, engine=engine, prior=prior)
    corpus = open_corpus(table, loaded.labels, columns.named(), protocol, fold)
    run = None if train is not None else _read_run(model)
    held_out = _held_out(run, table, corpus)
    test, part = _choose(corpus, split, held_out)
    if train is not None:
        whence = (protocol, fold) if train.resolve() == table.resolve() else (None, None)
        learnt = open_corpus(train, corpus.labels, columns.named(), *whence).to_train()
    elif run is not None and part != "train":
        learnt = run[1].train
    else:
        learnt = corpus.to_train() if part == "test" else ()
    seen = replace(corpus, examples=learnt) if learnt else None
    with terminal.progress("Evaluating", lambda: len(test)) as update:
        predictions = []
        for prediction in loaded.predict_many(example.post for example in test.examples):
            predictions.append(prediction)
            if update is not None:
                update(len(predictions))
    majority = (
        None if seen is None else max(range(len(seen.labels)), key=list(seen.label_counts().values()).__getitem__)
    )
    truth = [example.label for example in test.examples]
    evaluation = evaluate_predictions(predictions, truth, test.labels, majority=majority)
    results = {
        "model": loaded.name,
        "data": str(table),
        "protocol": protocol,
        "fold": fold,
        "split": part,
        "held_out_by_run": test.examples == held_out,
        "digest": test.digest(),
        "prior": None if prior is None else loaded.prior,
        "majority": None if majority is None else loaded.labels.names[majority],
        "shared_with_train": None if seen is None else _shared(seen, test),
        "problems_on_reading": corpus.problem_counts(),
        "problems_on_predicting": _problem_counts(predictions),
        **evaluation.to_dict(),
    }
    if json:
        terminal.print_json(results)
    else:
        _show(evaluation, results)
    if output is not None:
        _write(output, evaluation, results)


def _choose(
    corpus: "Corpus", split: Literal["train", "validation", "test"] | None, held_out: "tuple[Example, ...]"
) -> "tuple[Corpus, str]":
    """The posts to measure on, and what they are called."""
    from anymood.errors import TableError

    counts = Counter(example.split for example in corpus.examples)
    if held_out and (split == "validation" or (split is None and not counts["test"])):
        return replace(corpus, examples=held_out), "validation"
    if split is None:
        return (corpus.select("test"), "test") if counts["test"] else (corpus, "all")
    if not counts[split]:
        there = terminal.counted({name or "without a split": count for name, count in counts.items()})
        raise TableError(
            f"{corpus.name} has no post of the split {split}; there are {there}. "
            "Name another split; for MVSA, a --protocol says which post belongs where."
        )
    return corpus.select(split), split


def _read_run(model: str) -> "tuple[DataSources, TrainingData] | None":
    """What a run was trained on; None where this is no run's model, or the posts have changed or gone."""
    from anymood.errors import AnymoodError
    from anymood.runtime.finding import find_bundle
    from anymood.training.data_sources import DataSources
    from anymood.training.run_folder import RunFolder

    try:
        config = RunFolder(find_bundle(model).parent).read_config()
        sources = DataSources.from_dict(config["sources"])
        data = sources.read(config["recipe"]["seed"])
    except (AnymoodError, KeyError, TypeError):  # a run of another version may say it otherwise
        return None
    return (sources, data) if data.is_of(config) else None


def _held_out(run: "tuple[DataSources, TrainingData] | None", table: Path, corpus: "Corpus") -> "tuple[Example, ...]":
    """Posts of a table that a run put aside from it to choose its epoch by, where the table does not say which."""
    if run is None or any(example.split == "validation" for example in corpus.examples):
        return ()
    sources, data = run
    is_own = sources.validation is None and Path(sources.table).resolve() == table.resolve()
    return data.validation if is_own else ()


def _problem_counts(predictions: "list[Prediction]") -> dict[str, int]:
    return dict(Counter(p.reason.value for p in predictions if p.reason is not None).most_common())


def _shared(train: "Corpus", test: "Corpus") -> dict[str, int]:
    from anymood.datasets.duplicates import shared_with

    shared = shared_with(train, test)
    return {"posts_in_train": len(train), "texts": len(shared.texts), "images": len(shared.images)}


def _show(evaluation: "Evaluation", results: dict[str, Any]) -> None:
    from rich.text import Text

    from anymood.evaluation.tables import evaluation_tables

    out = terminal.console()
    part = "all posts" if results["split"] == "all" else f"the {results['split']} posts"
    out.print(Text(f"{results['model']} on {part} of {results['data']}", "bold"), "", sep="\n")
    out.print(evaluation_tables(evaluation))
    routed = evaluation.metrics["routed"]["all"]
    most = "the most frequent label" if results["majority"] is None else f"{results['majority']!r}"
    lines = [f"Giving every post {most} would be right for {routed.majority_accuracy:.1%}."]
    if results["held_out_by_run"]:
        lines.append("These posts were put aside to choose the run's epoch by: it learnt from the others.")
    if (shared := results["shared_with_train"]) is not None:
        lines.append(
            f"Of these posts, {shared['texts']:,} texts and {shared['images']:,} images also stand among the "
            f"{shared['posts_in_train']:,} training posts."
        )
        if 2 * max(shared["texts"], shared["images"]) > routed.n:
            lines.append("So these figures tell little of posts that it has not learnt from.")
    if results["split"] == "all" and results["shared_with_train"] is None:
        lines.append("A model knows the posts that it was trained on; --train TABLE tells how many of these it does.")
    for what, counts in (("reading", "problems_on_reading"), ("predicting", "problems_on_predicting")):
        if results[counts]:
            lines.append(f"Problems on {what} the data: {terminal.counted(results[counts])}.")
    out.print("", *lines, sep="\n", markup=False)


def _write(folder: Path, evaluation: "Evaluation", results: dict[str, Any]) -> None:
    from anymood.errors import MissingExtra
    from anymood.evaluation import figures

    note = terminal.error_console()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = jsonlib.dumps(results, indent=2, ensure_ascii=False)
        (folder / "results.json").write_text(text + "\n", encoding="utf-8")
        try:
            matrices: dict[str, ArrayLike] = {
                name: patterns["all"].confusion for name, patterns in evaluation.metrics.items()
            }
            picture = figures.png(figures.confusion_matrices(matrices, evaluation.labels.names))
            (folder / "confusion.png").write_bytes(picture)
        except MissingExtra as error:
            note.print(f"No picture is drawn. {error}", soft_wrap=True, markup=False)
    except OSError as error:
        raise SettingError(f"{folder} cannot be written: {error}. Choose another place.") from error
    note.print(f"Written to {folder}", soft_wrap=True, markup=False)
