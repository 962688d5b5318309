"""Fewer word pieces for a transformer, so that a model that ships stays small."""

import json
from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer

from anymood.errors import SettingError
from anymood.preparation.cleaning import clean
from anymood.preparation.text import PADDING


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
    kept = sorted({*base, *ranked[: size - len(base)]}, key=model["vocab"].__getitem__)
    vocabulary = {piece: index for index, piece in enumerate(kept)}
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


def rows_of(pruned: Tokenizer, whole: Tokenizer) -> list[int]:
    """For each piece of a pruned tokenizer, its id in the whole one: the embeddings to keep."""
    ids = whole.get_vocab()
    return [ids[piece] for piece, _ in sorted(pruned.get_vocab().items(), key=lambda item: item[1])]
