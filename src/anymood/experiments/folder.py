"""The folder of a study.

::

    study/
      study.json       settings that all trials share
      cells/           a JSON file for each finished trial
      runs/            the run folder of the current training
      graphs/          frozen encoders, which all trials share
      results.json     all numbers
      report.html      with embedded figures
      report.md        with figures from figures/
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anymood.errors import SettingError
from anymood.experiments.study import Trial
from anymood.experiments.trials import TrialResult
from anymood.files import atomic_write


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """The paths of a study."""

    folder: Path

    @property
    def identity(self) -> Path:
        """The settings that all trials share, as JSON."""
        return self.folder / "study.json"

    @property
    def graphs(self) -> Path:
        """Graphs of frozen encoders, which trials share."""
        return self.folder / "graphs"

    def run(self, trial: Trial) -> Path:
        """Run folder of the current training."""
        return self.folder / "runs" / trial.name

    def start(self, identity: dict[str, Any]) -> None:
        """Start or resume a study.

        Args:
            identity: settings of the study and digest of its posts, plain values.

        Raises:
            SettingError: the folder contains another study, or other files.
        """
        identity = json.loads(json.dumps(identity))
        if self.identity.is_file():
            try:
                before = json.loads(self.identity.read_text(encoding="utf-8"))
            except ValueError as error:
                raise SettingError(f"{self.identity} is damaged: {error}. Choose another folder.") from error
            differing = sorted(key for key in {*before, *identity} if before.get(key) != identity.get(key))
            if differing:
                raise SettingError(
                    f"{self.folder} holds a study with other {', '.join(differing)}. Its results would not fit. "
                    "Choose another folder, or delete this one."
                )
            return
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise SettingError(f"{self.folder} is not empty, so no study can be started there. Choose an empty folder.")
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.identity) as file:
            file.write(json.dumps(identity, indent=2).encode() + b"\n")

    def load(self, trial: Trial) -> TrialResult | None:
        """The result of a trial, None if it has not finished."""
        try:
            values = json.loads(self._trial(trial).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return TrialResult.from_dict(values)

    def save(self, result: TrialResult) -> None:
        """Save the result of a trial, and remove its run folder."""
        path = self._trial(result.trial)
        path.parent.mkdir(exist_ok=True)
        with atomic_write(path) as file:
            file.write(json.dumps(result.to_dict()).encode() + b"\n")
        shutil.rmtree(self.run(result.trial), ignore_errors=True)

    def _trial(self, trial: Trial) -> Path:
        return self.folder / "cells" / f"{trial.name}.json"
