"""CSV of twarc-csv, converted from twarc2's JSON Lines."""

import json
from collections.abc import Iterator

from anymood.archives.delimited import column_names
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import COMPRESSED, ArchiveFile, Reader, register
from anymood.archives.tweets import is_cut, is_cut_long, is_retweet, without_media_links
from anymood.archives.values import dig, first_words, identifier, items, language, moment, unescaped, words

_RETWEETED = ("referenced_tweets.retweeted.id", "retweeted_user_id")
_REPLIED = ("referenced_tweets.replied_to.id", "in_reply_to_user_id")
_MARKS = {
    *_RETWEETED, *_REPLIED, "__twarc.retrieved_at", "public_metrics.like_count", "edit_history_tweet_ids",
    "attachments.media", "author.username", "conversation_id", "author_id",
}  # fmt: skip


@register
class TwarcCsv(Reader):
    """Tweets. Retweets have the text of the original without "RT @name: "; a column marks them."""

    name = "twarc-csv"
    description = "Twitter: CSV of twarc-csv"
    expects = "a CSV with the columns id, text and others of twarc-csv, such as referenced_tweets.retweeted.id"
    pattern = r"[^/]+\.csv" + COMPRESSED

    def recognises(self, head: str) -> bool:
        header = column_names(head)
        return {"id", "text"} <= header and len(_MARKS & header) >= 2

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.table(_post, needed="text")


def _post(where: str, cells: dict[str, str]) -> ArchivedPost:
    media = [medium for medium in items(_json(cells.get("attachments.media", ""))) if isinstance(medium, dict)]
    cells = {column: _string(cell) for column, cell in cells.items()}
    long = words(cells.get("note_tweet.text", ""))
    plain = without_media_links(unescaped(long or words(cells.get("text", ""))), [])
    repost = any(_has(cells, column) for column in _RETWEETED) or is_retweet(plain)
    first = next((medium for medium in media if medium.get("type") == "photo"), dig(media, 0))
    return ArchivedPost(
        where=where,
        id=identifier(cells.get("id", "")),
        text=plain,
        image=words(dig(first, "url") or dig(first, "preview_image_url")),
        created=moment(cells.get("created_at")),
        language=language(cells.get("lang")),
        is_repost=repost,
        is_reply=any(_has(cells, column) for column in _REPLIED),
        alt_text=first_words(media, "alt_text"),
        cut=is_cut(plain) if is_retweet(plain) else is_cut_long(plain) and long is None,
        images=len(media),
    )


def _string(cell: str) -> str:
    r"""The string of a cell: twarc-csv writes line breaks as ``\n``, or strings as JSON (--json-encode-text)."""
    if cell.startswith('"') and cell.endswith('"') and isinstance(decoded := _json(cell), str):
        return decoded
    return cell.replace(r"\n", "\n")


def _has(cells: dict[str, str], column: str) -> bool:
    return cells.get(column, "").strip().lower() not in ("", "nan", "none")


def _json(cell: str) -> object:
    try:
        return json.loads(cell, strict=False)
    except (ValueError, RecursionError):
        return None
