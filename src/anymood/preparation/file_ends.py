"""Detection of truncated image files, which decoders often report like other damage."""

from collections.abc import Iterator
from itertools import islice

_END = b"\xff\xd9"  # the last marker of JPEG and JPEG 2000, which does not occur in their compressed data
_CODESTREAMS = (b"\xff\xd8", b"\xff\x4f\xff\x51")  # the first markers of JPEG and JPEG 2000
_PNG = b"\x89PNG\r\n\x1a\n"
_MAX_PARTS = 100_000  # chunks or boxes; a file of millions of tiny ones would take seconds
_BOXES = (b"ftyp", b"jP  ")  # types of the first box of AVIF and HEIC, and of JPEG 2000


def ends_early(data: bytes) -> bool:
    """Whether a JPEG, PNG, WebP, AVIF, HEIC or JPEG 2000 file is truncated; False for other formats."""
    if data.startswith(_CODESTREAMS):
        return _END not in data
    if data.startswith(b"RIFF"):  # WebP
        return 8 + int.from_bytes(data[4:8], "little") > len(data)
    if data.startswith(_PNG):
        return any(end > len(data) for end in islice(_chunk_ends(data), _MAX_PARTS))
    if data[4:8] in _BOXES:
        cut = any(end > len(data) for end in islice(_box_ends(data), _MAX_PARTS))
        return cut or (data[4:8] == b"jP  " and _END not in data)
    return False


def _chunk_ends(data: bytes) -> Iterator[int]:
    """Where each chunk of a PNG file ends: 4 bytes length, 4 type, the content, 4 checksum."""
    end = len(_PNG)
    while end < len(data):
        end += 12 + int.from_bytes(data[end : end + 4], "big")
        yield end


def _box_ends(data: bytes) -> Iterator[int]:
    """Where each box ends: 4 bytes size, or 1 for 8 bytes after the type, or 0 for the rest of the file; 4 type."""
    end = 0
    while end < len(data):
        size = int.from_bytes(data[end : end + 4], "big")
        if size == 1:
            size = int.from_bytes(data[end + 8 : end + 16], "big")
        end = end + max(size, 8) if size else len(data)
        yield end
