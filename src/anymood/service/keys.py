"""API keys, compared in constant time."""

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path

from anymood.errors import SettingError

SHORTEST = 16  # characters of a key: what random letters and digits need to be beyond guessing


class Keys:
    """Who may ask; with no key at all, everybody.

    Only hashes are kept. Each given key is compared with all of them in full, so that the time tells nothing.

    Args:
        keys: the valid ones.

    Raises:
        SettingError: a key is too short, or has characters that a header cannot carry.
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._digests = []
        for number, key in enumerate(keys, 1):
            if len(key) < SHORTEST or not key.isascii() or not key.isprintable() or " " in key:
                raise SettingError(
                    f"API key {number} cannot be used: give at least {SHORTEST} printable ASCII characters without a "
                    "blank. Make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
                )
            self._digests.append(_digest(key))

    def __bool__(self) -> bool:
        return bool(self._digests)

    def allow(self, authorization: str | None) -> bool:
        """Whether an ``Authorization`` header, ``Bearer KEY``, opens the door."""
        if not self._digests:
            return True
        scheme, _, key = (authorization or "").partition(" ")
        given = _digest(key.strip())
        same = [hmac.compare_digest(given, digest) for digest in self._digests]
        return scheme.lower() == "bearer" and any(same)


def read_keys(file: Path) -> Keys:
    """Keys from a file, one a line; blank lines and those that begin with ``#`` are passed over.

    Raises:
        SettingError: the file cannot be read, has no key, or one that cannot be used.
    """
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, ValueError) as error:
        raise SettingError(f"The API keys {file} cannot be read: {error}. Give a text file, a key a line.") from error
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys:  # an empty file must not open the service to everybody
        raise SettingError(f"There is no key in {file}. Write one a line.")
    return Keys(keys)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
