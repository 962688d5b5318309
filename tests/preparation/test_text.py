import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_texts import PIECES
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from anymood.errors import DamagedBundle, SettingError
from anymood.posts import has_text
from anymood.preparation.cleaning import MAX_CHARACTERS, clean
from anymood.preparation.readable import is_language
from anymood.preparation.text import TextPreparation, build_word_tokenizer
from anymood.preparation.word_ids import CACHED, IDS_PER_WORD, MAX_LENGTH, WordIds, reads_word_by_word


@pytest.fixture(scope="module")
def words() -> TextPreparation:
    text = "good bad day not do ca wo soo day ! ! . # <url> <user> <number> face with tears of joy café i'm <pad>"
    return TextPreparation(build_word_tokenizer([text], size=100, min_count=1), max_tokens=12)


def tokens(preparation: TextPreparation, text: str) -> str:
    return " ".join(preparation.tokenizer.id_to_token(int(index)) for index in preparation.encode(text))


def split(text: str) -> str:
    """The words that a vocabulary would be made of."""
    tokenizer = build_word_tokenizer([text], size=1000, min_count=1)
    return " ".join(tokenizer.id_to_token(index) for index in tokenizer.encode(clean(text)).ids)


@pytest.fixture
def pieces() -> TextPreparation:
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "day", "##s", "[", "]", "pad"]
    tokenizer = Tokenizer(models.WordPiece({name: index for index, name in enumerate(names)}, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.add_special_tokens(names[:4])
    tokenizer.enable_padding(pad_id=0, length=64)
    tokenizer.enable_truncation(6)
    return TextPreparation(tokenizer, max_tokens=6)


FLOODS = {
    "one emoji": "\U0001f602" * 10_000,
    "one emoji, parted": "\U0001f602 " * 10_000,
    "many emoji": "".join(chr(0x1F600 + index % 60) for index in range(10_000)),
    "joined emoji": "\U0001f469\u200d" * 5000,
    "emoji of several parts": "\u2764\ufe0f\u200d\U0001f525" * 2500,
    "half an emoticon": ":-" * 5000,
    "escapes of escapes": "&" + "amp;" * 2500,
    "numbered escapes": "&" + "#38;" * 2500,
    "surrogates": "\ud83d" * 10_000,
    "mojibake": "\xe2\u20ac\u2122" * 3333,
}


@pytest.mark.parametrize("flood", FLOODS)
def test_floods_stay_bounded(flood: str, words: TextPreparation) -> None:
    assert len(clean(FLOODS[flood])) <= MAX_CHARACTERS
    assert len(words.encode(FLOODS[flood])) <= 12


def test_only_the_beginning_of_a_run_of_emoji_is_read() -> None:
    assert clean(FLOODS["many emoji"]) == clean(FLOODS["many emoji"][:64])


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(st.characters(), max_size=200), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_any_text_is_encoded(words: TextPreparation, text: str) -> None:
    ids = words.encode(text)
    assert ids.dtype == np.int64
    assert len(ids) <= 12
    assert (len(ids) > 0) == is_language(clean(text))
    assert (ids > 0).all()  # padding is never typed


@pytest.mark.parametrize("text", ["a", " . ", "#", "_", "\U0001f602", "0"])
def test_anything_else_is_text(text: str, words: TextPreparation) -> None:
    assert has_text(text)
    assert len(words.encode(text)) >= 1


@pytest.mark.parametrize("text", ["\u200b\u200d\ufeff", "\x00\x01", "\ud800", "\ufe0f"])
def test_a_text_of_nothing_visible_has_no_tokens(text: str, words: TextPreparation, pieces: TextPreparation) -> None:
    assert words.encode(text).shape == (0,)
    assert pieces.encode(text).shape == (0,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GREAT Day", "great day"),
        ("see http://t.co/Ab#c, www.x.org/y, pic.twitter.com/Q and htt\u2026", "see <url> and <url>"),
        ("RT @Anna: hi @Bob! rt me", "<user> : hi <user> ! rt me"),
        ("mail a@b", "mail a @ b"),
        ("3 of 1,000.50 at 7:10, 1st, mp3", "<number> of <number> at <number> , 1st , mp3"),
        ("I don't, won't, can't and isn't", "i do not , wo not , can not and is not"),
        ("it's Tony's rock'n'roll 'quoted'", "it's tony's rock'n'roll ' quoted '"),
        ("sooooo coooool hmm", "so cool hmm"),
        ("no!!!! why??? well...", "no ! ! why ? ? well . ."),
        ("#BestDayEver #sun", "best day ever sun"),
        (
            "Café \u0427\u0430\u0439 \u0939\u093f\u0928\u094d\u0926\u0940",
            "café \u0447\u0430\u0439 \u0939\u093f\u0928\u094d\u0926\u0940",
        ),
        ("under_score <url> <pad>", "under _ score <url> < pad >"),
    ],
)
def test_the_words_of_a_post(text: str, expected: str) -> None:
    assert split(text) == expected


def test_the_vocabulary_is_ordered_by_count_then_alphabet() -> None:
    texts = ["b a c c", "c b a", "rare"]
    vocabulary = build_word_tokenizer(texts, size=100).get_vocab()
    assert vocabulary == {"<pad>": 0, "<unk>": 1, "c": 2, "a": 3, "b": 4}
    assert build_word_tokenizer(reversed(texts), size=4).get_vocab() == {"<pad>": 0, "<unk>": 1, "c": 2, "a": 3}
    assert "rare" in build_word_tokenizer(texts, size=100, min_count=1).get_vocab()


def test_a_vocabulary_needs_room() -> None:
    with pytest.raises(SettingError, match="no room"):
        build_word_tokenizer(["a a"], size=2)


def test_unknown_words_and_truncation(words: TextPreparation) -> None:
    assert words.encode("good zebra day").tolist() == [
        words.tokenizer.token_to_id("good"),
        1,
        words.tokenizer.token_to_id("day"),
    ]
    assert tokens(words, "good " * 50) == " ".join(["good"] * 12)


def test_special_names_typed_by_a_user_are_plain_text(words: TextPreparation, pieces: TextPreparation) -> None:
    assert 0 not in words.encode("good <pad> <pad> day")
    assert tokens(pieces, "[PAD] day") == "[CLS] [ pad ] day [SEP]"
    assert tokens(pickle.loads(pickle.dumps(pieces)), "[PAD] day") == "[CLS] [ pad ] day [SEP]"  # noqa: S301


def test_a_transformer_keeps_its_ends_and_loses_its_padding(pieces: TextPreparation) -> None:
    assert tokens(pieces, "Good days") == "[CLS] good day ##s [SEP]"
    assert tokens(pieces, "good " * 20) == "[CLS] good good good good [SEP]"


def test_a_batch_is_its_texts_alone(words: TextPreparation, pieces: TextPreparation) -> None:
    texts = ["good", "", "bad " * 40, "\U0001f602 day", "\u200b"]
    for preparation in (words, pieces):
        for text, ids in zip(texts, preparation.encode_batch(texts), strict=True):
            np.testing.assert_array_equal(ids, preparation.encode(text))


def metaspace() -> Tokenizer:
    """Pieces of words that begin with a mark, as multilingual encoders have them."""
    scores = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -3.0)]
    scores += [(piece, -2.0 - len(scores)) for piece in ("\u2581good", "day", "\u2581da", "y", "s", "!", "caf", "é")]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return tokenizer


