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
        id: Flickr's id.
        secret: the second part of the file name, with which Flickr responds faster.
        url: of the image; None if the release has none.
        image: file in the release; None if it is missing or empty.
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
    """The photos of VSO with a label. Images whose file is empty are fetched.

    Raises:
        TableError: the folder is not VSO.
    """
    photos = paired_photos(folder, [])
    return [Photo(p.id, p.secret, image=p.image if p.image.stat().st_size else None) for p in photos]


RELEASES: dict[str, Callable[[Path], list[Photo]]] = {"flickr-emotion": flickr_emotion_photos, "vso": vso_photos}
