"""English words by frequency, to split hashtags and to shorten elongated words.

The list and the algorithm are symspellpy's. The list is loaded with the first such word, which takes half a second.
"""

import re
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symspellpy import SymSpell

_LIST = "frequency_dictionary_en_82_765.txt"  # words and their counts in Google's books, as symspellpy ships it

# A split is used if it is at least this likely, as log10 of its probability per letter. "ihatemondays" has -1.1,
# "sosad" -1.6; other languages are far lower: "feliznavidad" has -2.5, "juegodetronos" -3.1.
_LEAST_LIKELY = -1.7
_MIN_LENGTH = 4  # letters of a hashtag that is split; "fml" and "tbt" are not split
_MAX_LENGTH = 40

# Contractions, by how hashtags write them. The list has only "cant", 8 million times, and "wont", 4 million times.
_NOT = "ai are ca could did does do had has have is should was were wo would"
_CONTRACTIONS = {f"{verb}nt": f"{verb}n't" for verb in _NOT.split()}
_CONTRACTIONS |= {
    word.replace("'", "").lower(): word for word in ("I'm", "I've", "that's", "they're", "you'll", "you're", "you've")
}
_CONTRACTION_COUNT = 2_000_000

_RUN = re.compile(r"(.)\1{2,}")
_MAX_RUNS = 4  # runs of an elongated word that are tried with one and two letters; the others become one


def plain_word(word: str) -> str:
    """The plain form of a word with a letter three times or more in a row: ``"sooooo"`` becomes ``"so"``.

    Each run becomes one or two letters, whichever gives the more frequent word: ``"goooood"`` becomes ``"good"``. If
    neither is known, as in other languages, it becomes one. Words of a single letter, such as laughter, kisses and
    sleep (``"kkkkk"``, ``"xxx"``, ``"zzz"``), keep three.
    """
    if len(set(word.lower())) == 1:
        return word[:3]
    return _plain_word(word)


@lru_cache(maxsize=2**15)
def _plain_word(word: str) -> str:
    counts = _dictionary().words
    if word.lower() in counts:
        return word  # such as a Roman numeral
    runs = list(_RUN.finditer(word))
    forms = [""]
    end = 0
    for index, run in enumerate(runs):
        lengths = (1, 2) if index < _MAX_RUNS else (1,)
        forms = [form + word[end : run.start()] + run[1] * length for form in forms for length in lengths]
        end = run.end()
    forms = [form + word[end:] for form in forms]
    return max(forms, key=lambda form: counts.get(form.lower(), 0))  # the first, of single letters, if none is known


def split_words(run_together: str) -> str:
    """The English words of a hashtag without capitals: ``"sosad"`` becomes ``"so sad"``.

    Contractions get their apostrophe: ``"idontcare"`` becomes ``"i don't care"``. A single word, or an unlikely
    sequence of English words, is returned unchanged.
    """
    lower = run_together.lower()
    if not (lower.isascii() and lower.isalpha() and _MIN_LENGTH <= len(lower) <= _MAX_LENGTH):
        return run_together
    dictionary = _dictionary()
    if lower in dictionary.words:
        return run_together
    split = dictionary.word_segmentation(lower, max_edit_distance=0)
    words = split.corrected_string.split()
    likely = split.log_prob_sum >= _LEAST_LIKELY * len(lower)
    if not likely or any(len(word) == 1 and word not in "ai" for word in words):
        return run_together
    spaced = " ".join(_CONTRACTIONS.get(word, word) for word in words)
    return spaced.upper() if run_together.isupper() else spaced


@cache
def _dictionary() -> "SymSpell":
    from symspellpy import SymSpell

    dictionary = SymSpell(max_dictionary_edit_distance=0, prefix_length=1)
    with resources.as_file(resources.files("symspellpy") / _LIST) as path:
        dictionary.load_dictionary(str(path), term_index=0, count_index=1)
    for word in sorted(_CONTRACTIONS.keys() - dictionary.words.keys()):
        dictionary.create_dictionary_entry(word, _CONTRACTION_COUNT)
    return dictionary
