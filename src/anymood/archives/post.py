"""A post of an archive as a frozen value, and the columns of a table of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from anymood.posts import Post, Problem
from anymood.zipped_files import ZippedFile

# "notice": written by the network (somebody joined, a message was pinned), never by the author, and never scored.
# "unreadable": a record that cannot be read, or a truncated file; its problem says where.
Kind: TypeAlias = Literal["post", "notice", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPost:
    """One post, comment or message of an archive.

    Attributes:
        where: file of the archive, and line or byte of the record, for messages.
        id: id of the network; None if the archive has none.
        text: the author's text without the network's escapes; None if there is none.
        image: the first image: a file, a file in a zip, or a URL if the archive has only that; None if there is none.
        created: time of the post in UTC; without a time zone if the archive does not contain it (WhatsApp).
        language: language code in the archive, such as ``en``.
        is_repost: whether it repeats a post of someone else: a retweet, a boost, a forwarded message.
        is_reply: whether it is a reply or a comment.
        alt_text: the author's description of the image. It is not part of ``text``.
        kind: ``"post"``, ``"notice"`` or ``"unreadable"``.
        cut: whether the archive contains only the beginning of the text.
        images: number of images and videos of the post, in the archive or not.
        label: label in the archive, as in the corpus Sentiment140.
        problems: problems of the record, such as a missing text or image.
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
        """Whether it is a post; notices and unreadable records are not predicted."""
        return self.kind == "post"

    def to_post(self, *, use_alt_text: bool = False) -> Post:
        """The post to predict.

        An image in a zip is read into memory, up to 64 MiB.

        Args:
            use_alt_text: use the alt text as the text if there is neither text nor image.

        Raises:
            ImageError: the image cannot be read from the zip.
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
