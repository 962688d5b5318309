"""The steps of a prediction apart, for callers that pair one image with many texts, or one text with many images.

Shape legend: B posts, S side of a prepared image, P x Q positions of a feature map, D = 300 features, C classes.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from anymood.posts import Post, Prediction
from anymood.runtime.encoding import IMAGES_AT_ONCE, Each, Encoded, EncodedBatch, Encoding, TextWindow
from anymood.runtime.predictor import Model
from anymood.runtime.reading import ReadPost

if TYPE_CHECKING:
    from anymood.posts import ImageSource


class EncodedPost(NamedTuple):
    """A prediction of a post, and what it was made from.

    Attributes:
        prediction: of the post.
        read: the text that was read: as given, unless a program had written it as one of its values.
        text: the encoding of the text; None where it could not be used.
        image: likewise of the image.
    """

    prediction: Prediction
    read: str | None
    text: Encoding | None
    image: Encoding | None


class PredictionSteps:
    """Encodes texts and images, and predicts from the encodings.

    Args:
        model: whose steps they are.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._encoder = model._encoder
        self._graphs = model._graphs

    def encode_post(self, post: Post) -> EncodedPost:
        """Predict a post, and keep the encodings that it was predicted from.

        Raises:
            BundleError: a graph of the model cannot be run.
        """
        batch = self._encoder.together([post])
        [prediction] = self.model._predictions(batch)
        return EncodedPost(prediction, batch.rows[0].text, batch.texts.get(0), batch.images.get(0))

    def encode_texts(self, texts: Sequence[str]) -> list[Encoding | None]:
        """An encoding for each text, None for one without words; each different text is encoded once.

        Raises:
            BundleError: a graph of the model cannot be run.
        """
        different = list(dict.fromkeys(texts))
        groups = self._encoder._text_groups([ReadPost(text) for text in different])
        cores = self._graphs.threads
        if cores == 1 or len(groups) == 1:
            encoded = self._join(map, groups)
        else:
            with ThreadPoolExecutor(self._graphs.callers(cores), "anymood") as pool:
                encoded = self._join(pool.map, groups)
        by_text = {text: encoded.get(index) for index, text in enumerate(different)}
        return [by_text[text] for text in texts]

    def _join(self, each: Each, groups: Iterable[list[TextWindow]]) -> Encoded:
        return self._encoder._join_windows(chain.from_iterable(each(self._encoder._encode_texts, groups)))

    def frame(self, image: "ImageSource") -> NDArray[np.uint8]:
        """The part of an image that the model sees, (S, S, 3).

        Raises:
            ImageError: it cannot be decoded.
        """
        return self._encoder._frame(image)

    def encode_frames(self, frames: NDArray[np.uint8]) -> list[Encoding]:
        """An encoding for each frame of (B, S, S, 3).

        Raises:
            BundleError: a graph of the model cannot be run.
        """
        encoded: list[Encoding] = []
        for start in range(0, len(frames), IMAGES_AT_ONCE):
            pixels = self._encoder._image.scaled(frames[start : start + IMAGES_AT_ONCE])
            features, logits = self._graphs.encode_image(pixels, self._graphs.threads)
            encoded += zip(features, logits, strict=True)
        return encoded

    def encode_without_positions(self, frame: NDArray[np.uint8]) -> tuple[Encoding, list[list[Encoding]]] | None:
        """The encoding of a frame (S, S, 3), and one without each position of the last feature map.

        The image encoder's features are the mean over P x Q positions. A position is left out by putting the mean of
        the others in its place, which makes the mean over all that of the others.

        Returns:
            The encoding with all positions, and P rows of Q encodings; None where the image encoder does not end with
            such a mean, or over one position alone.

        Raises:
            BundleError: a graph of the model cannot be run.
        """
        maps = self._graphs.feature_map(self._encoder._image.scaled(frame[None]))
        if maps is None or maps[0, 0].size < 2:
            return None
        _, depth, rows, columns = maps.shape
        flat = maps.reshape(depth, rows * columns)
        others = (flat.sum(axis=1, keepdims=True) - flat) / (rows * columns - 1)
        variants = np.repeat(flat[None], 1 + rows * columns, axis=0)
        at = np.arange(rows * columns)
        variants[1 + at, :, at] = others.T
        features, logits = self._graphs.encode_map(variants.reshape(-1, depth, rows, columns))
        whole, *parts = zip(features, logits, strict=True)
        return whole, [parts[row * columns : (row + 1) * columns] for row in range(rows)]

    def probabilities(self, pairs: Sequence[tuple[Encoding | None, Encoding | None]]) -> NDArray[np.float64]:
        """Probabilities (B, C) of posts by the encodings of their text and image, either of which may be None.

        The classifier decides that decides in a prediction of the same post; where there is none, the prior.
        """
        texts = {index: text for index, (text, _) in enumerate(pairs) if text is not None}
        images = {index: image for index, (_, image) in enumerate(pairs) if image is not None}
        predictions = self.model._predictions(EncodedBatch([ReadPost() for _ in pairs], images, texts))
        return np.array([each.deciding.values if each.deciding else self.prior for each in predictions])

    @property
    def prior(self) -> tuple[float, ...]:
        """The share of each label (C,) before anything of a post is known: equal ones where the bundle has none."""
        labels = self.model.labels
        return tuple(self.model.prior.get(label, 1 / len(labels)) for label in labels)
