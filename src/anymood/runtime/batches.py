"""Batches of posts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from anymood.errors import SettingError
from anymood.posts import Post
from anymood.runtime.reading import is_frame

BATCH_SIZE = 32  # posts
# Posts among which texts of similar length are encoded together, because a transformer computes padding like words.
# Images are always decoded a few at a time.
WINDOW = 256
TEXT_WINDOW = 1024  # the same for texts alone, which take little memory: more texts need less padding
LOAD = 2**25  # characters of text and bytes of images after which a batch is full

_Item = TypeVar("_Item")


def groups(items: list[_Item], size: int) -> list[list[_Item]]:
    """Lists of ``size`` consecutive items."""
    return [items[start : start + size] for start in range(0, len(items), max(size, 1))]


def batches(posts: Iterable[object], size: int) -> Iterator[list[object] | Exception]:
    """Lists of at most ``size`` posts, fewer if they are large.

    An error of ``posts`` is raised after the posts before it.
    """
    batch: list[object] = []
    load = 0
    failure = None
    try:
        for post in posts:
            batch.append(post)
            load += _load(post)
            if len(batch) == size or load >= LOAD:
                yield batch
                batch, load = [], 0
    except Exception as error:
        failure = error
    if batch:
        yield batch
    if failure is not None:
        yield failure


def require_several(posts: object, method: str) -> None:
    """Reject a value that would be iterated by letters or by columns.

    Raises:
        SettingError: it is one post, one text or a data frame.
    """
    if is_frame(posts):
        raise SettingError(
            f"{method} takes posts, not a data frame. For a frame use predict_frame. Or give its rows: "
            "frame.to_dict('records') of pandas, frame.to_dicts() of Polars, table.to_pylist() of PyArrow; or its "
            "column of texts: frame['text']."
        )
    if isinstance(posts, str | bytes | Mapping) or not isinstance(posts, Iterable) or getattr(posts, "ndim", 1) == 0:
        raise SettingError(
            f"{method} takes many posts, but was given one {type(posts).__name__}. Put it into a list, or use predict "
            "for a single post."
        )


def _load(post: object) -> int:
    """Memory that a post holds: characters of its text plus bytes of its image."""
    if isinstance(post, str):
        return len(post)
    if isinstance(post, Post):
        if post.image is None and isinstance(post.text, str):
            return len(post.text)
        parts: Iterable[object] = (post.text, post.image)
    else:
        parts = post.values() if isinstance(post, Mapping) else (post,)
    return sum(len(part) for part in parts if isinstance(part, str | bytes))
