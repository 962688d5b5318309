"""Effects of image regions: the change of a label's probability without each region.

Most image encoders end with the mean over a feature map of, for example, 7 x 7 positions. Leaving a position out of the
mean takes almost no time, while occluding a region requires a run of the encoder. For other encoders, regions of a
coarse grid are occluded.
"""

import numpy as np
from numpy.typing import NDArray

from anymood.explanation.values import RegionEffects
from anymood.runtime.encoding import Encoding
from anymood.runtime.steps import PredictionSteps

GRID = 4  # masked regions per side


def region_effects(
    steps: PredictionSteps,
    frame: NDArray[np.uint8],
    size: tuple[int, int],
    text: Encoding | None,
    label: int,
) -> RegionEffects:
    """The effect of each region on the probability of a label.

    Args:
        steps: steps of the model.
        frame: the part of the image that the model reads, (S, S, 3).
        size: width and height of the whole image in pixels.
        text: encoding of the post's text, if there is one.
        label: index of the label.

    Raises:
        BundleError: a graph cannot be run.
    """
    encodings = steps.encode_without_positions(frame)
    method = "occlusion" if encodings is None else "feature map"
    whole, parts = occluded(steps, frame, GRID) if encodings is None else encodings
    pairs = [(text, encoding) for encoding in (whole, *(part for row in parts for part in row))]
    probabilities = steps.probabilities(pairs)[:, label]
    falls = (probabilities[0] - probabilities[1:]).reshape(len(parts), -1)
    return RegionEffects(_seen(steps, size), tuple(map(tuple, falls.tolist())), method)


def occluded(steps: PredictionSteps, frame: NDArray[np.uint8], grid: int) -> tuple[Encoding, list[list[Encoding]]]:
    """The encoding of a frame, and ``grid`` rows of encodings with one region painted in the mean colour."""
    mean = frame.reshape(-1, 3).mean(axis=0).round().astype(np.uint8)
    edges = np.linspace(0, len(frame), grid + 1).round().astype(int)
    variants = np.repeat(frame[None], 1 + grid * grid, axis=0)
    for index in range(grid * grid):
        row, column = divmod(index, grid)
        variants[1 + index, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = mean
    whole, *parts = steps.encode_frames(variants)
    return whole, [parts[row * grid : (row + 1) * grid] for row in range(grid)]


def _seen(steps: PredictionSteps, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Edges of the central square that the model reads, as shares of width and height."""
    preparation = steps.model.bundle.config.image
    side = min(size) * preparation.side / preparation.resize
    across, down = side / size[0] / 2, side / size[1] / 2
    return 0.5 - across, 0.5 - down, 0.5 + across, 0.5 + down
