"""Runs the trials of a study; finished ones are not repeated."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from anymood.experiments.features import Features
from anymood.experiments.folder import StudyFolder
from anymood.experiments.posts import StudyPosts, read_posts
from anymood.experiments.study import PAPER_SYSTEMS, Study
from anymood.experiments.trials import TrialResult, run_system, run_trial


@dataclass(frozen=True, slots=True)
class StudyResult:
    """A study with its trials.

    Attributes:
        study: the study.
        posts: posts of the study's own split.
        trials: finished trials in the study's order.
    """

    study: Study
    posts: StudyPosts
    trials: Sequence[TrialResult]


def run_study(study: Study, folder: Path, say: Callable[[str], None]) -> StudyResult:
    """Run each trial that has not finished yet.

    Args:
        study: the study.
        folder: folder of the study: new, empty, or of the same study.
        say: called with a line for each trial.

    Raises:
        InputError: the data or the folder cannot be used.
        TrainingError: a part of the data has no pairs.
        KeyboardInterrupt: the user stopped; the same call resumes.
    """
    kept = StudyFolder(folder)
    posts = read_posts(study)
    kept.start({**study.identity(), "posts": posts.digest()})
    trials = list(study.trials(unpaired=bool(posts.unpaired), pairs=len(posts.train)))
    finished = {trial: result for trial in trials if (result := kept.load(trial)) is not None}
    for trial in [trial for trial in trials if trial.fold is not None and trial not in finished][:1]:
        read_posts(study, trial.fold)  # folds that are not there end it now
    if finished:
        say(f"{len(finished)} of {len(trials)} trainings were finished before.")
    spent, done = 0.0, 0
    fold, fold_posts = None, posts
    features: Features | None = None
    for number, trial in enumerate(trials, 1):
        if trial in finished:
            continue
        if trial.fold != fold:
            fold, fold_posts = trial.fold, posts if trial.fold is None else read_posts(study, trial.fold)
        started = time.monotonic()
        if trial.system in PAPER_SYSTEMS:
            result = run_trial(study, trial, fold_posts, kept.run(trial), kept.graphs)
        else:
            features = features or Features(study, posts, kept.graphs)
            result = run_system(study, trial, features)
        finished[trial] = result
        kept.save(result)
        spent, done = spent + time.monotonic() - started, done + 1
        left = timedelta(seconds=round(spent / done * sum(other not in finished for other in trials)))
        scores = ", ".join(f"{row} {(p.argmax(1) == result.truth).mean():.1%}" for row, p in result.rows.items())
        say(f"[{number}/{len(trials)}] {trial.name}: {scores} in {result.seconds:.0f} s; {left} left")
    return StudyResult(study, posts, [finished[trial] for trial in trials])
