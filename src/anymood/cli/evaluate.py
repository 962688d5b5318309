"""``anymood evaluate``: metrics of a model on labelled posts."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import (
    LABELLED_COLUMNS,
    EngineOption,
    Fold,
    ImageFolder,
    Json,
    LabelledColumns,
    ModelOption,
    Overwrite,
    PriorOption,
    Protocol,
    Threads,
    load_model,
)
from anymood.errors import MissingExtra, SettingError
from anymood.files import created_folder, write_output

if TYPE_CHECKING:
    from anymood.datasets.corpus import Corpus
    from anymood.evaluation.corpus import CorpusResults
    from anymood.posts import Prediction
    from anymood.runtime.predictor import Model

PREDICTIONS = "predictions.csv"


def evaluate(
    model: ModelOption,
    table: Annotated[Path, Parameter(help="Labelled posts: a table, or the folder of a known corpus.")],
    /,
    *,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        Parameter(
            help="Part of the posts to evaluate on. By default the test posts; if there are none, the posts that the "
            "run held out from this table, or all posts."
        ),
    ] = None,
    protocol: Protocol = None,
    fold: Fold = None,
    train: Annotated[
        Path | None,
        Parameter(
            help="Training posts, to count evaluated posts that the model has seen; by default those of its run, or "
            "the train part of the table."
        ),
    ] = None,
    output: Annotated[
        Path | None, Parameter(alias="-o", help="Folder for results.json, predictions.csv and confusion.png.")
    ] = None,
    overwrite: Overwrite = False,
    json: Json = False,
    columns: LabelledColumns = LABELLED_COLUMNS,
    image_folder: ImageFolder = None,
    threads: Threads = None,
    engine: EngineOption = None,
    prior: PriorOption = None,
) -> None:
    """Evaluate a model on labelled posts, by classifier and by presence pattern.

    All labels of the posts must be labels of the model.
    """
    from anymood.datasets.reader import open_corpus
    from anymood.evaluation.corpus import CorpusResults, select_posts
    from anymood.training.provenance import Provenance

    if output is not None:
        _check_output(output, overwrite=overwrite)
    loaded = load_model(model, threads=threads, engine=engine, prior=prior)
    run = None if train is not None else Provenance.of(model)
    if run is not None and run.has(table) and (columns, image_folder) == (LABELLED_COLUMNS, None):
        corpus = run.sources.open(str(table), loaded.labels, protocol=protocol, fold=fold)
    else:
        corpus = open_corpus(
            table, loaded.labels, columns.named(), protocol=protocol, fold=fold, image_folder=image_folder
        )
    for note in corpus.notes:
        terminal.note(note)
    held_out = () if run is None else run.held_out(table, corpus)
    posts, part = select_posts(corpus, split, held_out)
    if train is not None:
        same = train.resolve() == table.resolve()
        learnt = open_corpus(
            train,
            corpus.labels,
            columns.named(),
            protocol=protocol if same else None,
            fold=fold if same else None,
            image_folder=image_folder,
        ).to_train()
    elif run is not None and part != "train":
        learnt = run.posts.train
    else:
        learnt = corpus.to_train() if part == "test" else ()
    predictions = _predict(loaded, posts)
    results = CorpusResults.of(
        predictions,
        posts,
        part,
        learnt,
        model=loaded.name,
        data=str(table),
        held_out=posts.examples == held_out,
        problems_on_reading=corpus.problem_counts(),
        protocol=protocol,
        fold=fold,
        prior=None if prior is None else loaded.prior,
    )
    terminal.save_and_show(
        output,
        lambda folder: _write(folder, results, posts, predictions),
        lambda: terminal.print_json(results.to_dict()) if json else _show(results),
    )


def _predict(model: "Model", posts: "Corpus") -> "list[Prediction]":
    predictions = []
    with terminal.progress("Evaluating", lambda: len(posts)) as update:
        for prediction in model.predict_many(example.post for example in posts.examples):
            predictions.append(prediction)
            update(len(predictions))
    return predictions


def _check_output(folder: Path, *, overwrite: bool) -> None:
    """Check that results can be written, before the work is done."""
    from anymood.evaluation.corpus import RESULTS

    if folder.exists() and not folder.is_dir():
        raise SettingError(f"{folder} is a file, but the results are written to a folder. Choose another path.")
    for file in (folder / RESULTS, folder / PREDICTIONS):
        if file.exists() and not overwrite:
            raise SettingError(f"{file} already exists. Choose another folder, or replace it with --overwrite.")
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not os.access(nearest, os.W_OK):
        raise SettingError(f"{folder} cannot be written: {nearest} is read-only for you. Choose another folder.")


def _show(results: "CorpusResults") -> None:
    from rich.text import Text

    from anymood.evaluation.tables import evaluation_tables

    out = terminal.console()
    part = "all posts" if results.part == "all" else f"the {results.part} posts"
    out.print(Text(f"{results.model} on {part} of {results.data}", "bold"), "", sep="\n")
    out.print(evaluation_tables(results.evaluation))
    out.print("", *results.notes(), sep="\n", markup=False)


def _write(folder: Path, results: "CorpusResults", posts: "Corpus", predictions: "Sequence[Prediction]") -> None:
    try:
        with created_folder(folder):
            write_output(folder / PREDICTIONS, _predictions_table(posts, predictions))
        results.write(folder)
    except MissingExtra as error:
        terminal.note(f"confusion.png is not written. {error}")
    except OSError as error:
        raise SettingError(f"{folder} cannot be written: {error.strerror or error}. Choose another path.") from error


def _predictions_table(posts: "Corpus", predictions: "Sequence[Prediction]") -> bytes:
    """The posts, their labels and their predictions as CSV: wrong ones first, then by decreasing probability."""
    from anymood.runtime.results import ResultColumns
    from anymood.tables.format import Layout
    from anymood.tables.formats.csv import CsvWriter

    post_columns = ("id", "text", "image", "label")
    columns = ResultColumns(posts.labels, post_columns)
    rows = []
    for example, prediction in zip(posts.examples, predictions, strict=True):
        post, label = example.post, posts.labels.names[example.label]
        image = str(post.image) if isinstance(post.image, str | Path) else None
        order = (prediction.label == label, -max(prediction.probabilities.values(), default=0.0))
        values = dict(zip(post_columns, (post.id, post.text, image, label), strict=True))
        rows.append((order, values, columns.values(prediction)))
    file = io.BytesIO()
    writer = CsvWriter(file, Layout(post_columns, columns.kinds))
    for _, values, added in sorted(rows, key=lambda row: row[0]):
        writer.write(values, added)
    return file.getvalue()
