"""Read the corpora of `releases.toml`: posts in many languages with labels of sentiment or emotion.

An entry has:

- the release: `source` (its name here), `repository` (on GitHub), `paper`, `licence` as stated there;
- its files: `folder`, `files` (patterns for each part, or for each label of each part), and `language`, or `languages`
  with the text that replaces `{}` in the patterns;
- how they are read: `separator`, `columns` (names, if the file has none), `unquoted`, `encoding`, `sheet` (Excel),
  `elements` (XPath, XML), `json`, `lines` (JSON Lines), `rows` (regular expression with named groups), `beside` (a file
  with a label per line), `tokens` (a token per line), `pieces` (texts in pieces of SentencePiece);
- its columns: `text` and `label`, or `listed` (several labels with commas), or neither if the labels are columns;
- the meaning of the labels: `labels` (sentiment), `emotions`, `none` (no label), `unmapped` (such rows are excluded);
- the selection: `only` (values of other columns), `without` (matching texts are excluded), `removed` (parts of texts).
"""

import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TABLE = Path(__file__).with_name("releases.toml")
MOST = {"train": 2_500, "validation": 400, "test": 1_000}  # maximum of a release, language and task, drawn with seed 0
VALIDATION_SHARE = 0.1  # of the training part of a release without a validation part
MEANINGS = {"sentiment": "labels", "emotion": "emotions"}
BROKEN = "#ERROR!"  # a spreadsheet's value in place of a text


def releases(folder: Path, table: Path = TABLE) -> Iterator[dict[str, str]]:
    """Texts of all releases, as rows of `sources.py`.

    Args:
        folder: a folder with a folder for each release.
        table: the description of the releases.

    Raises:
        SystemExit: a release lacks a file that its entry names.
    """
    for entry in tomllib.loads(table.read_text("utf-8"))["release"]:
        for language, name in entry.get("languages", {entry.get("language"): ""}).items():
            for task, meaning in MEANINGS.items():
                if meaning in entry:
                    parts = {
                        split: _read(folder / entry["folder"], files, name, entry, entry[meaning])
                        for split, files in entry["files"].items()
                    }
                    yield from _rows(parts, entry["source"], task, language)


def _rows(parts: dict[str, pd.DataFrame], source: str, task: str, language: str) -> Iterator[dict[str, str]]:
    """Rows of at most ``MOST`` texts of each part."""
    if "validation" not in parts:
        parts["train"], parts["validation"] = _split(parts["train"])
    for split, frame in parts.items():
        drawn = frame.sample(min(len(frame), MOST[split]), random_state=0)
        for number, text, label in drawn[["text", "label"]].itertuples():
            yield {
                "id": f"{source}/{language}/{task}/{split}/{number}",
                "text": text,
                "label": label,
                "task": task,
                "source": source,
                "language": language,
                "split": split,
            }


def released(table: Path = TABLE) -> set[str]:
    """Names of the sources."""
    return {entry["source"] for entry in tomllib.loads(table.read_text("utf-8"))["release"]}


def _read(folder: Path, files: Any, name: str, entry: dict[str, Any], meaning: dict[str, str]) -> pd.DataFrame:
    """Texts and labels of the files, without rows whose label has no meaning.

    Args:
        folder: the folder of the release.
        files: a pattern, several patterns, or the patterns of each label.
        name: the text that replaces `{}` in the patterns.
        entry: the release.
        meaning: the label of each value.
    """
    frames = []
    of_label = files if isinstance(files, dict) else {None: files}
    for label, patterns in of_label.items():
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            paths = sorted(folder.glob(pattern.format(name)))
            if not paths:
                path = folder / pattern.format(name)
                raise SystemExit(f"no file {path}, which {TABLE.name} names for {entry['source']}")
            tables = [_table(file, entry) for file in paths]
            frames += tables if label is None else [table.assign(label=label) for table in tables]
    frame = pd.concat(frames, ignore_index=True)
    for column, value in entry.get("only", {}).items():
        frame = frame[frame[column].astype(str) == value]
    texts = frame[entry["text"]]
    if entry.get("pieces"):  # of SentencePiece
        texts = texts.astype(str).str.replace(" ", "").str.replace("▁", " ").str.strip()
    if "removed" in entry:
        texts = texts.str.replace(entry["removed"], "", regex=True)
    if "without" in entry:
        texts = texts[~texts.astype(str).str.contains(entry["without"], case=False)]
    texts = texts[texts != BROKEN]
    return pd.DataFrame({"text": texts, "label": _labels(frame, entry, meaning)}).dropna().astype(str)