@settings(deadline=None, max_examples=60)
@given(
    texts=st.lists(st.lists(st.sampled_from([*PIECES, "good", "days", "day!-good", "\u0301", "x" * 40])), max_size=4)
)
def test_ids_word_by_word_are_those_of_the_text(texts: list[list[str]]) -> None:
    vocabulary = {"[UNK]": 0, "[PAD]": 1, "good": 2, "day": 3, "##s": 4, "!": 5}
    bert = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106 - a token, no password
    bert.normalizer, bert.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    for tokenizer in (metaspace(), bert):
        preparation, whole = TextPreparation(tokenizer, max_tokens=7), Tokenizer.from_str(tokenizer.to_str())
        whole.encode_special_tokens = True
        whole.no_truncation()
        assert reads_word_by_word(tokenizer)
        word_ids = WordIds(tokenizer)
        for text in (" ".join(parts) for parts in texts):
            cleaned = clean(text)
            expected = whole.encode(cleaned).ids
            assert word_ids([cleaned])[0].tolist() == expected
            assert word_ids([cleaned])[0].tolist() == expected  # from the cache
            if preparation.encode_windows(text):  # none of links alone, nor of unknown characters alone
                ends = len(word_ids.before), len(word_ids.after)
                windows = [ids[ends[0] : len(ids) - ends[1]] for ids in preparation.encode_windows(text)]
                read = [index for window in windows for index in window.tolist()]
                assert read == expected[ends[0] : len(expected) - ends[1]]
                assert all(len(ids) <= 7 for ids in preparation.encode_windows(text))


