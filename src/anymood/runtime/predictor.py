"""The public class: posts in, predictions out.

Shape legend: B posts, T tokens, D = 300 features, C classes.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anymood.errors import ImageError, SettingError
from anymood.labels import LabelSet
from anymood.posts import Post, Prediction, Scores, Used
from anymood.runtime.bundle import Bundle
from anymood.runtime.engine import Engine
from anymood.runtime.rows import Row, read_row

if TYPE_CHECKING:
    from anymood.posts import ImageSource

BATCH_SIZE = 32  # posts
# Inputs that a graph sees at once. On a CPU more are no faster: images cost memory (32 at once
# 190 MB more than 8), and texts, which go in by length, would cost the padding of the longest.
AT_ONCE = 8
LOAD = 2**25  # characters of text and bytes of images after which a batch is full, however few its posts

Encoded: TypeAlias = dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]]  # row -> features (D,), logits (C,)
Each: TypeAlias = Callable[..., Iterable[Any]]  # map, or its like over several threads


class Model:
    """A trained model, which predicts a post from its text, its image, or both, whichever is there.

    May be shared between threads.

    Args:
        bundle: the model's folder.
        threads: cores to keep busy; by default those that this process may use.

    Raises:
        BundleError: a file of the bundle cannot be used.
        SettingError: ``threads`` is less than 1.
    """

    def __init__(self, bundle: Bundle, threads: int | None = None) -> None:
        self.bundle = bundle
        self._engine = Engine(bundle, threads)
        self._text = bundle.text_preparation()
        self._image = bundle.config.image
        self._lazy_images = threading.Lock()

    def __repr__(self) -> str:
        return f"<Model {self.name!r}: {', '.join(self.labels)}>"

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.bundle.name

    @property
    def labels(self) -> LabelSet:
        """The classes, in the order of every ``Scores.values``."""
        return self.bundle.labels

    def predict(self, text: str | None = None, image: "ImageSource | None" = None) -> Prediction:
        """Predict one post; the same as :meth:`predict_many` of that post alone.

        Args:
            text: the text as written; None or blank when there is none.
            image: a path, the bytes of an image file, a PIL image, or an array of shape (H, W),
                (H, W, 3) or (H, W, 4) with 8-bit values; None when there is none.

        Returns:
            The prediction; when something was wrong with the post, its ``problem`` says what, and
            what is left of the post decides.

        Raises:
            BundleError: a graph of the model cannot be run.
        """
        [prediction] = self._predict([Post(text, image)], map)
        return prediction

    def predict_many(
        self, posts: Iterable[Post | Mapping[str, Any]], batch_size: int = BATCH_SIZE
    ) -> Iterator[Prediction]:
        """Predict posts in their order, as a stream that never holds more than a batch.

        Args:
            posts: posts, or mappings with any of the keys text, image and id. A row that is
                neither, or that cannot be read, becomes a prediction with a problem.
            batch_size: posts at most to take from ``posts`` before the first of them is predicted:
                fewer where they are large. It changes speed and memory, never a result.

        Returns:
            One prediction a post. An error that ``posts`` itself raises comes through, after the
            predictions of what it gave before.

        Raises:
            SettingError: ``posts`` is one post or one text, or ``batch_size`` is less than 1.
            BundleError: a graph of the model cannot be run.
        """
        if isinstance(posts, str | bytes | Mapping) or not isinstance(posts, Iterable):
            raise SettingError(
                f"predict_many takes many posts, but was given one {type(posts).__name__}. Put it into a list."
            )
        if batch_size < 1:
            raise SettingError(f"'batch_size' is {batch_size}. Give at least 1.")
        return self._stream(posts, batch_size)

    def _stream(self, posts: Iterable[object], batch_size: int) -> Iterator[Prediction]:
        with ThreadPoolExecutor(self._engine.threads, "anymood") as pool:
            for batch in _batches(posts, batch_size):
                yield from self._predict(batch, pool.map)

    def _predict(self, batch: list[object], each: Each) -> list[Prediction]:
        rows = [read_row(given) for given in batch]
        images = self._encode_images(rows, each)
        texts = self._encode_texts(rows, each)
        for index, row in enumerate(rows):
            if index not in images and index not in texts and not row.problems:
                row.problems.append(("nothing to see", "There is neither an image nor a text with a word in it."))
        both = [index for index in images if index in texts]
        temperatures = self.bundle.config.temperatures
        image = self._scores({index: logits for index, (_, logits) in images.items()}, temperatures.image)
        text = self._scores({index: logits for index, (_, logits) in texts.items()}, temperatures.text)
        fused = self._scores(self._fuse(both, images, texts), temperatures.fused)
        return [
            Prediction(
                _used(index in image, index in text),
                text=text.get(index),
                image=image.get(index),
                fused=fused.get(index),
                problem=row.problem,
                reason=row.reason,
                id=row.id,
            )
            for index, row in enumerate(rows)
        ]

    def _encode_images(self, rows: list[Row], each: Each) -> Encoded:
        """Decode and encode the images; one that cannot be decoded becomes its row's problem."""
        encoded: Encoded = {}
        pictured = [index for index, row in enumerate(rows) if row.image is not None]
        for group in _groups(pictured, max(AT_ONCE, self._engine.threads)):  # no core is idle while they are decoded
            pixels = {}
            for index, prepared in zip(group, each(self._prepare, [rows[i].image for i in group]), strict=True):
                if isinstance(prepared, ImageError):
                    rows[index].problems.append((prepared.reason, str(prepared)))
                else:
                    pixels[index] = prepared
            if pixels:
                features, logits = self._engine.encode_image(np.stack(list(pixels.values())))
                encoded.update(zip(pixels, zip(features, logits, strict=True), strict=True))
        return encoded

    def _prepare(self, image: "ImageSource") -> NDArray[np.float32] | ImageError:
        # A PIL image reads its file when it is first used, and one image may stand in several posts.
        with self._lazy_images if isinstance(image, Image.Image) else nullcontext():
            try:
                return self._image.prepare(image)
            except ImageError as error:
                return error

    def _encode_texts(self, rows: list[Row], each: Each) -> Encoded:
        """Tokenise and encode the texts; one of which no token is left is passed over."""
        written = {index: row.text for index, row in enumerate(rows) if row.text is not None}
        tokens = dict(zip(written, self._text.encode_batch(written.values()), strict=True))
        readable = sorted((index for index in tokens if len(tokens[index])), key=lambda index: len(tokens[index]))
        groups = _groups(readable, AT_ONCE)
        padded = [self._text.pad([tokens[index] for index in group]) for group in groups]
        encoded: Encoded = {}
        for group, (features, logits) in zip(groups, each(self._engine.encode_text, padded), strict=True):
            encoded.update(zip(group, zip(features, logits, strict=True), strict=True))
        return encoded

    def _fuse(self, both: list[int], images: Encoded, texts: Encoded) -> dict[int, NDArray[np.float32]]:
        if not both:
            return {}
        image_features = np.stack([images[index][0] for index in both])
        text_features = np.stack([texts[index][0] for index in both])
        return dict(zip(both, self._engine.fuse(image_features, text_features), strict=True))

    def _scores(self, logits: dict[int, NDArray[np.float32]], temperature: float) -> dict[int, Scores]:
        if not logits:
            return {}
        names = self.labels.names
        values = softmax(np.stack(list(logits.values())), temperature).tolist()
        return {index: Scores(names, tuple(row)) for index, row in zip(logits, values, strict=True)}


def softmax(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Probabilities (B, C) of logits (B, C) at a temperature T.

    exp(z_c / T) over its sum for all classes (Guo et al. 2017, equation 9).
    """
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def _groups(rows: list[int], size: int) -> list[list[int]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _used(image: bool, text: bool) -> Used:
    if image and text:
        return "both"
    return "image" if image else "text" if text else "none"


def _batches(posts: Iterable[object], size: int) -> Iterator[list[object]]:
    """Lists of ``size`` posts, of fewer where these are large; what came before an error of ``posts`` is not lost."""
    batch: list[object] = []
    load = 0
    try:
        for post in posts:
            batch.append(post)
            load += _load(post)
            if len(batch) == size or load >= LOAD:
                yield batch
                batch, load = [], 0
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _load(post: object) -> int:
    """Characters and bytes that a post brings along."""
    parts = (post.text, post.image) if isinstance(post, Post) else post.values() if isinstance(post, Mapping) else ()
    return sum(len(part) for part in parts if isinstance(part, str | bytes))