def _labels(frame: pd.DataFrame, entry: dict[str, Any], meaning: dict[str, str]) -> pd.Series:
    """Label of each row, by the value of a column, the list in a column, or the columns with a 1."""
    if "listed" in entry:
        frame = frame[entry["listed"]].astype(str).str.replace(" ", "").str.get_dummies(",")
    if "label" in entry:
        return frame[entry["label"]].map(lambda value: meaning.get(str(value).strip()))
    columns = [*meaning, *entry.get("unmapped", [])]  # a row with one of the latter has no label
    is_on = frame.reindex(columns=columns).apply(pd.to_numeric, errors="coerce").fillna(0) > 0

    def label(row: pd.Series) -> str | None:
        labels = {meaning.get(column) for column in row.index[row]} or {entry.get("none")}
        return labels.pop() if len(labels) == 1 else None

    return is_on.apply(label, axis=1)


def _tokens(file: Path) -> pd.DataFrame:
    """Texts and labels of blocks, separated by blank lines: a line `meta ID LABEL`, and a line for each token."""
    blocks = [block.splitlines() for block in file.read_text("utf-8").strip().split("\n\n")]
    texts = [" ".join(line.split("\t")[0] for line in lines) for _, *lines in blocks]
    texts = [re.sub(r"([@#]) | ?(_) ", r"\1\2", re.sub(r" https? ?/.*", "", text)) for text in texts]
    return pd.DataFrame({"text": texts, "label": [head.split("\t")[-1] for head, *_ in blocks]})


def _table(file: Path, entry: dict[str, Any]) -> pd.DataFrame:
    """One file as a table."""
    if file.suffix in {".xlsx", ".xls"}:
        table = pd.read_excel(file, sheet_name=entry.get("sheet", 0), dtype=str)
    elif file.suffix == ".xml":
        table = pd.read_xml(file, xpath=entry["elements"], parser="etree", dtype=str)
    elif "beside" in entry:
        files = (file, file.with_name(entry["beside"]))
        texts, labels = (path.read_text("utf-8").rstrip("\n").split("\n") for path in files)
        table = pd.DataFrame({"text": texts, "label": labels})
    elif "rows" in entry:
        rows = re.finditer(entry["rows"], file.read_text(entry.get("encoding", "utf-8")))
        table = pd.DataFrame([row.groupdict() for row in rows])
    elif file.suffix in {".json", ".jsonl"} or entry.get("json"):
        table = pd.read_json(file, lines=file.suffix == ".jsonl" or entry.get("lines", False), dtype=False)
    elif entry.get("tokens"):
        table = _tokens(file)
    else:
        table = pd.read_csv(
            file,
            sep=entry.get("separator", ","),
            names=entry.get("columns"),
            quoting=csv.QUOTE_NONE if entry.get("unquoted") else csv.QUOTE_MINIMAL,
            encoding=entry.get("encoding", "utf-8"),
            dtype=str,
            keep_default_na=False,  # a label can be "None"
            na_values=[""],
            encoding_errors="replace",
            on_bad_lines="skip",
        )
    return table


def _split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The training part without a tenth, and the tenth, drawn with seed 0."""
    order = np.random.default_rng(0).permutation(len(frame))
    count = round(VALIDATION_SHARE * len(frame))
    return frame.iloc[np.sort(order[count:])], frame.iloc[np.sort(order[:count])]
