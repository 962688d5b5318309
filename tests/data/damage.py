"""Hundreds of damaged and odd inputs, the same each time: ``python tests/data/damage.py FOLDER`` writes the files.

Each is a ``Case`` with what must come of it: damaged ones are named by a reason, odd ones are predicted.
"""

import errno
import io
import os
import random
import socket
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from odd_texts import FLOODS, INVISIBLE
from PIL import Image

NAMED = "named"  # there is a problem with a reason
FINE = "fine"  # a label and no problem
CUT = "named, but predicted"  # a label, and a problem that says what was left out

FORMATS = {  # suffix -> how Pillow writes it
    "jpg": {"format": "JPEG", "quality": 90},
    "progressive.jpg": {"format": "JPEG", "progressive": True, "quality": 90},
    "png": {"format": "PNG"},
    "gif": {"format": "GIF"},
    "webp": {"format": "WEBP", "quality": 80},
    "lossless.webp": {"format": "WEBP", "lossless": True},
    "bmp": {"format": "BMP"},
    "tif": {"format": "TIFF"},
    "deflated.tif": {"format": "TIFF", "compression": "tiff_adobe_deflate"},
    "ppm": {"format": "PPM"},
    "jp2": {"format": "JPEG2000"},
}
SUFFIXES = ("jpg", "png", "webp", "gif", "bmp", "tif")
STRANGERS = {  # what people send under an image's name
    "html": b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>",
    "json": b'{"error": "rate limited", "retry_after": 30}',
    "text": b"This is no image at all.\n" * 20,
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(40),
    "gzip": b"\x1f\x8b\x08\x00" + bytes(40),
    "mp4": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(40),
    "mp3": b"ID3\x04\x00\x00\x00\x00\x00\x23" + bytes(40),
    "wave": b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(40),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "program": b"\x7fELF\x02\x01\x01" + bytes(60),
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40),
    "git lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "icon": b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00" + bytes(60),
    "photoshop": b"8BPS\x00\x01" + bytes(60),
}


class Case(NamedTuple):
    """One input: what it is called, the post, and what must come of it."""

    name: str
    post: Any
    expected: str


