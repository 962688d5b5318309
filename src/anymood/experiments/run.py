"""Runs the trials of a study; finished ones are not repeated.

The folder of a study::

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
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from anymood.errors import SettingError
from anymood.experiments.features import StudyFeatures
from anymood.experiments.posts import StudyPosts, read_posts
from anymood.experiments.study import PAPER_SYSTEMS, Study, Trial
from anymood.experiments.system_training import Trainings
from anymood.experiments.trials import TrialResult, run_system, run_trial
from anymood.files import atomic_write, exclusive_lock
from anymood.training.config import with_current_names


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
                before = dict(json.loads(self.identity.read_text(encoding="utf-8")))
                before["recipe"] = with_current_names(dict(before.get("recipe", {})))
            except (ValueError, TypeError, RecursionError) as error:
                raise SettingError(f"{self.identity} is damaged: {error}. Choose another folder.") from error
            differing = sorted(key for key in {*before, *identity} if before.get(key) != identity.get(key))
            if differing:
                raise SettingError(
                    f"{self.folder} contains a study with other {', '.join(differing)}. "
                    "Choose another folder, or delete this one."
                )
            return
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise SettingError(f"{self.folder} is not empty, so no study can be started there. Choose an empty folder.")
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.identity) as file:
            file.write(json.dumps(identity, indent=2).encode() + b"\n")

    def load(self, trial: Trial) -> TrialResult | None:
        """The result of a trial; None if it has not finished, or its file is damaged."""
        try:
            return TrialResult.from_dict(json.loads(self._trial(trial).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def save(self, result: TrialResult) -> None:
        """Save the result of a trial, and remove its run folder."""
        path = self._trial(result.trial)
        path.parent.mkdir(exist_ok=True)
        with atomic_write(path) as file:
            file.write(json.dumps(result.to_dict()).encode() + b"\n")
        shutil.rmtree(self.run(result.trial), ignore_errors=True)

    def _trial(self, trial: Trial) -> Path:
        return self.folder / "cells" / f"{trial.name}.json"


@dataclass(frozen=True, slots=True)
class StudyResult:
    """A study with the posts of its own split and its finished trials, in the study's order."""

    study: Study
    posts: StudyPosts
    trials: Sequence[TrialResult]


def run_study(study: Study, folder: Path, say: Callable[[str], None]) -> StudyResult:
    """Run each trial that has not finished yet, in a folder that is new, empty, or of the same study.

    ``say`` is called with a line for each trial.

    Raises:
        InputError: the data or the folder cannot be used.
        TrainingError: a part of the data has no pairs.
        JobError: another process runs the study.
        KeyboardInterrupt: the user stopped; the same call resumes.
    """
    store = StudyFolder(folder)
    posts = read_posts(study)
    for note in posts.whole.notes:
        say(note)
    store.start({**study.identity(), "posts": posts.digest()})
    with exclusive_lock(folder / "lock", f"Another process runs the study in {folder}. Wait for it.", required=False):
        return _run_trials(study, store, posts, say)


def _run_trials(study: Study, store: StudyFolder, posts: StudyPosts, say: Callable[[str], None]) -> StudyResult:
    trials = list(study.trials(unpaired=bool(posts.unpaired), pairs=len(posts.train)))
    finished = {trial: result for trial in trials if (result := store.load(trial)) is not None}
    for trial in [trial for trial in trials if trial.fold is not None and trial not in finished][:1]:
        read_posts(study, trial.fold)  # so that missing folds are reported before any training
    if finished:
        say(f"{len(finished)} of {len(trials)} trainings were finished before.")
    spent, done = 0.0, 0
    fold, fold_posts = None, posts
    features: StudyFeatures | None = None
    shared: Trainings = {}
    for number, trial in enumerate(trials, 1):
        if trial in finished:
            continue
        if trial.fold != fold:
            fold, fold_posts = trial.fold, posts if trial.fold is None else read_posts(study, trial.fold)
        started = time.monotonic()
        if trial.system in PAPER_SYSTEMS:
            result = run_trial(study, trial, fold_posts, store.run(trial), store.graphs)
        else:
            features = features or StudyFeatures(study, posts, store.graphs)
            result = run_system(study, trial, features, shared)
        finished[trial] = result
        store.save(result)
        spent, done = spent + time.monotonic() - started, done + 1
        left = timedelta(seconds=round(spent / done * sum(other not in finished for other in trials)))
        scores = ", ".join(f"{row} {(p.argmax(1) == result.truth).mean():.1%}" for row, p in result.rows.items())
        say(f"[{number}/{len(trials)}] {trial.name}: {scores} in {result.seconds:.0f} s; {left} left")
    return StudyResult(study, posts, [finished[trial] for trial in trials])
