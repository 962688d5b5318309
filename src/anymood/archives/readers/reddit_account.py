"""The data of a Reddit account, sent by Reddit on request: CSV files."""

from collections.abc import Iterator

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, is_image_name, register, text_of
from anymood.archives.values import identifier, moment, words


@register
class RedditAccount(Reader):
    """The user's comments and posts. Votes, messages and lists without texts are not read."""

    name = "reddit-account"
    description = "Reddit: comments.csv and posts.csv of the data of an account"
    expects = "comments.csv with id, permalink, date, parent and body, or posts.csv with title and body"
    pattern = r"(?:comments|posts)\.csv"
    beginning = r'"?id"?,"?permalink"?,"?date"?,.*\b(?:parent|title)\b.*\bbody\b'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.table(_post, needed="body")


def _post(where: str, cells: dict[str, str]) -> ArchivedPost:
    is_comment = "title" not in cells
    text, problems = text_of(cells.get("title"), cells["body"])
    number = identifier(cells.get("id"))
    url = words(cells.get("url"))
    image = url if not is_comment and is_image_name(url) else None
    return ArchivedPost(
        where=where,
        id=number and f"{'t1' if is_comment else 't3'}_{number}",
        text=text,
        image=image,
        created=moment(cells.get("date")),
        is_reply=is_comment,
        images=int(image is not None),
        problems=problems,
    )
