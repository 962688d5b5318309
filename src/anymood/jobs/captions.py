"""Captions of images: text files of the same name beside them, as instaloader and MVSA store them."""

from pathlib import Path

from anymood.text_decoding import is_broken, legacy_encoding, mended

SUFFIX = ".txt"
MOST_BYTES = 2**16  # of a caption that are read


def caption_of(image: Path) -> str | None:
    """The text of the caption file of an image; None if there is none, or no letter in it, as in files of boxes."""
    try:
        with image.with_suffix(SUFFIX).open("rb") as file:
            content = file.read(MOST_BYTES)
    except OSError:
        return None
    text = content.decode("utf-8-sig", "surrogateescape")
    if is_broken(text):
        text = mended(text, legacy_encoding(content))
    text = text.replace("\0", "").strip()
    return text if any(sign.isalpha() for sign in text) else None
