"""``anymood bulk``: tables through Daft, on this machine or on a Ray cluster. Needs ``anymood[bulk]``."""

import logging
import os
import signal
from dataclasses import asdict
from typing import Annotated, Literal

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import (
    ARCHIVE_OPTIONS,
    CSV_OPTIONS,
    POST_COLUMNS,
    ArchiveOptions,
    CsvOptions,
    EngineOption,
    ModelOption,
    NameOrPath,
    Overwrite,
    PostColumns,
    PriorOption,
)


def bulk(
    source: Annotated[
        NameOrPath,
        Parameter(
            help="Posts to predict: the path or URL of a table (CSV, TSV, JSON Lines, Parquet), a folder of images, or "
            "a pattern such as 'posts-*.csv' or 's3://bucket/posts/*.parquet'."
        ),
    ],
    target: Annotated[NameOrPath, Parameter(help="Output folder for Parquet files, a path or URL.")],
    /,
    *,
    runner: Annotated[
        Literal["native", "ray"], Parameter(help="Run on the cores of this machine, or on a Ray cluster.")
    ] = "native",
    address: Annotated[
        str | None,
        Parameter(help="Address of the Ray cluster, as host:port; by default RAY_ADDRESS, or a local cluster."),
    ] = None,
    model: ModelOption = "sentiment",
    overwrite: Overwrite = False,
    strict: Annotated[bool, Parameter(negative=(), help="Exit with status 1 if a row had a problem.")] = False,
    columns: PostColumns = POST_COLUMNS,
    csv: CsvOptions = CSV_OPTIONS,
    archives: ArchiveOptions = ARCHIVE_OPTIONS,
    engine: EngineOption = None,
    prior: PriorOption = None,
) -> int:
    """Predict tables on many machines. Needs: pip install 'anymood[bulk]'.

    The columns are those of anymood predict. The order of the rows may change. Tables and images can be URLs
    (s3, gs, az, hf, https). If a machine fails, its rows are predicted again. A local folder is written atomically. In
    an object store, the output is complete when the file _SUCCESS exists.
    """
    from anymood.cluster.job import predict_tables
    from anymood.runtime.prior import parse_prior

    # Daft also logs errors that it raises.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        summary = predict_tables(
            source,
            target,
            model,
            columns.named(),
            dialect=csv.dialect(),
            **asdict(archives),
            runner=runner,
            address=address,
            overwrite=overwrite,
            engine=engine,
            prior=None if prior is None else parse_prior(prior),
        )
    except KeyboardInterrupt:
        terminal.note("Stopped. The same command starts the job again.")
        # Daft's threads are still running. Finalising Python before they end can abort the process.
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:  # received SIGTERM; the exit status should show it
            signal.raise_signal(signal.SIGTERM)
        os._exit(terminal.INTERRUPTED)
    terminal.note_summary(summary, [target])
    return int(strict and bool(summary.problems))
