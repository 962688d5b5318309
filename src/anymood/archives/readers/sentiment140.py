"""The corpus Sentiment140 (Go, Bhayani & Huang 2009): 1.6 million tweets labelled by their emoticons."""

from collections.abc import Iterator

from anymood.archives.delimited import rows
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import COMPRESSED, ArchiveFile, Reader, register
from anymood.archives.tweets import is_retweet
from anymood.archives.values import identifier, moment, unescaped, words
from anymood.csv_rows import Row

_LABELS = {"0": "negative", "2": "neutral", "4": "positive"}
_COLUMNS = 6  # polarity, id, date, query, user, text


@register
class Sentiment140(Reader):
    """Six columns without a header, in Latin-1."""

    name = "sentiment140"
    description = "Sentiment140: the CSV of the corpus, without a header"
    expects = "a CSV without a header whose rows begin with 0, 2 or 4, an id and a date"
    has_labels = True
    pattern = r"[^/]+\.csv" + COMPRESSED
    beginning = r'"?[024]"?,\s*"?\d+"?,\s*"?\w{3} \w{3} \d{2} \d{2}:\d{2}:\d{2} \w{3,4} \d{4}"?,'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.posts(rows(file.stream), _post)


def _post(where: str, row: Row) -> ArchivedPost | str:
    if len(row.cells) != _COLUMNS:
        return f"a row of {len(row.cells)} cells, not {_COLUMNS}"
    polarity, tweet_id, date, _, _, text = row.cells
    plain = unescaped(words(text))
    return ArchivedPost(
        where=where,
        id=identifier(tweet_id),
        text=plain,
        created=moment(date),
        is_repost=is_retweet(plain),
        is_reply=plain is not None and plain.startswith("@"),
        label=_LABELS.get(polarity.strip()),
    )
