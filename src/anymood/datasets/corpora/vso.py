"""VSO, the Visual Sentiment Ontology (Borth et al. 2013): photos of adjective-noun pairs.

The release has ``3244ANPs.txt``, a list of the pairs with their sentiment, and the images in folders
``bi_concepts1553/<adjective>_<noun>/<flickr id>_<secret>.jpg``. A photo's label is the sign of its pair's
sentiment. Texts come from Flickr: see ``datasets.flickr``.

A photo in several folders counts once. Photos of both a positive and a negative pair are excluded as
``contradiction``.
"""

import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from anymood.datasets.corpus import Corpus, Example, no_examples_error
from anymood.datasets.flickr import PHOTO_FILE, Photo, read_manifest, word_count
from anymood.datasets.reader import CorpusReader, register
from anymood.errors import TableError
from anymood.labels import LabelSet
from anymood.posts import Post, Problem, Reason
from anymood.tables.lines import read_lines

POLARITIES = LabelSet(("negative", "positive"))

LIST = "3244ANPs.txt"
IMAGES = "bi_concepts1553"

# Pagé Fortin and Chaib-draa (2019), section 4.1: texts with fewer or more words are left out, and the rest is
# divided into 80, 10 and 10 %.
MIN_WORDS, MAX_WORDS = 5, 150
VALIDATION, TEST = 0.1, 0.1

# "<tab>beautiful_flower [sentiment: 1.77] [#imgs: 2,380,000]". Lines of an adjective have no tab; those of the
# "sample" that the list begins with have no underscore.
_PAIR = re.compile(r"\t(?P<pair>\S+_\S+) \[sentiment: (?P<sentiment>-?\d+(?:\.\d+)?)\]")


@register
class Vso(CorpusReader):
    """VSO in its original layout."""

    name = "vso"
    title = "VSO"
    layout = "3244ANPs.txt and bi_concepts1553/"

    def recognises(self, path: Path) -> bool:
        return (path / LIST).is_file()

    def read(self, path: Path, protocol: str | None = None, fold: int | None = None) -> Corpus:
        """Read the pairs of an image and a text of 5 to 150 words, with the texts that were fetched."""
        from anymood.datasets.splits import split_by_share  # numpy

        problems: list[Problem] = []
        photos = paired_photos(path, problems)
        posts = read_manifest(path, "vso", problems)
        examples = []
        for photo in photos:
            post = posts.get(photo.id, Post())
            exclusion = _exclusion(post)
            if exclusion is None:
                examples.append(Example(post, photo.label))
            else:
                problems.append(exclusion.at(photo.where))
        corpus = Corpus("VSO", POLARITIES, tuple(examples), tuple(problems))
        if not examples:
            raise no_examples_error(path, "photo", problems, if_empty="there are no images")
        return split_by_share(corpus, validation=VALIDATION, test=TEST)


def pair_sentiments(path: Path) -> dict[str, float]:
    """Sentiment of each pair, from -2 to 2.

    Raises:
        TableError: the list cannot be read, or there is no pair in it.
    """
    with closing(read_lines(path)) as lines:
        sentiments = {pair["pair"]: float(pair["sentiment"]) for line in lines if (pair := _PAIR.match(line.text))}
    if not sentiments:
        raise TableError(f"{path} has no line like '<tab>beautiful_flower [sentiment: 1.77]'. Download the list again.")
    return sentiments


def paired_photos(root: Path, problems: list[Problem]) -> list[Photo]:
    """The photos with a label, each once, in the order of their folders and names.

    Args:
        root: folder with ``3244ANPs.txt`` and ``bi_concepts1553``.
        problems: those of folders without a sentiment and of invalid files are appended.

    Raises:
        TableError: the folder is not VSO.
    """
    if not Vso().recognises(root):
        raise TableError(f"{root} is not VSO: it has no {LIST}. Give the folder that contains it.")
    if not (root / IMAGES).is_dir():
        raise TableError(f"{root} has no folder {IMAGES!r} with VSO's images. Unpack them next to {LIST}.")
    photos: dict[str, Photo] = {}
    contradictory: set[str] = set()
    for photo in _labelled(root, pair_sentiments(root / LIST), problems):
        first = photos.setdefault(photo.id, photo)
        if first is photo:
            continue
        problem = Problem(Reason.DUPLICATE_ID, f"the photo is also at {first.where}; the first one is used.")
        if first.label != photo.label:
            message = f"the photo has the other label at {first.where}; both are excluded."
            problem = Problem(Reason.CONTRADICTION, message)
            contradictory.add(photo.id)
        problems.append(problem.at(photo.where))
    return [photo for photo in photos.values() if photo.id not in contradictory]


def _labelled(root: Path, sentiments: dict[str, float], problems: list[Problem]) -> Iterator[Photo]:
    """All photos in folders with a sentiment, with repetitions."""
    for folder in sorted(path for path in (root / IMAGES).iterdir() if path.is_dir()):
        names = sorted(name for name in os.listdir(folder) if name.lower().endswith(".jpg"))  # noqa: PTH208 - half the time
        sentiment = sentiments.get(folder.name, 0.0)
        if sentiment == 0:
            why = "has the sentiment 0" if folder.name in sentiments else "has no line"
            message = f"{folder.name} {why} in {LIST}; its {len(names)} photos are excluded."
            problems.append(Problem(Reason.UNKNOWN_PAIR, message, f"{IMAGES}/{folder.name}"))
        for name in names:
            if sentiment == 0:
                break
            where = f"{IMAGES}/{folder.name}/{name}"
            photo = PHOTO_FILE.fullmatch(name)
            if photo is None:
                problems.append(Problem(Reason.MALFORMED, "its name is not <id>_<secret>.jpg; excluded.", where))
            else:
                label = POLARITIES.index("positive" if sentiment > 0 else "negative")
                yield Photo(photo["id"], photo["secret"], label, where, image=folder / name)


def _exclusion(post: Post) -> Problem | None:
    """The problem of a photo that cannot be an example."""
    words = word_count(post)
    if post.id is None:
        return Problem(Reason.NOT_FETCHED, "its text was not fetched; excluded.")
    if post.image is None:
        return Problem(Reason.MISSING_IMAGE, "it has no image; excluded.")
    if words == 0:
        return Problem(Reason.MISSING_TEXT, "it has no text, or was deleted from Flickr; excluded.")
    if words < MIN_WORDS:
        return Problem(Reason.TOO_FEW_WORDS, f"its text has {words} words, fewer than {MIN_WORDS}; excluded.")
    if words > MAX_WORDS:
        return Problem(Reason.TOO_MANY_WORDS, f"its text has {words} words, more than {MAX_WORDS}; excluded.")
    return None
