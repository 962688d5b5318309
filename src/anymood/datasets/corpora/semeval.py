r"""SemEval task A tweets (Nakov et al. 2013 to 2016): texts without images.

Each line is ``id<TAB>label<TAB>text``, without a header. The same tweet may be in the files of
several years. Texts contain escapes such as ``\u2019``, and may be in double quotes, with quotes inside doubled as in
CSV, or escaped. The text of a deleted tweet is ``Not Available``.
"""

import re
from contextlib import closing
from pathlib import Path

from anymood.datasets.corpus import SENTIMENT, Corpus, Example
from anymood.datasets.reader import CorpusReader, register
from anymood.errors import TableError
from anymood.posts import Post, Problem, Reason
from anymood.tables.lines import DECODED, filled_lines, require_file
from anymood.text_decoding import joined_surrogates

SUFFIXES = (".txt", ".tsv")

DELETED = "Not Available"

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


@register
class SemEval(CorpusReader):
    """SemEval in its original layout."""

    name = "semeval"
    title = "SemEval"
    layout = "tab-separated files of an id, a label and a text"

    def recognises(self, path: Path) -> bool:
        return bool(semeval_files(path)) if path.is_dir() else is_semeval(path)

    def read(self, path: Path, protocol: str | None = None, fold: int | None = None) -> Corpus:
        """Read one file of tweets, or all files of a folder in the order of their names.

        If several tweets have the same id, the first one is used, and each later one is a problem: ``duplicate id``, or
        ``conflicting label`` if its label differs.
        """
        if path.is_dir():
            files = semeval_files(path)
        else:
            require_file(path)
            files = [path]
        examples: dict[str, Example] = {}
        problems: list[Problem] = []
        for file, line in ((each, line) for each in files for line in filled_lines(each)):
            outcome = _read(line.text, examples)
            where = f"{file.name}:{line.number}"
            if line.mended:
                problems.append(Problem(Reason.ENCODING, DECODED, where))
            if isinstance(outcome, Example):
                examples[outcome.post.id or ""] = outcome
            else:
                problems.append(outcome.at(where))
        if not examples:
            raise TableError(
                f"{path} has no SemEval tweets: lines of an id, {', '.join(SENTIMENT)}, and a text, with tabs."
            )
        return Corpus("SemEval", SENTIMENT, tuple(examples.values()), tuple(problems))


def is_semeval(path: Path) -> bool:
    """Whether the first line of a file is a tweet with an id and a label."""
    if path.suffix.lower() not in SUFFIXES or not path.is_file() or path.stat().st_size == 0:
        return False
    try:
        with closing(filled_lines(path)) as lines:
            cells = next((line.text.split("\t") for line in lines), [])
    except TableError:
        return False
    return len(cells) > 2 and cells[0].isdigit() and cells[1] in SENTIMENT


def semeval_files(folder: Path) -> list[Path]:
    """The files of a folder that contain tweets, by name."""
    return sorted(path for path in folder.iterdir() if is_semeval(path))


def plain(written: str) -> str:
    """A tweet's text without the quoting and escapes of the release, in one line."""
    text = written.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = text.replace('""', '"').replace('\\"', '"')
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    # Characters beyond U+FFFF are escaped as surrogate pairs.
    return " ".join(joined_surrogates(text).split())


def _read(line: str, before: dict[str, Example]) -> Example | Problem:
    """The tweet of a line, or its problem."""
    key, label, text, *_ = (*(cell.strip() for cell in line.split("\t")), "", "", "")
    text = plain(text)
    if not key or not label:
        return Problem(Reason.MALFORMED, "it is not an id, a label and a text separated by tabs; excluded.")
    if label not in SENTIMENT:
        return Problem(Reason.UNKNOWN_LABEL, f"{label!r} is not one of {', '.join(SENTIMENT)}; excluded.")
    if text in ("", DELETED):
        return Problem(Reason.MISSING_TEXT, "the tweet has no text, or was deleted before it was fetched; excluded.")
    first = before.get(key)
    if first is None:
        return Example(Post(text=text, id=key), SENTIMENT.index(label))
    name = SENTIMENT.names[first.label]
    if name != label:
        return Problem(
            Reason.CONFLICTING_LABEL, f"the id {key} is {label} here and {name} before; the first one is used."
        )
    return Problem(Reason.DUPLICATE_ID, f"the id {key} is repeated; the first one is used.")
