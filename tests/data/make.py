"""Draw the small data that the tests use: ``python tests/data/make.py FOLDER``.

Nothing here is downloaded and everything is the same each time. Each class has its own colour and
shape, and its own words, so that either modality alone is enough to learn it.
"""

import csv
import random
import struct
import sys
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

LABELS = ("negative", "neutral", "positive")
WORDS = {
    "negative": ("awful", "sad", "broken", "hate", "terrible", "lost", "angry", "ruined"),
    "neutral": ("report", "meeting", "train", "table", "schedule", "monday", "list", "update"),
    "positive": ("love", "wonderful", "happy", "best", "sunny", "great", "delight", "winner"),
}
FILLERS = ("the", "a", "today", "this", "my", "is", "what", "with", "again", "#now", "@friend", "http://t.co/x1")
COLOURS = {"negative": (30, 40, 120), "neutral": (128, 128, 128), "positive": (240, 190, 40)}
EMOTIONS = ("amusement", "anger", "awe", "contentment", "disgust", "excitement", "fear", "sadness")

# What the posts of one class have, and the part they belong to.
PLAN = (
    *(("both", part) for part in ["train"] * 8 + ["validation"] * 2 + ["test"] * 2),
    *(("text", part) for part in ["train"] * 2 + ["validation", "test"]),
    *(("image", part) for part in ["train"] * 2 + ["validation", "test"]),
)

SIDE = 48  # pixels


def draw_corpus(folder: Path) -> Path:
    """Write 60 labelled posts, 36 of them pairs, 12 lone texts and 12 lone images; return the table's path.

    ``folder`` gets ``posts.csv`` (id, text, image, label, split, author) and ``images/<id>.jpg``.
    """
    rng = random.Random(20190219)  # noqa: S311 - the same posts each time
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    for label in LABELS:
        for number, (has, part) in enumerate(PLAN, 1):
            name = f"{label[:3]}{number:02d}"
            text = write_text(label, rng) if has != "image" else ""
            image = f"images/{name}.jpg" if has != "text" else ""
            if image:
                draw_image(label, rng).save(folder / image, quality=95)
            rows.append((name, text, image, label, part, rng.choice(("ada", "ben", "cleo"))))
    rng.shuffle(rows)
    table = folder / "posts.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text", "image", "label", "split", "author"), *rows])
    return table


def write_text(label: str, rng: random.Random) -> str:
    words = rng.choices(WORDS[label], k=3) + rng.choices(FILLERS, k=4)
    rng.shuffle(words)
    return " ".join(words)


def draw_image(label: str, rng: random.Random) -> Image.Image:
    """A cross for negative, a square for neutral, a disc for positive, on a ground of the class's colour."""
    colour = tuple(channel + rng.randint(-15, 15) for channel in COLOURS[label])
    image = Image.new("RGB", (SIDE, SIDE), colour)
    pen = ImageDraw.Draw(image)
    left, top, size = rng.randint(6, 14), rng.randint(6, 14), rng.randint(20, 26)
    box = (left, top, left + size, top + size)
    ink = tuple(255 - channel for channel in colour)
    if label == "negative":
        pen.line(box, fill=ink, width=4)
        pen.line((left, top + size, left + size, top), fill=ink, width=4)
    elif label == "neutral":
        pen.rectangle(box, outline=ink, width=4)
    else:
        pen.ellipse(box, fill=ink)
    return image


def draw_flickr_emotion(folder: Path, emotions: int = 8) -> dict[str, str]:
    """Write the votes of Flickr Emotion, ``agg/*.csv``; return the URLs of the photos with a majority, by id.

    There are ten photos for each of the first ``emotions`` emotions: four are unanimous, four have a majority, which
    two of them only get from both files together, one is a tie, and one has a majority against it.
    """
    votes = ["0,5"] * 4 + ["1,4", "2,3"] + ["4,1 0,5"] * 2 + ["1,1 2,2", "4,1"]
    files: tuple[list[str], list[str]] = ([], [])
    urls = {}
    for start, emotion in enumerate(EMOTIONS[:emotions], 1):
        for number, counts in enumerate(votes):
            key = start * 1000 + number
            url = f"http://farm4.staticflickr.com/38/{key}_{key:010x}.jpg"
            for file, count in zip(files, counts.split(), strict=False):
                file.append(f"{emotion},{url},{count}\n")
            if number < 8:
                urls[str(key)] = url
    (folder / "agg").mkdir(parents=True)
    for number, lines in enumerate(files):
        (folder / "agg" / f"part_{number}.csv").write_text("".join(lines), encoding="utf-8")
    return urls


