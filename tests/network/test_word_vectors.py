import numpy as np
import pytest

from anymood.errors import SettingError
from anymood.network import word_vectors
from anymood.network.word_vectors import distil_vectors, read_vectors

VECTORS = {"good": (1.0, 0.5, 0.0), "Paris": (0.0, 1.0, -1.0), "NBA": (2.0, 0.0, 1.0), "café": (-1.0, 0.25, 0.5)}
VOCABULARY = ["<pad>", "<unk>", "good", "paris", "nba", "café", "unheard"]


def write_text(path, header):
    lines = [f"{word} {' '.join(map(str, vector))}" for word, vector in VECTORS.items()]
    path.write_text("\n".join([f"{len(VECTORS)} 3"] * header + lines) + "\n", encoding="utf-8")
    return path


def write_binary(path):
    rows = [f"{word} ".encode() + np.array(vector, "<f4").tobytes() + b"\n" for word, vector in VECTORS.items()]
    path.write_bytes(f"{len(VECTORS)} 3\n".encode() + b"".join(rows))
    return path


@pytest.fixture(params=["word2vec.txt", "word2vec.bin", "glove.txt", "fasttext.vec"])
def file(request, tmp_path):
    path = tmp_path / request.param
    if path.suffix == ".bin":
        return write_binary(path)
    return write_text(path, header=path.stem != "glove")


def test_reads_each_format(file):
    vectors = read_vectors(file, VOCABULARY)
    assert vectors.shape == (7, 3)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors[2:6], np.array(list(VECTORS.values()), np.float32))
    assert not vectors[0].any()  # padding


def test_a_word_is_looked_up_as_it_is_before_it_is_capitalised(tmp_path):
    file = tmp_path / "cased.vec"
    file.write_text("3 1\nUS 3\nus 1\nUs 2\n")
    assert read_vectors(file, ["<pad>", "<unk>", "us"])[2] == 1
    file.write_text("2 1\nUS 3\nUs 2\n")
    assert read_vectors(file, ["<pad>", "<unk>", "us"])[2] == 2


def test_unknown_words_are_drawn_with_the_spread_of_the_others(tmp_path):
    rng = np.random.default_rng(0)
    words = [f"w{n}" for n in range(300)]
    rows = [f"{word} {' '.join(map(str, rng.normal(0.5, 2, 20)))}" for word in words]
    (tmp_path / "glove.txt").write_text("\n".join(rows))
    vocabulary = ["<pad>", "<unk>", *words, *(f"new{n}" for n in range(300))]
    vectors = read_vectors(tmp_path / "glove.txt", vocabulary, seed=1)
    unknown = vectors[302:]
    assert unknown.mean() == pytest.approx(0.5, abs=0.15)
    assert unknown.std() == pytest.approx(2, abs=0.1)
    again = read_vectors(tmp_path / "glove.txt", vocabulary, seed=1)
    np.testing.assert_array_equal(vectors, again)
    other = read_vectors(tmp_path / "glove.txt", vocabulary, seed=2)
    np.testing.assert_array_equal(vectors[2:302], other[2:302])
    assert not np.array_equal(unknown, other[302:])


def test_a_fasttext_model_spells_words_it_has_not_seen(tmp_path):
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    model = FastText([["good", "day"], ["bad", "day"]], vector_size=4, min_count=1, epochs=1, bucket=50, workers=1)
    save_facebook_model(model, str(tmp_path / "cc.bin"))
    vectors = read_vectors(tmp_path / "cc.bin", ["<pad>", "<unk>", "good", "day", "goodday"])
    assert vectors.shape == (5, 4)
    for row, word in zip(vectors[2:], ("good", "day", "goodday"), strict=True):
        np.testing.assert_allclose(row, model.wv[word], rtol=1e-5)


def test_a_missing_file(tmp_path):
    with pytest.raises(SettingError, match="There are no word vectors at .*nowhere.txt"):
        read_vectors(tmp_path / "nowhere.txt", VOCABULARY)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("prose.txt", b"This is a letter and holds no vectors.\nYours\n"),
        ("cut.bin", b"100 300\ngood \x00\x00"),
        ("cut.vec", b"100 3\ngood 1 2 3\n"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("empty.txt", b""),
    ],
)
def test_a_foreign_or_damaged_file(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingError, match=name):
        read_vectors(tmp_path / name, VOCABULARY)


def test_a_file_that_knows_none_of_the_words(tmp_path):
    with pytest.raises(SettingError, match="no vector for any of the 2 words"):
        read_vectors(write_text(tmp_path / "glove.txt", header=False), ["<pad>", "<unk>", "bonjour", "monde"])


@pytest.fixture
def embedded(monkeypatch, tmp_path):
    """Stands in for MiniLM: random embeddings, and the words it was asked for."""
    requested = []

    def embed(texts):
        requested.extend(texts)
        return np.stack([np.random.default_rng(list(text.encode())).normal(1, 1, 384) for text in texts]).astype(
            np.float32
        )

    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path))
    monkeypatch.setattr(word_vectors, "embed", embed)
    return requested


def test_distilled_vectors_keep_the_distances_between_words(embedded):
    words = ["love", "hate", "adore", "train", "table"]
    vectors = distil_vectors(["<pad>", "<unk>", *words])
    assert vectors.shape == (7, 300)
    assert vectors.dtype == np.float32
    assert not vectors[0].any()
    whole = word_vectors.embed(words)
    for i in range(5):
        expected = np.linalg.norm(whole - whole[i], axis=1)
        distances = np.linalg.norm(vectors[2:] - vectors[2 + i], axis=1)
        np.testing.assert_allclose(distances, expected, rtol=1e-3, atol=1e-3)


def test_a_word_is_embedded_once_and_a_marker_as_a_word(embedded):
    first = distil_vectors(["<pad>", "<unk>", "<url>", "love"])
    assert sorted(embedded) == ["love", "url"]
    again = distil_vectors(["<pad>", "<unk>", "<url>", "love"])
    assert len(embedded) == 2
    np.testing.assert_array_equal(first, again)
    distil_vectors(["<pad>", "<unk>", "love", "hate"])
    assert embedded[2:] == ["hate"]


def test_words_are_embedded_anew_by_another_minilm(embedded, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    folder.mkdir()
    monkeypatch.setattr(word_vectors, "minilm_folder", lambda: folder)
    for weights in (b"old", b"old", b"new"):
        (folder / "model.safetensors").write_bytes(weights)
        (folder / "tokenizer.json").write_bytes(b"{}")
        distil_vectors(["<pad>", "<unk>", "love", "hate"])
    assert embedded == ["love", "hate"] * 2
