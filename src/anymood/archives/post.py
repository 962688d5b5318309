"""A post of an archive: a frozen value, and the columns that a table made of archives has."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from anymood.archives.source import ZippedFile
from anymood.posts import Post, Problem

# "notice": written by the network (somebody joined, a message was pinned), never by the author, and never scored.
# "unreadable": a record that cannot be read, or a file that breaks off; its problem says where.
Kind: TypeAlias = Literal["post", "notice", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPost:
    """One post, comment or message of an archive.

    Attributes:
        where: the file of the archive and the line or byte at which the record starts, for messages.
        id: the id that the network gave; None where the export has none.
        text: the author's words, with the network's escapes undone; None where there are none.
        image: the first image: a file, a file within a zip, or a URL where the export has no more; None without one.
        created: when it was posted, in UTC; without a time zone where the export does not tell it (WhatsApp).
        language: the language code that the export gives, such as ``en``.
        is_repost: somebody else's words, passed on: a retweet, a boost, a forwarded message.
        is_reply: an answer to a post, or a comment.
        alt_text: the description of the image, by the author. It is not part of ``text``.
        kind: ``"post"``, ``"notice"`` or ``"unreadable"``.
        cut: the export holds only the beginning of the text.
        images: how many images and videos the post has, whether or not they are in the archive.
        label: a label that the export brings, in a corpus such as Sentiment140.
        problems: why a text or an image is not there, or what else was wrong.
    """

    where: str
    id: str | None = None
    text: str | None = None
    image: Path | ZippedFile | str | None = None
    created: datetime | None = None
    language: str | None = None
    is_repost: bool = False
    is_reply: bool = False
    alt_text: str | None = None
    kind: Kind = "post"
    cut: bool = False
    images: int = 0
    label: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def scored(self) -> bool:
        """Whether this is somebody's post: notices and unreadable records are not to be predicted."""
        return self.kind == "post"

    def to_post(self, *, use_alt_text: bool = False) -> Post:
        """The post that a model predicts.

        An image within a zip is read into memory, up to 64 MiB.

        Args:
            use_alt_text: take the description of the image as the text, where there is no other text and no image.

        Raises:
            ImageError: the image lies in a zip and cannot be read from it.
        """
        if not self.scored:
            return Post(id=self.id)
        text = self.text
        if use_alt_text and text is None and self.image is None:
            text = self.alt_text
        image = self.image.read() if isinstance(self.image, ZippedFile) else self.image
        return Post(text=text, image=image, id=self.id)

    def row(self) -> dict[str, Any]:
        """Plain values for a table or for JSON, a key for each of ``COLUMNS``."""
        created = self.created
        if created is not None and created.tzinfo is not None:
            created = created.astimezone(UTC)
        return {
            "id": self.id,
            "text": self.text,
            "image": None if self.image is None else str(self.image),
            "created": None if created is None else created.isoformat().replace("+00:00", "Z"),
            "language": self.language,
            "is_repost": self.is_repost,
            "is_reply": self.is_reply,
            "alt_text": self.alt_text,
            "kind": self.kind,
            "cut": self.cut,
            "images": self.images,
            "label": self.label,
            "problem": "; ".join(problem.message for problem in self.problems) or None,
            "reason": self.problems[0].reason.value if self.problems else None,
            "where": self.where,
        }


COLUMNS = tuple(ArchivedPost(where="").row())
