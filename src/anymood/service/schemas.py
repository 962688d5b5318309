"""Requests and responses as pydantic models."""

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


def _decode_image(value: Any) -> Any:
    """The bytes of base64, with or without line ends, or of a ``data:`` URL."""
    if not isinstance(value, str):
        return value
    if value[:5].lower() == "data:":
        head, _, value = value.partition(",")
        if not head.lower().endswith(";base64"):
            raise ValueError("should have ;base64 before its comma, as in data:image/jpeg;base64,...")
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        raise ValueError(
            "should be the file's bytes in base64, or a data: URL of them; paths and other URLs are not supported"
        ) from None


Image = Annotated[
    bytes | None,
    BeforeValidator(_decode_image),
    WithJsonSchema({"anyOf": [{"type": "string", "contentEncoding": "base64", "format": "byte"}, {"type": "null"}]}),
]


def read_id(value: Any) -> Any:
    """An id as in tables: a whole number is converted to its digits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[
    Annotated[str, Field(max_length=200)] | None,
    BeforeValidator(read_id, json_schema_input_type=Annotated[str, Field(max_length=200)] | int | None),
]
ModelName = Annotated[str | None, Field(description="Name of a model; the first of /v1/models by default.")]


class PostBody(BaseModel):
    """A post: a text, an image, or both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str | None = Field(None, description="The text as written.")
    image: Image = Field(
        None, description="An image file in base64, with or without line ends, or as a data: URL with base64."
    )
    id: Id = Field(None, description="Your own id, returned with the prediction; an integer is converted to a string.")


class SingleBody(PostBody):
    """A post, and the model to predict it with."""

    model: ModelName = None


class ExplainBody(SingleBody):
    """A post, the model to predict it with, and the label to explain."""

    label: str | None = Field(None, description="Label to explain; by default the predicted label.")


class BatchBody(BaseModel):
    """Posts, and the model to predict them with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    posts: list[Any] = Field(
        description="Posts. Each is validated separately: an invalid post does not fail the others."
    )
    model: ModelName = None


Probability = Annotated[float, Field(ge=0, le=1)]
Probabilities = dict[str, Probability]


class PredictionOut(BaseModel):
    """A prediction of one post."""

    id: str | None = Field(description="The id of the post.")
    label: str | None = Field(description="The predicted label; null if the post has neither text nor image.")
    probabilities: Probabilities = Field(description="Probability of each label by the deciding classifier.")
    used: Literal["both", "text", "image", "none"] = Field(
        description="The deciding classifier: both (the fused classifier), text, image, or none."
    )
    text: Probabilities | None = Field(description="Probabilities of the text classifier; null without a text.")
    image: Probabilities | None = Field(description="Probabilities of the image classifier; null without an image.")
    fused: Probabilities | None = Field(
        description="Probabilities of the fused classifier; null unless the post has both."
    )
    disagreement: Probability | None = Field(
        description="Total variation distance between the probabilities of text and image; null unless there are both."
    )
    problem: str | None = Field(description="What was wrong with the post; null if there was no problem.")
    reason: str | None = Field(description="A short fixed phrase for the problem, for counting.")


class OneOut(PredictionOut):
    """A prediction of a post, and the model."""

    model: str = Field(description="Name of the model.")


Effect = Annotated[float, Field(ge=-1, le=1)]


class WordOut(BaseModel):
    """The effect of a word."""

    word: str = Field(description="The word as written.")
    start: int = Field(description="Position of its first character in the text, in Unicode code points from 0.")
    end: int = Field(description="Position after its last character.")
    effect: Effect = Field(
        description="Effect on the probability of the label: mean of the effects alone and among the neighbours."
    )


class StrongWordOut(BaseModel):
    """One of the words with the largest effects."""

    word: str = Field(description="The word without punctuation around it, and how often it occurs.")
    effect: Effect = Field(description="Its effect, or the mean of several occurrences for or against the label.")


class RegionsOut(BaseModel):
    """The effects of the regions of an image."""

    box: list[float] = Field(
        min_length=4,
        max_length=4,
        description="Left, top, right and bottom edge of the part that the model reads, as shares of width and height.",
    )
    effects: list[list[Effect]] = Field(
        description="Decrease of the label's probability without each region: rows from the top, each from the left."
    )
    method: Literal["feature map", "occlusion"] = Field(description="Method of leaving out a region.")
    summary: str = Field(description="The strongest parts of the image as a sentence.")


class ExplanationOut(BaseModel):
    """An explanation of a prediction. Base, text_effect and image_effect add up to the probability."""

    model: str = Field(description="Name of the model.")
    label: str = Field(description="The label whose probability is explained.")
    summary: str = Field(description="The parts of the probability as a sentence.")
    probability: Probability = Field(description="Probability of the label.")
    base: Probability = Field(description="Probability of the label by the prior, without the post.")
    text_effect: Effect | None = Field(description="Shapley value of the text; null without a text.")
    image_effect: Effect | None = Field(description="Shapley value of the image; null without an image.")
    text: str | None = Field(description="The text that the positions of words refer to; null without a text.")
    words: list[WordOut] = Field(description="The words in their order.")
    strongest_words: list[StrongWordOut] = Field(description="Up to 8 words with the largest effects, strongest first.")
    regions: RegionsOut | None = Field(description="The regions of the image; null without an image.")
    prediction: PredictionOut = Field(description="The explained prediction.")


class BatchOut(BaseModel):
    """A prediction for each post, in order."""

    model: str = Field(description="Name of the model.")
    predictions: list[PredictionOut] = Field(description="One for each post, in order.")


class ReportBody(BaseModel):
    """Predicted rows, and the options of the report."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: ModelName = None
    rows: Annotated[list[dict[str, Any]], Field(min_length=1)] = Field(
        description="Rows as anymood predict writes them to JSON Lines. Images are not read."
    )
    text_column: str = Field(default="text", description="Name of the column with the text.")
    by: Annotated[list[str], Field(max_length=5)] = Field(
        default_factory=list, description="Names of columns that group the posts."
    )
    title: Annotated[str, Field(max_length=200)] = Field(default="", description="Title of the page.")
    source: Annotated[str, Field(max_length=200)] = Field(default="", description="Name of the table.")


