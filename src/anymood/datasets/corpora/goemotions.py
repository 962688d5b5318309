"""GoEmotions (Demszky et al. 2020): Reddit comments, texts without images, in six emotions.

The release is a folder with ``train.tsv``, ``dev.tsv`` and ``test.tsv``, each line of them
``text<TAB>indices<TAB>comment id``, without a header, and ``labels.txt``, where the name of index i
is on line i + 1. A comment may have several of the 28 labels; they are grouped as in the paper's
section on Ekman's emotions, and the class is the group that all of them are in. Ekman's joy is
called happiness, as in MSED.
"""

from collections.abc import Container
from pathlib import Path

from anymood.datasets.corpus import EMOTION, RELEASED_PARTS, Corpus, Example, Split, no_examples_error
from anymood.datasets.reader import CorpusReader, register
from anymood.errors import TableError
from anymood.posts import Post, Problem, Reason
from anymood.tables.lines import filled_lines

GROUPS = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "happiness": (
        "admiration",
        "amusement",
        "approval",
        "caring",
        "desire",
        "excitement",
        "gratitude",
        "joy",
        "love",
        "optimism",
        "pride",
        "relief",
    ),
    "neutral": ("neutral",),
    "sadness": ("disappointment", "embarrassment", "grief", "remorse", "sadness"),
    "surprise": ("confusion", "curiosity", "realization", "surprise"),  # none of the six classes
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}


@register
class GoEmotions(CorpusReader):
    """GoEmotions in its original layout."""

    name = "goemotions"
    title = "GoEmotions"
    layout = "train.tsv, dev.tsv, test.tsv, labels.txt"

    def recognises(self, path: Path) -> bool:
        return all((path / name).is_file() for name in ("labels.txt", *(f"{part}.tsv" for part in RELEASED_PARTS)))

    def read(self, path: Path, protocol: str | None = None, fold: int | None = None) -> Corpus:
        """Read GoEmotions with its own three parts.

        Comments with labels of several groups (``tie``), and comments of surprise, which is in none of the six classes
        (``unknown label``), are excluded and counted.
        """
        if not self.recognises(path):
            raise TableError(f"{path} is not GoEmotions: it should have train.tsv, dev.tsv, test.tsv and labels.txt.")
        groups = _groups(path / "labels.txt")
        examples: dict[str, Example] = {}
        problems: list[Problem] = []
        for part, split in RELEASED_PARTS.items():
            for line in filled_lines(path / f"{part}.tsv"):
                outcome = _read(line.text, groups, split, examples)
                if isinstance(outcome, Example):
                    examples[outcome.post.id or ""] = outcome
                else:
                    problems.append(outcome.at(f"{part}.tsv:{line.number}"))
        corpus = Corpus("GoEmotions", EMOTION, tuple(examples.values()), tuple(problems))
        if not examples:
            raise no_examples_error(path, "comment", problems, if_empty="its files are empty")
        return corpus


def _groups(file: Path) -> dict[int, str]:
    """The groups of the labels, by index."""
    names = [line.text.strip() for line in filled_lines(file)]
    if unknown := [name for name in names if name not in GROUP_OF]:
        raise TableError(f"{file} has labels that GoEmotions does not: {', '.join(unknown)}.")
    return {index: GROUP_OF[name] for index, name in enumerate(names)}


def _read(line: str, groups: dict[int, str], split: Split, before: Container[str]) -> Example | Problem:
    """The comment of a line, or its problem."""
    text, indices, key, *_ = [*(cell.strip() for cell in line.split("\t")), "", ""]
    try:
        labels = {groups[int(index)] for index in indices.split(",")}
    except (ValueError, KeyError):
        return Problem(
            Reason.MALFORMED, f"it is not a text, indices of labels below {len(groups)} and an id, with tabs; excluded."
        )
    if not text or not key:
        return Problem(Reason.MALFORMED, "its text or its id is missing; excluded.")
    if key in before:
        return Problem(Reason.DUPLICATE_ID, f"the comment {key} is repeated; the first one is used.")
    if len(labels) > 1:
        return Problem(Reason.TIE, f"its labels are of {' and '.join(sorted(labels))}; excluded.")
    [group] = labels
    if group not in EMOTION:
        return Problem(Reason.UNKNOWN_LABEL, f"{group} is not one of {', '.join(EMOTION)}; excluded.")
    return Example(Post(text=" ".join(text.split()), id=key), EMOTION.index(group), split)
