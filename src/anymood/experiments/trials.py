"""One trial of a study, and its predictions of the test posts.

Shape legend: N test posts, C classes.
"""

import shutil
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor, nn

from anymood.datasets.corpus import presence
from anymood.errors import TrainingError
from anymood.experiments.features import StudyFeatures
from anymood.experiments.missing import MISSING
from anymood.experiments.posts import StudyPosts, posts_of
from anymood.experiments.study import Study, Trial
from anymood.experiments.system_training import Trainings, fit_system, predict
from anymood.experiments.systems import SYSTEMS
from anymood.network.multitask import MultitaskNetwork
from anymood.network.weightings import LossWeights
from anymood.probabilities import softmax
from anymood.training.batches import Collate
from anymood.training.fit import TrainedNetwork, fit
from anymood.training.prepare import PreparedRun, prepare
from anymood.training.run_folder import RunFolder, versions
from anymood.training.sampling import Draw

ONE_TASK = {
    "SI": LossWeights(image=1.0, text=0.0, fused=0.0),
    "ST": LossWeights(image=0.0, text=1.0, fused=0.0),
    "SM": LossWeights(image=0.0, text=0.0, fused=1.0),
}
DIGITS = 6  # decimal places of stored probabilities


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The result of a trial.

    Attributes:
        trial: the trial.
        posts: ids of the N test posts.
        truth: their class indices, (N,).
        rows: probabilities (N, C) under the names of the paper's tables: SI, ST, C_v, C_t, C_m, SM,
            and SM_I and SM_T, which are SM with a zero representation for the missing text or image; C_m_I and
            C_m_T are C_m without the text or the image, as its fusion handles that. For the other systems,
            ``both``, ``image`` and ``text``, by the given modalities.
        learnt: number of distinct training posts by presence pattern.
        epochs: a record per epoch, as in a run's ``metrics.jsonl``.
        seconds: training time.
        versions: versions of the packages.
        parameters: number of trained weights; 0 if it was not counted.
    """

    trial: Trial
    posts: list[str]
    truth: list[int]
    rows: dict[str, NDArray[np.float64]]
    learnt: dict[str, int]
    epochs: list[dict[str, Any]]
    seconds: float
    versions: dict[str, str]
    parameters: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        rows = {name: np.round(values, DIGITS).tolist() for name, values in self.rows.items()}
        values = {key: getattr(self, key) for key in self.__slots__ if key != "trial"}
        return {"cell": asdict(self.trial), **values, "rows": rows}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrialResult":
        """The inverse of ``to_dict``."""
        rows = {name: np.array(row, dtype=np.float64) for name, row in values["rows"].items()}
        others = {key: value for key, value in values.items() if key != "cell"}
        return cls(**{**others, "trial": Trial(**values["cell"]), "rows": rows})


def run_trial(study: Study, trial: Trial, posts: StudyPosts, folder: Path, graphs: Path) -> TrialResult:
    """Train a system of the paper on the posts of the trial's fold, and predict the test posts.

    The training run in ``folder`` is resumed if it was interrupted. The graphs of frozen encoders, which trials share,
    are in the folder ``graphs``.

    Raises:
        TrainingError: there are no training posts, or no validation posts.
        KeyboardInterrupt: the user stopped; the same call resumes from the last complete epoch.
    """
    started = time.monotonic()
    recipe = replace(
        study.recipe,
        seed=trial.seed,
        alpha=ONE_TASK.get(trial.system, study.recipe.alpha),
        fusion=trial.fusion or study.recipe.fusion,
        weighting=trial.weighting or study.recipe.weighting,
        epochs=trial.epochs * study.recipe.epochs,
    )
    if trial.share < 1:  # unpaired posts of the same data: each once per epoch, in their own label proportions
        recipe = replace(recipe, unpaired_ratio=None, match_labels=False)
    data = posts_of(trial, posts)
    run = RunFolder(folder)
    goes_on = run.config.exists() and run.last.exists()
    if not goes_on:
        shutil.rmtree(folder, ignore_errors=True)
        run.start({"name": trial.name, "cell": asdict(trial), "recipe": recipe.to_dict(), "versions": versions()})
    console = Console(quiet=True)
    prepared = prepare(data, recipe, run, console, posts.test, graphs)
    fitted = fit(prepared, run, console, resume=goes_on)
    rows, positions = _predict(prepared, fitted, trial)
    tested = [posts.test[position] for position in positions]
    patterns = Counter(presence(example.post) for example in set(data.train))
    return TrialResult(
        trial=trial,
        posts=[example.post.id or f"row {position + 1}" for example, position in zip(tested, positions, strict=True)],
        truth=[example.label for example in tested],
        rows=rows,
        learnt={pattern: patterns[pattern] for pattern in ("both", "text", "image")},
        epochs=run.records(),
        seconds=time.monotonic() - started,
        versions=versions(),
        parameters=_learnt(fitted.network, recipe.alpha),
    )


def run_system(study: Study, trial: Trial, features: StudyFeatures, shared: Trainings) -> TrialResult:
    """Train another system, or one with a method for missing modalities, and predict the test posts.

    Args:
        study: study with the recipe.
        trial: the trial.
        features: features of the study's posts.
        shared: trainings that methods for missing modalities share, which are added to it.

    Raises:
        TrainingError: the training diverged.
    """
    started = time.monotonic()
    recipe = replace(study.recipe, seed=trial.seed)
    if trial.system in MISSING:
        system, epochs = fit_system(MISSING.get(trial.system), features, recipe, shared)
    else:
        system, epochs = fit_system(SYSTEMS.get(trial.system), features, recipe)
    test = features.parts["test"].tolist()
    return TrialResult(
        trial=trial,
        posts=[features.examples[row].post.id or f"row {number}" for number, row in enumerate(test, 1)],
        truth=features.labels[test].tolist(),
        rows=predict(system, features),
        learnt={"both": len(features.parts["train"]), "text": 0, "image": 0},
        epochs=epochs,
        seconds=time.monotonic() - started,
        versions=versions(),
        parameters=sum(parameter.numel() for parameter in system.parameters()),
    )


def _learnt(network: MultitaskNetwork, alpha: LossWeights) -> int:
    """Number of weights that get gradients from the losses of some tasks."""
    used: list[nn.Module] = []
    if alpha.image or alpha.fused:
        used.append(network.image_encoder)
    if alpha.text or alpha.fused:
        used.append(network.text_encoder)
    if alpha.image:
        used.append(network.image_classifier)
    if alpha.text:
        used.append(network.text_classifier)
    if alpha.fused:
        used += [network.fusion, network.fused_classifier]
    return sum(p.numel() for module in used for p in module.parameters() if p.requires_grad)


@torch.inference_mode()
def _represent(prepared: PreparedRun, fitted: TrainedNetwork) -> tuple[Tensor, Tensor, list[int]]:
    """r_v and r_t (N, D) of the test posts with a text and an image that can be decoded, and the indices of these.

    Raises:
        TrainingError: there are none.
    """
    network, items = fitted.network, prepared.test
    collate, size = Collate(prepared.text_preparation), prepared.recipe.batch_size
    positions: list[int] = []
    parts = []
    for start in range(0, len(items), size):
        drawn = {i: items[Draw(i, None)] for i in range(start, min(start + size, len(items)))}
        both = {i: item for i, item in drawn.items() if item.image is not None and item.text is not None}
        if both:
            batch = collate(list(both.values()))
            parts.append((network.encode_image(batch.images), network.encode_text(batch.texts)))
            positions += both
    if not parts:
        raise TrainingError("There is no post to test on whose image can be decoded. Check the image column.")
    r_v, r_t = (torch.cat(columns) for columns in zip(*parts, strict=True))
    return r_v, r_t, positions


@torch.inference_mode()
def _predict(
    prepared: PreparedRun, fitted: TrainedNetwork, trial: Trial
) -> tuple[dict[str, NDArray[np.float64]], list[int]]:
    """Probabilities (N, C) by row of the paper's tables, and the indices of the N posts."""
    (r_v, r_t, positions), network = _represent(prepared, fitted), fitted.network
    logits: dict[str, Tensor]
    if trial.system == "SI":
        logits = {"SI": network.image_classifier(r_v)}
    elif trial.system == "ST":
        logits = {"ST": network.text_classifier(r_t)}
    elif trial.system == "SM":
        nothing = torch.zeros_like(r_v)
        logits = {
            "SM": network.fuse(r_v, r_t),
            "SM_I": network.fuse(r_v, nothing),
            "SM_T": network.fuse(nothing, r_t),
        }
    else:
        logits = {
            "C_v": network.image_classifier(r_v),
            "C_t": network.text_classifier(r_t),
            "C_m": network.fuse(r_v, r_t),
            "C_m_I": network.fuse(r_v, None),
            "C_m_T": network.fuse(None, r_t),
        }
    return {name: softmax(values.double().numpy()) for name, values in logits.items()}, positions
