"""The settings of a training run as options, from the fields and the docstring of ``Recipe``."""

import dataclasses
import inspect
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, get_origin

from cyclopts import Group, Parameter

from anymood.errors import SettingError
from anymood.fields import FieldRule, field_rules
from anymood.json_stream import repeated_keys
from anymood.runtime.finding import bundled_names
from anymood.training.config import Recipe

# Settings that may be a path, with their other values.
PATHS = {
    "start_from": bundled_names(),
    "image_weights": ("packaged", "timm", "none"),
    "word_vectors": ("minilm", "random"),
    "text_folder": ("minilm", "mpnet", "e5"),
}
# Settings that a model to start from determines.
FIXED_BY_START = (
    *("image_encoder", "image_weights", "image_side", "text_encoder", "text_folder", "word_vectors"),
    *("vocabulary", "max_tokens", "fusion"),
)
# Settings that only one of the text encoders uses, and the encoders that ignore them.
ENCODER_SETTINGS = {
    "text_folder": ("transformer", ("cnn", "static")),
    "pooled_text_layers": ("transformer", ("cnn", "static")),
    "word_vectors": ("cnn", ("static", "transformer")),
}
# Settings of tuned encoders.
TUNING = ("tuned_image_stages", "image_learning_rate", "tuned_text_layers", "text_learning_rate")
DEFAULT = "default"  # used if neither a recipe nor a setting of the network is given
GROUP = Group.create_ordered("Settings")


def read_recipe(source: str | None, settings: dict[str, Any]) -> Recipe:
    """A recipe, overridden by the settings; relative paths become absolute.

    Args:
        source: a JSON file, or the name of a bundled recipe. None for the default recipe, or for none if a setting
            names an encoder or a model to start from.
        settings: settings by the name of their field; nested ones are merged.

    Raises:
        SettingError: there is no such recipe, it is not a JSON object, or a value is invalid.
    """
    if source is None and not settings.keys() & {"start_from", *FIXED_BY_START}:
        source = DEFAULT
    values = {} if source is None else _load(_find(source))
    if (values | settings).get("start_from") and (fixed := [name for name in FIXED_BY_START if name in settings]):
        raise SettingError(
            f"{' and '.join(fixed)} cannot be set: the model to start from determines them. Remove them."
        )
    for name, value in settings.items():
        before = values.get(name)
        values[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    for name, names in PATHS.items():
        value = values.get(name)
        if isinstance(value, str) and value not in names and Path(value).exists():
            values[name] = str(Path(value).resolve())
    try:
        recipe = Recipe.from_dict(values)
    except TypeError as error:
        raise SettingError(f"A setting of the recipe is of the wrong type, or unknown: {error}.") from error
    if recipe.frozen and (unused := [name for name in TUNING if settings.get(name)]):
        frozen = "frozen is set" if settings.get("frozen") else f"the recipe {source} freezes them"
        raise SettingError(
            f"{' and '.join(unused)} is for tuned encoders, but {frozen}. Add --no-frozen, or leave it out."
        )
    for name, (encoder, others) in ENCODER_SETTINGS.items():
        if name in settings and recipe.text_encoder in others and recipe.start_from is None:
            raise SettingError(
                f"{name} is for the text encoder {encoder}, but text_encoder is {recipe.text_encoder}. Add "
                f"--text-encoder {encoder}, or leave it out."
            )
    return recipe


def option_types(config: type) -> dict[str, Any]:
    """Types of the options for the fields of a dataclass, with help from its docstring, bounds, and defaults."""
    docs = _attribute_docs(config)
    options: dict[str, Any] = {}
    for field, (name, rule) in zip(dataclasses.fields(config), field_rules(config), strict=True):
        if dataclasses.is_dataclass(rule.kind):
            options[name] = Annotated[_partial(rule.kind), Parameter(group=GROUP)]
            continue
        help_text = " ".join((docs[name], *_bounds(rule), *_default(field.default)))
        options[name] = Annotated[rule.kind, Parameter(group=GROUP, help=help_text)]
    return options


def _partial(config: Any) -> Any:
    """A mapping type with the given fields of a dataclass."""
    make: Any = TypedDict
    return make(config.__name__, option_types(config), total=False)


def _bounds(rule: FieldRule) -> list[str]:
    """A sentence on the allowed values of a field, unless its type defines them."""
    if rule.bounds is not None:
        bounds = str(rule.bounds)
        return [f"{bounds[0].upper()}{bounds[1:]}."]
    return [f"One of {', '.join(rule.choices)}."] if rule.choices and get_origin(rule.kind) is not Literal else []


def _default(value: Any) -> list[str]:
    return [] if value is None else [f"Default: {str(value).lower() if isinstance(value, bool) else value}."]


def _attribute_docs(config: type) -> dict[str, str]:
    """The entries under ``Attributes`` in a class's docstring, as sentences."""
    _, _, section = (inspect.getdoc(config) or "").partition("Attributes:\n")
    docs: dict[str, str] = {}
    for entry in textwrap.dedent(section.partition("\n\n")[0]).replace("\n    ", " ").splitlines():
        name, _, text = entry.partition(": ")
        docs[name] = text[:1].upper() + text[1:]
    return docs


def _find(source: str) -> Path:
    path = Path(source)
    if path.is_file():
        return path
    from anymood import training

    folder = Path(training.__path__[0]) / "recipes"
    if path.name == source and (folder / f"{source}.json").is_file():
        return folder / f"{source}.json"
    names = sorted(recipe.stem for recipe in folder.glob("*.json"))
    listed = f"Bundled recipes: {', '.join(names)}." if names else "No recipe is bundled."
    raise SettingError(f"There is no recipe {source!r}. {listed} Or give a JSON file.")


def _load(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes(), object_pairs_hook=_without_repetitions)
    except (OSError, ValueError, RecursionError) as error:
        raise SettingError(f"The recipe {path} cannot be read as JSON: {error}.") from error
    if not isinstance(values, dict):
        raise SettingError(f"The recipe {path} should be a JSON object of settings, not a {type(values).__name__}.")
    return values


def _without_repetitions(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if repeated := repeated_keys(pairs):
        raise ValueError(f"it has {repeated[0]!r} more than once")
    return dict(pairs)


if TYPE_CHECKING:
    Settings = dict[str, Any]
else:
    Settings = _partial(Recipe)  # only the given settings, so that the others come from the recipe
