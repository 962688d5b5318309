"""Excluded annotations: posts that the annotator rejected, ignored or skipped, as annotation tools record them."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

# Values, in lower case, of columns that the tools add to each post.
_OF_POSTS = {
    "answer": {"reject", "ignore"},  # Prodigy
    "was_cancelled": {"true"},  # Label Studio
    "skipped": {"true"},  # Label Studio
    "Skipped": {"true"},  # Labelbox
    "status": {"discarded"},  # Argilla
    "AssignmentStatus": {"rejected"},  # Mechanical Turk
    "ASSIGNMENT:status": {"rejected", "skipped", "expired"},  # Toloka
}
# The same for single annotations of a post, which may also be unfinished.
_OF_ANNOTATIONS = {**_OF_POSTS, "status": {"discarded", "draft", "pending"}}  # of Argilla's responses

T = TypeVar("T")


def refusal(values: Mapping[str, object], label: str) -> str | None:
    """Why the label of a post does not count, such as ``its answer is 'reject'``; None if it does.

    Args:
        values: the columns of the post.
        label: the column of the label, which is not checked.
    """
    for name, refused in _OF_POSTS.items():
        if name in values and name != label and _is(values[name], refused):
            return f"its {name} is {values[name]!r}"
    return None


def counting(annotations: Sequence[T]) -> list[T]:
    """The annotations of a post, objects with a status each, that count."""
    return [one for one in annotations if not (isinstance(one, Mapping) and _is_refused(one))]


def counting_by(answers: Sequence[T], statuses: object) -> list[T]:
    """The answers that count, given a list of their statuses, as Argilla writes them in a column beside the answers."""
    if not isinstance(statuses, list | tuple) or len(statuses) != len(answers):
        return list(answers)
    refused = _OF_ANNOTATIONS["status"]
    return [answer for answer, status in zip(answers, statuses, strict=True) if not _is(status, refused)]


def _is_refused(annotation: Mapping[object, object]) -> bool:
    return any(_is(annotation.get(name), refused) for name, refused in _OF_ANNOTATIONS.items())


def _is(value: object, refused: set[str]) -> bool:
    return isinstance(value, str | bool) and str(value).strip().lower() in refused
