import base64
import hashlib
import random
import string

import pytest

from anymood.preparation.cleaning import clean
from anymood.preparation.readable import is_language
from anymood.preparation.text import TextPreparation, build_word_tokenizer
from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import find_bundle

BYTES = hashlib.sha512(b"post").digest()
DATA = {
    "numbers": "12, 45, 98, 33, 51, 7, 22",
    "decimals": "4.0 3.5 2.25 7.125 -3 8e5",
    "numbers and marks": "1) 20 % - 2) 35 % - 3) 45 %",
    "binary digits": "01001000 01100101 01101100 01101100 01101111",
    "ids": "1589234098234098 1589234098234099",
    "hexadecimal": BYTES.hex(),
    "base64": base64.b64encode(BYTES).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(BYTES).decode(),
    "UUID": "550e8400-e29b-41d4-a716-446655440000",
    "address": "0x52908400098527886E0F7030069857D2E4169EE7",
    "key, link and name": f"@mia {BYTES.hex()} https://e.example/a",
    "C": "for (int i = 0; i < n; i++) { sum += a[i]; }",
    "Python": "import numpy as np; x = np.zeros((3, 4)); print(x.sum())",
    "JavaScript": "const f = (a, b) => { return a.map(x => x * b); };",
    "JSON": '{"id": 3, "name": "x", "tags": ["a", "b"]}',
}
POSTS = {
    "a number": "10/10",
    "a score": "5 - 0",
    "a year": "2023",
    "a date": "2023-01-01 12:00:05",
    "a phone number": "+49 30 1234567",
    "a price": "only $5.99!!",
    "numbers with a word": "1 2 3 4 go",
    "numbers with an emoji": "3 2 1 0 \N{PARTY POPPER}",
    "Thai laughter": "55555555555555555555",
    "laughter": "kkkkkkkkkkkkkkkkkkkkkkkkk",
    "more laughter": "jajajajajajajajajajajajaja",
    "a key with words": f"lost my key {BYTES.hex()[:32]} again",
    "a long word": "Donaudampfschifffahrtsgesellschaft",
    "words run together": "GoodNight4Everyone2023",
    "capitals": "BestDayEverInMyWholeLife",
    "a word": "nice",
    "a letter": "k",
    "marks": "!!!",
    "more marks": "???",
    "dots": "...",
    "a face": ":-)",
    "emoji": "\N{FACE WITH TEARS OF JOY}" * 3,
    "shrug": "\xaf\\_(\u30c4)_/\xaf",
    "table flip": "(\u256f\xb0\u25a1\xb0)\u256f\ufe35 \u253b\u2501\u253b",
    "stars": "\u2605\u2605\u2605\u2605\u2606",
    "smash": "asdfghjkl",
    "several smashes": "asdkjh kjhsdf!! skdjfh",
    "spelled out": "S P O I L E R ! !",
    "shouting": "WHY DIDN'T I SEE YOU?",
    "mocking": "SmH iS ShAkE mY hEaD tHeN wHy NoT",
    "slang": "wtf omg idk tbh smh lol",
    "brackets": "(insert [NAME] meme) THEFT?!",
    "an equation": "me + you = <3",
    "a list": "1. tea; 2. cake {yum}",
    "Arabic in Latin letters": "wash kayn chi 7aja jdida lyom a khouya",
    "Yoruba": "Ẹ kú àárọ̀, ṣé dáadáa ni? Inú mi dùn púpọ̀",
    "Finnish": "tänään on kyllä paras päivä ikinä",
    "Welsh": "dw i wrth fy modd gyda'r ysgol newydd",
    "Vietnamese": "hôm nay vui quá trời luôn",
    "Korean": "정말 좋아요",
    "Japanese": "最高",
    "Chinese": "太好了",
    "Thai": "อร่อยมาก",
    "Amharic": "በጣም ጥሩ",
    "Burmese": "အရမ်းကောင်းတယ်",
    "Khmer": "ល្អណាស់",
    "Georgian": "ძალიან კარგია",
    "Hindi": "बहुत अच्छा",
    "Hebrew": "איזה יום נפלא",
    "Greek": "τέλεια μέρα",
}
UNKNOWN = {
    "Cherokee": "ᎣᏏᏲ ᏙᎯᏧ ᎠᏆᏚᎵ",
    "N'Ko": "ߒ ߓߘߊ߫ ߞߍ߫ ߛߋߒߞߏ",
    "Tifinagh": "ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ",
    "Dhivehi": "ވަރަށް ރަނގަޅު",
    "Tibetan": "ཡག་པོ་འདུག",
    "Braille": "⠓⠑⠇⠇⠕ ⠺⠕⠗⠇⠙",
}


@pytest.fixture(scope="module")
def pieces():
    """The vocabulary of the bundled models."""
    return Bundle.open(find_bundle("sentiment")).text_preparation()


@pytest.mark.parametrize("name", DATA)
def test_data_is_not_language(name, pieces):
    assert not is_language(clean(DATA[name]))
    assert pieces.encode_windows(DATA[name]) == []
    assert len(pieces.encode(DATA[name])) == 0


@pytest.mark.parametrize("name", POSTS)
def test_posts_are_read_however_odd(name, pieces):
    assert len(pieces.encode_windows(POSTS[name])) == 1


@pytest.mark.parametrize("name", UNKNOWN)
def test_scripts_that_are_not_in_the_vocabulary(name, pieces):
    assert is_language(clean(UNKNOWN[name]))
    assert pieces.encode_windows(UNKNOWN[name]) == []
    assert len(pieces.encode_windows(f"{UNKNOWN[name]}: my best day so far, thanks everybody")) == 1


def test_random_letters(pieces):
    draw = random.Random(0)  # noqa: S311 - no secret
    texts = [
        " ".join("".join(draw.choices(string.ascii_lowercase, k=draw.randint(4, 9))) for _ in range(8))
        for _ in range(100)
    ]
    assert sum(pieces.encode_windows(text) == [] for text in texts) > 60
    assert all(pieces.encode_windows(f"{text} what a day") for text in texts)


def test_a_long_text_is_read_where_some_of_it_can_be(pieces):
    words = "we walked along the coast all day long and it was lovely "
    assert len(pieces.encode_windows(UNKNOWN["N'Ko"] * 60 + words * 5)) > 1
    assert pieces.encode_windows(UNKNOWN["N'Ko"] * 60) == []


def test_words_that_a_vocabulary_of_words_does_not_have_are_ordinary():
    preparation = TextPreparation(build_word_tokenizer(["good day"] * 2, size=10))
    assert len(preparation.encode("xylophone concerto")) == 2
    assert len(preparation.encode("12, 45, 98, 33")) == 0
