"""Flickr Emotion (You et al. 2016): photos with the votes of workers for one of eight emotions.

The release is a folder ``agg`` of CSV files without a header, ``emotion,url,disagree,agree``: the numbers of workers
who disagree and agree that the photo shows the emotion. Votes on the same photo and emotion are summed over all files.
Texts and images come from Flickr: see ``datasets.flickr``.

The label of a photo is the emotion that more workers agree with than disagree. Photos with two such emotions are
excluded as ``contradiction``. Photos with none are excluded as ``tie`` if as many agree as disagree, otherwise as ``no
majority``. A photo is unanimous if nobody disagrees with its label, and nobody agrees with another emotion.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from anymood.datasets.corpus import Corpus, Example, no_examples_error, presence
from anymood.datasets.flickr import PHOTO_FILE, Photo, read_manifest, word_count
from anymood.datasets.reader import CorpusReader, register
from anymood.errors import TableError
from anymood.labels import LabelSet
from anymood.posts import Post, Problem, Reason
from anymood.tables.lines import filled_lines

EMOTIONS = LabelSet(("amusement", "anger", "awe", "contentment", "disgust", "excitement", "fear", "sadness"))

VOTES = "agg"

# Pagé Fortin and Chaib-draa (2019), sections 4.1 and 4.2.1.
HELD_OUT = 0.2  # share of the pairs for validation and test together, drawn from the unanimous ones
MIN_WORDS = 5  # minimum number of words of held-out texts, and of all texts in experiment 1

# http://farm4.staticflickr.com/3839/1418878_1e92283336.jpg, or the older farm4.static.flickr.com. No other host, since
# the client requests these URLs.
_URL = re.compile(rf"https?://[a-z0-9]+\.static\.?flickr\.com(?:/\d+)+/{PHOTO_FILE.pattern}", re.ASCII)


class _Vote(NamedTuple):
    """A line of the release."""

    emotion: str
    id: str
    secret: str
    url: str
    disagree: int
    agree: int


@dataclass(slots=True)
class _Ballot:
    """All votes about a photo: numbers of disagree and agree by emotion."""

    first: _Vote
    where: str
    votes: dict[str, tuple[int, int]] = field(default_factory=dict)


@register
class FlickrEmotion(CorpusReader):
    """Flickr Emotion in its original layout."""

    name = "flickr-emotion"
    title = "Flickr Emotion"
    layout = "agg/*.csv"

    def recognises(self, path: Path) -> bool:
        return any((path / VOTES).glob("*.csv"))

    def read(self, path: Path, protocol: str | None = None, fold: int | None = None) -> Corpus:
        """Read the photos with the texts and images that were fetched.

        A fifth of the pairs, which are posts with an image and a text of at least five words, is used for validation
        and test, half each. They are drawn from the unanimous pairs. If there are too few of these, all are drawn, with
        a problem ``few unanimous``. All other posts are training posts, including those with only an image or only a
        text.
        """
        from anymood.datasets.splits import hold_out  # numpy

        problems: list[Problem] = []
        photos: list[Photo] = []
        examples: list[Example] = []
        for photo, post in _fetched(path, problems):
            photos.append(photo)
            examples.append(Example(post, photo.label))
        corpus = Corpus("Flickr Emotion", EMOTIONS, tuple(examples), tuple(problems))
        if not examples:
            raise no_examples_error(path, "photo", problems, if_empty="there are no votes")
        is_pair = [presence(example.post) == "both" and word_count(example.post) >= MIN_WORDS for example in examples]
        eligible = [pair and photo.unanimous for pair, photo in zip(is_pair, photos, strict=True)]
        quota = round(HELD_OUT * sum(is_pair))
        corpus = hold_out(corpus, eligible, quota)
        held = sum(example.split != "train" for example in corpus.examples)
        if held < quota:
            message = (
                f"{HELD_OUT:.0%} of the pairs are {quota}, but only {held} unanimous ones can be held out: all are."
            )
            problems.append(Problem(Reason.FEW_UNANIMOUS, message, VOTES))
        return replace(corpus, problems=tuple(problems))


def voted_photos(root: Path, problems: list[Problem]) -> list[Photo]:
    """The photos with a label, in the order of their first votes.

    Args:
        root: folder with ``agg``.
        problems: those of invalid lines and of photos without a label are appended.

    Raises:
        TableError: there are no votes.
    """
    if not FlickrEmotion().recognises(root):
        raise TableError(
            f"{root} is not Flickr Emotion: it has no {VOTES}/*.csv. Give the folder that contains {VOTES}."
        )
    photos = []
    for ballot in _count(root / VOTES, problems).values():
        label = _decide(ballot.votes)
        if not isinstance(label, str):
            problems.append(label.at(ballot.where))
            continue
        others = [agree for emotion, (_, agree) in ballot.votes.items() if emotion != label]
        unanimous = ballot.votes[label][0] == 0 and not any(others)
        _, key, secret, url, *_ = ballot.first
        photos.append(Photo(key, secret, EMOTIONS.index(label), ballot.where, url, unanimous=unanimous))
    return photos


def _count(folder: Path, problems: list[Problem]) -> dict[str, _Ballot]:
    """The votes by photo."""
    ballots: dict[str, _Ballot] = {}
    for file in sorted(folder.glob("*.csv")):
        if file.stat().st_size == 0:
            continue
        for line in filled_lines(file):
            where = f"{VOTES}/{file.name}:{line.number}"
            vote = _parse(line.text)
            if not isinstance(vote, _Vote):
                problems.append(vote.at(where))
                continue
            ballot = ballots.setdefault(vote.id, _Ballot(vote, where))
            disagree, agree = ballot.votes.get(vote.emotion, (0, 0))
            ballot.votes[vote.emotion] = disagree + vote.disagree, agree + vote.agree
    return ballots


def _parse(line: str) -> _Vote | Problem:
    """The vote of a line, or its problem."""
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) != 4 or not all(cell.isascii() and cell.isdigit() for cell in cells[2:]):
        return Problem(
            Reason.MALFORMED, "it should be 'emotion,url,disagree,agree', the last two as numbers; excluded."
        )
    emotion, url, disagree, agree = cells
    name = _URL.fullmatch(url)
    if name is None:
        return Problem(
            Reason.MALFORMED, f"{url!r:.200} is not the URL of a photo on Flickr, .../<id>_<secret>.jpg; excluded."
        )
    if emotion.lower() not in EMOTIONS:
        return Problem(Reason.UNKNOWN_LABEL, f"{emotion!r:.50} is not one of {', '.join(EMOTIONS)}; excluded.")
    return _Vote(emotion.lower(), name["id"], name["secret"], url, int(disagree), int(agree))


def _decide(votes: dict[str, tuple[int, int]]) -> str | Problem:
    """The only emotion that more workers agree with than disagree, or the problem that there is none."""
    majority = [emotion for emotion, (disagree, agree) in votes.items() if agree > disagree]
    if len(majority) == 1:
        return majority[0]
    if majority:
        return Problem(Reason.CONTRADICTION, f"its workers agree with {' and with '.join(majority)}; excluded.")
    tied = [emotion for emotion, (disagree, agree) in votes.items() if agree == disagree > 0]
    if tied:
        return Problem(Reason.TIE, f"equal numbers of workers agree and disagree with {' and '.join(tied)}; excluded.")
    return Problem(Reason.NO_MAJORITY, f"most of its workers do not agree with {' nor with '.join(votes)}; excluded.")


def _fetched(root: Path, problems: list[Problem]) -> Iterator[tuple[Photo, Post]]:
    """The photos with a text or an image."""
    photos = voted_photos(root, problems)
    posts = read_manifest(root, "flickr-emotion", problems)
    for photo in photos:
        post = posts.get(photo.id)
        if post is None:
            message = f"{photo.url} was not fetched; excluded."
            problems.append(Problem(Reason.NOT_FETCHED, message, photo.where))
        elif presence(post) == "none":
            message = f"{photo.url} no longer has a text or an image; excluded."
            problems.append(Problem(Reason.EMPTY_POST, message, photo.where))
        else:
            yield photo, post
