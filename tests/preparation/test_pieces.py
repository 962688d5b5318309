import csv
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from anymood.preparation import pieces
from anymood.preparation.pieces import SearchedTokenizer
from anymood.preparation.text import TextPreparation
from anymood.runtime.finding import BUNDLED

BUNDLED_FILE = BUNDLED / "shared" / "tokenizer.json"
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
# Pieces that look like what stands between pieces, that have to be escaped, and that are long and alike.
ODD = ['"', "\\", '\\"', ',"', '],["', "9],[", ",-5]", "▁", "▁a", "b", "é", "ab" * 20 + "cab" + "ab" * 20, "ab" * 43]
TEXTS = ['a "b" \\ \\" ],[" 9],[",-5] é', *ODD, "b" * 300, "ꙮ", "<pad> </s>", "", "  a\t b"]


def write(vocabulary: list[str]) -> Tokenizer:
    scores = np.random.default_rng(0).uniform(-20, 0, len(vocabulary)).tolist()
    tokenizer = Tokenizer(models.Unigram(list(zip(vocabulary, scores, strict=True)), unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer


@pytest.fixture
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MIN_PIECES", 0)


@pytest.fixture(scope="module")
def bundled() -> TextPreparation:
    preparation = TextPreparation.from_file(BUNDLED_FILE)
    assert "tokenizer" not in vars(preparation)  # it is not built
    return preparation


def assert_same_windows(searched: TextPreparation, texts: list[str]) -> None:
    """Both of a preparation's ways give the same ids, in all windows."""
    assert "_searched" in vars(searched)
    whole = TextPreparation(searched.tokenizer, searched.max_tokens)
    actual, expected = (
        [[ids.tolist() for ids in windows] for windows in each.encode_windows_of(texts)] for each in (searched, whole)
    )
    assert actual == expected


@pytest.mark.usefixtures("any_size")
@given(st.lists(st.sampled_from(ODD), max_size=30), st.lists(st.text('ab"\\],[95- é▁ꙮ', max_size=40), max_size=4))
@settings(deadline=None, max_examples=60)
def test_ids_are_those_of_the_whole_tokenizer(vocabulary, texts):
    file = write([*SPECIALS, *dict.fromkeys(vocabulary)]).to_str().encode()
    assert_same_windows(TextPreparation(SearchedTokenizer(file), 9), [*texts, *TEXTS])


@given(st.lists(st.text(max_size=60), max_size=5))
@settings(deadline=None, max_examples=60)
def test_random_unicode_by_the_bundled_vocabulary(bundled, texts):
    assert_same_windows(bundled, texts)


def test_real_posts_of_many_languages(bundled, real_data):
    for name in ("english.csv", "other_languages.csv"):
        with (real_data / "general_sentiment" / name).open(newline="", encoding="utf-8") as file:
            texts = [row["text"] for row in csv.DictReader(file)]
        assert_same_windows(bundled, np.random.default_rng(0).choice(texts, 3_000).tolist())


@pytest.mark.parametrize("text", ["", " ", "\u2581", "ꙮ"])
def test_a_text_of_next_to_nothing(bundled, text):
    [(ids, places)] = bundled._searched.parts(text)
    expected = bundled.tokenizer.encode(text, add_special_tokens=False)
    assert (ids, places) == (expected.ids, expected.offsets)


def test_ids_of_pieces_by_name(bundled):
    names = ["\u2581day", "day", "da", ",", '"', "\u2581", "\\", "<pad>", "<mask>", "no such piece", ""]
    assert [bundled._searched.token_to_id(name) for name in names] == [
        bundled.tokenizer.token_to_id(name) for name in names
    ]


def test_words_that_are_known_and_unknown_ones_in_turn(bundled):
    texts = ["what a day", "a day ꙮ", "a very long day " * 60, "what a ꙮꙮ day", "ひとつの長い文章です" * 8]
    for text in texts * 2:
        assert_same_windows(bundled, [text, "what a day"])


@pytest.mark.usefixtures("any_size")
def test_pieces_with_one_hash(monkeypatch):
    monkeypatch.setattr(pieces, "_FACTORS", pieces._FACTORS * 0)  # all have it
    file = write([*SPECIALS, *ODD]).to_str().encode()
    assert_same_windows(TextPreparation(SearchedTokenizer(file), 9), TEXTS)


def test_a_small_vocabulary_is_not_searched():
    with pytest.raises(ValueError, match="small"):
        SearchedTokenizer(write([*SPECIALS, *ODD]).to_str().encode())


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tokenizer: tokenizer.add_tokens(["love"]), "tokens other than"),
        (lambda tokenizer: tokenizer.add_special_tokens(["love"]), "not a piece"),
        (lambda tokenizer: setattr(tokenizer, "pre_tokenizer", None), "not split into words"),
        (
            lambda tokenizer: setattr(tokenizer, "pre_tokenizer", pre_tokenizers.Metaspace(split=False)),
            "not split into words",
        ),
        (lambda tokenizer: setattr(tokenizer, "model", models.Unigram([("<s>", 0.0)], None)), "unknown"),
    ],
)
def test_what_is_more_than_words_is_left_to_the_library(change, message):
    tokenizer = write([*SPECIALS, *ODD])
    change(tokenizer)
    with pytest.raises(ValueError, match=message):
        SearchedTokenizer(tokenizer.to_str().encode())


@pytest.mark.usefixtures("any_size")
def test_a_file_in_another_layout_is_left_to_the_library(tmp_path):
    tokenizer = write([*SPECIALS, *ODD])
    tokenizer.save(str(tmp_path / "pretty.json"), pretty=True)
    (tmp_path / "ascii.json").write_text(json.dumps(json.loads(tokenizer.to_str()), separators=(",", ":")))
    (tmp_path / "plain.json").write_text(tokenizer.to_str(), encoding="utf-8")
    pretty, ascii_only, plain = (
        TextPreparation.from_file(tmp_path / f"{name}.json") for name in ("pretty", "ascii", "plain")
    )
    assert [each._searched is None for each in (pretty, ascii_only, plain)] == [True, True, False]
    for text in TEXTS:
        assert plain.encode(text).tolist() == pretty.encode(text).tolist() == ascii_only.encode(text).tolist()


def test_a_pickle_gives_the_same_ids(bundled):
    again = pickle.loads(pickle.dumps(bundled))  # noqa: S301
    assert again.encode("what a day").tolist() == bundled.encode("what a day").tolist()
    assert (again.pad_id, again.max_tokens) == (bundled.pad_id, bundled.max_tokens) == (1, 128)
