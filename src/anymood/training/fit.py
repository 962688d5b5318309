"""From labelled posts to a run folder: build, train, calibrate, export."""

import logging
import signal
import warnings
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import lightning
import numpy as np
import torch
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.accelerators import CPUAccelerator
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from torch import Tensor, nn
from torch.utils.data import DataLoader

from anymood.datasets.corpus import Example
from anymood.errors import AnymoodError, TableError, TrainingError
from anymood.evaluation.calibration import fit_temperature
from anymood.evaluation.figures import learning_curves, png
from anymood.export.onnx import export_bundle, round_to_half
from anymood.files import atomic_write
from anymood.preparation.text import TextPreparation
from anymood.runtime.bundle import Bundle
from anymood.runtime.config import BundleConfig, Temperatures
from anymood.runtime.cores import available_cores
from anymood.training.arithmetic import fast_depthwise
from anymood.training.batches import BalancedBatches, Collate, Draw, PostItems, quotas
from anymood.training.building import build_image_preparation, build_network, build_text_preparation
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources, TrainingData
from anymood.training.frozen import image_features, text_features
from anymood.training.run_folder import RunFolder, versions
from anymood.training.start import follow
from anymood.training.task import Loaders, MultitaskTask, logit_rows
from anymood.training.trainer import build_trainer


def train(
    sources: DataSources,
    recipe: Recipe,
    folder: str | PathLike[str],
    *,
    name: str | None = None,
    console: Console | None = None,
) -> Bundle:
    """Train a model on labelled posts.

    Args:
        sources: where the posts come from.
        recipe: how to train.
        folder: the run's folder, new or empty.
        name: what the model is called, the folder's name by default.
        console: where progress is shown; standard error by default.

    Returns:
        The bundle, at ``folder/bundle``.

    Raises:
        InputError: the data, the recipe or the folder cannot be used.
        TrainingError: there is nothing to learn from or to choose by.
        ExportError: the exported graphs disagree with the trained network.
        KeyboardInterrupt: the user stopped; :func:`resume` goes on from the last whole epoch.
        SystemExit: this is one of several processes, but not the first, and training is over.
    """
    data = sources.read(recipe.seed)
    run = RunFolder(Path(folder))
    name = name or run.folder.resolve().name
    if process_rank() == 0:
        whence = {"sources": sources.to_dict(), "recipe": recipe.to_dict(), **data.identity()}
        run.start({"name": name, **whence, "versions": versions()})
    try:
        return _run(data, recipe, run, name, console, goes_on=False)
    except AnymoodError:
        if process_rank() == 0 and not run.last.exists():
            run.clear()  # so that the command can be given again, mended
        raise


def resume(folder: str | PathLike[str], *, console: Console | None = None) -> Bundle:
    """Go on with a run that was stopped, from its last whole epoch; the result is that of an unbroken run.

    Raises:
        SettingError: the folder is no run.
        TrainingError: the run has finished, or its data are gone or have changed.
    """
    run = RunFolder(Path(folder))
    config = run.read_config()
    if run.bundle.exists():
        raise TrainingError(f"The run in {folder} has finished; its model is {run.bundle}.")
    recipe = Recipe.from_dict(config["recipe"])
    try:
        data = DataSources.from_dict(config["sources"]).read(recipe.seed)
    except TableError as error:
        raise TrainingError(f"The data of the run in {folder} can no longer be read: {error}") from error
    if not data.is_of(config):
        raise TrainingError(f"The data have changed since the run in {folder} was started. Begin a new run.")
    return _run(data, recipe, run, config["name"], console, goes_on=run.last.exists())


