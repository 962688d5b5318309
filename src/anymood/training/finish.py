"""The third step of a run: calibrate the trained network and export its bundle."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import torch
from rich.console import Console

from anymood.evaluation.calibration import fit_temperature
from anymood.evaluation.drawing import png
from anymood.evaluation.figures import learning_curves
from anymood.evaluation.quantification import Quantifier
from anymood.export.onnx import export_bundle, round_to_half
from anymood.export.quantifiers import add_to_bundle, learn_quantifiers
from anymood.labels import UNKNOWN_LABEL
from anymood.probabilities import softmax
from anymood.runtime.bundle import IMAGE_ENCODER, TEXT_ENCODER, Bundle
from anymood.runtime.config import BundleConfig, Temperatures
from anymood.training.fit import TrainedNetwork, validation_loader
from anymood.training.label_shares import prior
from anymood.training.module import logit_rows
from anymood.training.prepare import PreparedRun
from anymood.training.run_folder import RunFolder, versions
from anymood.wording import plural, short_label

NORMAL_95 = 1.645  # 95 % quantile of the normal distribution
MODALITIES = {"image": "an image", "text": "a text", "fused": "both a text and an image"}


def finish(
    prepared: PreparedRun,
    fitted: TrainedNetwork,
    run: RunFolder,
    name: str,
    console: Console,
    problems: Sequence[str] = (),
) -> Bundle:
    """Calibrate on the validation posts, draw the learning curves, list the problems, write the bundle.

    Raises:
        ExportError: the probabilities of the exported graphs differ from those of the network.
    """
    recipe, network = prepared.recipe, fitted.network
    early = ""
    if fitted.records[-1]["epoch"] < recipe.epochs:
        early = f"The score has not improved for {plural(recipe.patience, 'epoch')}, so training stops. "
    message = f"{early}Writing the model of epoch {fitted.best_epoch}, the best one ..."
    console.print(message, highlight=False, soft_wrap=True)
    if recipe.half_precision:
        round_to_half(network)
    run.learning_curves.write_bytes(png(learning_curves(fitted.records, fitted.best_epoch)))
    if listed := [*problems, *prepared.problems, *fitted.problems]:
        run.problems.write_text("\n".join(listed) + "\n", encoding="utf-8")
    if warning := chance_warning(prepared, fitted):
        console.print(warning, style="yellow", markup=False, highlight=False, soft_wrap=True)
    fitted_temperatures, quantifiers = calibrate(prepared, fitted)
    for encoder_name, encoder in ((IMAGE_ENCODER, network.image_encoder), (TEXT_ENCODER, network.text_encoder)):
        encoder.backbone = prepared.backbones.get(encoder_name, encoder.backbone).eval()
    config = BundleConfig(
        name=name,
        labels=prepared.labels,
        image=prepared.image_preparation,
        architecture=network.architecture.to_dict(),
        temperatures=fitted_temperatures,
        prior=prior(prepared),
        trained=_trained(prepared, fitted, console),
        versions=versions(),
        created=datetime.now(UTC).date().isoformat(),
    )
    bundle = export_bundle(network, config, prepared.text_preparation, run.bundle, prepared.encoders)
    if not quantifiers:
        return bundle
    return add_to_bundle(
        bundle, quantifiers, f"{plural(len(prepared.validation.examples), 'validation post')} of the training"
    )


def chance_warning(prepared: PreparedRun, fitted: TrainedNetwork) -> str | None:
    """A warning if the best epoch is not significantly better than the most frequent label.

    One-sided binomial test at 5 %, with the normal approximation.
    """
    routed = next(r["validation"]["routed"] for r in fitted.records if r["epoch"] == fitted.best_epoch)
    counts = np.bincount([example.label for example in prepared.validation.examples], minlength=len(prepared.labels))
    majority = counts.max() / counts.sum()
    if routed["accuracy"] > majority + NORMAL_95 * np.sqrt(majority * (1 - majority) / routed["n"]):
        return None
    most = prepared.labels.names[int(counts.argmax())]
    advice = "Check the labels with anymood check, or label more posts."
    if prepared.recipe.start_from is None:
        start = "Start from a bundled model (--recipe default or start_from='sentiment'), which needs fewer posts."
        advice = f"{start} {advice}"
    return (
        f"The accuracy on {plural(routed['n'], 'validation post')} is {routed['accuracy']:.1%}, and that of always "
        f"predicting {short_label(most)!r} is {majority:.1%}: the difference is not significant. {advice}"
    )


@torch.inference_mode()
def calibrate(prepared: PreparedRun, fitted: TrainedNetwork) -> tuple[Temperatures, dict[str, Quantifier]]:
    """Temperatures of the three classifiers and their quantifiers, from the validation posts."""
    parts = []
    for batch in validation_loader(prepared):
        logits = fitted.network(batch.images, batch.texts, batch.has_image, batch.has_text)
        parts.append((logits, batch))
    rows = logit_rows(parts, len(prepared.labels))
    labels, image_labels = rows.pop("labels"), rows.pop("image_targets")
    unknown = image_labels == UNKNOWN_LABEL
    rows["image"][unknown] = np.nan
    truth = {"text": labels, "fused": labels, "image": np.where(unknown, 0, image_labels)}
    temperatures: dict[str, float] = {}
    quantifiers: dict[str, Quantifier] = {}
    for name, logits in rows.items():
        temperatures[name] = fit_temperature(logits, truth[name])
        quantifiers |= learn_quantifiers({name: softmax(logits, temperatures[name])}, truth[name])
    return Temperatures(**temperatures), quantifiers


def _trained(prepared: PreparedRun, fitted: TrainedNetwork, console: Console) -> tuple[str, ...]:
    """The trained classifiers; warns of those that were not."""
    alpha = prepared.recipe.alpha
    # A loss is zero in every epoch only if no post has the modalities that the classifier needs.
    trained = tuple(n for n in MODALITIES if getattr(alpha, n) and any(r["losses"][n] for r in fitted.records))
    for name in (name for name in MODALITIES if name not in trained):
        why = f"no training post has {MODALITIES[name]}" if getattr(alpha, name) else f"its weight alpha.{name} is 0"
        message = f"The {name} classifier is not trained, because {why}. The model predicts without it."
        console.print(message, style="yellow", highlight=False, soft_wrap=True)
    return trained
