"""JSON Lines of twarc, a collector of tweets: pages of Twitter's API, or one tweet per line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import COMPRESSED, ArchiveFile, Reader, register
from anymood.archives.tweets import fields, is_cut, is_cut_long, is_retweet, media_of, without_media_links
from anymood.archives.values import dig, first_words, identifier, items, language, moment, unescaped, words
from anymood.json_stream import ITEM, Broken, Value, documents, lines

_PAGE = re.compile(r'\[?\s*\{.*?"data"\s*:\s*[\[{]', re.DOTALL)
_PAGE_MARKS = ("__twarc", "includes", "author_id", "edit_history_tweet_ids", "referenced_tweets", "newest_id")
_TWEET_MARKS = (
    "__twarc",
    "edit_history_tweet_ids",
    "conversation_id",
    "referenced_tweets",
    "author_id",
    "public_metrics",
)


@register
class Twarc(Reader):
    """Pages (``data`` and ``includes``) and flattened tweets of twarc2, and tweets of twarc 1."""

    name = "twarc"
    description = "Twitter: JSON Lines of twarc2 (pages or flattened) and of the first twarc"
    expects = "JSON Lines with data and includes, or with a tweet on each line"
    pattern = r"[^/]+\.(?:jsonl|ndjson)" + COMPRESSED

    def recognises(self, head: str) -> bool:
        if '"text"' not in head and '"full_text"' not in head:
            return False
        if _PAGE.match(head[:2000]):
            return any(f'"{mark}"' in head for mark in _PAGE_MARKS)
        if not re.match(r"\[?\s*\{", head) or '"tweet"' in head[:200] or '"$type"' in head:
            return False
        first_version = '"id_str"' in head and ('"full_text"' in head or '"retweet_count"' in head)
        return first_version or sum(f'"{mark}"' in head for mark in _TWEET_MARKS) >= 2

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        head = file.head
        if head.startswith("[") or "\n" in head[:4]:  # a JSON value of several lines
            values = documents(file.stream, [(ITEM,) if head.startswith("[") else ()])
        else:
            values = lines(file.stream)
        for value in values:
            if isinstance(value, Broken):
                yield file.broken(value)
            else:
                yield from self._record(file, value)

    def _record(self, file: ArchiveFile, value: Value) -> Iterator[ArchivedPost]:
        record = value.data
        data = dig(record, "data")
        if isinstance(data, list | Mapping):
            includes = _Includes(dig(record, "includes"))
            for number, tweet in enumerate(data if isinstance(data, list) else [data], 1):
                yield self._tweet(file, f"{value.place}, post {number}", tweet, includes)
        elif isinstance(record, Mapping) and ("errors" in record or "meta" in record) and "id" not in record:
            return  # a page without posts
        else:
            yield self._tweet(file, value.place, record, _Includes(None))

    def _tweet(self, file: ArchiveFile, place: str, tweet: Any, includes: "_Includes") -> ArchivedPost:
        if not isinstance(tweet, Mapping) or not isinstance(tweet.get("text") or tweet.get("full_text"), str):
            return file.not_a_post(place, "no tweet")
        if "full_text" in tweet or "id_str" in tweet:
            return _first_version(file, place, tweet)
        original = includes.original(tweet)
        shown = tweet if original is None else original
        media = includes.media(tweet) or includes.media(shown)
        text = without_media_links(unescaped(words(dig(shown, "note_tweet", "text") or shown.get("text"))), [])
        text = _without_links(text, shown)
        repost = _reference(tweet, "retweeted") is not None or is_retweet(text)
        first = next((m for m in media if dig(m, "type") == "photo"), dig(media, 0))
        image, problems = file.image([], words(dig(first, "url") or dig(first, "preview_image_url")))
        return ArchivedPost(
            where=f"{file.name}, {place}",
            id=identifier(tweet.get("id")),
            text=text,
            image=image,
            created=moment(tweet.get("created_at")),
            language=language(tweet.get("lang")),
            is_repost=repost,
            is_reply=_reference(tweet, "replied_to") is not None or bool(tweet.get("in_reply_to_user_id")),
            alt_text=first_words(media, "alt_text"),
            cut=is_cut(text) if repost and original is None else is_cut_long(text) and "note_tweet" not in shown,
            images=len(media),
            problems=problems,
        )


def _reference(tweet: Mapping[str, Any], kind: str) -> Any:
    """The reference of a tweet to another one, None without one; its kind is ``retweeted`` or ``replied_to``."""
    return next((r for r in items(tweet.get("referenced_tweets")) if dig(r, "type") == kind), None)


class _Includes:
    """The ``includes`` of a page: referenced tweets and media."""

    def __init__(self, includes: object) -> None:
        self._tweets = {identifier(dig(tweet, "id")): tweet for tweet in items(dig(includes, "tweets"))}
        self._media = {identifier(dig(medium, "media_key")): medium for medium in items(dig(includes, "media"))}

    def original(self, tweet: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The original of a retweet, from the page or, in flattened tweets, from the reference itself."""
        reference = _reference(tweet, "retweeted")
        other = (
            reference if isinstance(dig(reference, "text"), str) else self._tweets.get(identifier(dig(reference, "id")))
        )
        return other if isinstance(other, Mapping) and isinstance(other.get("text"), str) else None

    def media(self, tweet: Mapping[str, Any]) -> list[Any]:
        """The media of a tweet; flattened tweets contain them."""
        attachments = tweet.get("attachments")
        if inline := items(dig(attachments, "media")):
            return inline
        return [self._media.get(identifier(key), {}) for key in items(dig(attachments, "media_keys"))]


def _first_version(file: ArchiveFile, place: str, tweet: Mapping[str, Any]) -> ArchivedPost:
    """A tweet of the API's version 1.1."""
    media = media_of(tweet) or media_of(tweet.get("retweeted_status"))
    image, problems = file.image([], words(dig(media, 0, "media_url_https") or dig(media, 0, "media_url")))
    return ArchivedPost(where=f"{file.name}, {place}", image=image, problems=problems, **fields(tweet))


def _without_links(text: str | None, tweet: Mapping[str, Any]) -> str | None:
    """The text without the links to its own images."""
    urls = items(dig(tweet, "note_tweet", "entities", "urls")) + items(dig(tweet, "entities", "urls"))
    return without_media_links(text, [url for url in urls if isinstance(url, Mapping) and "media_key" in url])
