"""The steps of a prediction, to combine one image with many texts, or one text with many images.

Shape legend: B posts, S side of a prepared image, P x Q positions of a feature map, D = 300 features, C classes.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from anymood.posts import ImageSource, Post, Prediction
from anymood.runtime.encoding import IMAGES_PER_RUN, Each, Encoded, EncodedBatch, Encoding, TextWindow
from anymood.runtime.predictor import Model
from anymood.runtime.reading import ReadPost


class EncodedPost(NamedTuple):
    """A prediction of a post with its encodings.

    Attributes:
        prediction: the prediction.
        read: the text after decoding serialised values.
        text: encoding of the text; None if it could not be used.
        image: encoding of the image; None if it could not be used.
    """

    prediction: Prediction
    read: str | None
    text: Encoding | None
    image: Encoding | None


class PredictionSteps:
    """Encodes texts and images, and predicts from encodings."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._encoder = model._encoder
        self._graphs = model._graphs

    def encode_post(self, post: Post) -> EncodedPost:
        """Predict a post, and keep its encodings.

        Raises:
            BundleError: a graph cannot be run.
        """
        batch = self._encoder.together([post])
        [prediction] = self.model._predictions(batch)
        return EncodedPost(prediction, batch.rows[0].text, batch.texts.get(0), batch.images.get(0))

    def encode_texts(self, texts: Sequence[str]) -> list[Encoding | None]:
        """Encodings of texts, None for a text without words. Equal texts are encoded once.

        Raises:
            BundleError: a graph cannot be run.
        """
        different = list(dict.fromkeys(texts))
        groups = self._encoder.text_groups([ReadPost(text) for text in different])
        cores = self._graphs.threads
        if cores == 1 or len(groups) == 1:
            encoded = self._join(map, groups)
        else:
            with ThreadPoolExecutor(self._graphs.callers(cores), "anymood") as pool:
                encoded = self._join(pool.map, groups)
        by_text = {text: encoded.get(index) for index, text in enumerate(different)}
        return [by_text[text] for text in texts]

    def _join(self, each: Each, groups: Iterable[list[TextWindow]]) -> Encoded:
        return self._encoder.join_windows(chain.from_iterable(each(self._encoder.encode_windows, groups)))

    def frame(self, image: ImageSource) -> NDArray[np.uint8]:
        """The part of an image that the model sees, (S, S, 3).

        Raises:
            ImageError: it cannot be decoded.
        """
        return self._encoder.frame(image)

    def encode_frames(self, frames: NDArray[np.uint8]) -> list[Encoding]:
        """Encodings of frames (B, S, S, 3).

        Raises:
            BundleError: a graph cannot be run.
        """
        encoded: list[Encoding] = []
        for start in range(0, len(frames), IMAGES_PER_RUN):
            pixels = self._encoder.image_preparation.scaled(frames[start : start + IMAGES_PER_RUN])
            features, logits = self._graphs.encode_image(pixels, self._graphs.threads)
            encoded += zip(features, logits, strict=True)
        return encoded

    def encode_without_positions(self, frame: NDArray[np.uint8]) -> tuple[Encoding, list[list[Encoding]]] | None:
        """The encoding of a frame (S, S, 3), and one without each position of the last feature map.

        The image encoder's features are the mean over P x Q positions. A position is left out by replacing it with the
        mean of the others, so that the mean over all is that of the others.

        Returns:
            The encoding with all positions, and P rows of Q encodings; None if the image encoder does not end with such
            a mean, or has a single position.

        Raises:
            BundleError: a graph cannot be run.
        """
        maps = self._graphs.feature_map(self._encoder.image_preparation.scaled(frame[None]))
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
        """Probabilities (B, C) of posts from the encodings of their texts and images, either of which may be None.

        The deciding classifier is that of a prediction of the same post; without any encoding, the result is the prior.
        """
        texts = {index: text for index, (text, _) in enumerate(pairs) if text is not None}
        images = {index: image for index, (_, image) in enumerate(pairs) if image is not None}
        predictions = self.model._predictions(EncodedBatch([ReadPost() for _ in pairs], images, texts))
        prior, labels = self.model.prior, self.model.labels
        shares = tuple(prior.get(label, 1 / len(labels)) for label in labels)  # equal ones if the bundle has no prior
        return np.array([each.deciding.values if each.deciding else shares for each in predictions])
