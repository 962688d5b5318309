"""The folder of a training run.

::

    run/
      config.json          sources, recipe, labels, digest of the posts, versions
      tokenizer.json       the vocabulary, made before the first epoch
      metrics.jsonl        a line an epoch
      learning_curves.png
      problems.txt         rows with a problem, and images that could not be decoded
      checkpoints/         last.ckpt (to resume from) and best.ckpt
      bundle/              what prediction reads
"""

import json
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from anymood._version import __version__
from anymood.errors import SettingError
from anymood.files import atomic_write


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of a run."""

    folder: Path

    @property
    def config(self) -> Path:
        """DataSources, recipe, labels, digest of the posts and versions as JSON."""
        return self.folder / "config.json"

    @property
    def tokenizer(self) -> Path:
        """The vocabulary."""
        return self.folder / "tokenizer.json"

    @property
    def metrics(self) -> Path:
        """One JSON line an epoch."""
        return self.folder / "metrics.jsonl"

    @property
    def learning_curves(self) -> Path:
        """Losses and scores over the epochs."""
        return self.folder / "learning_curves.png"

    @property
    def problems(self) -> Path:
        """Images that could not be decoded, a line each."""
        return self.folder / "problems.txt"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.folder / "checkpoints"

    @property
    def last(self) -> Path:
        """Checkpoint after the last complete epoch."""
        return self.checkpoints / "last.ckpt"

    @property
    def best(self) -> Path:
        """Checkpoint of the epoch with the best validation score."""
        return self.checkpoints / "best.ckpt"

    @property
    def bundle(self) -> Path:
        """The bundle of the trained model."""
        return self.folder / "bundle"

    def start(self, config: dict[str, Any]) -> None:
        """Make the folder of a new run.

        Raises:
            SettingError: there is something in the folder already, or it cannot be made.
        """
        try:
            self._begin(config)
        except OSError as error:
            raise SettingError(
                f"The folder {self.folder} of the run cannot be made: {error}. Name one that you may write to."
            ) from error

    def _begin(self, config: dict[str, Any]) -> None:
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            unfinished = self.config.exists() and not self.bundle.exists()
            what = f"{self.folder} holds a finished run" if self.bundle.exists() else f"{self.folder} is not empty"
            way = f"resume it: anymood train --resume {self.folder}" if unfinished else "choose another"
            raise SettingError(f"{what}, so no run is started there. Name an empty folder, or {way}.")
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.config) as file:
            file.write((json.dumps(config, indent=2) + "\n").encode())
        self.checkpoints.mkdir()

    def clear(self) -> None:
        """Remove the files of a run that has not trained; the folder stays."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def read_config(self) -> dict[str, Any]:
        """The configuration that ``start`` wrote.

        Raises:
            SettingError: this is no run folder.
        """
        try:
            config = json.loads(self.config.read_text(encoding="utf-8"))
            return dict(config) if {"sources", "recipe"} <= set(config) else self._foreign()
        except (OSError, ValueError, TypeError):
            return self._foreign()

    def _foreign(self) -> dict[str, Any]:
        raise SettingError(f"{self.folder} is no training run: it has no config.json of one.")

    def records(self) -> list[dict[str, Any]]:
        """The lines of the metrics file."""
        if not self.metrics.exists():
            return []
        records = []
        for line in filter(str.strip, self.metrics.read_text(encoding="utf-8").splitlines()):
            try:
                records.append(json.loads(line))
            except ValueError:
                break  # half written when the process was killed
        return records

    def stopped_early(self, patience: int) -> bool:
        """Whether the score has not risen for ``patience`` epochs."""
        scores = [record["score"] for record in self.records()]
        return bool(scores) and len(scores) - 1 - scores.index(max(scores)) >= patience


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a run depends on."""
    packages = {name: version(name) for name in ("torch", "timm", "lightning", "tokenizers", "onnx", "numpy", "pillow")}
    return {"anymood": __version__, "python": platform.python_version(), **packages}
