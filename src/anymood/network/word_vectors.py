"""Initial word embeddings: read from a file, or distilled from the packaged MiniLM."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn.utils.rnn import pad_sequence

from anymood.errors import SettingError
from anymood.network.feature_cache import FeatureCache, FeatureRows, digest
from anymood.network.pretrained_transformer import minilm_folder
from anymood.network.vector_files import vectors_in

FASTTEXT_MAGIC = 793712314  # first four bytes of a fastText .bin file, little-endian
DISTILLED_WIDTH = 300  # the paper's embedding width; MiniLM's own is 384
BATCH = 256  # texts per forward pass of MiniLM
MAX_TOKENS = 256  # the length that MiniLM was trained for


def read_vectors(file: Path, vocabulary: list[str], seed: int = 0) -> NDArray[np.float32]:
    """Vectors (vocabulary, E) of a vocabulary from a word2vec (binary or text), GloVe or fastText file.

    Text and word2vec files may be compressed. A word is looked up as it is, then capitalised, then in upper case, as
    some files are case-sensitive. The first two entries of the vocabulary are padding, whose vector is zero, and the
    unknown word. Words without a vector get random ones with the same mean and standard deviation.

    Raises:
        SettingError: the file does not exist, or is in none of these formats.
    """
    if not file.is_file():
        raise SettingError(f"There are no word vectors at {file}. Give minilm, random, or the path of a file.")
    try:
        rows = _fasttext_rows(file, vocabulary) if _is_fasttext(file) else _rows(file, vocabulary)
    except Exception as error:  # gensim's reader fails in many ways on a damaged file
        raise SettingError(
            f"{file} contains no readable word vectors: {error}. Known formats: word2vec (binary or text), "
            "GloVe text, fastText (.vec or .bin)."
        ) from error
    if not rows:
        raise SettingError(f"{file} has no vector for any of the {len(vocabulary) - 2} words of the training texts.")
    return _complete(rows, len(vocabulary), seed)


def distil_vectors(vocabulary: list[str], seed: int = 0) -> NDArray[np.float32]:
    """Vectors (vocabulary, 300) from the packaged MiniLM: each word embedded as a sentence, then PCA.

    MiniLM is trained on sentences, so that its word vectors preserve polarity; vectors of co-occurrence are similar for
    opposites such as love and hate. The embeddings are cached on disk.
    """
    words = [word.strip("<>") for word in vocabulary[2:]]  # a marker such as <url> reads as a word
    files = [minilm_folder() / name for name in ("model.safetensors", "tokenizer.json")]
    name = f"minilm-words-{digest(*(file.read_bytes() for file in files))}"
    vectors = FeatureCache(name).get(dict(enumerate(words)), lambda missing: _embedded(words, missing))
    embedded = np.stack([vectors[index] for index in range(len(words))])
    centred = embedded - embedded.mean(axis=0)
    _, _, components = np.linalg.svd(centred.T @ centred)
    reduced = (centred @ components[:DISTILLED_WIDTH].T).astype(np.float32)
    return _complete(dict(enumerate(reduced, start=2)), len(vocabulary), seed)


def _embedded(words: list[str], indices: list[int]) -> FeatureRows:
    return dict(zip(indices, embed([words[index] for index in indices]), strict=True))


def embed(texts: list[str]) -> NDArray[np.float32]:
    """Sentence embeddings (N, 384) of N texts by the packaged MiniLM, with mean pooling."""
    from transformers import AutoModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # of reading the file
    folder = minilm_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    ids = [torch.tensor(encoding.ids) for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    embeddings = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = pad_sequence([ids[i] for i in rows], batch_first=True)
            mask = (batch != 0).long()
            states = model(input_ids=batch, attention_mask=mask).last_hidden_state
            weight = mask.unsqueeze(2).float()
            embeddings[rows] = ((states * weight).sum(1) / weight.sum(1)).numpy()
    return embeddings


def _rows(file: Path, vocabulary: list[str]) -> dict[int, NDArray[np.float32]]:
    """Vectors (E,) by the index of their word; others are not kept in memory."""
    by_spelling: dict[str, list[tuple[int, int]]] = {}  # spelling -> indices, and which of their spellings it is
    for index, word in enumerate(vocabulary[2:], start=2):
        for rank, spelling in enumerate(_spellings(word)):
            by_spelling.setdefault(spelling, []).append((index, rank))
    best: dict[int, tuple[int, NDArray[np.float32]]] = {}
    for word, values in vectors_in(file):
        for index, rank in by_spelling.get(word, ()):
            if index not in best or rank < best[index][0]:
                best[index] = rank, values
    return {index: values for index, (_, values) in best.items()}


def _fasttext_rows(file: Path, vocabulary: list[str]) -> dict[int, NDArray[np.float32]]:
    """Vectors of a fastText model, which has subword vectors for unseen words."""
    from gensim.models.fasttext import load_facebook_vectors

    vectors = load_facebook_vectors(str(file))
    rows = {}
    for index, word in enumerate(vocabulary[2:], start=2):
        spelling = next((form for form in _spellings(word) if form in vectors), None)
        if spelling is not None:
            rows[index] = np.asarray(vectors[spelling], dtype=np.float32)
    return rows


def _spellings(word: str) -> tuple[str, str, str]:
    return word, word.capitalize(), word.upper()


def _is_fasttext(file: Path) -> bool:
    with file.open("rb") as opened:
        return int.from_bytes(opened.read(4), "little") == FASTTEXT_MAGIC


def _complete(rows: dict[int, NDArray[np.float32]], size: int, seed: int) -> NDArray[np.float32]:
    """The matrix with the known rows; others are random with their mean and deviation, padding is zero."""
    known = np.stack(list(rows.values()))
    matrix = np.random.default_rng(seed).normal(known.mean(), known.std(), (size, known.shape[1])).astype(np.float32)
    matrix[list(rows)] = known
    matrix[0] = 0.0
    return matrix
