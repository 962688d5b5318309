"""The key for Flickr's API, which must not appear in output."""

from dataclasses import dataclass, field
from pathlib import Path

from anymood.errors import SettingError


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that is not shown in messages, logs and tracebacks.

    Raises:
        SettingError: it is not a key, for example because a whole file was pasted.
    """

    value: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.value.isascii() or not self.value.isalnum():
            raise SettingError("The Flickr API key should be letters and digits alone. Copy it again from Flickr.")

    def hidden(self, text: str) -> str:
        """A text of the server without the key, printable, and truncated."""
        shown = text.replace(self.value, "***")
        return "".join(character if character.isprintable() else " " for character in shown)[:200]


def read_key(file: Path) -> Key:
    """The key in a file that contains only the key.

    Raises:
        SettingError: the file cannot be read, or holds no key.
    """
    try:
        return Key(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:
        raise SettingError(f"The key file {file} cannot be read: {error}. Give a text file with the key.") from error
    except SettingError as error:
        raise SettingError(f"{error} It came from {file}.") from None
