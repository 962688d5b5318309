"""The definition of a study: systems, posts and seeds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from anymood.datasets.corpora.flickr_emotion import MIN_WORDS
from anymood.errors import SettingError
from anymood.experiments.missing import MISSING
from anymood.experiments.systems import SYSTEMS
from anymood.network.fusions import FUSIONS
from anymood.network.weightings import WEIGHTINGS
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources

Part: TypeAlias = Literal["paper", "unpaired", "folds", "shares", "fusions", "weights", "systems", "missing"]
"""Tables 2 and 3; Table 4; the same over folds; Figure 3; the multitask model with each fusion and each weighting;
the systems of other papers; methods for missing modalities."""

PAPER_SYSTEMS = ("SI", "ST", "SM", "MT")
"""SI, ST and SM learn one task (section 4.2.2); MT is the multitask model with C_v, C_t and C_m."""

ALL_SYSTEMS = (*PAPER_SYSTEMS, *SYSTEMS.names(), *MISSING.names())
STUDY_PARTS: tuple[Part, ...] = get_args(Part)
PAPER_PARTS: tuple[Part, ...] = ("paper", "unpaired", "folds", "shares")
FOLDED = ("SM", "MT")  # what is compared over folds
SHARES = (0.001, 0.01, 0.05, 0.25)  # shares of Figure 3; a share of 1 is the multitask model of experiment 1
MIN_PAIRS = 230  # number of pairs in the paper's smallest share
EPOCHS = 3  # factor on the epochs in systems and missing: some train more layers, and validation selects the epoch


@dataclass(frozen=True, slots=True)
class Trial:
    """One training.

    Attributes:
        system: what is trained, one of ``ALL_SYSTEMS``.
        seed: random seed.
        fold: fold of the cross-validation, None for the study's own split.
        unpaired: whether to also train on the data's unpaired texts and images (experiment 2).
        share: share of the training pairs that remain pairs (Figure 3).
        rest: whether to train on the other pairs as unpaired texts and images, half of them each.
        fusion: fusion in place of the recipe's.
        weighting: loss weighting in place of the recipe's.
        epochs: number of epochs, as a multiple of the recipe's.
    """

    system: str
    seed: int
    fold: int | None = None
    unpaired: bool = False
    share: float = 1.0
    rest: bool = False
    fusion: str | None = None
    weighting: str | None = None
    epochs: int = 1

    @property
    def is_experiment_1(self) -> bool:
        """Whether it belongs to Tables 2 and 3: all pairs of the study's own split, and nothing else."""
        return self == Trial(self.system, self.seed)

    @property
    def name(self) -> str:
        """Name of its file."""
        parts = [self.system, f"seed-{self.seed}"]
        if self.fold is not None:
            parts.append(f"fold-{self.fold:02}")
        if self.unpaired:
            parts.append("unpaired")
        if self.share < 1:
            parts.append(f"share-{self.share:g}-{'rest' if self.rest else 'alone'}")
        if self.fusion is not None:
            parts.append(f"fusion-{self.fusion}")
        if self.weighting is not None:
            parts.append(f"weighting-{self.weighting}")
        if self.epochs > 1:
            parts.append(f"epochs-times-{self.epochs}")
        return "_".join(parts)


