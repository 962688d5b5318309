"""Tweets of Twitter's API version 1.1 (until 2023), which is also the format of X's archives."""

import re
from collections.abc import Mapping
from typing import Any

from anymood.archives.values import dig, first_words, identifier, items, language, moment, unescaped, words

RETWEET = re.compile(r"RT @\w{1,20}:\s")
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_END_LINKS = re.compile(r"(?:\s*https?://\S+)+\s*$")
_ESCAPED_SLASHES = re.compile(r"https?:\\/\\/\S+")
_ANSWERED = ("status", "user")
MAX_LENGTH = 280  # characters of an ordinary post


def text_of_tweet(tweet: Mapping[str, Any]) -> str | None:
    """The text with entities decoded, without links to the tweet's own media."""
    text = words(dig(tweet, "extended_tweet", "full_text") or tweet.get("full_text") or tweet.get("text"))
    return without_media_links(unescaped(text), media_of(tweet))


def without_media_links(text: str | None, media: list[Any]) -> str | None:
    """The text without the short links to its media."""
    if text is None:
        return None
    text = _ESCAPED_SLASHES.sub(lambda match: match[0].replace("\\/", "/"), text)
    for medium in media:
        if link := words(dig(medium, "url")):
            text = text.replace(link, "")
    return words(text.rstrip())


def media_of(tweet: object) -> list[Any]:
    """The images and videos of a tweet, none of other values; ``entities`` contains only the first."""
    for place in (dig(tweet, "extended_tweet"), tweet):
        for entities in ("extended_entities", "entities"):
            if media := items(dig(place, entities, "media")):
                return media
    return []


def is_retweet(text: str | None) -> bool:
    """Whether the text begins with "RT @name: "."""
    return text is not None and RETWEET.match(text) is not None


def is_cut(text: str | None) -> bool:
    """Whether the text ends in an ellipsis, possibly followed by links, as truncated ones do."""
    return text is not None and _END_LINKS.sub("", text).endswith(ELLIPSIS)


def is_cut_long(text: str | None) -> bool:
    """Whether the text is the beginning of a long post: truncated, and about as long as the limit."""
    return text is not None and is_cut(text) and len(_END_LINKS.sub("", text)) >= MAX_LENGTH - 20


def fields(tweet: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an ``ArchivedPost`` from a tweet, except the image."""
    text = text_of_tweet(tweet)
    original = tweet.get("retweeted_status")
    media = media_of(tweet) or media_of(original)
    repost = isinstance(original, Mapping) or is_retweet(text)
    if isinstance(original, Mapping):
        text = text_of_tweet(original)
    return {
        "id": identifier(tweet.get("id_str") or tweet.get("id")),
        "text": text,
        "created": moment(tweet.get("created_at")),
        "language": language(tweet.get("lang")),
        "is_repost": repost,
        "is_reply": any(tweet.get(f"in_reply_to_{of}_id_str") or tweet.get(f"in_reply_to_{of}_id") for of in _ANSWERED),
        "alt_text": first_words(media, "ext_alt_text"),
        "cut": is_cut(text) if repost and not isinstance(original, Mapping) else is_cut_long(text),
        "images": len(media),
    }
