"""MVSA (Niu et al. 2016): tweets with one image each, with separate labels of text and image.

The release is a folder with ``labelResultAll.txt`` and, for each id, ``data/<id>.jpg`` and
``data/<id>.txt``. MVSA-Single has one annotator, MVSA-Multiple has three; the header shows which it is.

Each pair gets one label by the rule of Xu and Mao (2017), which published results use. In MVSA-Multiple, the label of a
modality is the one that most annotators gave, and pairs without a majority in either modality are excluded. Then equal
labels of text and image are kept, a polar label overrides neutral, and pairs that are positive in one modality and
negative in the other are excluded.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from anymood.datasets.corpus import SENTIMENT, Corpus, Example, Split, no_examples_error, presence
from anymood.datasets.reader import CorpusReader, register
from anymood.errors import TableError
from anymood.posts import Post, Problem, Reason
from anymood.tables.lines import read_lines

LABEL_FILE = "labelResultAll.txt"

# The release was written on a Chinese system: its "…" is A1 AD, its "笑" D0 A6. The latter two
# happen to be UTF-8 as well, so the encoding is judged by all files together, never by one.
RELEASE_ENCODING = "gb18030"

# Beginnings of the file names of a protocol.
LISTS: dict[str, Split] = {"train": "train", "val": "validation", "test": "test"}


class _Pair(NamedTuple):
    """An id with its labels, and their file and line."""

    id: str
    labels: "_Labels"
    where: str


class _Labels(NamedTuple):
    """The label of a pair, and those of its text and its image."""

    pair: str
    text: str
    image: str


class _Listed(NamedTuple):
    """The split of an id in a protocol, and its file and line."""

    split: Split
    where: str


def pair_label(text: str, image: str) -> str | None:
    """The label of a pair by those of its text and its image, None if they contradict each other."""
    if image in (text, "neutral"):
        return text
    return image if text == "neutral" else None


def majority(votes: list[str]) -> str | None:
    """The label with more than half of the votes, None if there is none."""
    name, times = Counter(votes).most_common(1)[0]
    return name if 2 * times > len(votes) else None


@register
class Mvsa(CorpusReader):
    """MVSA in its original layout."""

    name = "mvsa"
    title = "MVSA"
    layout = "labelResultAll.txt and data/"
    has_protocols = True
    has_folds = True

    def recognises(self, path: Path) -> bool:
        return (path / LABEL_FILE).is_file()

    def read(self, path: Path, protocol: str | None = None, fold: int | None = None) -> Corpus:
        """Read MVSA-Single or MVSA-Multiple.

        Args:
            path: the folder with ``labelResultAll.txt`` and ``data``.
            protocol: a folder of id lists in ``splits``: ``clmlf`` (Li et al. 2022, 8:1:1) has
                ``train.txt``, ``val.txt`` and ``test.txt``; ``ten_folds`` (Cheema et al. 2021) has
                ``train_1.txt`` to ``test_10.txt``. None leaves the posts without a split.
            fold: number of the lists, for a protocol with numbered lists.

        Returns:
            The pairs in the order of the label file; with a protocol, only those that it lists. A text is
            one line, stripped, with single spaces.

        Raises:
            TableError: the folder is not MVSA, or has no such protocol or fold.
        """
        if not self.recognises(path):
            raise TableError(f"{path} is not MVSA: it has no {LABEL_FILE}. Give the folder that contains it.")
        if not (path / "data").is_dir():
            raise TableError(
                f"{path} has {LABEL_FILE} but no folder 'data' with the posts. Unpack all files of the release."
            )
        problems: list[Problem] = []
        name, pairs = _pairs(path / LABEL_FILE, problems)
        corpus = Corpus(name, SENTIMENT, tuple(_examples(path / "data", pairs, problems)), tuple(problems))
        if not corpus.examples:
            raise no_examples_error(path, "pair", problems, if_empty="the label file is empty")
        if protocol is None:
            if fold is not None:
                raise TableError(f"Fold {fold} requires a protocol. Available: {_available(path / 'splits')}.")
            return corpus
        return _apply_protocol(corpus, path / "splits", protocol, fold)


def _pairs(path: Path, problems: list[Problem]) -> tuple[str, list[_Pair]]:
    """The corpus's name by the number of annotators, and its pairs with one label each."""
    with closing(read_lines(path)) as lines:
        first = next(lines, None)
        header = [] if first is None else first.text.split()
        annotators = len(header) - 1
        if annotators < 1 or header[1:] != ["text,image"] * annotators:
            raise TableError(f"{path} should begin with 'ID' and 'text,image', not {' '.join(header)!r}.")
        pairs: dict[str, _Pair] = {}
        for line in lines:
            where = f"{path.name}:{line.number}"
            key, *labels = line.text.split() or [""]
            if not key:
                continue
            outcome = _judge(labels, annotators)
            if key in pairs:
                message = f"the id {key} is also at {pairs[key].where}; the first one is used."
                outcome = Problem(Reason.DUPLICATE_ID, message)
            if isinstance(outcome, _Labels):
                pairs[key] = _Pair(key, outcome, where)
            else:
                problems.append(outcome.at(where))
    return "MVSA-Single" if annotators == 1 else "MVSA-Multiple", list(pairs.values())


