"""Mastodon's archive: the outbox of an account as ActivityPub JSON, with the uploaded files."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from anymood.archives.markup import plain_text
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, FoundImage, Reader, is_image_name, register, text_of
from anymood.archives.source import Source
from anymood.archives.values import dig, identifier, items, language, moment, words
from anymood.json_stream import ITEM
from anymood.posts import Problem, Reason

_MEDIA = "media_attachments/"
# Folders of files in old archives, which have the paths of the server.
_OLD_ROOT = "opt/mastodon/public/system/"


@register
class Mastodon(Reader):
    """Posts and boosts. A boost contains only an address, unless it is of the user's own private post."""

    name = "mastodon"
    description = "Mastodon (and others of the Fediverse): outbox.json"
    expects = "outbox.json, an OrderedCollection with orderedItems"
    pattern = r"outbox(?:\d+)?\.json"

    def recognises(self, head: str) -> bool:
        is_outbox = head.startswith("{") and '"orderedItems"' in head
        return is_outbox and re.search(r'"type"\s*:\s*"OrderedCollection(?:Page)?"', head) is not None

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        folder = _media_folder(file.source, file.name)
        return file.objects([("orderedItems", ITEM)], partial(_activity, file, folder), "no activity")


def _activity(file: ArchiveFile, folder: str, where: str, activity: Mapping[str, Any]) -> ArchivedPost:
    boost = activity.get("type") == "Announce"
    post = activity.get("object")
    if not isinstance(post, Mapping):
        problem = Problem(Reason.NOT_EXPORTED, f"The archive has only the address of the post: {post}")
        return ArchivedPost(
            where=where,
            id=identifier(activity.get("id")),
            created=moment(activity.get("published")),
            is_repost=boost,
            problems=(problem,),
        )
    text, problems = _text(post)
    attachments = [a for a in items(post.get("attachment")) if isinstance(a, Mapping)]
    pictures = [a for a in attachments if _is_picture(a)]
    image, missing = _image(file, pictures, folder)
    return ArchivedPost(
        where=where,
        id=identifier(post.get("id")),
        text=text,
        image=image,
        created=moment(activity.get("published") or post.get("published")),
        language=_language(post),
        is_repost=boost,
        is_reply=post.get("inReplyTo") is not None,
        alt_text=next((alt for a in attachments if (alt := words(a.get("name") or a.get("summary")))), None),
        images=sum(not str(a.get("mediaType")).startswith("audio/") for a in attachments),
        problems=problems + missing,
    )


def _text(post: Mapping[str, Any]) -> tuple[str | None, tuple[Problem, ...]]:
    """The visible text: the content warning, if any, and the content."""
    content = post.get("content")
    if content is None:
        content = next(iter(dig(post, "contentMap").values()), None) if dig(post, "contentMap") else None
    parts = (post.get("summary"), content)
    return text_of(*(plain_text(part) for part in parts if isinstance(part, str)))


def _language(post: Mapping[str, Any]) -> str | None:
    """The key of the content in ``contentMap``."""
    contents = post.get("contentMap")
    return language(next(iter(contents), None)) if isinstance(contents, Mapping) else None


def _is_picture(attachment: Mapping[str, Any]) -> bool:
    kind = attachment.get("mediaType")
    return kind.startswith("image/") if isinstance(kind, str) else is_image_name(attachment.get("url"))


def _image(file: ArchiveFile, pictures: list[Mapping[str, Any]], folder: str) -> FoundImage:
    """The first image. Its URL lacks the server and, with local storage, the leading slash."""
    first = dig(pictures, 0, "url")
    url = words(first if isinstance(first, str) else dig(first, 0, "href"))
    if url is None:
        return None, ()
    path = unquote(urlsplit(url).path).lstrip("/")
    paths = [path]
    if (start := path.find(_MEDIA)) >= 0:
        paths += [folder + path[start:], path[start:]]
    return file.image(list(dict.fromkeys(paths)), url if "://" in url else None)


def _media_folder(source: Source, name: str) -> str:
    """The path before ``media_attachments/`` in this archive, relative to the folder of the outbox."""
    folder = posixpath.dirname(name)
    for path in source.names:
        if (start := path.find(_MEDIA)) >= 0:
            return posixpath.relpath(path[:start] or ".", folder or ".") + "/"
    return _OLD_ROOT if (source.beside(name, _OLD_ROOT) and (source.path / folder / _OLD_ROOT).is_dir()) else ""