def cases(folder: Path) -> list[Case]:
    """All of them; the files lie in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(20190221)  # noqa: S311 - the same inputs each time
    files = [*_cut(rng), *_blank(rng), *_strangers(), *_broken_heads(rng), *_bombs(), *_odd_images(rng)]
    cases_of_images = [Case(name, {"image": _write(folder, name, data)}, expected) for name, data, expected in files]
    return [*cases_of_images, *_odd_paths(folder), *_odd_objects(), *_texts()]


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _saved(image: Image.Image, **how: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, **how)
    return file.getvalue()


def _noise(rng: random.Random, mode: str = "RGB", size: tuple[int, int] = (48, 40)) -> Image.Image:
    noise = np.random.default_rng(rng.randrange(2**32)).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(noise).convert(mode)


def _cut(rng: random.Random) -> Iterator[tuple[str, bytes, str]]:
    """Files of every format that end too early: within the head, within the pixels."""
    for suffix, how in FORMATS.items():
        for number in range(20):
            whole = _saved(_noise(rng), **how)
            share = rng.uniform(0.02, 0.9)
            yield f"cut{number:02}.{suffix}", whole[: max(1, int(len(whole) * share))], NAMED


def _blank(rng: random.Random) -> Iterator[tuple[str, bytes, str]]:
    """No bytes, only NUL bytes, a signature and nothing or NUL bytes after it, and bytes of chance."""
    for suffix in SUFFIXES:
        start = _saved(_noise(rng), **FORMATS[suffix])[:8]
        yield f"empty.{suffix}", b"", NAMED
        yield f"zeros.{suffix}", bytes(rng.randrange(1, 5000)), NAMED
        yield f"signature.{suffix}", start, NAMED
        yield f"signature and zeros.{suffix}", start + bytes(3000), NAMED
        yield f"chance.{suffix}", b"\x01" + rng.randbytes(rng.randrange(1, 3000)), NAMED


def _strangers() -> Iterator[tuple[str, bytes, str]]:
    for kind, data in STRANGERS.items():
        for suffix in SUFFIXES:
            yield f"{kind}.{suffix}", data, NAMED


def _broken_heads(rng: random.Random) -> Iterator[tuple[str, bytes, str]]:
    """A right signature, and after it what no decoder can make sense of."""
    for number in range(10):
        png = bytearray(_saved(_noise(rng), format="PNG"))
        png[rng.randrange(16, 29)] ^= 1 << rng.randrange(8)  # within the header, whose checksum is wrong then
        yield f"checksum{number}.png", bytes(png), NAMED
        jpeg = _saved(_noise(rng), format="JPEG")
        yield f"chance after the head{number}.jpg", jpeg[:20] + rng.randbytes(400), NAMED
        webp = _saved(_noise(rng), format="WEBP")
        yield f"chance after the head{number}.webp", webp[:16] + rng.randbytes(400), NAMED
        gif = _saved(_noise(rng), format="GIF")
        yield f"no frame{number}.gif", gif[:13] + b"\x21\xfe" + bytes([rng.randrange(1, 255)]), NAMED
    for kind, where in (("png", 16), ("gif", 6), ("bmp", 18)):
        flat = bytearray(_saved(_noise(rng), **FORMATS[kind]))
        flat[where : where + 8] = bytes(8)
        yield f"no pixels.{kind}", bytes(flat), NAMED


def _png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, colours: int = 2) -> bytes:
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _bombs() -> Iterator[tuple[str, bytes, str]]:
    """Small files that say they are huge."""
    squeezed = (b"IDAT", zlib.compress(bytes(10_000)))
    for side in (9_460, 20_000, 60_000, 2**31 - 1):
        yield f"bomb{side}.png", _png(side, side, squeezed), NAMED
        yield f"strip{side}.png", _png(side, 2**31 - 1, squeezed), NAMED
    text = (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2**22)))
    yield "text bomb.png", _png(8, 8, text, (b"IDAT", zlib.compress(bytes(8 * 25)))), NAMED
    yield (
        "bomb.gif",
        b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x80\0\0" + bytes(6) + b"\x2c" + bytes(40),
        NAMED,
    )
    for side in (20_000, 2**31 - 1):
        head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
        yield f"bomb{side}.bmp", b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head, NAMED
        yield f"bomb{side}.ppm", b"P6 %d %d 255\n" % (side, side) + bytes(99), NAMED
    small = bytearray(_saved(Image.new("RGB", (16, 16)), format="JPEG"))
    frame = small.index(b"\xff\xc0")
    small[frame + 5 : frame + 9] = struct.pack(">HH", 65_500, 65_500)
    yield "bomb.jpg", bytes(small), NAMED
    canvas = struct.pack("<I", 16_383)[:3] * 2
    yield "bomb.webp", b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X\x0a\0\0\0\0\0\0\0" + canvas, NAMED


def _odd_images(rng: random.Random) -> Iterator[tuple[str, bytes, str]]:
    """What few people think of, but any viewer shows."""
    plain = _noise(rng)
    for mode, suffix in (
        *(("CMYK", kind) for kind in ("jpg", "tif")),
        *(("L", kind) for kind in ("jpg", "png", "webp", "gif", "bmp", "tif")),
        *(("1", kind) for kind in ("png", "gif", "bmp", "tif")),
        *(("P", kind) for kind in ("png", "gif", "bmp", "tif")),
        *(("RGBA", kind) for kind in ("png", "webp", "tif", "gif", "jp2")),
        *(("LA", kind) for kind in ("png", "tif", "jp2")),
        *(("YCbCr", kind) for kind in ("jpg", "tif")),
        ("LAB", "tif"),
        ("F", "tif"),
        ("I", "tif"),
    ):
        yield f"{mode}.{suffix}", _saved(_noise(rng, mode if mode != "LAB" else "RGB"), **FORMATS[suffix]), FINE
    for size in ((1, 1), (1, 2), (2, 1), (1, 30_000), (30_000, 1), (3, 5000)):
        for suffix in ("png", "jpg", "webp" if max(size) < 16_383 else "gif"):
            yield f"{size[0]}x{size[1]}.{suffix}", _saved(_noise(rng, size=size), **FORMATS[suffix]), FINE
    sixteen = np.linspace(0, 65_535, 48 * 40).astype(np.uint16).reshape(40, 48)
    for suffix in ("png", "tif", "jp2"):
        yield f"sixteen bits.{suffix}", _saved(Image.fromarray(sixteen), **FORMATS[suffix]), FINE
    for suffix in ("gif", "png", "webp", "tif"):
        frames = [_noise(rng) for _ in range(3)]
        yield f"animated.{suffix}", _saved(plain, save_all=True, append_images=frames, **FORMATS[suffix]), FINE
    yield "clear colour.png", _saved(_noise(rng, "P"), format="PNG", transparency=bytes([0, 128] * 100)), FINE
    yield "clear grey.png", _saved(_noise(rng, "L"), format="PNG", transparency=0), FINE
    yield "clear.gif", _saved(_noise(rng, "P"), format="GIF", transparency=3), FINE
    for number, turn in enumerate((0, 1, 5, 6, 8, 9, 255, 65_535)):
        exif = Image.Exif()
        exif[0x0112] = turn
        yield f"orientation{number}.jpg", _saved(plain, format="JPEG", exif=exif), FINE
    for number in range(8):
        noise = b"Exif\0\0" + rng.choice([b"MM\0*", b"II*\0", b"??"]) + rng.randbytes(rng.randrange(80))
        yield f"broken exif{number}.jpg", _saved(plain, format="JPEG", exif=noise), FINE
    for suffix in ("jpg", "png", "webp", "tif"):
        yield f"broken profile.{suffix}", _saved(plain, icc_profile=rng.randbytes(200), **FORMATS[suffix]), FINE
        wrong = "gif" if suffix == "jpg" else "jpg"
        yield f"{suffix} inside.{wrong}", _saved(plain, **FORMATS[suffix]), FINE
    yield "bytes behind.jpg", _saved(plain, format="JPEG") + rng.randbytes(1000), FINE
    yield "bytes behind.png", _saved(plain, format="PNG") + rng.randbytes(1000), FINE
    yield "\N{SNOWMAN}\N{GRINNING FACE} \N{RIGHT-TO-LEFT OVERRIDE}gpj.jpg", _saved(plain, format="JPEG"), FINE
    yield f"{'n' * 240}.jpg", _saved(plain, format="JPEG"), FINE
    yield "a\nb.jpg", _saved(plain, format="JPEG"), FINE


def _odd_paths(folder: Path) -> Iterator[Case]:
    """Paths with no image file behind them, whatever they look like."""
    links = (
        ("loop.jpg", "loop.jpg"),
        ("there.jpg", "back.jpg"),
        ("back.jpg", "there.jpg"),
        ("dangling.png", "gone.png"),
    )
    (folder / "a folder.jpg").mkdir(exist_ok=True)
    for name, target in (*links, ("linked folder.png", "a folder.jpg")):
        if not os.path.lexists(folder / name):
            (folder / name).symlink_to(target)
    if not (folder / "pipe.jpg").exists():
        os.mkfifo(folder / "pipe.jpg")
    _bind(folder / "socket.jpg")
    existing = (
        "loop.jpg",
        "there.jpg",
        "back.jpg",
        "dangling.png",
        "a folder.jpg",
        "linked folder.png",
        "pipe.jpg",
        "socket.jpg",
    )
    nowhere = (
        "gone.jpg",
        "x" * 300 + ".jpg",
        "a/" * 3000,
        "nul\0.jpg",
        "half\ud800.jpg",
        "a folder.jpg/x.jpg",
        "..",
        "*.jpg",
    )
    for name in (*existing, *nowhere):
        yield Case(f"path {name[:40]!r}", {"image": folder / name}, NAMED)
    for path in (
        "/dev/null",
        "/dev/zero",
        "/",
        ".",
        "~/x.jpg",
        "http://x.org/x.jpg",
        "data:image/png;base64,iVBORw0KGgo=",
    ):
        yield Case(f"path {path}", {"image": path}, NAMED)


def _bind(path: Path) -> None:
    if path.exists():
        return
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            listener.bind(str(path))
        except OSError as error:  # the path is too long for a socket: a pipe does as well
            if "too long" not in str(error) and error.errno != errno.ENAMETOOLONG:
                raise
            os.mkfifo(path)


def _odd_objects() -> Iterator[Case]:
    """What is no post, no text or no image."""
    grey = np.zeros((8, 8), np.uint8)
    closed = Image.new("RGB", (8, 8))
    closed.close()
    for number, post in enumerate((None, 5, "  ", b"bytes", ["text"], ("a", "b"), {"a", "b"}, object, 1.5, grey)):
        yield Case(f"no post {number}", post, NAMED)
    for number, text in enumerate((5, True, b"love", ["love"], {"text": "love"}, object(), ("love",), 1 + 2j)):
        yield Case(f"no text {number}", {"text": text}, NAMED)
    images = (
        *(grey.astype(kind) for kind in (bool, np.int8, np.int64, np.float32, np.float64, complex, object)),
        *(np.zeros(shape, np.uint8) for shape in ((), (8,), (8, 8, 1), (8, 8, 2), (8, 8, 5), (3, 8, 8), (2, 8, 8, 3))),
        *(np.zeros(shape, np.uint8) for shape in ((0, 8), (8, 0), (0, 0, 3), (8, 0, 4))),
        np.array([["a"]]),
        np.lib.stride_tricks.as_strided(grey, (20_000, 20_000), (0, 0)),
        *(
            5,
            1.5,
            True,
            ["x.jpg"],
            {"path": "x.jpg"},
            object(),
            bytearray(b"\xff\xd8"),
            io.BytesIO(b"\xff\xd8"),
            closed,
        ),
    )
    for number, image in enumerate(images):
        yield Case(f"no image {number}", {"image": image}, NAMED)
    for number, post in enumerate(
        ({}, {"text": None}, {"text": " ", "image": ""}, {"text": float("nan")}, {"image": b""})
    ):
        yield Case(f"nothing {number}", post, NAMED)
    for number, key in enumerate(("txt", "Text", 5, None, "image ", ("a",))):
        yield Case(f"unknown field {number}", {key: "love"}, NAMED)


LONG, LONGEST = 50_000, 10_000_000  # characters of a flood


def _texts() -> Iterator[Case]:
    for name, part in FLOODS.items():
        has_words = name != "links"  # which are nobody's mood
        yield Case(f"flood of {name}", {"text": part * (LONG // len(part))}, CUT if has_words else NAMED)
        yield Case(f"only {name}", {"text": part * 3}, FINE if has_words else NAMED)
    for name in ("words", "no blank", "emoji", "families", "stacks", "nul bytes", "half pairs", "right to left"):
        yield Case(f"longest flood of {name}", {"text": FLOODS[name] * (LONGEST // len(FLOODS[name]))}, CUT)
    yield Case("longest blank", {"text": " " * LONGEST}, NAMED)
    yield Case("word behind the longest blank", {"text": " " * LONGEST + "love"}, NAMED)
    for name, part in INVISIBLE.items():
        yield Case(f"one {name}", {"text": part}, NAMED)
        yield Case(f"flood of {name}", {"text": part * LONG}, NAMED)
        yield Case(f"word between {name}", {"text": f"{part}love{part}"}, FINE)


if __name__ == "__main__":
    for case in cases(Path(sys.argv[1])):
        sys.stdout.write(f"{case.expected}\t{case.name!r}\n")
