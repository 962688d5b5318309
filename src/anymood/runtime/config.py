"""``config.json`` of a bundle as a frozen value."""

import datetime
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from anymood._version import __version__
from anymood.errors import SettingError
from anymood.labels import LabelSet
from anymood.preparation.image import ImagePreparation

FORMAT = "anymood-bundle"
FORMAT_VERSION = 1  # incremented when older versions cannot read the new format

# A plain file name: no separator, drive or "..", so that no file of a bundle is outside its folder.
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")

CLASSIFIERS = ("image", "text", "fused")

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Temperature of each classifier, by which logits are divided before the softmax; 1 leaves them unchanged.

    Raises:
        SettingError: a temperature is not a finite number above 0.
    """

    image: float = 1.0
    text: float = 1.0
    fused: float = 1.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < math.inf:
                raise SettingError(f"The temperature {name!r} is {value!r}. Give a finite number above 0.")


@dataclass(frozen=True, slots=True)
class BundleConfig:
    """The description of a bundle.

    Attributes:
        name: name of the model.
        labels: the classes, in the order of the logits.
        image: the preparation of images.
        architecture: description of the network, from which training rebuilds it; JSON values.
        temperatures: temperatures of the three classifiers.
        prior: label proportions that the probabilities assume, a share per label; empty if unknown.
        trained: the classifiers that were trained on at least one post; the others are not used.
        files: SHA-256 of each file by its name, computed by ``Bundle.write``.
        versions: versions of the packages that the bundle was made with.
        created: ISO 8601 date or time of creation.
        description: one line about the purpose of the model.
        anymood_version: the version of anymood that wrote the bundle.

    Raises:
        SettingError: a value is out of range; the message names it.
    """

    name: str
    labels: LabelSet
    image: ImagePreparation
    architecture: Mapping[str, Any] = field(default_factory=dict)
    temperatures: Temperatures = Temperatures()
    prior: Mapping[str, float] = field(default_factory=dict)
    trained: tuple[str, ...] = CLASSIFIERS
    files: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    description: str = ""
    anymood_version: str = __version__

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise SettingError("'name' is empty. Give the model a name.")
        if self.prior and not (
            set(self.prior) == set(self.labels)
            and all(0 < share < 1 for share in self.prior.values())
            and math.isclose(sum(self.prior.values()), 1, abs_tol=1e-3)
        ):
            raise SettingError("'prior' should have a share above 0 for each label, which sum to 1.")
        width = self.architecture.get("width", 1)
        if type(width) is not int or width < 1:
            raise SettingError(f"'architecture' has the width {width!r:.80}. Give a positive integer.")
        if not self.trained or not set(self.trained) <= set(CLASSIFIERS):
            raise SettingError(f"'trained' is {list(self.trained)}. Choose from {', '.join(CLASSIFIERS)}.")
        if self.created:
            _check_time(self.created)
        for file, digest in self.files.items():
            if not FILE_NAME.fullmatch(file):
                raise SettingError(f"'files' names {file!r}, but files of a bundle are directly in its folder.")
            if not SHA256.fullmatch(digest):
                raise SettingError(
                    f"'files' gives {digest!r} for {file!r}, which is not a SHA-256 (64 hexadecimal digits)."
                )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "BundleConfig":
        """The config of a parsed ``config.json``. Unknown keys are ignored.

        Raises:
            SettingError: a key is missing, or its value has the wrong type or is out of range.
        """
        temperatures = _get(values, "temperatures", dict)
        return cls(
            name=_get(values, "name", str),
            labels=LabelSet(tuple(_all_text("labels", _get(values, "labels", list)))),
            image=ImagePreparation.from_dict(_get(values, "image", dict)),
            architecture=_get(values, "architecture", dict),
            temperatures=Temperatures(*(_get_number(temperatures, key) for key in CLASSIFIERS)),
            prior={key: _get_number(values["prior"], key) for key in _get(values, "prior", dict)}
            if "prior" in values
            else {},
            trained=tuple(_all_text("trained", _get(values, "trained", list))) if "trained" in values else CLASSIFIERS,
            files=_text_by_name("files", _get(values, "files", dict)),
            versions=_text_by_name("versions", _get(values, "versions", dict)),
            created=_get(values, "created", str),
            description=_get(values, "description", str),
            anymood_version=_get(values, "anymood_version", str),
        )

    def reads(self, modality: str) -> bool:
        """Whether a classifier for a modality, ``"image"`` or ``"text"``, was trained, alone or in pairs."""
        return modality in self.trained or "fused" in self.trained

    def digest(self) -> str:
        """SHA-256 of the config, and so of the bundle, because the config contains the hashes of the files."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "anymood_version": self.anymood_version,
            "name": self.name,
            "description": self.description,
            "created": self.created,
            "labels": list(self.labels),
            "image": self.image.to_dict(),
            "temperatures": asdict(self.temperatures),
            "prior": dict(self.prior),
            "trained": list(self.trained),
            "architecture": dict(self.architecture),
            "versions": dict(self.versions),
            "files": dict(self.files),
        }


def _check_time(created: str) -> None:
    try:
        datetime.datetime.fromisoformat(created)
    except ValueError:
        raise SettingError(f"'created' is {created!r}. Give an ISO 8601 date, such as 2025-01-31.") from None


def _get(values: Mapping[str, Any], key: str, kind: type[_Value]) -> _Value:
    """The value of a key, which must have exactly the given type (``true`` is not a number)."""
    if key not in values:
        raise SettingError(f"{key!r} is missing.")
    value = values[key]
    if type(value) is not kind:
        raise SettingError(f"{key!r} should be of type {kind.__name__}, but is {value!r:.80}.")
    return value


def _get_number(values: Mapping[str, Any], key: str) -> float:
    return float(_get(values, key, int)) if type(values.get(key)) is int else _get(values, key, float)


def _all_text(key: str, values: list[Any]) -> list[str]:
    for value in values:
        if not isinstance(value, str):
            raise SettingError(f"{key!r} should only contain strings, but contains {value!r:.80}.")
    return values


def _text_by_name(key: str, values: dict[str, Any]) -> dict[str, str]:
    _all_text(key, list(values.values()))
    return values
