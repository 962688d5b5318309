"""Train all cells of a study, those left over from an earlier start included."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from anymood.experiments.cells import CellResult, run_cell
from anymood.experiments.folder import StudyFolder
from anymood.experiments.posts import StudyPosts, read_posts
from anymood.experiments.study import Study


@dataclass(frozen=True, slots=True)
class StudyResult:
    """A study with all that was trained.

    Attributes:
        study: what was asked for.
        posts: of the study's own split.
        cells: finished trainings in the study's order.
    """

    study: Study
    posts: StudyPosts
    cells: Sequence[CellResult]


def run_study(study: Study, folder: Path, say: Callable[[str], None]) -> StudyResult:
    """Train each cell that has not finished yet.

    Args:
        study: what to train.
        folder: of the study; new, empty, or of the same study.
        say: is told a line for each training.

    Raises:
        InputError: the data or the folder cannot be used.
        TrainingError: a part of the data has no pairs.
        KeyboardInterrupt: the user stopped; the same call goes on.
    """
    place = StudyFolder(folder)
    posts = read_posts(study)
    place.start({**study.identity(), "posts": posts.digest()})
    cells = list(study.cells(unpaired=bool(posts.unpaired)))
    finished = {cell: result for cell in cells if (result := place.load(cell)) is not None}
    for cell in [cell for cell in cells if cell.fold is not None and cell not in finished][:1]:
        read_posts(study, cell.fold)  # folds that are not there end it now
    if finished:
        say(f"{len(finished)} of {len(cells)} trainings have finished before.")
    spent, done = 0.0, 0
    fold, fold_posts = None, posts
    for number, cell in enumerate(cells, 1):
        if cell in finished:
            continue
        if cell.fold != fold:
            fold, fold_posts = cell.fold, posts if cell.fold is None else read_posts(study, cell.fold)
        started = time.monotonic()
        result = finished[cell] = run_cell(study, cell, fold_posts, place.run(cell))
        place.save(result)
        spent, done = spent + time.monotonic() - started, done + 1
        left = timedelta(seconds=round(spent / done * sum(other not in finished for other in cells)))
        scores = ", ".join(f"{row} {(p.argmax(1) == result.truth).mean():.1%}" for row, p in result.rows.items())
        say(f"[{number}/{len(cells)}] {cell.name}: {scores} in {result.seconds:.0f} s; {left} left")
    return StudyResult(study, posts, [finished[cell] for cell in cells])
