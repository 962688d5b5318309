"""The journal of Flickr's responses, an append-only file: after a kill, no request is repeated.

A line of JSON is a text (``{"id": ..., "what": "text", "title": ..., ...}``, the fields of ``Info``) or records that
it does not exist (``{"id": ..., "what": "image", "dead": "not found"}``). Later lines override earlier ones. Images
have no lines, since their files are written atomically.
"""

import json
import os
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from anymood.errors import JobError
from anymood.files import exclusive_lock
from anymood.flickr.client import Dead
from anymood.flickr.texts import Info
from anymood.posts import Reason

HEADER = b'{"journal": "flickr", "version": 1}\n'
LOCK = ".lock"  # suffix of the lock file
SYNC_SECONDS = 1.0  # between two calls of fsync

What: TypeAlias = Literal["text", "image"]


class Journal:
    """The journal of a folder, for one process at a time; a context manager.

    Texts stay on the disk; only their offsets are in memory.

    Args:
        path: the file, created if missing.
        forget_dead: ignore entries of deleted photos.

    Raises:
        JobError: another process uses it, or the file is not a journal.
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path, *, forget_dead: bool = False) -> None:
        self.dead: dict[What, dict[str, Reason]] = {"text": {}, "image": {}}
        self._texts: dict[str, int] = {}  # photo -> offset of its line
        self._synced = time.monotonic()
        busy = f"Another process is fetching into {path.parent}. Wait for it to end."
        with ExitStack() as opened:
            opened.enter_context(exclusive_lock(path.with_suffix(LOCK), busy))
            self._file = opened.enter_context(os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b"))
            self._length = self._load(path, forget_dead=forget_dead)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # a full disk, which was reported already
            self._opened.close()

    def has_text(self, photo: str) -> bool:
        """Whether there is a text for a photo."""
        return photo in self._texts

    def info(self, photo: str) -> Info | None:
        """The text of a photo, None if there is none."""
        if photo not in self._texts:
            return None
        self._file.seek(self._texts[photo])
        return _info(json.loads(self._file.readline()))

    def add(self, photo: str, what: What, outcome: Info | Dead) -> None:
        """Append a response.

        Raises:
            OSError: it cannot be written.
        """
        entry = {"dead": outcome.reason.value} if isinstance(outcome, Dead) else asdict(outcome)
        line = json.dumps({"id": photo, "what": what, **entry}).encode() + b"\n"
        self._file.seek(self._length)
        self._file.write(line)
        self._file.flush()
        self._note(entry | {"id": photo, "what": what}, self._length)
        self._length += len(line)
        if time.monotonic() - self._synced >= SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Sync all lines to the disk.

        Raises:
            OSError: they cannot be written.
        """
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def _load(self, path: Path, *, forget_dead: bool) -> int:
        """Read all lines; returns the offset of the next one. An incomplete last line is removed."""
        head = self._file.readline()
        if head != HEADER:
            if not HEADER.startswith(head):
                raise JobError(
                    f"{path} is not a journal of this version of anymood. Move it, or choose another folder."
                )
            self._file.seek(0)
            self._file.write(HEADER)
            self._file.flush()
        length = len(HEADER)
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            try:
                entry = json.loads(line)
                if not (forget_dead and "dead" in entry):
                    self._note(entry, length)
            except (ValueError, KeyError, TypeError):
                pass  # damaged; it will be requested again
            length += len(line)
        self._file.truncate(length)
        return length

    def _note(self, entry: dict[str, Any], offset: int) -> None:
        photo, what = entry["id"], entry["what"]
        if "dead" in entry:
            self.dead[what][photo] = Reason(entry["dead"])
            return
        _info(entry)  # raises if it is incomplete
        self.dead[what].pop(photo, None)
        self._texts[photo] = offset


def _info(entry: dict[str, Any]) -> Info:
    return Info(**{part.name: entry[part.name] for part in fields(Info)} | {"tags": tuple(entry["tags"])})
