"""Photos, and the manifest with their texts and images, of the two Flickr corpora.

The releases contain ids and votes or folders, but no texts. ``anymood data`` fetches the missing data, and writes
``manifest.csv`` into the folder of the release: one row per photo, with the columns of ``MANIFEST_COLUMNS``. ``text``
is title and description; tags are in a separate column, because both corpora were collected by searching Flickr for the
words that became their labels.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from anymood.errors import TableError
from anymood.posts import Post, Problem, Reason
from anymood.tables.columns import Columns
from anymood.tables.rows import read_rows

MANIFEST = "manifest.csv"
MANIFEST_COLUMNS = ("id", "text", "image", "title", "description", "tags")

# The end of a photo's URL, and its file: 1418878_1e92283336.jpg, or with the letter of a size before the dot.
PHOTO_FILE = re.compile(r"(?P<id>\d+)_(?P<secret>[0-9a-f]+)(?:_[0-9a-z]+)?\.jpg", re.ASCII)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a release, with its label.

    Attributes:
        id: Flickr's id.
        secret: the second part of the file name, with which Flickr responds faster.
        label: class index.
        where: location of the label in the release.
        url: URL of the image; None if the release has none.
        image: file in the release; None if it is missing or empty.
        unanimous: whether all votes agree with the label.
    """

    id: str
    secret: str
    label: int
    where: str
    url: str | None = None
    image: Path | None = None
    unanimous: bool = False


def read_manifest(folder: Path, command: str, problems: list[Problem]) -> dict[str, Post]:
    """Posts by the id of their photo.

    Args:
        folder: folder of the release.
        command: the part of ``anymood data`` that writes the manifest, for the message.
        problems: problems of rows are appended to it.

    Raises:
        TableError: there is no manifest, or it is not a table of posts.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise TableError(
            f"{folder} has no {MANIFEST}: nothing was fetched from Flickr yet. Run: anymood data {command} {folder}"
        )
    posts: dict[str, Post] = {}
    for row in read_rows(path, Columns(label=None, split=None)):
        problems += row.problems
        post = row.post
        if post.id is None or post.id in posts:
            message = "it has no id; excluded." if post.id is None else f"the id {post.id} is repeated; excluded."
            problems.append(Problem(Reason.MALFORMED, message, row.where))
        else:
            posts[post.id] = Post(None if post.text is None else " ".join(post.text.split()), post.image, post.id)
    return posts


def word_count(post: Post) -> int:
    """Number of whitespace-separated words, including links and hashtags."""
    return len((post.text or "").split())
