"""Rows whose images are URLs, with images fetched a few rows ahead."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from anymood.errors import ImageError
from anymood.jobs.inputs import RowPosition
from anymood.tables.rows import Row

if TYPE_CHECKING:
    from anymood.jobs.image_fetcher import ImageFetcher

AHEAD = 32  # rows whose images are fetched before they are needed


def with_fetched_images(
    rows: Iterable[tuple[RowPosition, Row]], fetcher: "ImageFetcher"
) -> Iterator[tuple[RowPosition, Row]]:
    """The same rows in order, with bytes in place of URLs. If an image cannot be fetched, its row gets a problem."""
    from anymood.fetching import AT_ONCE

    waiting: deque[tuple[RowPosition, Row | Future[Row]]] = deque()
    pool = ThreadPoolExecutor(AT_ONCE, "anymood-fetch")
    try:
        for position, row in rows:
            waiting.append((position, pool.submit(_fetched, row, fetcher) if isinstance(row.post.image, str) else row))
            if len(waiting) > AHEAD:
                yield _done(waiting.popleft())
        while waiting:
            yield _done(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _done(waiting: tuple[RowPosition, Row | Future[Row]]) -> tuple[RowPosition, Row]:
    position, row = waiting
    return position, row if isinstance(row, Row) else row.result()


def _fetched(row: Row, fetcher: "ImageFetcher") -> Row:
    try:
        return replace(row, post=replace(row.post, image=fetcher.fetch(str(row.post.image))))
    except ImageError as error:
        problems = (*row.problems, error.problem.at(row.where))
        return replace(row, post=replace(row.post, image=None), problems=problems)
