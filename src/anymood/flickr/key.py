"""The key for Flickr's API, which must not be seen anywhere."""

from dataclasses import dataclass, field
from pathlib import Path

from anymood.errors import SettingError


@dataclass(frozen=True, slots=True)
class Key:
    """A key that no message, log or traceback shows by accident.

    Raises:
        SettingError: it is none, as when a whole file was pasted.
    """

    value: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.value.isascii() or not self.value.isalnum():
            raise SettingError("The Flickr API key should be letters and digits alone. Copy it again from Flickr.")

    def hidden(self, text: str) -> str:
        """A text from outside as it may be shown: without the key, printable, and not long."""
        shown = text.replace(self.value, "***")
        return "".join(character if character.isprintable() else " " for character in shown)[:200]


def read_key(file: Path) -> Key:
    """The key that is all a file holds.

    Raises:
        SettingError: the file cannot be read, or holds no key.
    """
    try:
        return Key(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:
        raise SettingError(f"The key file {file} cannot be read: {error}. Give a text file with the key.") from error
    except SettingError as error:
        raise SettingError(f"{error} It came from {file}.") from None
