"""What a study trains: the systems of the paper, on which posts, with which seeds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from anymood.datasets.corpora.flickr_emotion import MIN_WORDS
from anymood.errors import SettingError
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources

System: TypeAlias = Literal["SI", "ST", "SM", "MT"]
"""SI, ST and SM learn one task (section 4.2.2); MT is the multitask model with C_v, C_t and C_m."""

Part: TypeAlias = Literal["systems", "unpaired", "folds", "shares"]
"""Tables 2 and 3; Table 4; the same over folds; Figure 3."""

SYSTEMS: tuple[System, ...] = get_args(System)
STUDY_PARTS: tuple[Part, ...] = get_args(Part)
FOLDED: tuple[System, ...] = ("SM", "MT")  # what is compared over folds
SHARES = (0.001, 0.01, 0.05, 0.25)  # of Figure 3; at 1 it is the multitask model of experiment 1


@dataclass(frozen=True, slots=True)
class Trial:
    """One training.

    Attributes:
        system: what is trained.
        seed: of the training.
        fold: of the cross-validation, None for the study's own split.
        unpaired: whether the data's lone texts and images are learnt from too (experiment 2).
        share: share of the training pairs that stay pairs (Figure 3).
        rest: whether the other pairs are learnt from as lone texts and images, half of them each.
    """

    system: System
    seed: int
    fold: int | None = None
    unpaired: bool = False
    share: float = 1.0
    rest: bool = False

    @property
    def is_experiment_1(self) -> bool:
        """Whether it is one of Tables 2 and 3: all pairs of the study's own split, and nothing else."""
        return self.fold is None and not self.unpaired and self.share == 1

    @property
    def name(self) -> str:
        """What its file is called."""
        parts = [self.system, f"seed-{self.seed}"]
        if self.fold is not None:
            parts.append(f"fold-{self.fold:02}")
        if self.unpaired:
            parts.append("unpaired")
        if self.share < 1:
            parts.append(f"share-{self.share:g}-{'rest' if self.rest else 'alone'}")
        return "_".join(parts)


@dataclass(frozen=True, kw_only=True)
class Study:
    """One data set with all that is trained on it.

    Attributes:
        name: ``mvsa``, ``msed``, ``flickr-emotion``, ``vso``, or that of a table.
        sources: where the posts come from. ``unpaired`` holds the further lone posts of experiment 2.
        recipe: how all trials learn; they differ in their losses and posts alone.
        seeds: S, how often each trial is repeated, with seeds 0 to S - 1.
        folds: a protocol that has ten folds, on which MT and SM are compared too.
        min_words: texts of fewer words are taken off; the image of such a pair counts as unpaired.
        shares: of Figure 3, each above 0 and below 1.
        parts: what is trained.
        systems: which of the systems; the parts ``unpaired`` and ``shares`` are of MT alone.

    Raises:
        SettingError: a value is outside its range.
    """

    name: str
    sources: DataSources
    recipe: Recipe
    seeds: int = 5
    folds: str | None = None
    min_words: int = 0
    shares: tuple[float, ...] = SHARES
    parts: tuple[Part, ...] = STUDY_PARTS
    systems: tuple[System, ...] = SYSTEMS

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise SettingError(f"A study needs at least one seed, not {self.seeds}; two and more give deviations.")
        if wrong := [share for share in self.shares if not 0 < share < 1]:
            raise SettingError(f"A share of the pairs lies between 0 and 1, such as 0.25, not at {wrong[0]}.")
        if not self.recipe.alpha.image or not self.recipe.alpha.text or not self.recipe.alpha.fused:
            raise SettingError("A study compares all three classifiers. Give each a weight (alpha) above 0.")

    def trials(self, *, unpaired: bool) -> Iterator[Trial]:
        """All trainings, those of the first tables first.

        Args:
            unpaired: whether the data have lone texts or images to train on.
        """
        seeds = range(self.seeds)
        multitask = "MT" in self.systems
        if "systems" in self.parts:
            yield from (Trial(system, seed) for system in self.systems for seed in seeds)
        if "unpaired" in self.parts and unpaired and multitask:
            yield from (Trial("MT", seed, unpaired=True) for seed in seeds)
        if "folds" in self.parts and self.folds is not None:
            yield from (Trial(system, 0, fold) for fold in range(1, 11) for system in FOLDED if system in self.systems)
        if "shares" in self.parts and multitask:
            for share in self.shares:
                yield from (Trial("MT", seed, share=share, rest=rest) for rest in (False, True) for seed in seeds)

    def identity(self) -> dict[str, Any]:
        """What all results of one study have in common, as plain values for JSON."""
        return {
            "name": self.name,
            "sources": self.sources.to_dict(),
            "recipe": self.recipe.to_dict(),
            "folds": self.folds,
            "min_words": self.min_words,
        }


def preset(name: str, sources: DataSources, recipe: Recipe, **changes: Any) -> Study:
    """The study of a known data set, with what it has of its own: a protocol, folds, shortest texts.

    Args:
        name: ``mvsa``, ``msed``, ``flickr-emotion`` or ``vso``, or any other for a table.
        sources: where the data lie; the protocol is the data set's own unless there is one.
        recipe: how to train.
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
