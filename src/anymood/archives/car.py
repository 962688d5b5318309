"""CAR files, the export format of Bluesky's repositories: blocks of DAG-CBOR, each named by its hash.

One block is read at a time. See the specifications of CARv1 (ipld.io) and of repositories (atproto.com).
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, NamedTuple

from anymood.archives.values import dig, items
from anymood.compression import damage
from anymood.errors import optional_dependency
from anymood.json_stream import Broken, breaks_off
from anymood.posts import Problem, Reason

MAX_BLOCK = 1 << 22  # bytes: records have at most 1 MiB
_SHA_256, _DAG_CBOR = 0x12, 0x71
_CIDV0 = b"\x12\x20"  # the first two bytes of a bare hash


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its content id as bytes, its data, and its offset."""

    cid: bytes
    data: Any
    place: str


class _Parts(NamedTuple):
    """A block as it is stored: its content id, with its codec and hash, and its content."""

    cid: bytes
    is_dag_cbor: bool
    algorithm: int
    digest: bytes
    content: bytes


def is_car(head: bytes) -> bool:
    """Whether a file begins as CAR files do: the length of a header, and a map with ``roots`` and ``version``."""
    return b"eroots" in head[:16] and b"gversion" in head[:200]


def blocks(stream: BinaryIO) -> Iterator[Block | Broken]:
    """The blocks of a CAR file, in order. A block whose hash differs from its name is broken; the next one follows."""
    at = 0
    header = True
    try:
        while (length := _varint(stream)) is not None:
            number, size = length
            place = f"byte {at:,}"
            if number > MAX_BLOCK or (number == 0 and header):
                yield Broken(
                    Problem(Reason.DAMAGED_BLOCK, f"The block at {place} claims to have {number:,} bytes."), place
                )
                return
            raw = stream.read(number)
            if len(raw) < number:
                yield Broken(breaks_off(place, None), place)
                return
            at += size + number
            if not header:
                yield _block(raw, place)
            header = False
    except damage() as error:
        yield Broken(breaks_off(f"byte {at:,}", error), f"byte {at:,}")


def keys(stream: BinaryIO, prefixes: tuple[str, ...]) -> tuple[str | None, dict[bytes, str]]:
    """The account of a repository, and the keys of records by their content ids.

    Records do not contain their own keys. These are in the nodes of the repository's tree, each as the length of the
    prefix shared with the previous key (``p``) and the rest (``k``).

    Args:
        stream: the CAR file.
        prefixes: prefixes of the wanted keys, such as ``app.bsky.feed.post/``.
    """
    owner: str | None = None
    by_id: dict[bytes, str] = {}
    for block in blocks(stream):
        if isinstance(block, Broken):
            continue  # reported when the records are read
        if isinstance(dig(block.data, "did"), str) and "rev" in block.data:
            owner = block.data["did"]
        key = b""
        for entry in items(dig(block.data, "e")):
            shared, rest, value = dig(entry, "p"), dig(entry, "k"), dig(entry, "v")
            if not (isinstance(shared, int) and isinstance(rest, bytes) and isinstance(value, bytes)):
                break
            key = key[:shared] + rest
            text = key.decode("utf-8", "replace")
            if text.startswith(prefixes):
                by_id[value] = text
    return owner, by_id


def name_of(cid: bytes) -> str:
    """The usual notation of a content id."""
    return str(_libipld().encode_cid(cid))


def _block(raw: bytes, place: str) -> Block | Broken:
    """Split a block into its name and data, and verify its hash."""
    try:
        parts = _split(raw)
        if parts.algorithm == _SHA_256 and hashlib.sha256(parts.content).digest() != parts.digest:
            problem = Problem(
                Reason.DAMAGED_BLOCK, f"The block at {place} is damaged: its content does not match its hash."
            )
            return Broken(problem, place)
        return Block(parts.cid, _libipld().decode_dag_cbor(parts.content) if parts.is_dag_cbor else None, place)
    except (ValueError, IndexError, RecursionError) as error:
        return Broken(Problem(Reason.DAMAGED_BLOCK, f"The block at {place} cannot be read: {error}"), place)


def _split(raw: bytes) -> _Parts:
    if raw.startswith(_CIDV0):
        return _Parts(raw[:34], False, _SHA_256, raw[2:34], raw[34:])
    stream = io.BytesIO(raw)
    version, codec, algorithm, length = (_needed(stream) for _ in range(4))
    start = stream.tell()
    end = start + length
    if end > len(raw):
        raise ValueError("its content id is longer than the block")
    return _Parts(raw[:end], (version, codec) == (1, _DAG_CBOR), algorithm, raw[start:end], raw[end:])


def _needed(stream: BinaryIO | io.BytesIO) -> int:
    number = _varint(stream)
    if number is None:
        raise ValueError("it ends early")
    return number[0]


def _varint(stream: BinaryIO | io.BytesIO) -> tuple[int, int] | None:
    """An unsigned LEB128 number and its length in bytes; None at the end of the stream.

    Raises:
        EOFError: the stream ends within the number.
    """
    number = shift = size = 0
    while True:
        byte = stream.read(1)
        if not byte:
            if size:
                raise EOFError("the file ends within the length of a block")
            return None
        size += 1
        number |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return number, size
        shift += 7
        if size > 9:
            raise EOFError("the length of a block is invalid")


@cache
def _libipld() -> Any:
    """Import libipld, which decodes DAG-CBOR."""
    with optional_dependency("Reading .car files of Bluesky", "archives"):
        import libipld
    return libipld