@dataclass(frozen=True, kw_only=True)
class Study:
    """A data set with all trials on it.

    Attributes:
        name: ``mvsa``, ``msed``, ``flickr-emotion``, ``vso``, or the name of a table.
        sources: the data sources. ``unpaired`` has additional unpaired posts for experiment 2.
        recipe: recipe of all trials, which differ in their losses and posts only.
        seeds: S, the number of repetitions of each trial, with seeds 0 to S - 1.
        folds: a protocol with ten folds, on which MT and SM are also compared.
        min_words: minimum number of words of a text; the image of a shorter text counts as unpaired.
        shares: shares of Figure 3, each above 0 and below 1.
        parts: parts to run.
        systems: systems to train; the parts ``unpaired``, ``shares``, ``fusions`` and ``weights`` have MT only.

    Raises:
        SettingError: a value is out of range.
    """

    name: str
    sources: DataSources
    recipe: Recipe
    seeds: int = 5
    folds: str | None = None
    min_words: int = 0
    shares: tuple[float, ...] = SHARES
    parts: tuple[Part, ...] = PAPER_PARTS
    systems: tuple[str, ...] = ALL_SYSTEMS

    def __post_init__(self) -> None:
        if unknown := [name for name in self.systems if name not in ALL_SYSTEMS]:
            raise SettingError(f"There is no system {unknown[0]!r:.80}. Available: {', '.join(ALL_SYSTEMS)}.")
        if self.seeds < 1:
            raise SettingError(f"A study needs at least one seed, not {self.seeds}; two and more give deviations.")
        if wrong := [share for share in self.shares if not 0 < share < 1]:
            raise SettingError(f"A share of the pairs lies between 0 and 1, such as 0.25, not at {wrong[0]}.")
        if not self.recipe.alpha.image or not self.recipe.alpha.text or not self.recipe.alpha.fused:
            raise SettingError("A study compares all three classifiers. Give each a weight (alpha) above 0.")

    def trials(self, *, unpaired: bool, pairs: int) -> Iterator[Trial]:
        """All trials, those of the first tables first.

        Args:
            unpaired: whether the data has unpaired texts or images for training.
            pairs: number of training pairs.
        """
        yield from dict.fromkeys(
            trial for part in STUDY_PARTS if part in self.parts for trial in self._of_part(part, unpaired, pairs)
        )

    def _of_part(self, part: Part, unpaired: bool, pairs: int) -> Iterator[Trial]:
        seeds, multitask = range(self.seeds), "MT" in self.systems
        if part == "paper":
            yield from (Trial(system, seed) for system in PAPER_SYSTEMS if system in self.systems for seed in seeds)
        elif part == "folds" and self.folds is not None:
            yield from (Trial(system, 0, fold) for fold in range(1, 11) for system in FOLDED if system in self.systems)
        elif part == "unpaired" and unpaired and multitask:
            yield from (Trial("MT", seed, unpaired=True) for seed in seeds)
        elif part == "shares" and multitask:
            for share in sorted({*self.shares, *([MIN_PAIRS / pairs] if pairs > MIN_PAIRS else [])}):
                yield from (Trial("MT", seed, share=share, rest=rest) for rest in (False, True) for seed in seeds)
        elif part == "fusions" and multitask:
            fusions = (None if name == self.recipe.fusion else name for name in FUSIONS.names())
            yield from (Trial("MT", seed, fusion=name) for name in fusions for seed in seeds)
        elif part == "weights" and multitask:
            weightings = (None if name == self.recipe.weighting else name for name in WEIGHTINGS.names())
            yield from (Trial("MT", seed, weighting=name) for name in weightings for seed in seeds)
        elif part in ("systems", "missing"):
            if multitask:
                yield from (Trial("MT", seed, epochs=EPOCHS) for seed in seeds)
            names = (SYSTEMS if part == "systems" else MISSING).names()
            yield from (Trial(name, seed) for name in names if name in self.systems for seed in seeds)

    def identity(self) -> dict[str, Any]:
        """The settings that all results of a study share, as plain values for JSON."""
        return {
            "name": self.name,
            "sources": self.sources.to_dict(),
            "recipe": self.recipe.to_dict(),
            "folds": self.folds,
            "min_words": self.min_words,
        }


def preset(name: str, sources: DataSources, recipe: Recipe, **changes: Any) -> Study:
    """The study of a known data set, with its protocol, folds and minimum text length.

    Args:
        name: ``mvsa``, ``msed``, ``flickr-emotion`` or ``vso``, or another name for a table.
        sources: the data sources; without a protocol, that of the data set is used.
        recipe: the recipe.
        changes: further fields of ``Study``.
    """
    known = PRESETS.get(name, {})
    protocol = sources.protocol or known.get("protocol")
    sources = replace(sources, protocol=protocol)
    settings = {key: value for key, value in known.items() if key != "protocol"}
    return Study(name=name, sources=sources, recipe=recipe, **{**settings, **changes})


PRESETS: dict[str, dict[str, Any]] = {
    "flickr-emotion": {"min_words": MIN_WORDS},
    "msed": {"protocol": "deduplicated"},
    "mvsa": {"protocol": "clmlf", "folds": "ten_folds"},
}
