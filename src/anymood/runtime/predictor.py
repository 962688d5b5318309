"""The public class ``Model``.

Shape legend: B posts, D = 300 features, C classes.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from anymood.errors import BundleError, SettingError, TableError
from anymood.labels import LabelSet
from anymood.posts import ImageSource, Post, Prediction, Reason, Scores
from anymood.probabilities import softmax
from anymood.runtime.batches import BATCH_SIZE, WINDOW, require_several
from anymood.runtime.bundle import Bundle
from anymood.runtime.config import CLASSIFIERS
from anymood.runtime.encoding import Encoded, EncodedBatch, PostEncoder, empty_post_problem
from anymood.runtime.engines.registry import describe
from anymood.runtime.features import Features, post_features
from anymood.runtime.graphs import BundleGraphs
from anymood.runtime.prior import Prior, checked_prior, logit_shift
from anymood.runtime.reading import Frame, Progress, is_collection, is_frame

Posts: TypeAlias = Iterable[Post | Mapping[str, Any] | str]


WIDTH = 300  # D, of bundles that do not record it


class Model:
    """A trained model, which predicts a post from its text, its image, or both.

    Thread-safe. It can be pickled, also by joblib and multiprocessing: a pickle contains the path of the bundle, and
    the model is loaded from there with the same engine and number of threads.

    Args:
        bundle: the bundle.
        threads: number of cores to use; by default all that are available.
        engine: ``"onnxruntime"`` or ``"openvino"``; by default the faster of those that are installed.
        prior: shares of the labels among the posts to predict, if they differ from those that the model assumes
            (``bundle.config.prior``); ``"uniform"`` for equal shares.

    Raises:
        BundleError: a file of the bundle cannot be used.
        SettingError: ``threads`` is not a positive integer, there is no such engine, or the prior is invalid.
        MissingExtra: the engine is not installed.
    """

    def __init__(
        self,
        bundle: Bundle,
        threads: int | None = None,
        engine: str | None = None,
        prior: Prior | None = None,
    ) -> None:
        self.bundle = bundle
        self.prior = bundle.config.prior if prior is None else checked_prior(prior, bundle)
        self._shift = 0.0 if prior is None else logit_shift(self.prior, bundle)
        self._threads = threads
        self._graphs = BundleGraphs(bundle, threads, engine)
        self._encoder = PostEncoder(bundle, self._graphs)

    def __repr__(self) -> str:
        return f"<Model {self.name!r}: {', '.join(self.labels)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _load_again, (
            self.bundle.folder.resolve(),
            self.bundle.config.digest(),
            self._threads,
            self._graphs.engine_name,
            None if self.prior is self.bundle.config.prior else self.prior,
        )

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.bundle.name

    @property
    def labels(self) -> LabelSet:
        """The classes, in the order of ``Scores.values``."""
        return self.bundle.labels

    @property
    def engine(self) -> str:
        """The engine and its precision: ``"onnxruntime, float32"``, with the graphs that multiply in 8 bits, if any."""
        return describe(self._graphs.engine, self.bundle.graphs)

    def warm_up(self) -> None:
        """Load all graphs and run them once, so that the first prediction is fast.

        Raises:
            BundleError: a graph cannot be loaded or run.
        """
        self.predict("hello", np.zeros((8, 8), np.uint8))
        self._graphs.load_exact()

    def callers(self, cores: int) -> int:
        """Number of threads that keep ``cores`` cores busy; with OpenVINO, more than there are cores."""
        return self._graphs.callers(cores)

    def predict(self, text: str | None = None, image: ImageSource | None = None) -> Prediction:
        """Predict one post.

        Args:
            text: the text as written; None or blank if missing.
            image: a path, the bytes of an image file, a PIL image, or an array of shape (H, W), (H, W, 3) or (H, W, 4)
                of uint8 or uint16; None if missing.

        Returns:
            The prediction. If part of the post cannot be read, ``problem`` says why, and the rest of the post decides.

        Raises:
            SettingError: several texts or images, or a ``Post``, are given.
            BundleError: a graph cannot be run.
        """
        for what, value in (("text", text), ("image", image)):
            if is_collection(value):
                raise SettingError(
                    f"predict takes one {what}, but was given one {type(value).__name__}. For a list of texts or "
                    "posts use predict_many; for a Post, predict_many([post])."
                )
        [prediction] = self.predict_together([Post(text, image)])
        return prediction

    def __call__(self, text: str | None = None, image: ImageSource | None = None) -> Prediction:
        """Predict one post, like ``predict``."""
        return self.predict(text, image)

    def predict_together(self, posts: Sequence[Post | Mapping[str, Any] | str]) -> list[Prediction]:
        """Predict a few posts in one batch, in the caller's thread. For many posts, use ``predict_many``.

        Returns:
            One prediction per post, in order.

        Raises:
            SettingError: ``posts`` is one post, one text or a data frame.
            BundleError: a graph cannot be run.
        """
        require_several(posts, "predict_together")
        return self._predictions(self._encoder.together(posts))

    def predict_many(self, posts: Posts, batch_size: int = BATCH_SIZE) -> Iterator[Prediction]:
        """Predict a stream of posts, in order. At most two batches are in memory.

        Args:
            posts: ``Post`` objects, mappings with the keys text, image and id (other keys are ignored), or texts: a
                list of str, a column of pandas or Polars, an array. None, NaN, and masked items of an array are
                missing texts. An item that cannot be read gets a prediction with a problem.
            batch_size: maximum number of posts per batch; large posts make smaller batches. While one batch is
                predicted, the next one is read. It affects speed and memory; results change only by rounding.

        Returns:
            One prediction per post. If iterating over ``posts`` raises an error, it is raised after the predictions of
            the posts before it.

        Raises:
            SettingError: ``posts`` is one post, one text or a data frame, or ``batch_size`` is not a positive integer.
            BundleError: a graph cannot be run.
        """
        _require_batch(posts, batch_size, "predict_many")
        return self._encoder.stream(posts, batch_size, self._predictions)

    def features(self, posts: Posts, batch_size: int = BATCH_SIZE) -> Features:
        """Features of posts: the representations r_v of images and r_t of texts (paper, section 3).

        Args:
            posts: as for ``predict_many``.
            batch_size: as for ``predict_many``.

        Returns:
            Two arrays of shape (B, D), with rows of NaN for missing images and texts. Features of a text of several
            windows are the mean over the windows, weighted by their numbers of words and by their probability of a
            label other than neutral.

        Raises:
            SettingError: as for ``predict_many``.
            BundleError: a graph cannot be run.
        """
        _require_batch(posts, batch_size, "features")
        width = self.bundle.config.architecture.get("width", WIDTH)
        return Features.of(self._encoder.stream(posts, batch_size, post_features), width)

    def predict_proba(
        self, posts: Posts, classifier: Literal["text", "image", "fused"] | None = None
    ) -> NDArray[np.float64]:
        """Probabilities of posts as an array.

        Args:
            posts: as for ``predict_many``.
            classifier: ``"text"``, ``"image"`` or ``"fused"``. By default the classifier that decides: the fused one
                for a post with text and image, else that of the modality that is there (``Prediction.used``).

        Returns:
            Probabilities (B, C), in the order of ``labels``. A row is NaN if the post lacks what the classifier needs.

        Raises:
            SettingError: as for ``predict_many``, or there is no such classifier.
            BundleError: a graph cannot be run.
        """
        if classifier not in (None, *CLASSIFIERS):
            raise SettingError(f"There is no classifier {classifier!r}. Give one of {', '.join(CLASSIFIERS)}.")
        require_several(posts, "predict_proba")
        unknown = (np.nan,) * len(self.labels)
        rows = []
        for prediction in self.predict_many(posts, WINDOW):
            scores = prediction.deciding if classifier is None else getattr(prediction, classifier)
            rows.append(unknown if scores is None else scores.values)
        return np.array(rows, np.float64).reshape(-1, len(self.labels))

    def predict_frame(
        self,
        frame: Frame,
        *,
        text: str | None = "text",
        image: str | None = "image",
        image_folder: str | os.PathLike[str] = ".",
        scores: bool = False,
        progress: Progress | None = None,
    ) -> Frame:
        """Predict each row of a data frame of pandas, Polars, PyArrow, or another library that narwhals supports.

        Rows keep their order, index and columns. New columns, as in tables: ``label``, ``p_<label>`` for each label,
        ``used``, ``disagreement``, ``problem`` and ``reason``, with the prefix ``predicted_`` if a name is taken. A row
        that cannot be read gets a problem. Apart from the frame and the new columns, memory does not grow with the
        number of rows.

        Args:
            frame: data frame with a column of texts, of images, or both. Null, NaN, NA and blank cells are missing.
            text: name of the text column; None for no texts.
            image: name of the image column, with paths, bytes of image files, PIL images or arrays; None for no images.
                Columns with the default names are optional.
            image_folder: folder that relative paths of images refer to.
            scores: add the probabilities of each classifier: ``text_scores.<label>`` and so on.
            progress: called every thousand rows with the number of finished rows and of all rows.

        Returns:
            A new frame of the same type.

        Raises:
            TableError: it is not a frame in memory, lacks a column, or has two columns with the same name.
            SettingError: there is no such folder.
            BundleError: a graph cannot be run.
        """
        from anymood.runtime.frames import predict_frame

        return predict_frame(self, frame, text, image, image_folder=image_folder, scores=scores, progress=progress)

    def predict_frames(
        self,
        frames: Iterable[Frame],
        *,
        text: str | None = "text",
        image: str | None = "image",
        image_folder: str | os.PathLike[str] = ".",
        scores: bool = False,
    ) -> Iterator[Frame]:
        """Predict a stream of data frames, for tables larger than memory.

        Sources of such frames: ``pandas.read_csv(..., chunksize=10_000)``, ``polars.scan_csv(...).collect_batches()``,
        ``pyarrow.dataset.dataset(...).to_batches()``. Record batches of Arrow are returned as tables.

        Args:
            frames: data frames as for ``predict_frame``.
            text: as for ``predict_frame``.
            image: as for ``predict_frame``.
            image_folder: as for ``predict_frame``.
            scores: as for ``predict_frame``.

        Yields:
            A new frame for each.

        Raises:
            TableError: as for ``predict_frame``, or ``frames`` is one frame.
            BundleError: a graph cannot be run.
        """
        if is_frame(frames):
            raise TableError("predict_frames takes several data frames, but was given one. Use predict_frame.")
        for frame in frames:
            yield self.predict_frame(frame, text=text, image=image, image_folder=image_folder, scores=scores)

    def push_to_hub(
        self,
        repository: str,
        *,
        private: bool | None = None,
        license: str | None = None,  # as the hub calls it
        metadata: Mapping[str, Any] | None = None,
        message: str | None = None,
        token: str | None = None,
    ) -> str:
        """Upload the bundle to the Hugging Face Hub in one commit; a missing repository is created.

        The README of the repository is the bundle's model card, with metadata for the hub's search.

        Args:
            repository: ``user/name``; ``user/name@branch`` for an existing branch, ``user/name/folder`` for a folder.
            private: whether a new repository is private; by default as in the account's settings.
            license: identifier of the licence, such as ``"apache-2.0"``.
            metadata: additional metadata of the model card: ``language``, ``datasets``, ``base_model``, ``tags`` and so
                on.
            message: commit message.
            token: access token with write permission; by default that of ``hf auth login`` or ``HF_TOKEN``.

        Returns:
            The address of the commit for ``anymood.load``: ``hf://user/name@0123abc...``.

        Raises:
            SettingError: the address is invalid, or there is no such repository or branch.
            BundleError: the hub cannot be reached, or denies access.
            MissingExtra: the client is not installed.
        """
        from anymood.runtime.hub import push

        return push(
            self.bundle, repository, private=private, license=license, metadata=metadata, message=message, token=token
        )

    def _predictions(self, batch: EncodedBatch) -> list[Prediction]:
        """Predictions of a batch."""
        rows, images, texts = batch
        both = [index for index in images if index in texts]
        fused = self._scores("fused", self._fuse(both, images, texts))
        image = self._scores("image", {index: logits for index, (_, logits) in images.items()})
        text = self._scores("text", {index: logits for index, (_, logits) in texts.items()})
        for index, row in enumerate(rows):
            if index in image and index in text and index not in fused:
                row.add_problem(Reason.NOT_TRAINED, "The model was not trained on pairs, so the text decides.")
            elif index in image or index in text or index in fused:
                continue
            elif index in images or index in texts:
                alone = "images" if index in images else "texts"
                row.add_problem(Reason.NOT_TRAINED, f"The model was not trained on {alone} alone, only on pairs.")
            elif not row.problems:
                row.add_problem(*empty_post_problem(row))
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

    def _fuse(self, both: list[int], images: Encoded, texts: Encoded) -> dict[int, NDArray[np.float32]]:
        if not both:
            return {}
        image_features = np.stack([images[index][0] for index in both])
        text_features = np.stack([texts[index][0] for index in both])
        return dict(zip(both, self._graphs.fuse(image_features, text_features), strict=True))

    def _scores(self, classifier: str, logits: dict[int, NDArray[np.float32]]) -> dict[int, Scores]:
        """Calibrated scores of a classifier by the index of the post; empty if it was never trained."""
        config = self.bundle.config
        if not logits or classifier not in config.trained:
            return {}
        calibrated = np.array(list(logits.values()), np.float64) / getattr(config.temperatures, classifier)
        values = softmax(calibrated + self._shift).tolist()
        return {index: Scores(self.labels.names, tuple(row)) for index, row in zip(logits, values, strict=True)}


def _load_again(
    folder: Path, digest: str, threads: int | None, engine: str | None, prior: Mapping[str, float] | None
) -> Model:
    """Load the model of a pickle.

    Raises:
        BundleError: its bundle cannot be loaded, or has changed.
    """
    bundle = Bundle.open(folder)
    if bundle.config.digest() != digest:
        raise BundleError(f"The bundle in {folder} is not that of the pickled model. Pickle the model again.")
    return Model(bundle, threads, engine, prior)


def _require_batch(posts: object, batch_size: int, method: str) -> None:
    require_several(posts, method)
    if not isinstance(batch_size, int | np.integer) or batch_size < 1:
        raise SettingError(f"'batch_size' is {batch_size!r}. Give a positive integer.")
