"""The classes of a model, in the order of its logits."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from anymood.errors import SettingError
from anymood.wording import short_label

# Polarity of the labels of the known corpora: +1 positive, 0 neutral, -1 negative.
# Awe is positive, as in You et al. (2016).
POLARITY = {
    "amusement": 1,
    "anger": -1,
    "awe": 1,
    "contentment": 1,
    "disgust": -1,
    "excitement": 1,
    "fear": -1,
    "happiness": 1,
    "joy": 1,
    "love": 1,
    "negative": -1,
    "neutral": 0,
    "positive": 1,
    "sadness": -1,
}

_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f]")  # would break lines of tables, or control a terminal
UNKNOWN_LABEL = -100  # class index of an unknown label; the ignore_index of torch's cross-entropy


def require_label_set(labels: object) -> None:
    """Raise ``SettingError`` if the value of an argument ``labels`` is not a ``LabelSet``."""
    if not isinstance(labels, LabelSet):
        raise SettingError(
            f"'labels' is a LabelSet, such as LabelSet(('negative', 'positive')), not a {type(labels).__name__}."
        )


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Names of C classes, by class index.

    Raises:
        SettingError: there are fewer than two names, or a name is no str, empty, duplicate or has control characters.
    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        names: object = self.names
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            raise SettingError(
                f"The labels must be a tuple of str, such as ('negative', 'positive'), not {names!r:.200}."
            )
        object.__setattr__(self, "names", tuple(names))
        if len(self.names) < 2:
            raise SettingError(f"A model needs at least two labels, but only {list(self.names)} was given.")
        if any(not name.strip() for name in self.names):
            raise SettingError(f"A label is empty: {list(self.names)}. Give every class a name.")
        for name in self.names:
            if _CONTROL.search(name):
                raise SettingError(f"The label {name!r:.200} has a line break or another control character. Remove it.")
        if len(set(self.names)) != len(self.names):
            raise SettingError(f"A label is given twice: {list(self.names)}. Name each class once.")

    @classmethod
    def of(cls, names: Iterable[str]) -> "LabelSet":
        """The label set of names, sorted.

        Raises:
            SettingError: as for the class.
        """
        return cls(tuple(sorted(set(names), key=str)))

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def index(self, name: str) -> int:
        """Class index of a name.

        Raises:
            SettingError: the name is not one of the labels; the message lists them.
        """
        try:
            return self.names.index(name)
        except ValueError:
            shown = short_label(name) if isinstance(name, str) else name
            known = ", ".join(map(short_label, self.names))
            raise SettingError(f"Unknown label {shown!r:.80}. The labels are: {known}.") from None

    def polarity(self, name: str) -> int | None:
        """+1, 0 or -1 for a name with a known polarity, None for any other."""
        return POLARITY.get(name.lower())
