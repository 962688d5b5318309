"""A cache on disk for the features of frozen encoders."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from anymood.files import cache_folder


def digest(*parts: bytes | str) -> str:
    """Short hash, for names of cache files and keys."""
    whole = hashlib.blake2b(digest_size=16)
    for part in parts:
        whole.update(hashlib.blake2b(part.encode() if isinstance(part, str) else part).digest())
    return whole.hexdigest()


class FeatureCache:
    """Rows of features by string keys, in one file.

    Args:
        name: of the file; identifies the encoder and all that its features depend on.
        folder: of the file; ``cache_folder`` by default.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.file = (folder or cache_folder()) / f"{name}.npz"

    def get(self, keys: Sequence[str], compute: Callable[[list[int]], NDArray[np.float32]]) -> NDArray[np.float32]:
        """Features (N, F) of N keys.

        Args:
            keys: one per row; a repeated key is computed once.
            compute: returns the features (M, F) of M positions in ``keys`` that are not cached. A row with NaN means
                that the key has no features; it is not cached.
        """
        known = self._read()
        missing = list({key: position for position, key in enumerate(keys) if key not in known}.values())
        new: dict[str, NDArray[np.float32]] = {}
        if missing:
            new = {keys[position]: row for position, row in zip(missing, compute(missing), strict=True)}
            kept = {key: row for key, row in new.items() if not np.isnan(row).any()}
            if kept:
                # Another run may have written meanwhile: add to the present file.
                known |= self._read() | kept
                with suppress(OSError):  # without a cache, all is computed again the next time
                    self._write(known)
        return np.stack([new[key] if key in new else known[key] for key in keys])

    def _read(self) -> dict[str, NDArray[np.float32]]:
        try:
            with self.file.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return dict(zip(json.loads(stored["names"].tobytes()), stored["features"], strict=True))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return {}  # missing or damaged

    def _write(self, rows: dict[str, NDArray[np.float32]]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # A unique name, since several runs may write concurrently.
        file = tempfile.NamedTemporaryFile(dir=self.file.parent, suffix=".npz", delete=False)  # noqa: SIM115 - below
        try:
            with file:
                # JSON, since all items of a string array are as wide as the longest.
                names = np.frombuffer(json.dumps(list(rows)).encode(), np.uint8)
                np.savez(file, names=names, features=np.stack(list(rows.values())))
            Path(file.name).replace(self.file)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
