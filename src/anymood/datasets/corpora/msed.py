"""MSED (Jia et al. 2022): photographs with a title and a caption, labelled with one of six emotions.

The release is a folder with ``train``, ``dev`` and ``test``, each of them with ``<part>.csv`` and
``images``; row i of a table, from 1, belongs to ``images/<i>.jpg``. A post's text is its title and
its caption. The label is the emotion. The sentiment of the release is a function of it (happiness is positive, neutral
is neutral, all others are negative). Its labels of desire belong to another task and are not read.
"""

from collections.abc import Iterator
from pathlib import Path

from anymood.datasets.corpus import EMOTION, RELEASED_PARTS, Corpus, Example, no_examples_error, presence
from anymood.datasets.duplicates import comparable, image_digest
from anymood.datasets.reader import CorpusReader, register
from anymood.errors import TableError
from anymood.posts import Post, Problem, Reason
from anymood.tables.columns import Columns
from anymood.tables.rows import Row, read_rows

# The parts of the release share titles, captions and images; this protocol removes them from the later part.
DEDUPLICATED = "deduplicated"

MSED_COLUMNS = Columns(id=None, text="Caption", image=None, label="Emotion", split=None)


@register
class Msed(CorpusReader):
    """MSED in its original layout."""

    name = "msed"
    title = "MSED"
    layout = "train/train.csv, dev/dev.csv, test/test.csv"
    has_protocols = True

    def recognises(self, path: Path) -> bool:
        return all((path / part / f"{part}.csv").is_file() for part in RELEASED_PARTS)

    def read(self, path: Path, protocol: str | None = None, fold: int | None = None) -> Corpus:
        """Read MSED with its own three parts.

        Args:
            path: the folder with ``train``, ``dev`` and ``test``.
            protocol: ``"deduplicated"`` excludes posts whose title, caption or image file occurs in an earlier part.
            fold: None; there are no folds.

        Returns:
            The posts, part by part, with ids such as ``test/17``.

        Raises:
            TableError: the folder is not MSED, or there is no such protocol.
        """
        if not self.recognises(path):
            tables = ", ".join(f"{part}/{part}.csv" for part in RELEASED_PARTS)
            raise TableError(f"{path} is not MSED: it should have {tables}. Give the folder that contains them.")
        if protocol not in (None, DEDUPLICATED):
            raise TableError(f"There is no protocol {protocol!r} for MSED. Available: {DEDUPLICATED}. Or leave it out.")
        problems: list[Problem] = []
        examples: list[Example] = []
        before: set[str] = set()  # marks of earlier parts
        for part in RELEASED_PARTS:
            seen: set[str] = set()
            for example, row in _part(path / part, problems):
                marks = _marks(row, example.post)
                seen |= marks
                if protocol == DEDUPLICATED and marks & before:
                    message = "its title, caption or image is also in an earlier part; excluded."
                    problems.append(Problem(Reason.DUPLICATE_POST, message, row.where))
                else:
                    examples.append(example)
            before |= seen
        name = "MSED" if protocol is None else f"MSED {protocol}"
        corpus = Corpus(name, EMOTION, tuple(examples), tuple(problems))
        if not examples:
            raise no_examples_error(path, "post", problems, if_empty="its files have no rows")
        return corpus


def _part(folder: Path, problems: list[Problem]) -> Iterator[tuple[Example, Row]]:
    """The labelled posts of one part, each with its row."""
    images = {entry.name for entry in (folder / "images").iterdir()} if (folder / "images").is_dir() else set()
    for row in read_rows(folder / f"{folder.name}.csv", MSED_COLUMNS):
        problems.extend(row.problems)

        def problem(reason: Reason, message: str, row: Row = row) -> None:
            problems.append(Problem(reason, message, row.where))

        image = folder / "images" / f"{row.number}.jpg"
        if image.name not in images:
            problem(Reason.MISSING_IMAGE, f"{folder.name}/images/{image.name} does not exist.")
        post = Post(_text(row), image if image.name in images else None, f"{folder.name}/{row.number}")
        label = "sadness" if row.label == "sad" else row.label
        if label is None:
            problem(Reason.NO_LABEL, "it has no emotion; excluded.")
        elif label not in EMOTION:
            problem(Reason.UNKNOWN_LABEL, f"{label!r} is not one of {', '.join(EMOTION)}; excluded.")
        elif presence(post) == "none":
            problem(Reason.EMPTY_POST, "it has neither a text nor an image; excluded.")
        else:
            yield Example(post, EMOTION.index(label), RELEASED_PARTS[folder.name]), row


def _text(row: Row) -> str | None:
    """Title and caption in one line; only the caption if it contains the title."""
    title, caption = (" ".join(str(row.values.get(name, "")).split()) for name in ("Title", "Caption"))
    return (caption if title.lower() in caption.lower() else f"{title} {caption}".strip()) or None


def _marks(row: Row, post: Post) -> set[str]:
    """Normalised texts and image hash of a post: duplicates have one in common."""
    texts = (comparable(str(row.values.get(name, ""))) for name in ("Title", "Caption"))
    return {mark for mark in (*texts, image_digest(post.image)) if mark is not None}
