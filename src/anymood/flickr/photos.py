"""The photos of a release."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from anymood.datasets.corpora.flickr_emotion import voted_photos
from anymood.datasets.corpora.vso import paired_photos


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo on Flickr.

    Attributes:
        id: Flickr's number of it.
        secret: the other part of its name, with which Flickr answers for it faster.
        url: where its image is, or was; None where the release does not say.
        image: its file in the release; None where there is none, or an empty one.
    """

    id: str
    secret: str
    url: str | None = None
    image: Path | None = None


def flickr_emotion_photos(folder: Path) -> list[Photo]:
    """The photos of Flickr Emotion with a majority for one emotion.

    Raises:
        TableError: the folder is not Flickr Emotion.
    """
    return [Photo(photo.id, photo.secret, url=photo.url) for photo in voted_photos(folder, [])]


def vso_photos(folder: Path) -> list[Photo]:
    """The photos of VSO with a label. An empty file is no image: one is fetched in its place.

    Raises:
        TableError: the folder is not VSO.
    """
    photos = paired_photos(folder, [])
    return [Photo(p.id, p.secret, image=p.image if p.image.stat().st_size else None) for p in photos]


RELEASES: dict[str, Callable[[Path], list[Photo]]] = {"flickr-emotion": flickr_emotion_photos, "vso": vso_photos}
