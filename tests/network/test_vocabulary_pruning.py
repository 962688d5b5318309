import json

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from anymood.errors import SettingError
from anymood.network.pretrained_transformer import embedding_rows, prune_vocabulary

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
# What nobody needs comes before and among the rest, so that ids move.
VOCABULARY = [
    "[PAD]",
    *(f"[unused{n}]" for n in range(5)),
    *SPECIAL[1:],
    "train",
    *LETTERS,
    "good",
    *(f"##{letter}" for letter in LETTERS),
    "##ness",
    "day",
    "##s",
    "sunny",
]
VOCABULARY = list(dict.fromkeys(VOCABULARY))
BASE = len(SPECIAL) + 2 * len(LETTERS)
TEXTS = ["good day", "good goodness", "days of goodness"]


def build(processor="template"):
    ids = {piece: index for index, piece in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))  # noqa: S106 - no password
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(SPECIAL)
    cls, sep = ("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])
    if processor == "template":
        tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[cls, sep])
    elif processor == "bert":
        tokenizer.post_processor = processors.BertProcessing(sep, cls)
    return tokenizer


def test_keeps_special_tokens_characters_and_what_the_texts_need_most():
    pruned = prune_vocabulary(build(), TEXTS, BASE + 2)
    pieces = set(pruned.get_vocab())
    assert pieces == {*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS), "good", "##ness"}
    assert pruned.get_vocab_size() == BASE + 2
    assert sorted(pruned.get_vocab().values()) == list(range(BASE + 2))


def test_more_than_the_texts_need_is_not_kept():
    pruned = prune_vocabulary(build(), TEXTS, 1000)
    assert set(pruned.get_vocab()) - {*SPECIAL, *LETTERS, *(f"##{c}" for c in LETTERS)} == {"good", "##ness", "day"}


@pytest.mark.parametrize("processor", ["template", "bert"])
def test_special_tokens_are_put_around_a_text_under_their_new_ids(processor):
    pruned = prune_vocabulary(build(processor), TEXTS, BASE + 3)
    encoded = pruned.encode("good day")
    assert encoded.tokens == ["[CLS]", "good", "day", "[SEP]"]
    assert encoded.ids == [pruned.token_to_id(token) for token in encoded.tokens]
    assert pruned.token_to_id("[PAD]") == 0
    for token in json.loads(pruned.to_str())["added_tokens"]:
        assert pruned.token_to_id(token["content"]) == token["id"]


def test_a_tokenizer_that_puts_nothing_around_a_text():
    pruned = prune_vocabulary(build(processor=None), TEXTS, BASE + 3)
    assert pruned.encode("good day").tokens == ["good", "day"]


def test_any_word_can_still_be_spelt():
    pruned = prune_vocabulary(build(), TEXTS, BASE + 2)
    assert pruned.encode("sunny").tokens == ["[CLS]", "s", "##u", "##n", "##n", "##y", "[SEP]"]
    for word in ("train", "zyx", "day"):
        tokens = pruned.encode(word, add_special_tokens=False).tokens
        assert "".join(token.removeprefix("##") for token in tokens) == word


def test_rows_are_those_of_the_same_pieces():
    whole = build()
    pruned = prune_vocabulary(whole, TEXTS, BASE + 3)
    embeddings = np.random.default_rng(0).normal(size=(whole.get_vocab_size(), 4))
    rows = embeddings[embedding_rows(pruned, whole)]
    assert rows.shape == (BASE + 3, 4)
    for text in TEXTS:
        np.testing.assert_array_equal(rows[pruned.encode(text).ids], embeddings[whole.encode(text).ids])
    assert pruned.encode(TEXTS[0]).ids != whole.encode(TEXTS[0]).ids


def test_a_whole_tokenizer_keeps_its_rows():
    whole = build()
    assert embedding_rows(whole, whole) == list(range(len(VOCABULARY)))


def test_a_size_without_room_for_the_characters():
    with pytest.raises(SettingError, match=f"of {BASE - 1} has no room for the {BASE} characters"):
        prune_vocabulary(build(), TEXTS, BASE - 1)
    assert prune_vocabulary(build(), TEXTS, BASE).get_vocab_size() == BASE


def test_padding_that_would_move_is_refused(monkeypatch):
    monkeypatch.setitem(globals(), "VOCABULARY", [*VOCABULARY[1:], "[PAD]"])
    with pytest.raises(SettingError, match=r"\[PAD\] is not among the first pieces"):
        prune_vocabulary(build(), TEXTS, BASE + 2)


def test_a_tokenizer_of_another_kind():
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))  # noqa: S106
    with pytest.raises(SettingError, match="this one is WordLevel"):
        prune_vocabulary(tokenizer, TEXTS, 10)
