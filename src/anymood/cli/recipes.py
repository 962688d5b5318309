"""The settings of a training run as options, made from the fields of ``Recipe`` and what stands under each of them."""

import ast
import dataclasses
import inspect
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, get_type_hints

from cyclopts import Group, Parameter

from anymood.errors import SettingError
from anymood.runtime.finding import bundled_names

# Settings that may be a path, and what they may be besides.
PATHS = {
    "start_from": bundled_names(),
    "image_weights": ("packaged", "timm", "none"),
    "word_vectors": ("minilm", "random"),
    "text_folder": (),
}
# What a model to start from brings along.
STARTED = ("image_encoder", "image_weights", "text_encoder", "text_folder", "word_vectors", "vocabulary", "max_tokens")
GROUP = Group.create_ordered("Settings")


def read_recipe(source: str | None, given: dict[str, Any]) -> "Recipe":
    """A recipe, overridden by the settings that were given; its paths become absolute, so that they hold in any folder.

    Args:
        source: a JSON file, or the name of a recipe that comes along; None for none.
        given: settings by the name of their field; nested ones are merged.

    Raises:
        SettingError: there is no such recipe, it is not a JSON object, or a value cannot be used.
    """
    values = {} if source is None else _load(_find(source))
    if (values | given).get("start_from") and (idle := [name for name in STARTED if name in given]):
        raise SettingError(f"The model to start from brings its own {' and '.join(idle)}. Leave the setting out.")
    for name, value in given.items():
        before = values.get(name)
        values[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    for name, names in PATHS.items():
        value = values.get(name)
        if isinstance(value, str) and value not in names and Path(value).exists():
            values[name] = str(Path(value).resolve())
    try:
        return Recipe.from_dict(values)
    except TypeError as error:
        raise SettingError(f"A setting of the recipe is of the wrong type, or unknown: {error}.") from error


def option_types(config: type) -> dict[str, Any]:
    """Types of the options for the fields of a dataclass, with help and default in words.

    Help is the text under a field, or under ``Attributes`` in the class's docstring.
    """
    hints = get_type_hints(config)
    told = _field_docs(config)
    options: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind):
            options[field.name] = Annotated[_partial(kind), Parameter(group=GROUP)]
            continue
        default = "" if field.default is None else f" Default: {_written(field.default)}."
        help_text = f"{told.get(field.name, '')}{default}".strip()
        options[field.name] = Annotated[kind, Parameter(group=GROUP, help=help_text)]
    return options


def _partial(config: Any) -> Any:
    """A mapping type with the fields of a dataclass, which holds just those that somebody gave."""
    make: Any = TypedDict
    return make(config.__name__, option_types(config), total=False)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _field_docs(config: type) -> dict[str, str]:
    """The string under each field."""
    body = ast.parse(textwrap.dedent(inspect.getsource(config))).body[0]
    found = _attribute_docs(inspect.getdoc(config) or "")
    if isinstance(body, ast.ClassDef):
        for field, below in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
                found[field.target.id] = " ".join(str(ast.literal_eval(below.value)).split())
    return found


def _attribute_docs(doc: str) -> dict[str, str]:
    """The lines of a docstring's ``Attributes``, which may go on in lines further in."""
    _, _, section = doc.partition("Attributes:\n")
    found: dict[str, str] = {}
    for entry in textwrap.dedent(section.partition("\n\n")[0]).replace("\n    ", " ").splitlines():
        name, _, text = entry.partition(": ")
        found[name] = text[:1].upper() + text[1:]
    return found


def _find(source: str) -> Path:
    path = Path(source)
    if path.is_file():
        return path
    from anymood import training

    folder = Path(training.__path__[0]) / "recipes"
    if path.name == source and (folder / f"{source}.json").is_file():
        return folder / f"{source}.json"
    names = sorted(recipe.stem for recipe in folder.glob("*.json"))
    listed = f"Recipes that come along: {', '.join(names)}." if names else "No recipe comes along."
    raise SettingError(f"There is no recipe {source!r}. {listed} Or give a JSON file.")


def _load(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise SettingError(f"The recipe {path} cannot be read as JSON: {error}.") from error
    if not isinstance(values, dict):
        raise SettingError(f"The recipe {path} should be a JSON object of settings, not a {type(values).__name__}.")
    return values


try:
    from anymood.training.config import Recipe
except ImportError:  # the command line also lists and completes its commands where one of them cannot run
    HAS_TRAINING = False
else:
    HAS_TRAINING = True

if TYPE_CHECKING:
    Settings = dict[str, Any]
elif HAS_TRAINING:
    Settings = _partial(Recipe)  # just what somebody gave, so that the rest of a recipe stands
else:

    class Settings(TypedDict):
        """None, where training cannot run."""