class ReportOut(BaseModel):
    """A report."""

    report: dict[str, Any] = Field(description="All values, as anymood report writes them to JSON.")
    html: str = Field(description="The report as a self-contained HTML page.")


class ModelOut(BaseModel):
    """A model that is served."""

    name: str = Field(description="Name of the model.")
    description: str = Field(description="Predictions and training data of the model.")
    labels: list[str] = Field(description="Labels in the order of the model.")


class LimitsOut(BaseModel):
    """Limits of a request."""

    body_bytes: int = Field(description="Maximum number of bytes of a request body.")
    image_pixels: int = Field(description="Maximum number of pixels of an image, width times height.")
    text_characters: int = Field(description="Maximum number of characters of a text.")
    batch_posts: int = Field(description="Maximum number of posts in a batch.")
    seconds: int = Field(description="Timeout in seconds, for receiving a body and for predicting it.")


class ModelsOut(BaseModel):
    """The models, and the limits of a request."""

    models: list[ModelOut] = Field(description="The models; the first is the default.")
    limits: LimitsOut = Field(description="Limits of a request.")


class StatusOut(BaseModel):
    """The state of the service."""

    status: Literal["live", "ready"] = Field(description="The requested state.")


class ErrorOut(BaseModel):
    """One error in a body."""

    where: str = Field(description="The field, with dots between nested names; body for the whole body.")
    what: str = Field(description="What is wrong with it.")


class ProblemOut(BaseModel):
    """A problem as in RFC 9457."""

    type: str = Field(description="The kind of problem, as a reference into /docs.")
    title: str
    status: int
    detail: str = Field(description="What is wrong, where, and what to do about it.")
    reason: str | None = Field(None, description="A short fixed phrase for the problem of a post.")
    errors: list[ErrorOut] | None = Field(None, description="The errors of a malformed body, with their locations.")
