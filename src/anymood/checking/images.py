"""Checks of images: unreadable ones and near-duplicates."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from anymood.checking.duplicates import findings_of
from anymood.checking.findings import EXAMPLES, Finding, RowExample
from anymood.checking.rows import CheckedRow, CheckedTable
from anymood.errors import ImageError
from anymood.preparation.decoding import decode
from anymood.progress import Update

SIDE = 8  # side of the grid of differences
MAX_DIFFERENT_BITS = 3  # of near-duplicates: one of the four parts of their hashes is equal
MIN_CONTRAST = 2.0  # minimum standard deviation of the grey values; hashes of plain images are meaningless


def check_images(table: CheckedTable, update: Update) -> Iterator[Finding]:
    """Findings on images, each of which is decoded once.

    Args:
        table: the rows.
        update: called with the number of finished rows.
    """
    unreadable: dict[str, list[RowExample]] = {}
    hashed: list[tuple[int, CheckedRow]] = []
    for number, row in enumerate(table.rows, 1):
        if row.post.image is not None:
            try:
                value = difference_hash(decode(row.post.image, at_least=4 * SIDE))
                if value is not None:
                    hashed.append((value, row))
            except ImageError as error:
                unreadable.setdefault(str(error.reason), []).append(RowExample(row.where, str(error)))
        update(number)
    for reason, examples in unreadable.items():
        yield Finding(
            f"image: {reason}", f"Images that cannot be read: {reason}", len(examples),
            "The posts keep their text, and are excluded if they have none.", "Get the files again, or remove them.",
            tuple(examples[:EXAMPLES]),
        )  # fmt: skip
    yield from findings_of("images", near_duplicates(hashed))


def difference_hash(image: Image.Image) -> int | None:
    """64 bits: whether each of 8 x 8 cells is brighter than the one to its left (dHash); None of a plain image."""
    grey = np.asarray(image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX), np.float32)
    if grey.std() < MIN_CONTRAST:
        return None
    bits = (grey[:, 1:] > grey[:, :-1]).ravel()
    return int("".join("01"[bit] for bit in bits.astype(int)), 2)


def near_duplicates(hashed: list[tuple[int, CheckedRow]]) -> list[list[CheckedRow]]:
    """Groups of rows whose hashes differ from the first one of the group in at most ``MAX_DIFFERENT_BITS`` bits."""
    first_by_part: dict[tuple[int, int], list[int]] = {}
    members: dict[int, list[CheckedRow]] = {}
    values: dict[int, int] = {}
    for index, (value, row) in enumerate(hashed):
        parts = [(place, (value >> (16 * place)) & 0xFFFF) for place in range(4)]
        candidates = dict.fromkeys(other for part in parts for other in first_by_part.get(part, ()))
        leader = next((o for o in candidates if (values[o] ^ value).bit_count() <= MAX_DIFFERENT_BITS), None)
        if leader is None:
            values[index], members[index] = value, []
            for part in parts:
                first_by_part.setdefault(part, []).append(index)
        members[index if leader is None else leader].append(row)
    return sorted((group for group in members.values() if len(group) > 1), key=len, reverse=True)
