"""A bundle: the folder of a trained model.

::

    bundle/
      config.json     a BundleConfig
      tokenizer.json  text -> token ids
      image.onnx      pixels (B, 3, H, W) -> features (B, 300), logits (B, C)
      text.onnx       tokens (B, T)       -> features (B, 300), logits (B, C)
      fusion.onnx     image_features (B, 300), text_features (B, 300) -> logits (B, C)
      MODEL_CARD.md   data, licence, numbers, limits
      quantification.json  error rates of each classifier, to correct shares; optional

If training left a pre-trained encoder unchanged, the encoder is a separate file, which several bundles may share::

      image_encoder.onnx   pixels (B, 3, H, W) -> pooled (B, F); image.onnx then takes pooled in place of pixels
      text_encoder.onnx    tokens (B, T)       -> pooled (B, F); text.onnx then takes pooled in place of tokens

A file that is not in the bundle's folder is taken from the folder ``shared`` beside it, if its hash matches. The
bundled models share their encoders in this way.

Opening a bundle parses JSON and compares hashes. It never unpickles, and needs no network.
"""

import dataclasses
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from anymood.errors import BundleError, DamagedBundle, ForeignBundle, NewerBundle, SettingError
from anymood.files import as_path, atomic_write, file_sha256, replace_folder, require_no_nul
from anymood.labels import LabelSet
from anymood.preparation.text import TextPreparation
from anymood.runtime.config import FILE_NAME, FORMAT, FORMAT_VERSION, BundleConfig

CONFIG = "config.json"
IMAGE_GRAPH = "image.onnx"
TEXT_GRAPH = "text.onnx"
FUSION_GRAPH = "fusion.onnx"
IMAGE_ENCODER = "image_encoder.onnx"
TEXT_ENCODER = "text_encoder.onnx"
TOKENIZER = "tokenizer.json"
MODEL_CARD = "MODEL_CARD.md"
QUANTIFICATION = "quantification.json"  # optional: error rates of the classifiers, to correct shares
SHARED = "shared"  # folder beside bundles with files that several of them have
REQUIRED = (IMAGE_GRAPH, TEXT_GRAPH, FUSION_GRAPH, TOKENIZER)

REMEDY = "Copy the bundle again; if it is a bundled model, reinstall anymood."
_EXPECTED = "Give the folder of a bundle, or of a finished training run."