def test_a_tokenizer_that_looks_across_blanks_is_given_whole_texts(words: TextPreparation) -> None:
    assert not reads_word_by_word(words.tokenizer)  # "RT @anna" is one word
    for change in (
        {"normalizer": normalizers.Replace("a b", "c")},
        {"pre_tokenizer": pre_tokenizers.Metaspace(prepend_scheme="first")},
        {"pre_tokenizer": None},
    ):
        tokenizer = metaspace()
        assert reads_word_by_word(tokenizer)
        for name, value in change.items():
            setattr(tokenizer, name, value)
        assert not reads_word_by_word(tokenizer)
    tokenizer = metaspace()
    tokenizer.add_tokens(["good day"])
    assert not reads_word_by_word(tokenizer)


def test_words_that_were_read_take_bounded_memory() -> None:
    word_ids = WordIds(TextPreparation(metaspace()).tokenizer)
    for start in range(0, 3 * CACHED, 1000):
        word_ids([" ".join(f"w{number}" for number in range(start, start + 1000)) + " " + "x" * (MAX_LENGTH + 1)])
        assert len(word_ids._numbers) <= CACHED + 1002
        assert len(word_ids._ids) <= IDS_PER_WORD * CACHED + 5000
    assert "x" * (MAX_LENGTH + 1) not in word_ids._numbers


def test_words_read_after_an_error_have_their_own_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    word_ids = WordIds(TextPreparation(metaspace()).tokenizer)
    expected = [ids.tolist() for ids in word_ids(["a good day", "a day"])]

    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    interrupted = WordIds(TextPreparation(metaspace()).tokenizer)
    with monkeypatch.context() as patch:
        patch.setattr(interrupted, "_encode", interrupt)
        with pytest.raises(KeyboardInterrupt):
            interrupted(["a good"])
    assert [ids.tolist() for ids in interrupted(["a good day", "a day"])] == expected


def test_padding(words: TextPreparation) -> None:
    sequences = [np.array([5, 6, 7]), np.array([], np.int64), np.array([8])]
    batch = words.pad(sequences)
    assert batch.dtype == np.int64
    assert batch.tolist() == [[5, 6, 7], [0, 0, 0], [8, 0, 0]]
    assert words.pad(sequences, length=4).tolist() == [[5, 6, 7, 0], [0, 0, 0, 0], [8, 0, 0, 0]]
    assert words.pad([np.array([], np.int64)]).tolist() == [[0]]
    assert words.pad([]).shape == (0, 1)
    with pytest.raises(SettingError, match="3 tokens is longer than 2"):
        words.pad(sequences, length=2)


def test_the_padding_id_is_that_of_the_tokenizer() -> None:
    vocabulary = {"<s>": 0, "<pad>": 1, "<unk>": 2}
    preparation = TextPreparation(Tokenizer(models.WordLevel(vocabulary, "<unk>")))
    assert preparation.pad([np.array([2]), np.array([2, 2])]).tolist() == [[2, 1], [2, 2]]


def test_a_preparation_is_the_same_after_saving_and_reading(
    tmp_path: Path, words: TextPreparation, pieces: TextPreparation
) -> None:
    for preparation in (words, pieces):
        preparation.save(tmp_path / "tokenizer.json")
        again = TextPreparation.from_file(tmp_path / "tokenizer.json")
        assert again.max_tokens == preparation.max_tokens
        assert again.pad_id == preparation.pad_id
        for text in (*PIECES, "good days " * 9):
            np.testing.assert_array_equal(again.encode(text), preparation.encode(text))


def test_a_file_without_truncation_reads_128_tokens(tmp_path: Path) -> None:
    build_word_tokenizer(["a a"], size=9).save(str(tmp_path / "tokenizer.json"))
    assert TextPreparation.from_file(tmp_path / "tokenizer.json").encode("a " * 500).shape == (128,)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"version": "1.0"}', b"[" * 100])
def test_a_broken_file_is_a_damaged_bundle(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(DamagedBundle, match=r"tokenizer\.json"):
        TextPreparation.from_file(path)


def test_a_missing_file_is_a_damaged_bundle(tmp_path: Path) -> None:
    with pytest.raises(DamagedBundle, match="is missing"):
        TextPreparation.from_file(tmp_path / "tokenizer.json")


def test_a_tokenizer_without_padding_is_refused(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0}, "<unk>"))
    with pytest.raises(SettingError, match="no padding token"):
        TextPreparation(tokenizer)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(DamagedBundle, match="no padding token"):
        TextPreparation.from_file(tmp_path / "tokenizer.json")


def test_max_tokens_leaves_room_for_a_word(words: TextPreparation, pieces: TextPreparation) -> None:
    with pytest.raises(SettingError, match="no room"):
        TextPreparation(words.tokenizer, max_tokens=0)
    with pytest.raises(SettingError, match="no room"):
        TextPreparation(pieces.tokenizer, max_tokens=2)
