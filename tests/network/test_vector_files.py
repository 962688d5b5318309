import gzip

import numpy as np
import pytest

from anymood.network.vector_files import vectors_in
from anymood.network.word_vectors import read_vectors

WORDS = ("</s>", "the", ". . .", "at name@domain.com", "New York", "caf\u00e9", "bad", "\u2028", "a\x85b", "xyz 12345")
VECTORS = dict(zip(WORDS, np.random.default_rng(0).normal(0, 0.3, (len(WORDS), 8)).astype(np.float32), strict=True))


def text(header=None, end="\n"):
    lines = [f"{word} {' '.join(map(str, vector))}" for word, vector in VECTORS.items()]
    return end.join([*([header] if header else []), *lines, ""]).encode()


def binary(header, feed=b"\n"):
    return header.encode() + b"".join(
        f"{word} ".encode() + vector.astype("<f4").tobytes() + feed for word, vector in VECTORS.items()
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("glove.txt", text()),
        ("glove.txt", text(end="\r\n")),
        ("glove.txt", text(end=" \n")),  # as fastText ends its lines
        ("word2vec.txt", text("10 8")),
        ("word2vec.txt", text("2 8")),  # a header that counts too few
        ("word2vec.bin", binary("10 8\n")),
        ("word2vec.bin", binary("2 8\n")),
        ("word2vec.bin", binary("10 8\n", feed=b"")),  # as gensim writes them
        ("word2vec.model", binary("10 8\n")),  # whatever its name
        ("word2vec.bin.gz", gzip.compress(binary("10 8\n"))),
        ("glove.txt.gz", gzip.compress(text())),
    ],
)
def test_all_words_are_read_with_their_blanks(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    vectors = dict(vectors_in(tmp_path / name))
    assert list(vectors) == list(WORDS)
    for word, vector in VECTORS.items():
        np.testing.assert_allclose(vectors[word], vector, rtol=1e-6)


def test_many_words_are_read_block_by_block(tmp_path):
    rng = np.random.default_rng(1)
    words = [f"word{n}" if n % 7 else f"word {n} x" for n in range(3000)]
    vectors = rng.normal(0, 1, (3000, 300)).astype("<f4")
    body = b"".join(f"{word} ".encode() + vector.tobytes() + b"\n" for word, vector in zip(words, vectors, strict=True))
    (tmp_path / "a.bin").write_bytes(b"3000 300\n" + body)
    read = dict(vectors_in(tmp_path / "a.bin"))
    assert list(read) == words
    np.testing.assert_array_equal(np.stack(list(read.values())), vectors)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (text("11 8"), "its header says 11 words, and there are 10"),
        (text()[:-30], "its line 10 has no 8 values"),
        (binary("11 8\n"), "its header says 11 words, and there are 10"),
        (binary("10 8\n")[:-10], "after 9 of 10 words"),
        (b"good 1 2 3\nbad 1 2 x\n", "its line 2 has no 3 values"),
        (b"good\nword\n", "no values after its word"),
        (b"3 0\n", "no values"),
        (b"", "no values"),
    ],
)
def test_what_breaks_off_or_is_not_a_file_of_vectors_is_reported(tmp_path, content, message):
    (tmp_path / "vectors").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        list(vectors_in(tmp_path / "vectors"))


def test_a_word_below_what_the_header_counts_gets_its_own_vector(tmp_path):
    (tmp_path / "v.txt").write_bytes(text("2 8"))
    np.testing.assert_allclose(
        read_vectors(tmp_path / "v.txt", ["<pad>", "<unk>", "bad"])[2], VECTORS["bad"], rtol=1e-6
    )
