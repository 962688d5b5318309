"""Decoding of images to upright RGB.

Shapes: H rows, W columns.
"""

import errno
import io
import math
import os
import stat
import struct
import threading
import warnings
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from anymood.errors import ImageError
from anymood.files import is_url
from anymood.posts import ImageSource, Reason
from anymood.preparation.file_ends import ends_early
from anymood.preparation.inline_images import file_of_url, inline_image
from anymood.preparation.pixels import eight_bits, to_rgb, upright
from anymood.zipped_files import ZippedFile

MAX_BYTES = 2**28  # of a file: 256 MiB
MAX_PIXELS = MAX_BYTES // 3  # 89 megapixels, 3 bytes each; also Pillow's limit for decompression bombs
LARGE = 2**24  # pixels; decoding a large image takes up to a gigabyte, so only one is decoded at a time

# Formats of the images in posts. Each is one more parser of untrusted bytes; for EPS, Pillow would run Ghostscript.
FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,  # and MPO, the JPEGs of stereo cameras and of many phones
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
        GifImagePlugin.GifImageFile,
        AvifImagePlugin.AvifImageFile,
        BmpImagePlugin.BmpImageFile,
        TiffImagePlugin.TiffImageFile,
        Jpeg2KImagePlugin.Jpeg2KImageFile,
        PpmImagePlugin.PpmImageFile,
    )
)

# In lower case.
HEIC_SUFFIXES = frozenset((".heic", ".heif"))
SUFFIXES = frozenset(suffix for suffix, known in Image.EXTENSION.items() if known in FORMATS) | HEIC_SUFFIXES
SIGNATURE_BYTES = 64  # bytes that are read to recognise image files

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_NO_FILE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL}  # there is no file at a path

_GREYS = {"L;2": 3, "L;4": 15}  # Pillow's names for the pixels of PNGs with greys of 2 and 4 bits -> the largest grey

_ONE_LARGE = threading.Lock()

# Pillow warns of errors in metadata (a short EXIF record, a wrong MPO index) that do not affect the pixels. The filter
# is set once, because filters around each call are not thread-safe.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.\w+ImagePlugin")


def decode(source: ImageSource, at_least: int | None = None) -> Image.Image:
    """Decode an image to upright RGB.

    Of an animation, the first frame is used. The EXIF orientation is applied, 16 bits are scaled to 8, and transparency
    is blended with white, the background of most apps; dropping the alpha channel would reveal hidden colours. An
    upright RGB image is returned without a copy, so it must not be modified in place.

    Args:
        source: a path or a ``file:`` URL, the bytes of an image file, also as a ``data:`` URL or in base64, a PIL
            image, or an array of shape (H, W), (H, W, 3) or (H, W, 4) of uint8, or of uint16 over its full range.
        at_least: number of pixels of the short side that the caller needs. A large JPEG is decoded at 1/2, 1/4 or 1/8
            of its size, but to at least twice ``at_least``, which is several times faster for photographs.

    Raises:
        ImageError: the image cannot be decoded; its ``reason`` is the kind of problem.
    """
    name, data = _name(source), b""
    try:
        if isinstance(source, np.ndarray):
            return _from_array(source, name)
        if isinstance(source, Image.Image):
            image = source
            _check_pixels(image.size, name)
        else:
            data = _file_content(source, name)
            image = _open(data, name, at_least)
        with _ONE_LARGE if math.prod(image.size) > LARGE else nullcontext():
            image.load()
            return upright(image, to_rgb(image))
    except ImageError:
        raise
    except Exception as error:  # damaged data makes the plugins raise anything from SyntaxError to MemoryError
        raise _damaged(name, data, error) from error


def measure(data: bytes) -> tuple[int, int]:
    """Width and height in pixels from the header of an image file.

    Raises:
        ImageError: it is not an image of a known format, or too large to be decoded.
    """
    name = _name(data)
    try:
        return _open(data, name, None).size
    except ImageError:
        raise
    except Exception as error:  # any exception, as in ``decode``
        raise _damaged(name, data, error) from error


def _name(source: object) -> str:
    """The name of a source in messages, printable and at most a line long."""
    if isinstance(source, str | os.PathLike):
        with suppress(TypeError):  # __fspath__ returns something else
            shown = repr(os.fspath(source))
            return shown if len(shown) <= 200 else f"{shown[:120]}...{shown[-40:]}"
    if isinstance(source, bytes):
        return "The image file"
    kind = type(source)
    return f"The image of type {kind.__module__}.{kind.__qualname__}".replace("builtins.", "")


def _file_content(source: object, name: str) -> bytes:
    """The bytes of an image file given as bytes, a ``data:`` URL, base64, or a path."""
    if isinstance(source, bytes):
        return source
    if isinstance(source, str) and (data := inline_image(source)) is not None:
        return data
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        return _read(os.fspath(file_of_url(path) or path), name)
    raise ImageError(f"{name} cannot be read: give a path, bytes, a PIL image or an array.", Reason.UNREADABLE)


