"""The public class: posts in, predictions out.

Shape legend: B posts, T tokens, D = 300 features, C classes.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anymood.errors import BundleError, ImageError, SettingError
from anymood.labels import LabelSet
from anymood.posts import Post, Prediction, Reason, Scores
from anymood.preparation.cleaning import MAX_CHARACTERS, clean
from anymood.probabilities import softmax
from anymood.runtime.bundle import Bundle
from anymood.runtime.engines.base import describe
from anymood.runtime.graphs import BundleGraphs
from anymood.runtime.prior import checked_prior, logit_shift
from anymood.runtime.reading import ReadPost, is_collection, read_post

if TYPE_CHECKING:
    from anymood.posts import ImageSource

BATCH_SIZE = 32  # posts
# Images that a graph sees at once. More are no faster on a CPU, and each costs memory for as long as it is there.
IMAGES_AT_ONCE = 4
# Texts likewise. They go in by length; more at once cost less for each, but more padding, unless there are many to
# choose from: one part in 16 keeps that below 4 % of the tokens of MVSA's posts.
TEXTS_AT_ONCE = (8, 64)  # at least, at most
TEXT_GROUPS = 16
LOAD = 2**25  # characters of text and bytes of images after which a batch is full, however few its posts

Encoded: TypeAlias = dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]]  # row -> features (D,), logits (C,)
Each: TypeAlias = Callable[..., Iterable[Any]]  # map, or its like over several threads
_Item = TypeVar("_Item")


class TextWindow(NamedTuple):
    """A part of a text that fits the text encoder, which is mostly all of it."""

    row: int
    ids: NDArray[np.int64]  # (T,)


EncodedWindow: TypeAlias = tuple[TextWindow, NDArray[np.float32], NDArray[np.float32]]  # features (D,), logits (C,)


class PendingBatch(NamedTuple):
    """A batch whose images and texts are being encoded, group by group."""

    rows: list[ReadPost]
    images: Iterable[Encoded]
    texts: Iterable[list[EncodedWindow]]


class Model:
    """A trained model, which predicts a post from its text, its image, or both, whichever is there.

    May be shared between threads. A pickle of it, as joblib and multiprocessing send to other processes, holds the path
    of its bundle, from which the model is loaded again there: with the same engine and as many threads.

    Args:
        bundle: the model's folder.
        threads: cores to keep busy; by default those that this process may use.
        engine: what runs the graphs, ``"onnxruntime"`` or ``"openvino"``; by default the faster of those that are
            installed.
        prior: shares of the labels among the posts to predict, where they are known to differ from those that the
            model was trained for (``bundle.config.prior``).

    Raises:
        BundleError: a file of the bundle cannot be used.
        SettingError: ``threads`` is no whole number from 1, there is no such engine, or the prior does not fit.
        MissingExtra: the engine is not installed.
    """

    def __init__(
        self,
        bundle: Bundle,
        threads: int | None = None,
        engine: str | None = None,
        prior: Mapping[str, float] | None = None,
    ) -> None:
        self.bundle = bundle
        self.prior = bundle.config.prior if prior is None else checked_prior(prior, bundle)
        self._shift = 0.0 if prior is None else logit_shift(self.prior, bundle)
        self._threads = threads
        self._graphs = BundleGraphs(bundle, threads, engine)
        self._text = bundle.text_preparation()
        self._image = bundle.config.image
        self._lazy_images = threading.Lock()

    def __repr__(self) -> str:
        return f"<Model {self.name!r}: {', '.join(self.labels)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _load_again, (
            self.bundle.folder.resolve(),
            self.bundle.config.digest(),
            self._threads,
            self._graphs.engine.name,
            None if self.prior is self.bundle.config.prior else self.prior,
        )

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.bundle.name

    @property
    def labels(self) -> LabelSet:
        """The classes, in the order of every ``Scores.values``."""
        return self.bundle.labels

    @property
    def engine(self) -> str:
        """What runs the graphs, and in which precision: ``"onnxruntime, float32"``."""
        return describe(self._graphs.engine)

    def warm_up(self) -> None:
        """Load all that posts may need, and run it once, so that the first of them does not wait for that.

        Raises:
            BundleError: a graph of the model cannot be loaded or run.
        """
        self.predict("hello", np.zeros((8, 8), np.uint8))
        self._graphs.load_exact()

    def callers(self, cores: int) -> int:
        """Threads that should share the model to keep some cores busy: in OpenVINO, more than there are cores."""
        return self._graphs.callers(cores)

    def predict(self, text: str | None = None, image: "ImageSource | None" = None) -> Prediction:
        """Predict one post; the same as :meth:`predict_together` of that post alone.

        Args:
            text: the text as written; None or blank when there is none.
            image: a path, the bytes of an image file, a PIL image, or an array of shape (H, W),
                (H, W, 3) or (H, W, 4) of uint8 or uint16; None when there is none.

        Returns:
            The prediction; when something was wrong with the post, its ``problem`` says what, and
            what is left of the post decides.

        Raises:
            SettingError: several texts or images are given, or a whole post.
            BundleError: a graph of the model cannot be run.
        """
        for what, value in (("text", text), ("image", image)):
            if is_collection(value):
                raise SettingError(
                    f"predict takes one {what}, but was given one {type(value).__name__}. For a list of texts or of "
                    "posts there is predict_many; for a Post it is predict_many([post])."
                )
        [prediction] = self.predict_together([Post(text, image)])
        return prediction

    def predict_together(self, posts: Sequence[Post | Mapping[str, Any] | str]) -> list[Prediction]:
        """Predict a few posts at once, in the caller's own thread; for many there is :meth:`predict_many`.

        Returns:
            One prediction a post, in their order.

        Raises:
            SettingError: ``posts`` is one post, one text or a data frame.
            BundleError: a graph of the model cannot be run.
        """
        _require_several(posts, "predict_together")
        return self._finish(self._start(posts, map, self._graphs.threads))

    def predict_many(
        self, posts: Iterable[Post | Mapping[str, Any] | str], batch_size: int = BATCH_SIZE
    ) -> Iterator[Prediction]:
        """Predict posts in their order, as a stream that never holds more than two batches.

        Args:
            posts: posts, mappings with any of the keys text, image and id, whose other keys are passed over, or texts:
                a list of str, a column of pandas or Polars, an array. A row that is none of these, or that cannot be
                read, becomes a prediction with a problem.
            batch_size: posts at most that are looked over together: fewer where they are large. While
                one batch is predicted the next is read, so that up to twice as many are taken ahead.
                It changes speed and memory, never a result beyond rounding.

        Returns:
            One prediction a post. An error that ``posts`` itself raises comes through, after the
            predictions of what it gave before.

        Raises:
            SettingError: ``posts`` is one post, one text or a data frame, or ``batch_size`` is no whole number from 1.
            BundleError: a graph of the model cannot be run.
        """
        _require_several(posts, "predict_many")
        if not isinstance(batch_size, int) or batch_size < 1:
            raise SettingError(f"'batch_size' is {batch_size}. Give a whole number of at least 1.")
        return self._stream(posts, batch_size)

    def _stream(self, posts: Iterable[object], batch_size: int) -> Iterator[Prediction]:
        pool = ThreadPoolExecutor(self._graphs.callers(self._graphs.threads), "anymood")
        previous: PendingBatch | None = None
        try:
            # The pool encodes one batch while this thread reads and tokenises the next, and the caller has his turn.
            for batch in chain(_batches(posts, batch_size), [None]):
                pending = self._start(batch, pool.map) if isinstance(batch, list) else None
                if previous is not None:
                    yield from self._finish(previous)
                previous = pending
                if isinstance(batch, Exception):
                    raise batch
        finally:
            pool.shutdown(cancel_futures=True)  # a caller who has seen enough waits for no batch

    def _start(self, batch: Sequence[object], each: Each, cores: int = 1) -> PendingBatch:
        """Start all that a batch needs; ``cores`` are for each group of images."""
        rows = [self._without_untrained(read_post(given)) for given in batch]
        for row in rows:
            if row.text is not None and len(row.text) > MAX_CHARACTERS:
                row.add_problem(Reason.LONG_TEXT, f"Of its text, the first {MAX_CHARACTERS:,} characters are read.")
        pictured = [index for index, row in enumerate(rows) if row.image is not None]
        size = min(IMAGES_AT_ONCE, -(-len(pictured) // self._graphs.threads))  # so that no core is idle
        images = each(lambda group: self._encode_images(rows, group, cores), _groups(pictured, size))
        texts = each(self._encode_texts, self._text_groups(rows))
        return PendingBatch(rows, images, texts)

    def _without_untrained(self, row: ReadPost) -> ReadPost:
        """A row without what the model never learnt from, neither alone nor in a pair."""
        trained = self.bundle.config.trained
        for part in ("image", "text"):
            if getattr(row, part) is not None and part not in trained and "fused" not in trained:
                setattr(row, part, None)
                row.add_problem(Reason.NOT_TRAINED, f"The model never learnt from {part}s, so the {part} is left out.")
        return row

    def _finish(self, pending: PendingBatch) -> list[Prediction]:
        """Predictions of a batch, once all of it is encoded."""
        rows = pending.rows
        images = {index: encoded for group in pending.images for index, encoded in group.items()}
        texts = self._join_windows(chain.from_iterable(pending.texts))
        both = [index for index in images if index in texts]
        fused = self._scores("fused", self._fuse(both, images, texts))
        image = self._scores("image", {index: logits for index, (_, logits) in images.items()})
        text = self._scores("text", {index: logits for index, (_, logits) in texts.items()})
        for index, row in enumerate(rows):
            if index in image and index in text and index not in fused:
                row.add_problem(Reason.NOT_TRAINED, "The model never learnt from posts with both, so the text decides.")
            elif index in image or index in text or index in fused:
                continue
            elif index in images or index in texts:
                alone = "images" if index in images else "texts"
                row.add_problem(
                    Reason.NOT_TRAINED, f"The model never learnt from {alone} alone, only from posts with both."
                )
            elif not row.problems:
                row.add_problem(*_nothing_to_see(row))
        return [
            Prediction(
                "both" if index in fused else "text" if index in text else "image" if index in image else "none",
                text=text.get(index),
                image=image.get(index),
                fused=fused.get(index),
                problems=tuple(row.problems),
                id=row.id,
            )
            for index, row in enumerate(rows)
        ]

    def _encode_images(self, rows: list[ReadPost], group: list[int], cores: int) -> Encoded:
        """Decode and encode some images; one that cannot be decoded becomes its row's problem."""
        frames = {}
        for index in group:
            try:
                frames[index] = self._frame(rows[index].image)
            except ImageError as error:
                rows[index].problems.append(error.problem)
        if not frames:
            return {}
        features, logits = self._graphs.encode_image(self._image.scaled(np.stack(list(frames.values()))), cores)
        return dict(zip(frames, zip(features, logits, strict=True), strict=True))

    def _frame(self, image: "ImageSource | None") -> NDArray[np.uint8]:
        # A PIL image reads its file when it is first used, and one image may stand in several posts.
        with self._lazy_images if isinstance(image, Image.Image) else nullcontext():
            return self._image.framed(cast("ImageSource", image))  # rows without one are in no group

    def _text_groups(self, rows: list[ReadPost]) -> list[list[TextWindow]]:
        """Windows of all texts, grouped by their length; a text without words has none.

        The longest come first, so that at the end of a job no core waits long for another's.
        """
        windows = [
            TextWindow(index, ids)
            for index, row in enumerate(rows)
            if row.text is not None
            for ids in self._text.encode_windows(row.text)
        ]
        windows.sort(key=lambda window: len(window.ids), reverse=True)
        least, most = TEXTS_AT_ONCE
        return _groups(windows, min(max(least, len(windows) // TEXT_GROUPS), most))

    def _encode_texts(self, group: list[TextWindow]) -> list[EncodedWindow]:
        """Encode some windows of texts."""
        features, logits = self._graphs.encode_text(self._text.pad([window.ids for window in group]))
        return list(zip(group, features, logits, strict=True))

    def _join_windows(self, encoded: Iterable[EncodedWindow]) -> Encoded:
        """Features and logits of each text: the means over its windows, weighted by their words."""
        by_row: dict[int, list[EncodedWindow]] = {}
        for part in encoded:
            by_row.setdefault(part[0].row, []).append(part)
        joined: Encoded = {}
        for row, parts in by_row.items():
            windows, features, logits = zip(*parts, strict=True)
            if len(parts) == 1:
                joined[row] = features[0], logits[0]
                continue
            words = np.array([self._text.words_in(window.ids) for window in windows], np.float32)
            weights = words / words.sum()
            joined[row] = weights @ np.stack(features), weights @ np.stack(logits)
        return joined

    def _fuse(self, both: list[int], images: Encoded, texts: Encoded) -> dict[int, NDArray[np.float32]]:
        if not both:
            return {}
        image_features = np.stack([images[index][0] for index in both])
        text_features = np.stack([texts[index][0] for index in both])
        return dict(zip(both, self._graphs.fuse(image_features, text_features), strict=True))

    def _scores(self, classifier: str, logits: dict[int, NDArray[np.float32]]) -> dict[int, Scores]:
        """What a classifier says by its logits; nothing where it was never trained."""
        config = self.bundle.config
        if not logits or classifier not in config.trained:
            return {}
        calibrated = np.stack(list(logits.values())).astype(np.float64) / getattr(config.temperatures, classifier)
        values = softmax(calibrated + self._shift).tolist()
        return {index: Scores(self.labels.names, tuple(row)) for index, row in zip(logits, values, strict=True)}


def _load_again(
    folder: Path, digest: str, threads: int | None, engine: str, prior: Mapping[str, float] | None
) -> Model:
    """The model of a pickle.

    Raises:
        BundleError: its bundle cannot be loaded, or is another one by now.
    """
    bundle = Bundle.open(folder)
    if bundle.config.digest() != digest:
        raise BundleError(
            f"The bundle in {folder} is not the one of the model that was pickled. Pickle the model anew."
        )
    return Model(bundle, threads, engine, prior)


def _require_several(posts: object, method: str) -> None:
    """Refuse what would be read as many posts letter by letter, or column by column."""
    if isinstance(posts, str | bytes | Mapping) or not isinstance(posts, Iterable):
        raise SettingError(
            f"{method} takes many posts, but was given one {type(posts).__name__}. Put it into a list, or call predict "
            "for a single post."
        )
    if hasattr(posts, "columns") and hasattr(posts, "to_dict"):
        raise SettingError(
            f"{method} takes posts, not a data frame. Give it the frame's rows: frame.to_dict('records') of pandas, "
            "frame.to_dicts() of polars; or its column of texts: frame['text']."
        )


def _nothing_to_see(row: ReadPost) -> tuple[Reason, str]:
    """Why no classifier could see anything of a post that had no other problem."""
    if row.text is not None and clean(row.text):
        return Reason.NO_WORDS, "Its text has no words, only links or user names."
    return Reason.NOTHING_TO_SEE, "There is neither an image to see nor a text to read."


def _groups(items: list[_Item], size: int) -> list[list[_Item]]:
    return [items[start : start + size] for start in range(0, len(items), max(size, 1))]


def _batches(posts: Iterable[object], size: int) -> Iterator[list[object] | Exception]:
    """Lists of ``size`` posts, of fewer where these are large; an error of ``posts`` comes after what was before it."""
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


def _load(post: object) -> int:
    """Characters and bytes that a post brings along."""
    if isinstance(post, Post):
        parts: Iterable[object] = (post.text, post.image)
    else:
        parts = post.values() if isinstance(post, Mapping) else (post,)
    return sum(len(part) for part in parts if isinstance(part, str | bytes))
