"""Effects of words: the change of a label's probability with and without each word.

The effect of a word is the mean of two differences: the probability with the word alone minus that with the median word
of the text, and the probability of its passage minus that without the word. Each alone is misleading: if two words
express the same, leaving one out changes nothing, and a word alone lacks its context. The median word represents a word
without sentiment; the effect of having a text at all is that of the text.

Each variant of a text takes nearly as long as the text, and a text of 30 words has 30 of them. Therefore a long text is
split into passages of about 8 words, which takes a quarter of the time with about the same deletion and insertion
curves (docs/results/explanation.md), because the effect of a word mostly depends on its neighbours.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from anymood.explanation.values import WordEffect
from anymood.explanation.words import Word, without, words_of
from anymood.preparation.cleaning import MAX_CHARACTERS
from anymood.runtime.encoding import Encoding
from anymood.runtime.steps import PredictionSteps

PASSAGE = 8  # words, about
FEW = 2  # words of a text, up to which the median word would be one that matters
_NEAR = 2  # words by which a passage may end sooner or later, where the text has a mark there
_MARKS = tuple(".,;:!?…)。，！？、।؟؛،")


def word_effects(
    steps: PredictionSteps, text: str, image: Encoding | None, label: int, *, whole_text: bool = False
) -> tuple[WordEffect, ...]:
    """The effect of each word on the probability of a label.

    Args:
        steps: steps of the model.
        text: the text as given, of which the part that the model reads is explained.
        image: encoding of the post's image; None if there is none.
        label: index of the label.
        whole_text: treat the whole text as one passage.

    Returns:
        The words in order.

    Raises:
        BundleError: a graph cannot be run.
    """
    words = words_of(text[:MAX_CHARACTERS])
    if not words:
        return ()
    variants: list[tuple[str, str, str]] = []  # of each word: the word, the rest of its passage, the passage
    for part in [words] if whole_text else passages(text, words):
        start, end = part[0].start, part[-1].end
        passage = text[start:end]
        for word in part:
            rest = without(passage, [Word(word.start - start, word.end - start)])
            variants.append((text[word.start : word.end], rest, passage))
    different = list(dict.fromkeys(variant for each in variants for variant in each))
    pairs = [(None, image), *((encoding, image) for encoding in steps.encode_texts(different))]
    nothing, *values = steps.probabilities(pairs)[:, label].tolist()
    by_text = dict(zip(different, values, strict=True))
    neutral = nothing if len(words) <= FEW else median(by_text[alone] for alone, _, _ in variants)
    return tuple(
        WordEffect(word.start, word.end, (by_text[alone] - neutral + by_text[passage] - by_text[rest]) / 2)
        for word, (alone, rest, passage) in zip(words, variants, strict=True)
    )


def passages(text: str, words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped into passages of about ``PASSAGE`` words, which end at punctuation if possible."""
    count = max(1, round(len(words) / PASSAGE))
    ends = [round(len(words) * number / count) for number in range(1, count)]
    cuts = [0, *(_near_mark(text, words, end) for end in ends), len(words)]
    return [list(words[start:end]) for start, end in pairwise(cuts)]


def _near_mark(text: str, words: Sequence[Word], end: int) -> int:
    """The nearest end of a passage after a word with punctuation."""
    near = range(end - _NEAR, end + _NEAR + 1)
    marked = [place for place in near if text[words[place - 1].start : words[place - 1].end].endswith(_MARKS)]
    return min(marked, key=lambda place: abs(place - end), default=end)