def _read(path: str, name: str) -> bytes:
    """Read the whole file, so that no handle stays open, and the size limit holds even if the file grows."""
    try:
        status = os.stat(path)  # noqa: PTH116 (an empty Path is the current folder)
        if stat.S_ISDIR(status.st_mode):
            raise ImageError(
                f"{name} is a folder, not an image file. Give the path of a file in it.", Reason.NOT_AN_IMAGE
            )
        if not stat.S_ISREG(status.st_mode):  # reading a pipe may wait forever, and a device may never end
            raise ImageError(f"{name} is not a regular file. Copy the image into one.", Reason.UNREADABLE)
        size = min(status.st_size, MAX_BYTES)
        with Path(path).open("rb") as file:
            data = file.read(size + 1)  # not MAX_BYTES, because Python allocates that much memory
            # If there is more than the size, the file has grown, or its size is unknown.
            return data if len(data) <= size else data + file.read(MAX_BYTES - size)
    except (OSError, ValueError) as error:  # ValueError: a NUL or a lone surrogate in the path
        if isinstance(error, NotADirectoryError) and (zipped := ZippedFile.at(path)) is not None:
            return zipped.read()
        if isinstance(error, OSError) and error.errno not in _NO_FILE:
            raise ImageError(f"{name} cannot be read: {error.strerror}.", Reason.UNREADABLE) from error
        if is_url(path):
            raise ImageError(
                f"{name} is a URL, which is not fetched. Download it and give the path, or use anymood predict "
                "--fetch.",
                Reason.IMAGE_IS_URL,
            ) from error
        message = f"{name} does not exist. Check the path, and the folder that it is relative to."
        raise ImageError(message, Reason.MISSING_IMAGE) from error


def _open(data: bytes, name: str, at_least: int | None) -> ImageFile.ImageFile:
    """The undecoded image in some bytes.

    Pillow's plugins are called directly: ``Image.open`` would try all formats, and warn of decompression bombs before
    the size can be checked.
    """
    if not data:
        raise ImageError(f"{name} is empty: 0 bytes. Download it again.", Reason.EMPTY)
    if len(data) > MAX_BYTES:
        raise ImageError(f"{name} is larger than {MAX_BYTES:,} bytes. Use a smaller image.", Reason.TOO_LARGE)
    if factory := _factory(data[:SIGNATURE_BYTES], name):
        image: ImageFile.ImageFile = factory(io.BytesIO(data), "")
        _check_pixels(image.size, name)
        white = _GREYS.get(str(image.tile[0][3])) if image.format == "PNG" and image.tile else None
        if white and "transparency" in image.info:  # Pillow scales only the pixels to 8 bits
            image.info["transparency"] = (image.info["transparency"] & white) * (255 // white)
        if at_least is not None:
            image.draft(None, (2 * at_least, 2 * at_least))  # only JPEG supports this
        return image
    known_formats = ", ".join((*FORMATS, "HEIC"))
    raise ImageError(
        f"{name} is not an image of a known format: it begins with {repr(data[:12])[1:]}. Known: {known_formats}. "
        "Save it as one of them.",
        Reason.NOT_AN_IMAGE,
    )


def is_image(head: bytes) -> bool:
    """Whether a file has the signature of a known image format, including HEIC.

    Args:
        head: its first ``SIGNATURE_BYTES`` bytes.
    """
    return _is_heic(head) or _known_format(head) is not None


def _known_format(head: bytes) -> str | None:
    signature = head[:16].ljust(16, b"\0")  # some plugins index into it
    for known in FORMATS:
        accept = Image.OPEN[known][1]
        if accept is not None and accept(signature) is True:
            return known
    return None


def _factory(head: bytes, name: str) -> Any:
    """The function that opens a file with some first bytes; None for an unknown format."""
    if _is_heic(head):
        try:
            from pillow_heif import HeifImageFile
        except ImportError:
            raise ImageError(
                f"{name} is a HEIC image, as iPhones take them. Install a decoder (pip install 'anymood[heic]'), or "
                "save it as JPEG.",
                Reason.UNREADABLE,
            ) from None
        return HeifImageFile
    known = _known_format(head)
    return None if known is None else Image.OPEN[known][0]


def _is_heic(head: bytes) -> bool:
    """Whether the brands at the beginning of a file include HEVC, as in HEIC images."""
    if head[4:8] != b"ftyp":
        return False
    brands = head[8 : min(int.from_bytes(head[:4], "big"), SIGNATURE_BYTES)]
    return any(brands[at : at + 4] in _HEIC_BRANDS for at in range(0, len(brands), 4))


def _check_pixels(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height == 0:
        raise ImageError(f"{name} has no pixels: {width} x {height}.", Reason.EMPTY)
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name} has {width} x {height} pixels, more than {MAX_PIXELS:,} in all. Use a smaller image.",
            Reason.TOO_LARGE,
        )


def _from_array(array: NDArray[Any], name: str) -> Image.Image:
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,), (4,)) or array.dtype.str[1:] not in ("u1", "u2"):
        raise ImageError(
            f"An image array must have the shape (H, W), (H, W, 3) or (H, W, 4) and the type uint8 (0 to 255) or "
            f"uint16 (0 to 65535), but this one is {array.shape} of {array.dtype}. Move the channels last, scale the "
            f"values and convert with astype.",
            Reason.UNREADABLE,
        )
    if np.ma.is_masked(array):
        raise ImageError(
            "An image array must not have masked values. Replace them, such as with array.filled(255).",
            Reason.UNREADABLE,
        )
    _check_pixels((array.shape[1], array.shape[0]), name)
    return to_rgb(Image.fromarray(eight_bits(array) if array.dtype.itemsize == 2 else array))


def _damaged(name: str, data: bytes, error: Exception) -> ImageError:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return ImageError(f"{name} unpacks to too many pixels ({error}). Use a smaller image.", Reason.TOO_LARGE)
    read_past_end = isinstance(error.__cause__ or error, EOFError | IndexError | struct.error)
    if read_past_end or "truncated" in str(error).lower() or ends_early(data):
        return ImageError(f"{name} is truncated. Download it again.", Reason.TRUNCATED)
    cause = str(error) or type(error).__name__
    if not data:  # a PIL image, which is mostly closed, or its file
        return ImageError(f"{name} cannot be read ({cause}). Open it again, and leave it open.", Reason.UNREADABLE)
    return ImageError(f"{name} is damaged, or not supported by Pillow ({cause}). Save it again.", Reason.UNREADABLE)
