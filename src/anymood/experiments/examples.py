"""Test posts on which the three classifiers differ, as in the paper's Table 5."""

from dataclasses import dataclass
from itertools import product

from PIL import Image

from anymood.datasets.corpus import Example
from anymood.errors import ImageError
from anymood.experiments.run import StudyResult
from anymood.preparation.decoding import decode
from anymood.preparation.thumbnails import thumbnail
from anymood.wording import shorten

CLASSIFIERS = ("C_m", "C_t", "C_v")
THUMBNAIL = 200  # pixels, the longest side
MAX_TEXT_LENGTH = 280  # characters that are shown


@dataclass(frozen=True, slots=True)
class DifferingPosts:
    """Test posts on which some classifiers are right and the others wrong, with one example.

    Attributes:
        right: classifiers that are right.
        wrong: classifiers that are wrong.
        posts: number of such test posts.
        text: text of the first of them, truncated to ``MAX_TEXT_LENGTH`` characters.
        truth: its label.
        predictions: label predicted by each classifier.
        thumbnail: its image as a JPEG file.
    """

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    posts: int
    text: str
    truth: str
    predictions: dict[str, str]
    thumbnail: bytes

    @property
    def title(self) -> str:
        """The classifiers that are right and wrong, in words."""
        return f"{' and '.join(self.right)} right, {' and '.join(self.wrong)} wrong"


def differing(result: StudyResult) -> list[DifferingPosts]:
    """One example for each way in which C_m, C_t and C_v of the first seed differ.

    The example is the first post of its kind, so that it is not selected by hand.
    """
    trial = next((one for one in result.trials if one.trial.system == "MT" and one.trial.is_experiment_1), None)
    if trial is None:
        return []
    names = result.posts.labels.names
    tested = {example.post.id or f"row {row}": example for row, example in enumerate(result.posts.test, 1)}
    classes = {name: trial.rows[name].argmax(axis=1).tolist() for name in CLASSIFIERS}
    kinds: dict[tuple[bool, ...], list[int]] = {}
    for row, truth in enumerate(trial.truth):
        kinds.setdefault(tuple(classes[name][row] == truth for name in CLASSIFIERS), []).append(row)
    examples = []
    for kind in product((True, False), repeat=len(CLASSIFIERS)):
        if len(set(kind)) == 1 or kind not in kinds:
            continue
        row = kinds[kind][0]
        example = tested[trial.posts[row]]
        examples.append(
            DifferingPosts(
                right=tuple(name for name, right in zip(CLASSIFIERS, kind, strict=True) if right),
                wrong=tuple(name for name, right in zip(CLASSIFIERS, kind, strict=True) if not right),
                posts=len(kinds[kind]),
                text=shorten(example.post.text or "", MAX_TEXT_LENGTH),
                truth=names[trial.truth[row]],
                predictions={name: names[classes[name][row]] for name in CLASSIFIERS},
                thumbnail=_thumbnail(example),
            )
        )
    return examples


def _thumbnail(example: Example) -> bytes:
    """A JPEG file of a pair's image; grey if the image no longer exists."""
    assert example.post.image is not None  # noqa: S101  # a study tests on pairs
    try:
        image = decode(example.post.image, THUMBNAIL)
    except ImageError:
        image = Image.new("RGB", (THUMBNAIL, THUMBNAIL), "lightgrey")
    return thumbnail(image, THUMBNAIL)
