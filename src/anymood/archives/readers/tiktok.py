"""TikTok's "Download your data", in the format JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, register
from anymood.archives.values import moment, words
from anymood.json_stream import ANY, ITEM, Path, Value, documents

_SECTIONS = (
    "Activity|Your Activity|Comment|Comments|Post|Video|Profile|Profile And Settings|App Settings|Ads and data|"
    "Direct Messages?|Likes and Favorites|Income Plus Wallet Transactions|Location Reviews?|Tiktok Live|TikTok Live|"
    "Tiktok Shopping|TikTok Shop|Watch History"
)

_COMMENTS: list[Path] = [(ANY, "Comments", "CommentsList", ITEM), (ANY, "CommentsList", ITEM)]
_POSTS: list[Path] = [(ANY, "Posts", "VideoList", ITEM), (ANY, "Videos", "VideoList", ITEM)]
_NOTHING = {"", "n/a", "none", "null"}


@register
class TikTok(Reader):
    """Comments, and captions of the user's posts. The archive has no ids, and URLs in place of images."""

    name = "tiktok"
    description = "TikTok: user_data_tiktok.json (or user_data.json)"
    expects = "user_data_tiktok.json or user_data.json, with sections such as Comment and Post"
    pattern = r"user_data(?:_tiktok)?\.json"
    beginning = rf'\{{\s*"(?:{_SECTIONS})"\s*:\s*\{{'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.posts(documents(file.stream, _COMMENTS + _POSTS), _post)


def _post(where: str, entry: Value) -> ArchivedPost | str:
    """Keys are ``Comment`` and ``Date`` in some years, and ``comment`` and ``date`` in others."""
    if not isinstance(entry.data, Mapping):
        return "neither a comment nor a post"
    record: dict[str, Any] = {str(key).lower(): value for key, value in entry.data.items()}
    comment = "CommentsList" in entry.path
    image = _filled(record, "photo") if comment else _filled(record, "coverimage")
    return ArchivedPost(
        where=where,
        text=_filled(record, "comment") if comment else _filled(record, "title") or _filled(record, "description"),
        image=image if image and "://" in image else None,
        created=moment(record.get("date")),
        is_reply=comment,
        alt_text=_filled(record, "alttext"),
        images=int(not comment or image is not None),
    )


def _filled(record: Mapping[str, Any], key: str) -> str | None:
    text = words(record.get(key))
    return None if text is None or text.strip().lower() in _NOTHING else text
