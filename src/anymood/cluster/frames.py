"""Predictions as columns of a Daft DataFrame, on this machine or on all machines of a Ray cluster."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from anymood.cluster import backpressure
from anymood.cluster.daft_io import daft, open_file
from anymood.errors import BundleError, TableError
from anymood.fetching import MAX_CONCURRENT, fetch_image
from anymood.jobs.image_fetcher import with_image
from anymood.posts import Problem, Reason
from anymood.runtime.batches import BATCH_SIZE, WINDOW
from anymood.runtime.bundle import Bundle
from anymood.runtime.engines.registry import choose_engine, describe
from anymood.runtime.finding import bundled_names, find_bundle
from anymood.runtime.loading import load
from anymood.runtime.predictor import Model
from anymood.runtime.prior import Prior, checked_prior
from anymood.runtime.results import ResultColumns, predicted_rows
from anymood.tables.arrow_types import added_fields
from anymood.tables.column_names import joined_columns
from anymood.tables.columns import DEFAULT_COLUMNS, Columns, require_columns
from anymood.tables.format import Record
from anymood.tables.rows import Row, row_of

POST = Columns(id=None, label=None, split=None)  # columns of posts that were read by a task

_loading = threading.Lock()


def predict_dataframe(
    frame: "daft.DataFrame",
    model: str | os.PathLike[str] = "sentiment",
    columns: Columns = DEFAULT_COLUMNS,
    *,
    engine: str | None = None,
    io_config: "daft.io.IOConfig | None" = None,
    prior: Prior | None = None,
) -> "daft.DataFrame":
    """Predict every row of a Daft DataFrame, with the runner of Daft.

    The result has all columns of the frame, and those of ``anymood predict`` (see ``ResultColumns``): label, p_<label>,
    text_scores, image_scores, fused_scores, used, disagreement, problem and reason; names that exist get the prefix
    ``predicted_``. A row with a problem never ends the job. Evaluation is lazy, as of all frames of Daft; each process
    loads the model once.

    Args:
        frame: DataFrame with a column of texts, one of images, or both. An image is the path of a file on all machines,
            relative to the current folder; a URL (s3, gs, az, hf, http or https), which is fetched; the bytes of a
            file; or a struct of ``bytes`` and ``path``.
        model: the name of a bundled model, or the folder of a bundle or of a training run, which must have the same
            path on all machines.
        columns: the names of the columns; those of labels and splits are ignored.
        engine: engine of all machines; by default the faster of those that are installed on this one.
        io_config: Daft's configuration for object stores; by default that of its context.
        prior: shares of the labels among the rows, as for ``anymood.load``.

    Raises:
        TableError: it is not a DataFrame of Daft, or a column is missing or has another type.
        SettingError: there is no such model.
        BundleError: its folder is not a bundle, or is damaged. A machine with another model or engine raises it later.
        MissingExtra: the engine is not installed.
    """
    kind: type = type(frame)
    if not issubclass(kind, daft.DataFrame):
        raise TableError(
            f"predict_dataframe takes a DataFrame of Daft, not {kind.__module__}.{kind.__qualname__}. For "
            "frames of pandas, Polars and PyArrow, use Model.predict_frame, and for files predict_tables."
        )
    present = frame.column_names
    require_columns(columns)
    columns = columns.unlabelled().resolve(present, "The DataFrame")
    _check_types(frame.schema(), columns)
    named = [daft.col(name) if name in present else None for name in (columns.text, columns.image, columns.id)]
    has_image_bytes = columns.image in present and not frame.schema()[columns.image].dtype.is_string()
    worker = worker_for(model, present, BATCH_SIZE if has_image_bytes else WINDOW, engine, io_config, prior)
    return frame.select(*map(daft.col, present), worker.predict_columns(*named, columns, Path.cwd()))


def worker_for(
    model: str | os.PathLike[str],
    present: Sequence[str],
    rows: int,
    engine: str | None,
    io_config: "daft.io.IOConfig | None",
    prior: Prior | None,
) -> Any:
    """A ``RowPredictor`` as a class of Daft, whose methods take and return columns.

    ``present`` are the names of the existing columns, ``rows`` is the batch size; the other arguments and the errors
    are those of ``predict_dataframe``.
    """
    bundle = Bundle.open(find_bundle(model))
    source = str(model) if str(model) in bundled_names() else str(bundle.folder.resolve())
    chosen = choose_engine(engine, bundle.graphs)
    shares = None if prior is None else checked_prior(prior, bundle)
    computes = describe(chosen, bundle.graphs)
    arguments = (source, bundle.config.digest(), chosen.name, computes, present, io_config, shares)
    from pyarrow import struct

    kind = daft.DataType.from_arrow_type(struct(added_fields(ResultColumns(bundle.labels, present).kinds)))
    batch = daft.method.batch(return_dtype=kind, unnest=True, batch_size=rows)

    # Threads, one per core, share the model of their process.
    @daft.cls(use_process=False)
    class Worker(RowPredictor):
        @batch
        def predict_columns(self, *columns: Any) -> Any:
            return self.of_columns(*columns)

        @batch
        def predict_read(self, *columns: Any) -> Any:
            return self.of_read(*columns)

    return Worker(*arguments)


class RowPredictor:
    """Predicts rows in a worker.

    Args:
        source: name or folder of the model.
        digest: digest of the expected model.
        engine: name of the engine.
        computes: expected engine with its precision, ``"onnxruntime, float32"``.
        present: names of the existing columns.
        io_config: Daft's configuration for object stores.
        prior: shares of the labels.

    Raises:
        SettingError: there is no such model on this machine.
        BundleError: the model is another one, or the engine computes in another precision.
        MissingExtra: the engine is not installed.
    """

    def __init__(
        self,
        source: str,
        digest: str,
        engine: str,
        computes: str,
        present: Sequence[str],
        io_config: "daft.io.IOConfig | None" = None,
        prior: Mapping[str, float] | None = None,
    ) -> None:
        from pyarrow import struct

        with _loading:
            self._model = _load(source, engine, None if prior is None else tuple(prior.items()))
        if self._model.bundle.config.digest() != digest:
            raise BundleError(
                f"The model {source} of this machine differs from that of the machine that started the job. Install "
                "the same version of anymood on all machines, or copy the same folder to them."
            )
        if self._model.engine != computes:
            raise BundleError(
                f"This machine would run the model in {self._model.engine}, and the machine that started the job in "
                f"{computes}. Use --engine onnxruntime, which computes the same on all machines."
            )
        self._results = ResultColumns(self._model.labels, present)
        self._kind = struct(added_fields(self._results.kinds))
        self._fetch = partial(fetch_image, open_file=partial(open_file, io_config=io_config))

    def of_columns(
        self,
        texts: "daft.Series | None",
        images: "daft.Series | None",
        ids: "daft.Series | None",
        columns: Columns,
        folder: Path,
    ) -> Any:
        """Predictions of columns, as an array of structs."""
        by_name = {columns.text: texts, columns.image: images, columns.id: ids}
        listed = {
            name: series.to_pylist() for name, series in by_name.items() if name is not None and series is not None
        }
        rows = []
        for values in zip(*listed.values(), strict=True):
            record = Record(0, "", dict(zip(listed, values, strict=True)))
            row = row_of(record, columns, folder, links=True)
            where = "the post" if row.post.id is None else f"post {row.post.id}"
            rows.append(replace(row, where=where, problems=tuple(problem.at(where) for problem in row.problems)))
        return self._predict(rows)

    def of_read(self, posts: "daft.Series", job: str) -> Any:
        """Predictions of posts read from a table, as an array of structs.

        Raises:
            Cancelled: the job was cancelled.
        """
        rows = []
        for post in posts.to_pylist():
            problems = [Problem(Reason(p["reason"]), p["message"], post["where"]) for p in post["problems"]]
            values = {"text": post["text"], "image": post["image"]}
            row = row_of(Record(post["number"], post["where"], values, problems), POST, Path(), links=True)
            rows.append(replace(row, is_post=post["is_post"]))
        try:
            return self._predict(rows, job)
        finally:
            backpressure.predicted(job, len(rows))

    def _predict(self, rows: Sequence[Row], job: str = "") -> Any:
        from pyarrow import array

        # Fetched images stay in memory until they are decoded.
        size = BATCH_SIZE if any(isinstance(row.post.image, str) for row in rows) else max(1, len(rows))
        predicted = predicted_rows(self._model, enumerate(self._fetched(rows, job)), size)
        return array([self._results.values(prediction) for _, _, prediction in predicted], self._kind)

    def _fetched(self, rows: Sequence[Row], job: str) -> Iterator[Row]:
        """The rows, with the bytes of images in place of URLs, until the job is cancelled."""
        waiting = iter(rows)
        with ThreadPoolExecutor(MAX_CONCURRENT, "anymood-fetch") as pool:
            while some := list(islice(waiting, BATCH_SIZE)):
                for row in pool.map(partial(with_image, fetch=self._fetch), some):
                    backpressure.check(job)
                    yield row


@lru_cache(maxsize=2)
def _load(source: str, engine: str, prior: tuple[tuple[str, float], ...] | None) -> Model:
    return load(source, threads=1, engine=engine, prior=None if prior is None else dict(prior))


def _check_types(schema: "daft.Schema", columns: Columns) -> None:
    """Check the types of columns.

    Raises:
        TableError: a type is wrong, which otherwise would be a problem of every row.
    """
    kinds: Mapping[str, Any] = {field.name: field.dtype for field in schema}
    if columns.text is not None and len(joined_columns(columns.text, kinds)) > 1:
        raise TableError(f"Columns of a DataFrame are not joined: add a column to it in place of {columns.text!r}.")
    text = kinds.get(columns.text or "")
    if text is not None and not (text.is_string() or text.is_null()):
        raise TableError(f"The column {columns.text!r} of the DataFrame is of type {text}, not String. Cast it.")
    image = kinds.get(columns.image or "")
    if image is not None and not (
        image.is_string() or image.is_binary() or image.is_null() or (image.is_struct() and _is_image_struct(image))
    ):
        raise TableError(
            f"The column {columns.image!r} of the DataFrame is of type {image}, but should have paths, URLs, the bytes "
            "of image files, or structs of bytes and path. Do not let Daft decode the images: anymood decodes them, "
            "within its limits."
        )


def _is_image_struct(kind: Any) -> bool:
    return set(kind.fields) <= {"bytes", "path"}
