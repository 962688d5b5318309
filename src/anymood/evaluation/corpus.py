"""The evaluation of a model on the posts of a corpus."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from numpy.typing import ArrayLike

from anymood.datasets.corpus import Corpus, Example
from anymood.datasets.duplicates import shared_with
from anymood.errors import TableError
from anymood.evaluation import drawing, figures
from anymood.evaluation.metrics import Evaluation, accuracy, evaluate_predictions, macro_f1
from anymood.evaluation.significance import BootstrapInterval, bootstrap_interval
from anymood.files import created_folder, write_output
from anymood.posts import Prediction
from anymood.wording import counted, plural, short_label

RESULTS = "results.json"
# With fewer posts, resamples differ too little: if all predictions are correct, no resample has an error.
FEW_POSTS = 30
LABELS_NAMED = 5  # in a note
TOO_NARROW = f" On fewer than {FEW_POSTS} posts, they are too narrow."

EvaluatedPart = Literal["train", "validation", "test", "all"]


def select_posts(
    corpus: Corpus, split: Literal["train", "validation", "test"] | None, held_out: Sequence[Example] = ()
) -> tuple[Corpus, EvaluatedPart]:
    """The posts to evaluate on, and their part of the corpus.

    Args:
        corpus: all posts.
        split: the part; by default the test part, or if there is none, ``held_out``, or if that is empty, all.
        held_out: validation posts that a run has drawn from the corpus.

    Raises:
        TableError: the corpus has no post of the split.
    """
    counts = Counter(example.split for example in corpus.examples)
    if held_out and (split == "validation" or (split is None and not counts["test"])):
        return replace(corpus, examples=tuple(held_out)), "validation"
    if split is None:
        return (corpus.select("test"), "test") if counts["test"] else (corpus, "all")
    if not counts[split]:
        available = counted({name or "without a split": count for name, count in counts.items()})
        raise TableError(
            f"{corpus.name} has no post of the split {split}; there are {available}. "
            "Choose another split, or none for all posts; for MVSA, a --protocol defines the splits."
        )
    return corpus.select(split), split


@dataclass(frozen=True, slots=True)
class CorpusResults:
    """Evaluation of a model on posts of a corpus.

    Attributes:
        model: name of the model.
        data: source of the corpus.
        part: the part of the corpus.
        evaluation: the metrics.
        digest: digest of the posts.
        train_majority: the most frequent label of the training posts, if these are known.
        shared: the number of training posts, and of evaluated texts and images that also occur among them.
        held_out: whether these are validation posts of the model's run.
        problems_on_reading: counts by reason.
        problems_on_predicting: counts by reason.
        facts: additional values for ``to_dict``.
    """

    model: str
    data: str
    part: EvaluatedPart
    evaluation: Evaluation
    digest: str
    train_majority: str | None
    shared: Mapping[str, int] | None
    held_out: bool
    problems_on_reading: Mapping[str, int]
    problems_on_predicting: Mapping[str, int]
    facts: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        predictions: Sequence[Prediction],
        posts: Corpus,
        part: EvaluatedPart,
        learnt: Sequence[Example],
        *,
        model: str,
        data: str,
        held_out: bool = False,
        problems_on_reading: Mapping[str, int] | None = None,
        **facts: Any,
    ) -> "CorpusResults":
        """The results of ``predictions``, one for each of ``posts``.

        ``learnt`` are the training posts of the model, if known; the other arguments are attributes.

        Raises:
            InputError: as for ``evaluate_predictions``.
        """
        seen = replace(posts, examples=tuple(learnt)) if learnt else None
        train_majority = shared = None
        if seen is not None:
            train_majority = max(counts := seen.label_counts(), key=counts.__getitem__)
            shared = {"posts_in_train": len(seen), **shared_with(seen, posts)}
        truth = [example.label for example in posts.examples]
        return cls(
            model=model,
            data=data,
            part=part,
            evaluation=evaluate_predictions(predictions, truth, posts.labels),
            digest=posts.digest(),
            train_majority=train_majority,
            shared=shared,
            held_out=held_out,
            problems_on_reading=problems_on_reading or {},
            problems_on_predicting=dict(
                Counter(one.reason.value for one in predictions if one.reason is not None).most_common()
            ),
            facts=facts,
        )

    @property
    def baselines(self) -> dict[str, tuple[str, float]]:
        """The most frequent labels, of the evaluated posts and of those of training, if these are known.

        Each with the accuracy of always predicting it.
        """
        routed = self.evaluation.metrics["routed"]["all"]
        shares = {
            name: one.support / routed.n for name, one in zip(self.evaluation.labels, routed.per_class, strict=True)
        }
        labels = {"evaluated": max(shares, key=shares.__getitem__), "train": self.train_majority}
        return {whose: (label, shares[label]) for whose, label in labels.items() if label is not None}

    @property
    def intervals(self) -> dict[str, BootstrapInterval]:
        """95 % intervals of the accuracy and the macro F1 of the routed predictions, over resampled posts."""
        confusion = self.evaluation.metrics["routed"]["all"].confusion
        return {score.__name__: bootstrap_interval(confusion, score) for score in (accuracy, macro_f1)}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "model": self.model,
            "data": self.data,
            "split": self.part,
            **self.facts,
            "held_out_by_run": self.held_out,
            "digest": self.digest,
            "majority": {
                whose: {"label": label, "accuracy": accuracy} for whose, (label, accuracy) in self.baselines.items()
            },
            "intervals": {score: asdict(interval) for score, interval in self.intervals.items()},
            "shared_with_train": self.shared,
            "problems_on_reading": dict(self.problems_on_reading),
            "problems_on_predicting": dict(self.problems_on_predicting),
            **self.evaluation.to_dict(),
        }

    def notes(self) -> list[str]:
        """Notes on the interpretation of the metrics."""
        routed = self.evaluation.metrics["routed"]["all"]
        baselines = self.baselines
        label, accuracy = baselines["evaluated"]
        notes = [
            f"Always predicting {short_label(label)!r}, the most frequent label of these posts, is right for "
            f"{accuracy:.1%}."
        ]
        other, accuracy = baselines.get("train", baselines["evaluated"])
        if other != label:
            notes[0] += (
                f" The most frequent label of the training posts, {short_label(other)!r}, is right for {accuracy:.1%}."
            )
        spans = {score: f"{100 * each.low:.1f} to {100 * each.high:.1f}" for score, each in self.intervals.items()}
        what = "" if len(self.evaluation.metrics["routed"]) < 3 else "routed "
        notes.append(
            f"95 % intervals on {plural(routed.n, 'post')} (bootstrap): {what}accuracy {spans['accuracy']}, macro F1 "
            f"{spans['macro_f1']}." + (TOO_NARROW if routed.n < FEW_POSTS else "")
        )
        rows = zip(self.evaluation.labels, routed.per_class, strict=True)
        if absent := [repr(short_label(name)) for name, one in rows if not one.support]:
            more = f" and {len(absent) - LABELS_NAMED} more" if len(absent) > LABELS_NAMED else ""
            notes.append(
                f"No post has the label {', '.join(absent[:LABELS_NAMED])}{more}, whose F1 of 0 lowers the macro F1."
            )
        if routed.accuracy == 1:
            most = 1 - 0.05 ** (1 / routed.n)  # the share of errors at which no error among n has probability 0.05
            notes.append(
                "No prediction is wrong, so the resamples do not differ. With a confidence of 95 %, at most "
                f"{most:.1%} of the predictions on such posts are wrong."
            )
        if self.held_out:
            notes.append("These are the validation posts of the run, which selected its epoch.")
        if self.shared is not None:
            texts, images = self.shared["texts"], self.shared["images"]
            notes.append(
                f"{plural(texts, 'text')} and {plural(images, 'image')} of these posts also occur in the "
                f"{plural(self.shared['posts_in_train'], 'training post')}."
            )
            if 2 * max(texts, images) > routed.n:
                notes.append("So these scores are not an estimate for new posts.")
        elif self.part == "all":
            notes.append(
                "If the model was trained on some of these posts, the scores are too high: --train TABLE counts them."
            )
        for what, counts in (("reading", self.problems_on_reading), ("predicting", self.problems_on_predicting)):
            if counts:
                notes.append(f"Problems on {what} the data: {counted(counts)}.")
        return notes

    def write(self, folder: Path) -> None:
        """Write ``results.json`` and ``confusion.png``.

        Raises:
            OSError: the folder cannot be created.
            SettingError: a file cannot be written.
            MissingExtra: matplotlib is not installed; ``results.json`` is written.
        """
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
        with created_folder(folder):
            write_output(folder / RESULTS, text + "\n")
        matrices: dict[str, ArrayLike] = {
            name: patterns["all"].confusion for name, patterns in self.evaluation.metrics.items()
        }
        picture = drawing.png(figures.confusion_matrices(matrices, self.evaluation.labels.names))
        write_output(folder / "confusion.png", picture)
