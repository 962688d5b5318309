"""LinkedIn's "Get a copy of your data": the user's posts and comments, in CSV."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, register
from anymood.archives.values import moment, words

_POSTS = re.compile(r'"?Date"?,"?ShareLink"?,"?ShareCommentary"?')
_COMMENTS = re.compile(r'"?Date"?,"?Link"?,"?Message"?\s')
_ACTIVITY = re.compile(r"urn(?:%3A|:)li(?:%3A|:)\w+(?:%3A|:)\d+", re.IGNORECASE)
_BREAK = re.compile(r'"(\r?\n)"')  # a line break within a post: each line is in quotes


@register
class LinkedIn(Reader):
    """Posts are ``ShareCommentary`` of Shares.csv, comments ``Message`` of Comments.csv."""

    name = "linkedin"
    description = "LinkedIn: Shares.csv and Comments.csv of the data of an account"
    expects = "Shares.csv with Date, ShareLink and ShareCommentary, or Comments.csv with Date, Link and Message"
    pattern = r"(?:Shares|Comments)(?:_\d+)?\.csv"  # the number of the member may follow: Shares_17529409.csv

    def recognises(self, head: str) -> bool:
        return bool(_POSTS.match(head) or _COMMENTS.match(head))

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        is_comment = _COMMENTS.match(file.head) is not None
        text, link = ("Message", "Link") if is_comment else ("ShareCommentary", "ShareLink")

        def post(where: str, cells: dict[str, str]) -> ArchivedPost:
            activity = _ACTIVITY.search(cells.get(link, ""))
            is_empty = not any(cells.get(column, "").strip() for column in (text, "SharedUrl", "MediaUrl"))
            return ArchivedPost(
                where=where,
                id=unquote(activity[0]) if activity else None,
                text=words(cells[text] if is_comment else _BREAK.sub(r"\1", cells[text])),
                created=moment(cells.get("Date")),
                is_repost=is_empty and not is_comment,
                is_reply=is_comment,
            )

        return file.table(post, needed=text)
