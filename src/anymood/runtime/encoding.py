"""Encoding of posts: features and logits of their images and texts.

Shape legend: B posts, T tokens, D = 300 features, C classes.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anymood.errors import ImageError
from anymood.posts import ImageSource, Reason
from anymood.preparation.cleaning import MAX_CHARACTERS, clean, has_words
from anymood.preparation.text import TextPreparation
from anymood.probabilities import softmax
from anymood.runtime.batches import batches, groups
from anymood.runtime.bundle import Bundle
from anymood.runtime.graphs import BundleGraphs
from anymood.runtime.reading import ReadPost, read_post

# Images per run of a graph. More images are no faster on a CPU, and take more memory.
IMAGES_PER_RUN = 2
# Tokens likewise, padding included. The activations of more tokens do not fit into a core's cache: 64 texts at once
# took 1.15 times as long as 8, and 100 MB more. With fewer tokens, reading the weights dominates.
TOKENS_PER_RUN = 384
STATIC_TOKENS_PER_RUN = 1536  # of the encoder "static": starting a run takes as long as hundreds of its tokens

UNREADABLE = "Its text is ignored: it is only numbers, keys, code or random letters, or in a script that is not known."

Encoding: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]  # features (D,), logits (C,)
Encoded: TypeAlias = dict[int, Encoding]  # by row
Each: TypeAlias = Callable[..., Iterable[Any]]  # map, or a map over several threads
_Result = TypeVar("_Result")


class TextWindow(NamedTuple):
    """A part of a text that fits the text encoder; usually the whole text."""

    row: int
    ids: NDArray[np.int64]  # (T,)


EncodedWindow: TypeAlias = tuple[TextWindow, NDArray[np.float32], NDArray[np.float32]]  # features (D,), logits (C,)


class PendingBatch(NamedTuple):
    """A batch whose groups of images and texts are being encoded."""

    rows: list[ReadPost]
    images: Iterable[Encoded]
    texts: Iterable[list[EncodedWindow]]


class EncodedBatch(NamedTuple):
    """Posts, and features and logits of their usable images and texts by the index of the post."""

    rows: list[ReadPost]
    images: Encoded
    texts: Encoded


class PostEncoder:
    """Encodes posts; thread-safe."""

    def __init__(self, bundle: Bundle, graphs: BundleGraphs) -> None:
        self._config = bundle.config
        self._graphs = graphs
        self._bundle = bundle
        self.image_preparation = bundle.config.image
        self._not_neutral = [index for index, name in enumerate(bundle.labels) if bundle.labels.polarity(name) != 0]
        self._lazy_images = threading.Lock()
        is_static = bundle.config.architecture.get("text_encoder") == "static"
        self._tokens_at_once = STATIC_TOKENS_PER_RUN if is_static else TOKENS_PER_RUN

    @cached_property
    def _text(self) -> TextPreparation:
        """The text preparation, loaded with the first text."""
        return self._bundle.text_preparation()

    def stream(
        self, posts: Iterable[object], batch_size: int, finish: Callable[[EncodedBatch], list[_Result]]
    ) -> Iterator[_Result]:
        """Results of posts, in order. While one batch is encoded, the next one is read.

        Args:
            posts: as for ``Model.predict_many``.
            batch_size: maximum number of posts per batch.
            finish: returns a result for each post of a batch.
        """
        pool = ThreadPoolExecutor(self._graphs.callers(self._graphs.threads), "anymood")
        previous: PendingBatch | None = None
        try:
            # The pool encodes one batch while this thread tokenises the next, and the caller uses the results.
            for batch in chain(batches(posts, batch_size), [None]):
                pending = self._start(batch, pool.map) if isinstance(batch, list) else None
                if previous is not None:
                    yield from finish(self._wait(previous))
                previous = pending
                if isinstance(batch, Exception):
                    raise batch
        finally:
            pool.shutdown(cancel_futures=True)  # if the caller stops early

    def together(self, posts: Sequence[object]) -> EncodedBatch:
        """Encode a few posts in the caller's thread."""
        return self._wait(self._start(posts, map, self._graphs.threads))

    def _start(self, batch: Sequence[object], each: Each, cores: int = 1) -> PendingBatch:
        """Submit the groups of a batch; each group of images uses ``cores`` cores."""
        rows = [self._without_untrained(read_post(post)) for post in batch]
        for row in rows:
            if row.text is not None and len(row.text) > MAX_CHARACTERS:
                row.add_problem(Reason.LONG_TEXT, f"Only the first {MAX_CHARACTERS:,} characters of its text are read.")
        if cores > 1 and any(row.text is not None and row.image is not None for row in rows):
            self._graphs.load_text_ahead()
        with_images = [index for index, row in enumerate(rows) if row.image is not None]
        size = min(IMAGES_PER_RUN, -(-len(with_images) // self._graphs.threads))  # so that no core is idle
        images = each(lambda group: self._encode_images(rows, group, cores), groups(with_images, size))
        texts = each(self.encode_windows, self.text_groups(rows))
        return PendingBatch(rows, images, texts)

    def _without_untrained(self, row: ReadPost) -> ReadPost:
        """Remove a modality for which the model has no trained classifier."""
        for part in ("image", "text"):
            if getattr(row, part) is not None and not self._config.reads(part):
                setattr(row, part, None)
                row.add_problem(Reason.NOT_TRAINED, f"The model was not trained on {part}s, so the {part} is ignored.")
        return row

    def _wait(self, pending: PendingBatch) -> EncodedBatch:
        """Wait until all groups of a batch are encoded."""
        images = {index: encoded for group in pending.images for index, encoded in group.items()}
        return EncodedBatch(pending.rows, images, self.join_windows(chain.from_iterable(pending.texts)))

    def _encode_images(self, rows: list[ReadPost], group: list[int], cores: int) -> Encoded:
        """Decode and encode images. If an image cannot be decoded, its row gets a problem."""
        frames = {}
        for index in group:
            try:
                frames[index] = self.frame(rows[index].image)
            except ImageError as error:
                rows[index].problems.append(error.problem)
        if not frames:
            return {}
        features, logits = self._graphs.encode_image(
            self.image_preparation.scaled(np.stack(list(frames.values()))), cores
        )
        return dict(zip(frames, zip(features, logits, strict=True), strict=True))

    def frame(self, image: ImageSource | None) -> NDArray[np.uint8]:
        """The part of an image that the model reads, (S, S, 3)."""
        # A PIL image reads its file when it is first used, and several posts may have the same image.
        with self._lazy_images if isinstance(image, Image.Image) else nullcontext():
            return self.image_preparation.framed(cast("ImageSource", image))  # rows without one are in no group

    def text_groups(self, rows: list[ReadPost]) -> list[list[TextWindow]]:
        """Windows of all texts, grouped by their length; a text without words, or one that is unreadable, has none.

        The longest come first, so that no core waits long for another at the end of a job.
        """
        texts = {index: row.text for index, row in enumerate(rows) if row.text is not None}
        if not texts:
            return []
        windows = []
        for (index, text), read in zip(texts.items(), self._text.encode_windows_of(texts.values()), strict=True):
            if not read and has_words(clean(text)):
                rows[index].add_problem(Reason.UNREADABLE_TEXT, UNREADABLE)
            windows += [TextWindow(index, ids) for ids in read]
        windows.sort(key=lambda window: len(window.ids), reverse=True)
        return _token_groups(windows, self._tokens_at_once)

    def encode_windows(self, group: list[TextWindow]) -> list[EncodedWindow]:
        """Encode windows of texts."""
        features, logits = self._graphs.encode_text(self._text.pad([window.ids for window in group]))
        return list(zip(group, features, logits, strict=True))

    def join_windows(self, encoded: Iterable[EncodedWindow]) -> Encoded:
        """Features and logits of each text: the means over its windows.

        A window is weighted by its number of words and its probability of a label other than neutral, so that one
        strong paragraph among neutral ones is not lost. Without a neutral label, it is weighted by its number of words.
        """
        by_row: dict[int, list[EncodedWindow]] = {}
        for part in encoded:
            by_row.setdefault(part[0].row, []).append(part)
        joined: Encoded = {}
        for row, parts in by_row.items():
            if len(parts) == 1:
                joined[row] = parts[0][1:]
                continue
            windows, features, logits = zip(*parts, strict=True)
            words = np.array([self._text.words_in(window.ids) for window in windows])
            counts = words * softmax(np.stack(logits))[:, self._not_neutral].sum(axis=1)
            weights = (counts / counts.sum()).astype(np.float32)
            joined[row] = weights @ np.stack(features), weights @ np.stack(logits)
        return joined


def _token_groups(windows: list[TextWindow], size: int) -> list[list[TextWindow]]:
    """Windows, sorted from long to short, in groups of at most ``size`` tokens with padding, or of a longer window."""
    groups = []
    start = 0
    while start < len(windows):
        end = start + max(1, size // len(windows[start].ids))
        groups.append(windows[start:end])
        start = end
    return groups


def empty_post_problem(row: ReadPost) -> tuple[Reason, str]:
    """The problem of a post without a usable text or image that has no other problem."""
    if row.text is not None and clean(row.text):
        return Reason.NO_WORDS, "Its text has no words, only links or user names."
    return Reason.NOTHING_TO_SEE, "The post has neither an image nor a text."