def _run(
    data: TrainingData, recipe: Recipe, run: RunFolder, name: str, console: Console | None, *, goes_on: bool
) -> Bundle:
    console = console or Console(stderr=True)
    for corpus in data.corpora if process_rank() == 0 else ():
        if counts := ", ".join(f"{count} {reason}" for reason, count in corpus.problem_counts().items()):
            message = f"Problems in {corpus.name}: {counts}. {run.problems} will list them."
            console.print(message, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if process_rank() == 0:
        console.print(data.in_words(), markup=False, highlight=False, soft_wrap=True)
    fit = Fit(data, recipe, run, name, console)
    fit.problems += [str(problem) for corpus in data.corpora for problem in corpus.problems]
    fit.train(resume=goes_on)
    if process_rank() != 0:
        raise SystemExit(0)  # all processes hold the same network, and the first one goes on alone
    return fit.finish()


Features: TypeAlias = dict[int, NDArray[np.float32]]
"""Features (F,) by the index of their post."""


class Representations(NamedTuple):
    """What the encoders make of N posts that have both a text and an image."""

    image: Tensor  # r_v (N, D)
    text: Tensor  # r_t (N, D)
    positions: list[int]  # of the N posts among all that were given


class Fit:
    """One training run, from its data to its bundle.

    Args:
        data: labelled posts.
        recipe: how to train.
        run: the run's folder, already started.
        name: what the bundle is called.
        console: where progress is shown.
        test: posts for :meth:`represent`, which training never sees.
    """

    def __init__(
        self,
        data: TrainingData,
        recipe: Recipe,
        run: RunFolder,
        name: str,
        console: Console,
        test: Sequence[Example] = (),
    ) -> None:
        recipe = follow(recipe)
        self.data, self.recipe, self.run, self.name, self.console = data, recipe, run, name, console
        logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # its tips and device lists are not the user's
        lightning.seed_everything(recipe.seed, verbose=False)
        torch.set_num_threads(recipe.threads or available_cores())
        self.image_preparation = build_image_preparation(recipe)
        self.text_preparation = self._text_preparation()
        self.network = build_network(recipe, data.labels, self.text_preparation.tokenizer)
        self.quotas = quotas(data.train, recipe.unpaired_ratio, match_labels=recipe.match_labels)
        self.problems: list[str] = []
        self.train_items, self.validation_items, self.test_items = self._items(data.train, data.validation, test)
        self.backbones = self._take_out_backbones()

    def train(self, *, resume: bool) -> None:
        """Train until the last epoch or until the score stops rising; the best weights are in the run's folder.

        Raises:
            KeyboardInterrupt: the user stopped; the checkpoint of the last whole epoch remains.
        """
        recipe = self.recipe
        if resume and self.run.stopped_early(recipe.patience):
            return  # lightning would train one epoch more, which could become the best
        task = MultitaskTask(
            self.network,
            recipe,
            self.data.labels,
            steps=len(self._batches(0)) * recipe.epochs,
            class_weights=class_weights(self.data) if recipe.class_weights == "balanced" else None,
        )
        if not recipe.frozen_image:
            self.network.to(memory_format=torch.channels_last)
        trainer = build_trainer(recipe, self.run, self.console)
        processes = recipe.devices * recipe.hosts
        half_on_cpu = trainer.precision == "bf16-mixed" and isinstance(trainer.accelerator, CPUAccelerator)
        heard = signal.getsignal(signal.SIGINT)
        try:
            with warnings.catch_warnings(), fast_depthwise(self.network) if half_on_cpu else nullcontext():
                warnings.simplefilter("ignore")  # lightning's advice on workers, and its use of what torch deprecates
                trainer.fit(
                    task,
                    datamodule=Loaders(self._train_loader, lambda: self._validation_loader(process_rank(), processes)),
                    ckpt_path=self.run.last if resume else None,
                    weights_only=True,
                )
        except SystemExit:  # how lightning ends after Ctrl-C, which it then no longer hears
            signal.signal(signal.SIGINT, heard)
            raise KeyboardInterrupt from None
        self.problems += sorted(task.problems)

    def finish(self) -> Bundle:
        """Take the best weights, calibrate on the validation posts, draw the learning curves, write the bundle.

        Raises:
            ExportError: the exported graphs disagree with the network.
        """
        records = self.run.records()
        kept = max(records, key=lambda record: record["score"])["epoch"]  # the first of the best, as the checkpoint's
        self.console.print(f"Epoch {kept} is kept. Writing its model ...", highlight=False)
        self._take_best()
        if self.recipe.half_precision:
            for module in (self.network, *self.backbones.values()):
                round_to_half(module)
        temperatures = self._temperatures()
        for encoder, backbone in self.backbones.items():
            encoder.backbone = backbone
        self.run.learning_curves.write_bytes(png(learning_curves(records, kept)))
        if self.problems:
            self.run.problems.write_text("\n".join(self.problems) + "\n", encoding="utf-8")
        config = BundleConfig(
            name=self.name,
            labels=self.data.labels,
            image=self.image_preparation,
            architecture=self.network.architecture.to_dict(),
            temperatures=temperatures,
            trained=self._trained(records),
            versions=versions(),
            created=datetime.now(UTC).date().isoformat(),
        )
        return export_bundle(self.network, config, self.text_preparation, self.run.bundle)

    def _trained(self, records: list[dict[str, Any]]) -> tuple[str, ...]:
        """The classifiers that learnt from any post; tells of those that did not."""
        needs = {"image": "an image", "text": "a text", "fused": "both a text and an image"}
        # A loss is zero throughout an epoch only where no post has what the classifier needs.
        trained = tuple(n for n in needs if getattr(self.recipe.alpha, n) and any(r["losses"][n] for r in records))
        for name in needs.keys() - set(trained):
            self.console.print(
                f"The {name} classifier learnt from no post, as none with {needs[name]} was there or its weight alpha "
                "is 0. The model leaves out what only it could tell, and says so.",
                style="yellow",
                highlight=False,
                soft_wrap=True,
            )
        return trained

    @torch.inference_mode()
    def represent(self) -> Representations:
        """What the best weights make of those test posts that have both a text and an image that can be decoded.

        Raises:
            TrainingError: there are none.
        """
        self._take_best()
        self.network.eval()
        collate, size = Collate(self.text_preparation), self.recipe.batch_size
        positions: list[int] = []
        parts = []
        for start in range(0, len(self.test_items), size):
            part = range(start, min(start + size, len(self.test_items)))
            items = {i: self.test_items[Draw(i, None)] for i in part}
            both = {i: item for i, item in items.items() if item.image is not None and item.text is not None}
            if both:
                batch = collate(list(both.values()))
                parts.append((self.network.encode_image(batch.images), self.network.encode_text(batch.texts)))
                positions += both
        if not parts:
            raise TrainingError("There is no post to test on whose image can be decoded. Look at the image column.")
        r_v, r_t = (torch.cat(columns) for columns in zip(*parts, strict=True))
        return Representations(r_v, r_t, positions)

    def _take_best(self) -> None:
        best = torch.load(self.run.best, map_location="cpu", weights_only=True)["state_dict"]
        self.network.load_state_dict({name.removeprefix("network."): weight for name, weight in best.items()})
        self.network.to(memory_format=torch.contiguous_format)

    def _text_preparation(self) -> TextPreparation:
        """The vocabulary of the run: made once, then read."""
        if self.run.tokenizer.exists():
            return TextPreparation.from_file(self.run.tokenizer)
        texts = (example.post.text for example in self.data.train if example.post.text is not None)
        preparation = build_text_preparation(self.recipe, texts)
        if process_rank() == 0:
            with atomic_write(self.run.tokenizer) as file:
                file.write(preparation.tokenizer.to_str().encode())
        return preparation

    def _items(self, *parts: Sequence[Example]) -> Iterator[PostItems]:
        """Posts, with their features where an encoder is frozen: those of all parts are looked up at once."""
        images, texts = self._features([e for part in parts for e in part])
        start = 0
        for part in parts:
            rows = range(start, start + len(part))
            start = rows.stop
            yield PostItems(
                part,
                self.image_preparation,
                self.text_preparation,
                self.recipe.augmentation,
                None if images is None else {i - rows.start: images[i] for i in rows if i in images},
                None if texts is None else {i - rows.start: texts[i] for i in rows if i in texts},
            )

    def _features(self, examples: Sequence[Example]) -> tuple[Features | None, Features | None]:
        """Features of the images and of the texts by their post's index, of those whose encoder is frozen."""
        images = texts = None
        with Progress(console=self.console, transient=True) as progress:
            if self.recipe.frozen_image:
                encoder = self.network.image_encoder
                images, problems = image_features(encoder, self.image_preparation, examples, progress)
                self.problems += problems
            if self.recipe.frozen_text:
                backbone = self.network.text_encoder.get_submodule("backbone")
                texts = text_features(backbone, self.text_preparation, examples, progress)
        return images, texts

    def _take_out_backbones(self) -> dict[nn.Module, nn.Module]:
        """Let frozen encoders take features in place of pixels or tokens; returns their backbones by encoder."""
        encoders: list[nn.Module] = [self.network.image_encoder] if self.recipe.frozen_image else []
        encoders += [self.network.text_encoder] if self.recipe.frozen_text else []
        backbones = {encoder: encoder.get_submodule("backbone") for encoder in encoders}
        for encoder in backbones:
            encoder.backbone = nn.Identity()
        return backbones

    def _batches(self, epoch: int) -> BalancedBatches:
        return BalancedBatches(
            self.quotas,
            self.recipe.batch_size,
            self.recipe.seed,
            epoch,
            process_rank(),
            self.recipe.devices * self.recipe.hosts,
        )

    def _train_loader(self, epoch: int) -> DataLoader[Any]:
        return self._loader(self.train_items, self._batches(epoch))

    def _validation_loader(self, rank: int = 0, processes: int = 1) -> DataLoader[Any]:
        """Every ``processes``-th validation post from the ``rank``-th on, as prediction sees it."""
        size = self.recipe.batch_size
        draws = [Draw(index, None) for index in range(rank, len(self.data.validation), processes)]
        return self._loader(self.validation_items, [draws[i : i + size] for i in range(0, len(draws), size)])

    def _loader(self, items: PostItems, batches: "BalancedBatches | list[list[Draw]]") -> DataLoader[Any]:
        return DataLoader(
            items,
            batch_sampler=batches,
            num_workers=self.recipe.workers,
            collate_fn=Collate(self.text_preparation),
        )

    @torch.inference_mode()
    def _temperatures(self) -> Temperatures:
        """Temperatures of the three classifiers, fitted on the validation posts."""
        self.network.eval()
        parts = []
        for batch in self._validation_loader():
            logits = self.network(batch.images, batch.texts, batch.has_image, batch.has_text)
            parts.append((logits, batch))
        rows = logit_rows(parts, len(self.data.labels))
        truth = rows.pop("labels")
        return Temperatures(**{name: fit_temperature(logits, truth) for name, logits in rows.items()})


def process_rank() -> int:
    """Which of a run's processes this is, 0 for the one that writes."""
    return getattr(rank_zero_only, "rank", None) or 0


def class_weights(data: TrainingData) -> Tensor:
    """Weights (C,) inverse to the classes' counts in training, one on average over the posts."""
    counts = np.bincount([example.label for example in data.train], minlength=len(data.labels))
    return torch.tensor(len(data.train) / (len(data.labels) * np.maximum(counts, 1)), dtype=torch.float32)
