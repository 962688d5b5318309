"""The columns of a table that are read as posts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from os import PathLike
from pathlib import PurePath

from anymood.errors import SettingError, TableError
from anymood.tables.column_names import (
    JOIN,
    POST_ROLES,
    advice_on_posts,
    columns_with_parts,
    describe,
    exact_name,
    has_column,
    joined_columns,
    plain_name,
    quoted,
    usual_by_role,
    usual_columns,
    which_column,
)
from anymood.tables.usual_names import OTHER_TEXTS, USUAL_NAMES, letters

PREFIX = "predicted_"  # prefix of a column of predictions whose name was taken


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are read; None for a column that is ignored.

    Names match exactly, or else regardless of case. A name may be that of a value within objects, with dots between the
    keys: ``record.text``. Columns with the default names are optional; others must exist. The text may be joined from
    several columns: ``title+body``.

    Attributes:
        id: the id of a post, which is copied to its prediction.
        text: the text.
        image: the path of the image, absolute or relative to the table, or the bytes of the image file.
        label: the class.
        split: train, validation or test.
    """

    id: str | None = "id"
    text: str | None = "text"
    image: str | None = "image"
    label: str | None = "label"
    split: str | None = "split"

    def __post_init__(self) -> None:
        for role in fields(self):
            if not isinstance(name := getattr(self, role.name), str | None):
                raise TableError(f"The name of the {role.name} column must be a str, not {name!r}.")

    def unlabelled(self) -> "Columns":
        """The same columns without label and split, which predictions ignore."""
        return replace(self, label=None, split=None)

    def resolve(
        self,
        present: Sequence[str],
        path: str | PathLike[str],
        *,
        nested: Collection[str] = (),
        repeated: Collection[str] = (),
        guess: bool = False,
        scored: bool = False,
    ) -> "Columns":
        """The same columns under their exact names in a table.

        Args:
            present: names of the table's columns.
            path: path of the table, for messages.
            nested: names of values within columns.
            repeated: names of several columns.
            guess: whether to use columns with other usual names, where there is only one for a role.
            scored: whether a table with predictions may lack both a text and an image column.

        Raises:
            TableError: a given column is missing, the table has neither a text nor an image column or several
                candidates for the text, a name is ambiguous, or two roles share a column.
        """
        names = {role.name: self._exact_name(role.name, present, nested, path) for role in fields(self)}
        usual = usual_by_role(names, present, nested)
        for role, others in usual.items():
            if guess and len(others) == 1:
                names[role] = others[0]
        needed = not (scored and is_scored(present))
        if needed and not any(has_column(names[role], present, nested) for role in POST_ROLES):
            raise TableError(
                f"{path} has neither a text nor an image column. {advice_on_posts(present, usual, str(path), nested)}"
            )
        self._check_sharing(names, present, nested, repeated, path)
        return replace(self, **names)

    def guessed(self, resolved: "Columns") -> set[str]:
        """The roles for which ``resolve`` chose a column with another usual name."""
        pairs = {role: (getattr(self, role), getattr(resolved, role)) for role in USUAL_NAMES}
        return {
            role
            for role, (wanted, name) in pairs.items()
            if wanted is not None and plain_name(name) != plain_name(wanted) and not wanted.isdecimal()
        }

    def notes(
        self,
        resolved: "Columns",
        present: Sequence[str],
        nested: Collection[str] = (),
        option: str = "--{0}-column or {0}=",
        rows: Iterable[Mapping[str, object]] = (),
        images: bool = True,
    ) -> list[str]:
        """Notes for the user about columns that were chosen or ignored automatically.

        Args:
            resolved: result of ``resolve``.
            present: names of the columns.
            nested: names of nested columns.
            option: how a column is named, with ``{0}`` or ``{}`` for text, image, label or id.
            rows: values of the first rows, which are read if no column is known to have images.
            images: whether the model reads images.
        """
        notes = []
        guessed = self.guessed(resolved)
        for role in USUAL_NAMES:
            name, flag = getattr(resolved, role), option.format(role)
            if role in guessed:
                titles = [other for other in present if role == "text" and OTHER_TEXTS.fullmatch(letters(other))]
                is_one = len(titles) == 1 and name not in titles and "snippet" not in titles[0].casefold()
                joined = f", and {JOIN.join((*titles, name))!r} joins two" if is_one else ""
                notes.append(f"the column {name!r} is read as the {role} ({flag} selects another one{joined})")
            elif (
                name is not None
                and role in (POST_ROLES if images else ("text",))
                and not has_column(name, present, nested)
                and (others := _candidates(role, present, nested, resolved) or _image_columns(role, rows, resolved))
            ):
                notes.append(f"no column is read as the {role}: {flag} selects one, such as {quoted(others)}")
        return notes

    def require_label(self, present: Sequence[str], path: str | PathLike[str], nested: Collection[str] = ()) -> None:
        """Check that a table has the label column of resolved columns.

        Raises:
            TableError: it has none, or several candidates.
        """
        if has_column(self.label, present, nested):
            return
        if usual := usual_columns("label", present, nested):
            advice = which_column({"label": usual}, present)
        else:
            advice = f"{describe(present, self.label or 'label')} Name it with --label-column or label=."
        raise TableError(f"{path} has no label column. {advice}")

    def has_posts(self, present: Sequence[str]) -> bool:
        """Whether some names include a text or an image column, also under another usual name."""
        folded = {name.casefold() for name in present}
        wanted = {name.casefold() for name in (self.text, self.image) if name is not None}
        roles = [role for role in POST_ROLES if getattr(self, role) is not None]
        return bool(wanted & folded) or any(usual_columns(role, present) for role in roles)

    def _exact_name(
        self, role: str, present: Sequence[str], nested: Collection[str], path: str | PathLike[str]
    ) -> str | None:
        wanted: str | None = getattr(self, role)
        if wanted is None:
            return None
        if (column := exact_name(wanted, present, nested)) is not None:
            return column
        exact = []
        for part in joined_columns(wanted, present, nested) if role == "text" else [wanted]:
            name = exact_name(part, present, nested)
            if name is None and wanted != getattr(DEFAULT_COLUMNS, role):
                raise TableError(f"{path} has no column {part!r} for the {role}. {describe(present, part)}")
            exact.append(name or part)
        return JOIN.join(exact)

    def _check_sharing(
        self,
        names: Mapping[str, str | None],
        present: Sequence[str],
        nested: Collection[str],
        repeated: Collection[str],
        path: str | PathLike[str],
    ) -> None:
        """Check that no column has two roles, and that the table has each only once."""
        roles: dict[str, list[str]] = {}
        for role, name in names.items():
            for part in [] if name is None else joined_columns(name, present, nested):
                roles.setdefault(part, []).append(role)
        if twice := next((name for name in roles if name in repeated), None):
            raise TableError(f"{path} has the column {twice!r} twice. Rename or remove one of them.")
        for name, sharing in roles.items():
            if len(set(sharing)) < len(sharing):
                raise TableError(f"{path}: the column {name!r} is given twice for the {sharing[0]}. Name it once.")
            if len(sharing) > 1:
                usual = [role for role in sharing if getattr(self, role) == getattr(DEFAULT_COLUMNS, role)]
                none = f", or none (--{usual[0]}-column '' or {usual[0]}=None)" if usual else ""
                raise TableError(
                    f"{path}: the column {name!r} is given for two different roles, {' and '.join(sharing[:2])}. Name "
                    f"another column for one of them{none}."
                )