def draw_vso(folder: Path, photos: int = 10) -> dict[str, str]:
    """Write VSO's list and a folder of images for each of four pairs; return the secrets of the photos by id."""
    (folder / "3244ANPs.txt").parent.mkdir(parents=True, exist_ok=True)
    (folder / "3244ANPs.txt").write_text(
        "0. sample [sentiment: 0.00] [#images: 0]\n\t0 [sentiment: -2.00] [#imgs: 0]\n"
        "1. sad [sentiment: -1.00] [#images: 1,000]\n"
        "\tsad_dog [sentiment: -1.50] [#imgs: 900]\n\tsad_eyes [sentiment: -0.10] [#imgs: 1,100]\n"
        "2. sunny [sentiment: 1.00] [#images: 2,000]\n"
        "\tsunny_beach [sentiment: 1.77] [#imgs: 2,000]\n\tsunny_day [sentiment: 0.01] [#imgs: 5]\n",
        encoding="utf-8",
    )
    rng = random.Random(2013)  # noqa: S311
    secrets = {}
    for start, pair in enumerate(("sad_dog", "sad_eyes", "sunny_beach", "sunny_day"), 1):
        images = folder / "bi_concepts1553" / pair
        images.mkdir(parents=True)
        for number in range(photos):
            key = start * 1000 + number
            secrets[str(key)] = f"{key:010x}"
            label = "negative" if pair.startswith("sad") else "positive"
            draw_image(label, rng).save(images / f"{key}_{key:010x}.jpg")
    return secrets


def draw_manifest(folder: Path, photos: Iterable[str], texts: Mapping[str, str] = {}) -> None:
    """Write ``manifest.csv`` as the client for Flickr does, and an image for each photo.

    Photos that are not in ``texts`` get a text of seven words and their id.
    """
    rng = random.Random(2016)  # noqa: S311
    (folder / "images").mkdir(exist_ok=True)
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("id", "text", "image", "title", "description", "tags"))
        for key in photos:
            draw_image("neutral", rng).save(folder / "images" / f"{key}.jpg")
            text = texts.get(key, f"{write_text('neutral', rng)} {key}")
            out.writerow((key, text, f"images/{key}.jpg", text, "", ""))


def draw_odd_images(folder: Path) -> dict[str, Path]:
    """Write images that are broken or rarely thought of; return their paths by name.

    Cannot be decoded: ``truncated``, ``empty``, ``text`` (a text renamed), ``bomb`` (a header of 60,000 by
    60,000 pixels). Can be: ``cmyk`` (red), ``sixteen_bit`` (a grey ramp, dark to light), ``animated`` (green, then
    red), ``palette_alpha`` (left half transparent, right half red), ``rotated`` (stored on its side; upright it is
    32 by 16, left half red, right half blue), ``webp`` (red).
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {
        name: folder / f"{name}.{suffix}"
        for name, suffix in (
            ("truncated", "jpg"),
            ("empty", "jpg"),
            ("text", "jpg"),
            ("bomb", "png"),
            ("cmyk", "jpg"),
            ("sixteen_bit", "png"),
            ("animated", "gif"),
            ("palette_alpha", "png"),
            ("rotated", "jpg"),
            ("webp", "webp"),
        )
    }
    _write_broken(paths)
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    red.convert("CMYK").save(paths["cmyk"], quality=95)
    red.save(paths["webp"], lossless=True)

    ramp = np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)
    Image.fromarray(ramp).save(paths["sixteen_bit"])

    green = Image.new("RGB", (32, 32), (0, 255, 0))
    green.save(paths["animated"], save_all=True, append_images=[red], duration=100)

    palette = Image.new("P", (32, 32), 0)
    palette.putpalette([0, 0, 255, 255, 0, 0])
    palette.paste(1, (16, 0, 32, 32))
    palette.save(paths["palette_alpha"], transparency=bytes([0, 255]))

    upright = Image.new("RGB", (32, 16), (255, 0, 0))
    upright.paste((0, 0, 255), (16, 0, 32, 16))
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned a quarter clockwise
    upright.transpose(Image.Transpose.ROTATE_90).save(paths["rotated"], quality=95, subsampling=0, exif=exif)
    return paths


def _write_broken(paths: dict[str, Path]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(paths["truncated"], quality=95)
    whole = paths["truncated"].read_bytes()
    paths["truncated"].write_bytes(whole[: len(whole) // 3])
    paths["empty"].write_bytes(b"")
    paths["text"].write_text("This is no image at all.\n" * 20, encoding="utf-8")
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    png = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    paths["bomb"].write_bytes(b"\x89PNG\r\n\x1a\n" + png)


if __name__ == "__main__":
    draw_corpus(Path(sys.argv[1]))
    draw_odd_images(Path(sys.argv[1]) / "odd")
