"""The photos of the releases to fetch."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from anymood.datasets.corpora.flickr_emotion import voted_photos
from anymood.datasets.corpora.vso import paired_photos
from anymood.datasets.flickr import Photo


def flickr_emotion_photos(folder: Path) -> list[Photo]:
    """The photos of Flickr Emotion with a majority for one emotion.

    Raises:
        TableError: the folder is not Flickr Emotion.
    """
    return voted_photos(folder, [])


def vso_photos(folder: Path) -> list[Photo]:
    """The photos of VSO with a label. Images whose file is empty are fetched.

    Raises:
        TableError: the folder is not VSO.
    """
    photos = paired_photos(folder, [])
    return [photo if photo.image and photo.image.stat().st_size else replace(photo, image=None) for photo in photos]


RELEASES: dict[str, Callable[[Path], list[Photo]]] = {"flickr-emotion": flickr_emotion_photos, "vso": vso_photos}
