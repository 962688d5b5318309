"""Names of columns: exact, usual and similar ones, and messages about them.

``present`` are the names of a table's columns, and ``nested`` those of values within columns.
"""

import difflib
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from anymood.tables.usual_names import (
    DESCRIPTIONS,
    MEDIA,
    MEDIA_KINDS,
    MORE_COMPLETE,
    OTHER_TEXTS,
    USUAL_NAMES,
    letters,
)

POST_ROLES = ("text", "image")  # roles; a table of posts has at least one of them
# Parts of unusual column names that may be the intended ones, for messages.
_PARTS = {
    "text": ("text", "content", "body", "message", "tweet", "caption", "comment", "title", "description"),
    "image": ("image", "photo", "picture"),
    "label": ("label", "sentiment", "emotion", "mood", "polarity", "class"),
}
JOIN = "+"  # between the names of columns whose texts are joined
_COMMANDS = "(of anymood predict, bulk and report)"  # the commands with options for CSV files and formats
_LATER_ROW = (
    " If the names of the columns are in a later row, remove the rows before it, or give their number with "
    f"--skip-lines {_COMMANDS}."
)
MAX_JOINED = 4  # candidates for the text that a message no longer joins
MAX_SHOWN = 20  # values within columns that a message lists
CLOSE = 0.75  # similarity of a name that may be a misspelling


def joined_columns(name: str, present: Collection[str], nested: Collection[str] = ()) -> list[str]:
    """The columns that a name means: several for ``title+body``, unless a column has that name."""
    is_one = JOIN not in name or name in present or name in nested
    return [name] if is_one else [part.strip() for part in name.split(JOIN)]


def exact_name(name: str, present: Sequence[str], nested: Collection[str]) -> str | None:
    """The exact name of a column; None if there is none, or several regardless of case."""
    if name in present or name in nested:
        return name
    for names in (present, nested):
        alike = [other for other in names if plain_name(other) == plain_name(name)]
        if len(alike) == 1:
            return alike[0]
    numbered = f"column {name}"  # of a table without a header
    return numbered if name.isdecimal() and numbered in present else None


def plain_name(name: str) -> str:
    """A name to compare regardless of case, and of how its accents are encoded."""
    return unicodedata.normalize("NFC", name.casefold())


def has_column(name: str | None, present: Sequence[str], nested: Collection[str]) -> bool:
    """Whether a table has a column, or all those that are joined."""
    parts = [] if name is None else joined_columns(name, present, nested)
    return bool(parts) and all(part in present or part in nested for part in parts)


def usual_columns(
    role: str, present: Sequence[str], nested: Collection[str] = (), taken: Collection[str | None] = ()
) -> list[str]:
    """Columns with a usual name of a role, except those of ``taken``; if there are none, values within columns.

    Values within columns are never labels.
    """
    objects = {name.rpartition(".")[0] for name in nested} if role == "text" else set()
    for names in (present, sorted(nested) if role in POST_ROLES else ()):
        usual = [
            name
            for name in names
            if USUAL_NAMES[role].fullmatch(letters(name[name.rfind(".") + 1 :]))
            and name not in taken
            and name not in objects
        ]
        last = {letters(name[name.rfind(".") + 1 :]): name for name in usual}
        less_complete = {last[name] for name, other in MORE_COMPLETE.items() if name in last and other in last}
        if not usual and role == "image":
            usual = [name for name in names if _is_media(name, nested) and name not in taken]
        if usual:
            return [name for name in usual if name not in less_complete]
    return []


def _is_media(name: str, nested: Collection[str]) -> bool:
    """Whether a column has lists of media, each with its kind or Facebook's ``photo_image``."""
    keys = (*MEDIA_KINDS, "photo_image")
    return letters(name[name.rfind(".") + 1 :]) in MEDIA and any(f"{name}.{key}" in nested for key in keys)