# By the hash of their file, while a model uses them.
_TEXT_PREPARATIONS: WeakValueDictionary[str, TextPreparation] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files match their hashes.

    Attributes:
        folder: folder of the bundle.
        config: content of its ``config.json``.
    """

    folder: Path
    config: BundleConfig

    def __repr__(self) -> str:
        return f"<Bundle {self.name!r} in {self.folder}>"

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> "Bundle":
        """Open a bundle and verify the hash of each file.

        Raises:
            ForeignBundle: the folder does not exist, or is not an anymood bundle.
            NewerBundle: the format is later than this version reads.
            DamagedBundle: a file is missing or changed, or ``config.json`` is invalid.
            SettingError: the folder is not a path.
        """
        folder = as_path(folder, "A bundle")
        config = read_config(folder)
        for name in REQUIRED:
            if name not in config.files:
                raise DamagedBundle(f"{folder / CONFIG} does not list {name}, which every bundle has. {REMEDY}")
        for name, written in config.files.items():
            _check_file(_locate(folder, name), written)
        return cls(folder, config)

    @classmethod
    def write(
        cls,
        folder: str | os.PathLike[str],
        config: BundleConfig,
        files: Mapping[str, bytes | Path],
        *,
        replace: bool = False,
    ) -> "Bundle":
        """Write a bundle atomically: to a folder beside the target, which is then renamed.

        Args:
            folder: folder of the bundle; its parents are created.
            config: content of ``config.json``, without ``files``, which is computed here.
            files: content of each file, or the path of a file to copy, by its name in the bundle. The model card is not
                hashed, because users edit it.
            replace: replace a bundle that exists. Other files and folders are never replaced.

        Raises:
            SettingError: a required file is missing, a name is not a plain file name, or the folder exists or cannot
                exist.
            BundleError: the disk is full, or the folder cannot be written.
        """
        folder = Path(folder)
        require_no_nul(folder)
        for name in (*REQUIRED, *files):
            if name not in files or name == CONFIG or not FILE_NAME.fullmatch(name):
                problem = "is missing" if name not in files else "cannot be one of them"
                raise SettingError(f"The files of the bundle are invalid: {name!r} {problem}.")
        _check_place(folder, replace=replace)
        partial = folder.parent / f".{folder.name}-{secrets.token_hex(4)}"
        try:
            partial.mkdir(parents=True)
            hashes = {
                name: _write_file(partial / name, content) for name, content in files.items() if name != MODEL_CARD
            }
            if MODEL_CARD in files:
                _write_file(partial / MODEL_CARD, files[MODEL_CARD])
            config = dataclasses.replace(config, files=hashes)
            (partial / CONFIG).write_bytes(_config_file(config))
            old = partial.with_name(partial.name + "-old")
            replace_folder(partial, folder, old)
            shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise BundleError(
                f"The bundle cannot be written to {folder}: {error.strerror or error}. Choose another path."
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return cls(folder, config)

    def with_file(self, name: str, content: bytes) -> "Bundle":
        """Add an optional file to the bundle on disk, or replace it.

        If the process is killed while writing, the bundle lacks the file.

        Raises:
            SettingError: the name is not a plain file name, or is that of a required file.
            BundleError: the disk is full, or the folder cannot be written.
        """
        if name in (*REQUIRED, CONFIG, MODEL_CARD) or not FILE_NAME.fullmatch(name):
            raise SettingError(f"{name!r} cannot be added to a bundle.")
        others = {other: digest for other, digest in self.config.files.items() if other != name}
        without = dataclasses.replace(self.config, files=others)
        whole = dataclasses.replace(self.config, files=others | {name: hashlib.sha256(content).hexdigest()})
        try:
            for file, written in ((CONFIG, _config_file(without)), (name, content), (CONFIG, _config_file(whole))):
                with atomic_write(self.folder / file) as out:
                    out.write(written)
        except OSError as error:
            raise BundleError(f"{name} cannot be written to {self.folder}: {error.strerror or error}.") from error
        return Bundle(self.folder, whole)

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.config.name

    @property
    def labels(self) -> LabelSet:
        """The classes, in the order of the logits."""
        return self.config.labels

    @property
    def card(self) -> str:
        """The model card in Markdown; empty if there is none."""
        path = self.folder / MODEL_CARD
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def graphs(self) -> list[Path]:
        """The paths of its ONNX files."""
        return [self.path(name) for name in self.config.files if name.endswith(".onnx")]

    def path(self, name: str) -> Path:
        """The path of a file of the bundle.

        Raises:
            BundleError: the bundle has no such file; the message lists its files.
        """
        if name not in self.config.files:
            listed = ", ".join(sorted(self.config.files))
            raise BundleError(f"The bundle {self.folder} has no {name}. It has: {listed}.")
        return _locate(self.folder, name)

    def text_preparation(self) -> TextPreparation:
        """The conversion of texts to token ids, truncated to the maximum length of the tokenizer.

        Bundles with the same tokenizer share it, because a multilingual one takes half a second and hundreds of
        megabytes.

        Raises:
            DamagedBundle: ``tokenizer.json`` is not a tokenizer, or its maximum length leaves no room for words.
        """
        written = self.config.files[TOKENIZER]
        preparation = _TEXT_PREPARATIONS.get(written)
        if preparation is None:
            preparation = _TEXT_PREPARATIONS[written] = TextPreparation.from_file(self.path(TOKENIZER))
        return preparation


def _config_file(config: BundleConfig) -> bytes:
    return (json.dumps(config.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_config(folder: Path) -> BundleConfig:
    """Read the ``config.json`` in a folder, whether or not the other files of the bundle exist.

    Raises:
        ForeignBundle: it does not exist, or is not that of an anymood bundle.
        NewerBundle: the format is later than this version reads.
        DamagedBundle: it is invalid.
    """
    values = _config_values(folder)
    try:
        return BundleConfig.from_dict(values)
    except (SettingError, OverflowError) as error:  # integers in JSON have any length
        raise DamagedBundle(f"{folder / CONFIG} is invalid: {error} {REMEDY}") from error


def _config_values(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    foreign = f"{folder} is not an anymood bundle"
    try:
        values = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ForeignBundle(f"{foreign}: it has no {CONFIG}. {_EXPECTED}") from None
    except OSError as error:
        raise DamagedBundle(f"{path} cannot be read: {error.strerror or error}. {REMEDY}") from error
    except (ValueError, RecursionError) as error:
        raise DamagedBundle(f"{path} cannot be read as JSON: {error}. {REMEDY}") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise ForeignBundle(f"{foreign}: its {CONFIG} does not say so. {_EXPECTED}")
    version = values.get("format_version")
    if type(version) is not int or version < 1:
        raise DamagedBundle(f"{path}: 'format_version' is {version!r:.80}, not a positive integer. {REMEDY}")
    if version > FORMAT_VERSION:
        raise NewerBundle(
            f"{folder} is in bundle format {version}, and this version reads up to {FORMAT_VERSION}. "
            "Upgrade with: pip install --upgrade anymood"
        )
    return values


def _locate(folder: Path, name: str) -> Path:
    """The path of a file of a bundle, in its folder or among the shared files."""
    shared = folder.parent / SHARED / name
    return shared if shared.is_file() and not (folder / name).exists() else folder / name


def _check_file(path: Path, written: str) -> None:
    try:
        digest = file_sha256(path)
    except FileNotFoundError:
        raise DamagedBundle(
            f"{path} is missing, but {CONFIG} lists it. {REMEDY} If the bundle was next to a folder {SHARED!r}, also "
            f"copy that folder, to {path.parent.parent / SHARED}."
        ) from None
    except OSError as error:
        raise DamagedBundle(f"{path} cannot be read: {error.strerror or error}. {REMEDY}") from error
    if digest != written:
        raise DamagedBundle(f"{path} has changed: its SHA-256 differs from {CONFIG}'s. {REMEDY}")


def _check_place(folder: Path, *, replace: bool) -> None:
    """Check that only a bundle would be replaced, and only if ``replace`` is set."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        is_bundle = json.loads((folder / CONFIG).read_bytes())["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        is_bundle = False
    if not is_bundle:
        raise SettingError(f"{folder} exists and is not a bundle, so it is not replaced. Choose another path.")
    if not replace:
        raise SettingError(f"{folder} already contains a bundle. Choose another path, or replace it.")


def _write_file(path: Path, content: bytes | Path) -> str:
    """Write or copy a file; returns its SHA-256."""
    if isinstance(content, Path):
        shutil.copyfile(content, path)
    else:
        path.write_bytes(content)
    return file_sha256(path)
