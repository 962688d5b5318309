"""A cache on disk for the features of frozen encoders."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from anymood.files import cache_folder, cache_write

FeatureRows: TypeAlias = dict[int, NDArray[Any]]
"""Features (F,), or (T, F) and the like, by the index of an item, such as a post."""


def digest(*parts: bytes | str) -> str:
    """Short hash, for names of cache files and keys."""
    whole = hashlib.blake2b(digest_size=16)
    for part in parts:
        whole.update(hashlib.blake2b(part.encode() if isinstance(part, str) else part).digest())
    return whole.hexdigest()


class FeatureCache:
    """Arrays of features by string keys, in one file; they may differ in their number of rows.

    Args:
        name: of the file; identifies the encoder and all that its features depend on.
        folder: of the file; ``cache_folder`` by default.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.file = (folder or cache_folder()) / f"{name}.npz"

    def get(self, keys: Mapping[int, str], compute: Callable[[list[int]], FeatureRows]) -> FeatureRows:
        """Features by the index of an item; items that have none are absent.

        Args:
            keys: key of each item; items with the same key are computed once.
            compute: returns the features of those items that are not cached. Items that have none are absent, and are
                computed again the next time.
        """
        known = self._read()
        missing = list({key: index for index, key in keys.items() if key not in known}.values())
        new = {keys[index]: row for index, row in compute(missing).items()} if missing else {}
        if new:
            # Another run may have written meanwhile: add to the present file.
            known |= self._read() | new
            with suppress(OSError):  # without a cache, all is computed again the next time
                self._write(known)
        return {index: known[key] for index, key in keys.items() if key in known}

    def _read(self) -> dict[str, NDArray[Any]]:
        try:
            with self.file.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                features: Any = stored["features"]
                if "lengths" in stored:
                    features = np.split(features, np.cumsum(stored["lengths"])[:-1])
                return dict(zip(json.loads(stored["names"].tobytes()), features, strict=True))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return {}  # missing or damaged

    def _write(self, rows: dict[str, NDArray[Any]]) -> None:
        with cache_write(self.file) as file:
            # JSON, since all items of a string array are as wide as the longest.
            names = np.frombuffer(json.dumps(list(rows)).encode(), np.uint8)
            features = list(rows.values())
            if len({row.shape for row in features}) == 1:
                np.savez(file, names=names, features=np.stack(features))
            else:
                lengths = [len(row) for row in features]
                np.savez(file, names=names, features=np.concatenate(features), lengths=lengths)