def usual_by_role(
    names: Mapping[str, str | None], present: Sequence[str], nested: Collection[str]
) -> dict[str, list[str]]:
    """Columns with a usual name of each role whose own column is wanted and missing."""
    missing = [
        role for role in USUAL_NAMES if names.get(role) is not None and not has_column(names[role], present, nested)
    ]
    usual = {role: usual_columns(role, present, nested, names.values()) for role in missing}
    if "text" in usual and not usual["text"]:
        has_images = bool(usual.get("image")) or has_column(names["image"], present, nested)
        pattern = DESCRIPTIONS if has_images else OTHER_TEXTS  # a title beside an image may be that of the file
        usual["text"] = [name for name in present if pattern.fullmatch(letters(name))]
    return usual


def columns_with_parts(role: str, present: Sequence[str]) -> list[str]:
    """Columns whose names suggest a role, except the scores of predictions."""
    return [
        name
        for name in present
        if "<" not in name and "_scores" not in name and any(part in name.casefold() for part in _PARTS.get(role, ()))
    ]


def describe(present: Sequence[str], *wanted: str) -> str:
    """A list of the columns for messages, with suggestions for misspelt names."""
    folded = {name.casefold(): name for name in present}
    close = []
    for name in wanted:
        close += [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=CLOSE)]
        close += columns_with_parts(name, present) + (usual_columns(name, present) if name in USUAL_NAMES else [])
    suggestion = f" Did you mean {' or '.join(repr(name) for name in dict.fromkeys(close))}?" if close else ""
    return f"Its columns are: {', '.join(present)}.{suggestion}" if present else "It has no columns."


def advice_on_posts(present: Sequence[str], usual: dict[str, list[str]], path: str, nested: Collection[str]) -> str:
    """Advice on a table without an unambiguous text or image column."""
    candidates = {role: usual[role] for role in POST_ROLES if usual.get(role)}
    if not candidates:
        advice = "Rename the column, or name it with --text-column or --image-column (in Python, text= or image=)."
        if nested:
            shown = sorted(nested, key=lambda name: (name.count("."), name))[:MAX_SHOWN]
            others = f" and {len(nested) - len(shown):,} more" if len(nested) > len(shown) else ""
            advice = f"Values within them: {', '.join(shown)}{others}. {advice}"
        if path.lower().endswith(".xlsx") or "column 1" in present:
            advice += _LATER_ROW
        if present and present[0].lstrip().startswith(("{", "[")):
            advice = f"If it is JSON, give it the suffix .jsonl, or the option --format jsonl {_COMMANDS}."
        elif path.lower().endswith((".csv", ".tsv", ".xlsx")):
            advice += (
                f" If each line is a post, give it the suffix .txt, or the option --format text {_COMMANDS}."
                if len(present) == 1 and not path.lower().endswith(".xlsx")
                else ""
                if any(name.isidentifier() for role in POST_ROLES for name in columns_with_parts(role, present))
                else " If the first line is a post, add a line of column names above it, or use --no-header with the "
                f"number of the column, such as --text-column 2 {_COMMANDS}."
            )
        return f"{describe(present, 'text', 'image')} {advice}"
    has_unnamed = any(name == f"column {number}" for number, name in enumerate(present, 1))
    return which_column(candidates, present) + (_LATER_ROW if has_unnamed else "")


def which_column(candidates: dict[str, list[str]], present: Sequence[str]) -> str:
    """A question about columns that may have a role."""
    choices = [f"{quoted(names)} may be the {role} (--{role}-column or {role}=)" for role, names in candidates.items()]
    texts = candidates.get("text", ())
    joined = f", or join texts: {JOIN.join(texts)!r}" if 1 < len(texts) < MAX_JOINED else ""
    return f"Of its columns, {', and '.join(choices)}. Name the right one{joined}. All columns: {', '.join(present)}."


def quoted(names: Sequence[str]) -> str:
    """Names in quotes: ``'title', 'body' and 'text'``."""
    return " and ".join(filter(None, (", ".join(map(repr, names[:-1])), repr(names[-1]))))
