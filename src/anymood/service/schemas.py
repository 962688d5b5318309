"""What goes in and out as JSON."""

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


def _decode(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("should be the file's bytes in base64; paths and URLs are never followed") from None


Image = Annotated[
    bytes | None,
    BeforeValidator(_decode),
    WithJsonSchema({"anyOf": [{"type": "string", "contentEncoding": "base64", "format": "byte"}, {"type": "null"}]}),
]


def read_id(value: Any) -> Any:
    """An id as tables read it: a whole number counts as its digits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[
    Annotated[str, Field(max_length=200)] | None,
    BeforeValidator(read_id, json_schema_input_type=Annotated[str, Field(max_length=200)] | int | None),
]


class PostBody(BaseModel):
    """A post: a text, an image, or both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str | None = Field(None, description="The text as written.")
    image: Image = Field(None, description="The bytes of an image file in base64.")
    id: Id = Field(None, description="A name of yours, carried through; a whole number comes back as its digits.")


class SingleBody(PostBody):
    """A post, and who shall predict it."""

    model: str | None = Field(None, description="Name of a model; the first of /v1/models by default.")


class BatchBody(BaseModel):
    """Posts, and who shall predict them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    posts: list[Any] = Field(description="Each is read by itself: one that is wrong does not spoil the others.")
    model: str | None = Field(None, description="Name of a model; the first of /v1/models by default.")


Probability = Annotated[float, Field(ge=0, le=1)]
Probabilities = dict[str, Probability]


class PredictionOut(BaseModel):
    """What a model says of one post."""

    id: str | None = Field(description="The post's.")
    label: str | None = Field(description="The predicted label; null when there was nothing to see.")
    probabilities: Probabilities = Field(description="Probability of each label by the classifier that decided.")
    used: Literal["both", "text", "image", "none"] = Field(
        description="What decided: both (the fused classifier), text, image, or none when there was nothing to see."
    )
    text: Probabilities | None = Field(description="What the text classifier says; null without a text.")
    image: Probabilities | None = Field(description="What the image classifier says; null without an image.")
    fused: Probabilities | None = Field(description="What the fused classifier says; null unless there are both.")
    disagreement: Probability | None = Field(description="How far text and image pull apart; null unless both.")
    problem: str | None = Field(description="What was wrong with the post; null when nothing was.")
    reason: str | None = Field(description="A short fixed word for the problem, to count by.")


class OneOut(PredictionOut):
    """What a model says of a post."""

    model: str = Field(description="Who predicted.")


class BatchOut(BaseModel):
    """A prediction a post, in their order."""

    model: str = Field(description="Who predicted.")
    predictions: list[PredictionOut] = Field(description="One a post, in their order.")


class ModelOut(BaseModel):
    """A model that can be asked."""

    name: str = Field(description="What to ask for it by.")
    description: str = Field(description="What it tells, and what it learnt from.")
    labels: list[str] = Field(description="In the order of the model.")


class LimitsOut(BaseModel):
    """What a request may bring."""

    body_bytes: int = Field(description="Bytes of a request's body.")
    image_pixels: int = Field(description="Pixels of an image, width times height.")
    text_characters: int = Field(description="Characters of a text.")
    batch_posts: int = Field(description="Posts of a batch.")
    seconds: int = Field(description="For a request's body to arrive, and again for its answer.")


class ModelsOut(BaseModel):
    """Models by name; the first is the default. And what a request may bring."""

    models: list[ModelOut] = Field(description="By name; the first is the default.")
    limits: LimitsOut = Field(description="What a request may bring.")


class StatusOut(BaseModel):
    """That all is well."""

    status: Literal["live", "ready"] = Field(description="Which of the two was asked for.")


class Wrong(BaseModel):
    """One thing that is wrong in a body."""

    where: str
    what: str


class ProblemOut(BaseModel):
    """A problem as in RFC 9457."""

    type: str = Field(description="Which kind, as a reference into /docs.")
    title: str
    status: int
    detail: str = Field(description="What is wrong, where, and the way out.")
    reason: str | None = Field(None, description="A short fixed word where a post was the trouble.")
    errors: list[Wrong] | None = Field(None, description="What is wrong where, for a malformed body.")
