"""Facebook's "Download your information", in the format JSON."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, is_image_name, register
from anymood.archives.values import dig, first_words, items, moment, repaired, words
from anymood.json_stream import ANY, ITEM

# posts/your_posts_1.json, and since 2022 posts/your_posts__check_ins__photos_and_videos_1.json; the files of groups
# and comments have changed their names as well.
_FILES = (
    r"your_posts[^/]*\.json|posts_[^/]*\.json|(?:your_)?group_posts[^/]*\.json|"
    r"(?:your_)?(?:group_)?comments[^/]*\.json|your_uncategorized_photos\.json|archive\.json"
)
_RECORD = re.compile(r'"timestamp"\s*:\s*\d+')
_LISTS = re.compile(
    r'"(?:comments_v2|comments|group_posts_v2|group_posts|group_comments_v2|group_comments)"\s*:\s*[\[{]'
)
_FIELDS = re.compile(r'"attachments"\s*:|"data"\s*:\s*\[')
_INSTAGRAM = re.compile(r'"(?:string_map_data|label_values)"\s*:')
_PATHS = ((ITEM,), (ANY, ITEM), (ANY, ANY, ITEM))


@register
class Facebook(Reader):
    """Posts and comments, in which each UTF-8 byte is escaped as a separate character.

    ``title`` ("Ana updated her status.") is written by Facebook and not a text. A record without a text or image of the
    author, such as a new friendship, is a notice.
    """

    name = "facebook"
    description = "Facebook: posts and comments of a download in JSON"
    expects = "your_posts_1.json, your_posts__check_ins__photos_and_videos_1.json or comments.json"
    second_to = frozenset({"signal-cli"})  # whose messages have times and attachments, too
    pattern = _FILES

    def recognises(self, head: str) -> bool:
        if _LISTS.match(head.lstrip("{ \t\r\n")):
            return _RECORD.search(head) is not None
        records = re.match(r"\[\s*\{", head) and _RECORD.search(head) and _FIELDS.search(head)
        return bool(records) and not _INSTAGRAM.search(head)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        make = partial(_post, file)
        return file.objects(_PATHS, make, "neither a post nor a comment")


def _post(file: ArchiveFile, where: str, record: Mapping[str, Any]) -> ArchivedPost:
    comment = next((dig(entry, "comment") for entry in items(record.get("data")) if dig(entry, "comment")), None)
    attached = [entry for attachment in items(record.get("attachments")) for entry in items(dig(attachment, "data"))]
    media = [medium for entry in attached if isinstance(medium := dig(entry, "media"), Mapping)]
    text = words(dig(comment, "comment")) or first_words(items(record.get("data")), "post")
    text = text or first_words(media, "description")
    uris = [uri for medium in media if (uri := words(medium.get("uri")))]
    image, problems = file.image_below([uri for uri in uris if is_image_name(uri)])
    own = text is not None or bool(uris) or comment is not None
    # A shared post of another user has a link without an address.
    shared = any(dig(entry, "external_context", "url") == "" for entry in attached)
    return ArchivedPost(
        where=where,
        text=repaired(text),
        image=image,
        created=moment(record.get("timestamp")) or moment(dig(comment, "timestamp")),
        is_repost=shared,
        is_reply=comment is not None,
        kind="post" if own or attached else "notice",
        images=len(uris),
        problems=problems,
    )
