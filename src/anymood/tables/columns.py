"""Which columns of a table make a post."""

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from os import PathLike

from anymood.errors import TableError


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are read; None for one that is to be ignored.

    A name is matched as it is written, else regardless of case. A column under its default name
    may be absent; one that was named on purpose may not.

    Attributes:
        id: name of a post, carried through to its prediction.
        text: the text.
        image: path of the image, absolute or relative to the table; or the bytes of its file.
        label: the class.
        split: train, validation or test.
    """

    id: str | None = "id"
    text: str | None = "text"
    image: str | None = "image"
    label: str | None = "label"
    split: str | None = "split"

    def unlabelled(self) -> "Columns":
        """The same columns without those of labels and splits, which a prediction does not look at."""
        return replace(self, label=None, split=None)

    def resolve(self, present: Sequence[str], path: str | PathLike[str]) -> "Columns":
        """The same columns under the names that the table uses.

        Args:
            present: names of the table's columns.
            path: the table, for messages.

        Raises:
            TableError: a column named on purpose is absent, the table has neither a text nor an
                image column, a name stands twice, or two roles share one column.
        """
        twice = [name for name, times in Counter(present).items() if times > 1]
        if twice:
            raise TableError(f"{path} names the column {twice[0]!r} twice. Rename or remove one of them.")
        found = {role.name: self._find(role.name, present, path) for role in fields(self)}
        if found["text"] not in present and found["image"] not in present:
            raise TableError(
                f"{path} has neither a text nor an image column. {describe(present, 'text', 'image')} "
                "Rename the column, or name it with --text-column or --image-column."
            )
        shared = [name for name, times in Counter(found.values()).items() if name is not None and times > 1]
        if shared:
            raise TableError(f"The column {shared[0]!r} of {path} is asked for twice, as two different things.")
        return replace(self, **found)

    def _find(self, role: str, present: Sequence[str], path: str | PathLike[str]) -> str | None:
        name: str | None = getattr(self, role)
        if name is None or name in present:
            return name
        alike = [other for other in present if other.casefold() == name.casefold()]
        if len(alike) == 1:
            return alike[0]
        if name != getattr(DEFAULT_COLUMNS, role):
            raise TableError(f"{path} has no column {name!r} for the {role}. {describe(present, name)}")
        return name


DEFAULT_COLUMNS = Columns()


def describe(present: Sequence[str], *wanted: str) -> str:
    """The columns there are, and those of them that may have been meant."""
    folded = {name.casefold(): name for name in present}
    close = [folded[m] for name in wanted for m in difflib.get_close_matches(name.casefold(), folded, n=1)]
    meant = f" Did you mean {' or '.join(repr(name) for name in dict.fromkeys(close))}?" if close else ""
    return f"Its columns are: {', '.join(present)}.{meant}"
