"""Instagram's "Download your information", in the format JSON, with posts on Threads."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, is_image_name, register
from anymood.archives.values import dig, items, moment, repaired, words
from anymood.json_stream import ANY, ITEM, Value, documents

# posts_1.json, stories.json, ... of 2021 and later; media.json and comments.json until then.
_FILES = (
    r"(?:posts|stories|reels|igtv_videos|other_content|archived_posts|post_comments|reels_comments|"
    r"threads_and_replies|reposts|media|comments)(?:_\d+)?\.json"
)
_MEDIA = re.compile(r'"creation_timestamp"\s*:')
_COMMENT = re.compile(r'"string_map_data"\s*:\s*\{|"comments_media_comments"|"media_comments"')
_OWNER = "Media Owner"
_OLD = re.compile(r'"taken_at"\s*:')
_FACEBOOK = re.compile(r'"attachments"\s*:|"comments_v2"|"data"\s*:\s*\[\s*\{\s*"(?:post|comment|update_timestamp)"')


@register
class Instagram(Reader):
    """Posts, stories, reels and comments, in which each UTF-8 byte is escaped as a separate character."""

    name = "instagram"
    description = "Instagram: posts, stories, reels and comments of a download in JSON"
    expects = "posts_1.json, stories.json, post_comments_1.json or others of content/ or your_instagram_activity/"
    pattern = _FILES

    def recognises(self, head: str) -> bool:
        if not head.startswith(("{", "[")) or _FACEBOOK.search(head):
            return False
        media = _MEDIA.search(head) is not None and ('"uri"' in head or '"text_post_app_text_posts"' in head)
        return media or _COMMENT.search(head) is not None or (_OLD.search(head) is not None and '"path"' in head)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.posts(documents(file.stream, [(ITEM,), (ANY, ITEM)]), partial(_record, file))


def _record(file: ArchiveFile, where: str, value: Value) -> ArchivedPost | str:
    if isinstance(value.data, list) and len(value.data) >= 2:  # ["2019-05-01T10:00:00", "nice", "owner"]
        text = repaired(words(value.data[1]))
        return ArchivedPost(where=where, text=text, created=moment(value.data[0]), is_reply=True)
    if not isinstance(value.data, Mapping):
        return "neither a post nor a comment"
    comment = dig(value.data, "string_map_data")
    is_comment = isinstance(comment, Mapping) and "media" not in value.data
    return _comment(where, comment) if is_comment else _post(file, where, value.data)


def _comment(where: str, fields: Mapping[str, Any]) -> ArchivedPost:
    """A comment. Its field names are in the language of the account; the first field is the comment.

    A comment that is only a GIF has an empty field or none, so the first text is the name of the owner of the media.
    """
    candidates = (field for name, field in fields.items() if name != _OWNER and not dig(field, "timestamp"))
    first = next(candidates, None)
    times = (moment(dig(field, "timestamp")) for field in fields.values())
    return ArchivedPost(
        where=where,
        text=repaired(words(dig(fields.get("Comment", first), "value"))),
        created=next((time for time in times if time), None),
        is_reply=True,
    )


def _post(file: ArchiveFile, where: str, post: Mapping[str, Any]) -> ArchivedPost:
    """A post. Its caption is the title of a single image, or the title of the post with several."""
    media = [medium for medium in items(post.get("media")) if isinstance(medium, Mapping)] or [post]
    own = words(post.get("title")) or words(post.get("caption")) or _labelled(post)
    text = own or next((title for m in media if (title := words(m.get("title") or m.get("caption")))), None)
    created = moment(post.get("creation_timestamp")) or moment(post.get("taken_at")) or moment(post.get("timestamp"))
    uris = [uri for medium in media if (uri := words(medium.get("uri") or medium.get("path")))]
    pictures = [uri for uri in uris if is_image_name(uri)]
    image, problems = file.image_below(pictures)
    return ArchivedPost(
        where=where,
        text=repaired(text),
        image=image,
        created=created or moment(dig(media, 0, "creation_timestamp")),
        is_reply=dig(media, 0, "text_app_post", "is_reply") is True,
        images=len(uris),
        problems=problems,
    )


def _labelled(post: Mapping[str, Any]) -> str | None:
    """The caption in downloads from 2025 on, whose fields are a list of labels and values."""
    for field in items(post.get("label_values")):
        if str(dig(field, "label")).lower() in ("caption", "title", "text"):
            return words(dig(field, "value"))
    return None
