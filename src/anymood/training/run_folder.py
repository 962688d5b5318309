"""The folder of a training run.

::

    run/
      config.json          sources, recipe, labels, digest of the posts, versions
      tokenizer.json       the vocabulary, written before the first epoch
      metrics.jsonl        a line per epoch
      learning_curves.png
      problems.txt         rows with a problem, and images that could not be decoded
      checkpoints/         last.ckpt (last complete epoch), best.ckpt (best validation score), lock
      bundle/              what prediction reads
"""

import json
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from shlex import quote
from typing import Any

from anymood._version import __version__
from anymood.errors import SettingError, optional_dependency
from anymood.files import atomic_write, created_folder, exclusive_lock, require_no_nul


class RunFolder:
    """The paths of a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.json"
        self.tokenizer = folder / "tokenizer.json"
        self.metrics = folder / "metrics.jsonl"
        self.learning_curves = folder / "learning_curves.png"
        self.problems = folder / "problems.txt"
        self.checkpoints = folder / "checkpoints"
        self.last = self.checkpoints / "last.ckpt"
        self.best = self.checkpoints / "best.ckpt"
        self.bundle = folder / "bundle"
        self.lock = self.checkpoints / "lock"

    def start(self, config: dict[str, Any]) -> None:
        """Create the folder of a new run.

        Raises:
            SettingError: the folder is not empty, or cannot be created.
        """
        require_no_nul(self.folder)
        try:
            if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
                unfinished = self.is_run() and not self.bundle.exists()
                state = "is a file" if not self.folder.is_dir() else "is not empty"
                what = f"{self.folder} holds a finished run" if self.bundle.exists() else f"{self.folder} {state}"
                way = f", or resume it: anymood train --resume {quote(str(self.folder))}" if unfinished else ""
                raise SettingError(f"{what}, so no run can be started there. Choose an empty folder{way}.")
            with created_folder(self.folder):
                with atomic_write(self.config) as file:
                    file.write((json.dumps(config, indent=2) + "\n").encode())
                self.checkpoints.mkdir()
        except OSError as error:
            raise SettingError(
                f"The folder {self.folder} of the run cannot be created: {error.strerror or error}. Choose one that "
                "you may write to."
            ) from error

    def clear(self) -> None:
        """Remove the files of a run without a checkpoint; the folder stays."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep other processes from training in the folder, where the file system has locks.

        Raises:
            JobError: another process is training in it.
        """
        if process_rank() != 0:
            yield
            return
        busy = f"Another process is training in {self.folder}. Wait for it, or choose another folder."
        with exclusive_lock(self.lock, busy, required=False):
            yield

    def is_run(self) -> bool:
        """Whether the folder is that of a run."""
        with suppress(SettingError):
            self.read_config()
            return True
        return False

    def read_config(self) -> dict[str, Any]:
        """The configuration that ``start`` wrote.

        Raises:
            SettingError: the folder is not a run.
        """
        with suppress(OSError, ValueError, TypeError):
            config = dict(json.loads(self.config.read_text(encoding="utf-8")))
            if {"sources", "recipe"} <= set(config):
                return config
        raise SettingError(f"{self.folder} is not a training run: it has no config.json of a run.")

    def records(self) -> list[dict[str, Any]]:
        """The records of the metrics file, one per epoch."""
        if not self.metrics.exists():
            return []
        records = []
        for line in filter(str.strip, self.metrics.read_text(encoding="utf-8").splitlines()):
            try:
                records.append(json.loads(line))
            except ValueError:
                break  # half written when the process was killed
        return records


def process_rank() -> int:
    """Rank of this process in distributed training; rank 0 writes the files.

    Raises:
        MissingExtra: Lightning is not installed, or is damaged.
    """
    with optional_dependency("Training", "train"):
        from lightning.fabric.utilities.rank_zero import rank_zero_only

    return getattr(rank_zero_only, "rank", None) or 0


def stopped_early(scores: Sequence[float], patience: int) -> bool:
    """Whether the best of the scores is ``patience`` epochs ago."""
    return bool(scores) and len(scores) - 1 - scores.index(max(scores)) >= patience


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a run depends on."""
    packages = {name: version(name) for name in ("torch", "timm", "lightning", "tokenizers", "onnx", "numpy", "pillow")}
    return {"anymood": __version__, "python": platform.python_version(), **packages}