def _judge(labels: list[str], annotators: int) -> _Labels | Problem:
    """The labels of a pair, or the problem that there are none."""
    votes = [tuple(label.split(",")) for label in labels]
    if len(votes) != annotators or any(len(vote) != 2 for vote in votes):
        return Problem(
            Reason.MALFORMED, f"it should have {annotators} times 'text label,image label' after the id; excluded."
        )
    unknown = [name for vote in votes for name in vote if name not in SENTIMENT]
    if unknown:
        return Problem(Reason.UNKNOWN_LABEL, f"{unknown[0]!r} is not one of {', '.join(SENTIMENT)}; excluded.")
    text, image = (majority([vote[side] for vote in votes]) for side in (0, 1))
    if text is None or image is None:
        return Problem(Reason.NO_MAJORITY, "all its annotators gave different labels; excluded.")
    label = pair_label(text, image)
    if label is None:
        return Problem(Reason.CONTRADICTION, f"its text is {text} and its image {image}; excluded.")
    return _Labels(label, text, image)


def _examples(data: Path, pairs: list[_Pair], problems: list[Problem]) -> Iterator[Example]:
    present = {entry.name for entry in data.iterdir()}
    raw = {pair.id: (data / f"{pair.id}.txt").read_bytes() for pair in pairs if f"{pair.id}.txt" in present}
    encoding = _encoding(list(raw.values()))
    for pair in pairs:

        def problem(reason: Reason, message: str, pair: _Pair = pair) -> None:
            problems.append(Problem(reason, message, pair.where))

        text = raw.get(pair.id, b"").decode(encoding, "replace")
        if pair.id not in raw:
            problem(Reason.MISSING_TEXT, f"data/{pair.id}.txt does not exist.")
        elif "\ufffd" in text:
            problem(Reason.ENCODING, f"data/{pair.id}.txt is not {encoding}; undecodable bytes are replaced.")
        image = data / f"{pair.id}.jpg"
        if image.name not in present:
            problem(Reason.MISSING_IMAGE, f"data/{image.name} does not exist.")
        post = Post(" ".join(text.split()) or None, image if image.name in present else None, pair.id)
        if presence(post) == "none":
            problem(Reason.EMPTY_POST, "it has neither a text nor an image; excluded.")
        else:
            label, text_label, image_label = (SENTIMENT.index(name) for name in pair.labels)
            yield Example(post, label, None, text_label, image_label)


def _encoding(texts: list[bytes]) -> str:
    """UTF-8 if most non-ASCII texts are valid UTF-8, as in converted copies; else that of the release."""
    beyond = [text for text in texts if not text.isascii()]
    utf8 = sum(_is_utf8(text) for text in beyond)
    return "utf-8-sig" if 2 * utf8 > len(beyond) else RELEASE_ENCODING


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _apply_protocol(corpus: Corpus, splits: Path, protocol: str, fold: int | None) -> Corpus:
    """The posts that a protocol lists, with their splits."""
    listed: dict[str | None, _Listed] = {}
    for path, split in _lists(splits, protocol, fold):
        with closing(read_lines(path)) as lines:
            for line in lines:
                key = line.text.strip()
                entry = _Listed(split, f"{protocol}/{path.name}:{line.number}")
                if key and listed.setdefault(key, entry).split != split:
                    raise TableError(
                        f"The id {key} is in two parts: {listed[key].where} and {entry.where}. Correct {path}."
                    )
    problems = list(corpus.problems)
    examples = []
    for example in corpus.examples:
        match = listed.pop(example.post.id, None)
        if match is None:
            message = f"the pair {example.post.id} is in no list; excluded."
            problems.append(Problem(Reason.UNLISTED, message, protocol))
        else:
            examples.append(replace(example, split=match.split))
    for absent, entry in listed.items():
        message = f"the pair {absent} is not in the corpus."
        problems.append(Problem(Reason.MISSING_PAIR, message, entry.where))
    name = f"{corpus.name} {protocol}" if fold is None else f"{corpus.name} {protocol} {fold}"
    return Corpus(name, corpus.labels, tuple(examples), tuple(problems))


def _lists(splits: Path, protocol: str, fold: int | None) -> list[tuple[Path, Split]]:
    """The files of a protocol that list its training, validation and test posts."""
    folder = splits / protocol
    if not folder.is_dir():
        raise TableError(f"There is no protocol {protocol!r} in {splits}. Available: {_available(splits)}.")
    folds = sorted(int(stem) for path in folder.glob("train_*.txt") if (stem := path.stem[6:]).isdigit())
    if folds and fold not in folds:
        raise TableError(f"The protocol {protocol!r} has several folds. Give one of them: {folds}.")
    if fold is not None and not folds:
        raise TableError(f"The protocol {protocol!r} has no folds. Leave out fold {fold}.")
    end = "" if fold is None else f"_{fold}"
    return [(folder / f"{name}{end}.txt", split) for name, split in LISTS.items()]


def _available(splits: Path) -> str:
    names = sorted(path.name for path in splits.iterdir() if path.is_dir()) if splits.is_dir() else []
    files = ", ".join(f"{name}.txt" for name in LISTS)
    return (
        ", ".join(names)
        or f"none. MVSA is released without splits: create a folder there with {files}, one id per line"
    )