DEFAULT_COLUMNS = Columns()


def post_columns(present: Sequence[str]) -> dict[str, list[str]]:
    """The columns that may be the text and the image of posts: by role none, one, or several to choose from."""
    names = {role: exact_name(role, present, ()) or role for role in POST_ROLES}
    usual = usual_by_role(names, present, ())
    return {role: usual.get(role, [name]) for role, name in names.items()}


def require_columns(value: object) -> None:
    """Check that names of columns are a ``Columns``.

    Raises:
        SettingError: they are not.
    """
    if not isinstance(value, Columns):
        raise SettingError(
            f"The columns are a Columns of anymood.tables, such as Columns(text='body'), not a {type(value).__name__}."
        )


def is_scored(present: Collection[str]) -> bool:
    """Whether a table has columns of predictions."""
    return {"used", "label"} <= {name.removeprefix(PREFIX) for name in present}


def _candidates(role: str, present: Sequence[str], nested: Collection[str], resolved: Columns) -> list[str]:
    """Columns to suggest for a role for which no column was found, by their names."""
    usual = usual_columns(role, present, nested)
    return usual or [name for name in columns_with_parts(role, present) if role == "text" and name != resolved.image]


def _image_columns(role: str, rows: Iterable[Mapping[str, object]], resolved: Columns) -> list[str]:
    """Columns without a role whose values in some rows are names of image files; none if images are not wanted."""
    taken = {getattr(resolved, part.name) for part in fields(resolved)}
    are_images: dict[str, bool] = {}
    for row in rows if role == "image" else ():
        for name, value in row.items():
            if isinstance(value, str) and value.strip() and name not in taken:
                are_images[name] = are_images.get(name, True) and _is_image_name(value.strip())
    return [name for name, are in are_images.items() if are]


def _is_image_name(value: str) -> bool:
    from anymood.preparation.decoding import SUFFIXES  # imports Pillow

    return "://" not in value and PurePath(value).suffix.lower() in SUFFIXES
