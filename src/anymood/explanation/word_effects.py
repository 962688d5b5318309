"""What each word of a text does: the probability of a label without it.

Every variant of a text costs nearly as much as the text, and a text of 30 words has 30 of them. So a long text is
divided into passages of about 8 words, and each word is left out of its passage, which costs a fourth of that. By
deletion and insertion curves that is as faithful as leaving words out of the whole text (docs/results/explanation.md):
what a word does hangs on its neighbours.
"""

from collections.abc import Sequence
from itertools import pairwise

from anymood.explanation.values import WordEffect
from anymood.explanation.words import Word, without, words_of
from anymood.preparation.cleaning import MAX_CHARACTERS
from anymood.runtime.encoding import Encoding
from anymood.runtime.steps import PredictionSteps

PASSAGE = 8  # words, about
_NEAR = 2  # words by which a passage may end sooner or later, where the text has a mark there
_MARKS = tuple(".,;:!?…)。，！？、।؟؛،")


def word_effects(
    steps: PredictionSteps, text: str, image: Encoding | None, label: int, *, whole_text: bool = False
) -> tuple[WordEffect, ...]:
    """The effect of each word on the probability of a label.

    Args:
        steps: of the model.
        text: as given; of it, what the model reads.
        image: the post's image, which stays as it is; None where there is none.
        label: index of the label.
        whole_text: leave words out of the whole text, however long it is.

    Returns:
        The words in their order.

    Raises:
        BundleError: a graph of the model cannot be run.
    """
    words = words_of(text[:MAX_CHARACTERS])
    if not words:
        return ()
    variants: list[str] = []  # of each passage all of it, and then all of it but a word
    parts = [words] if whole_text else passages(text, words)
    for part in parts:
        start, end = part[0].start, part[-1].end
        inside = [Word(word.start - start, word.end - start) for word in part]
        variants += [text[start:end], *(without(text[start:end], [word]) for word in inside)]
    values = iter(steps.probabilities([(each, image) for each in steps.encode_texts(variants)])[:, label].tolist())
    effects = []
    for part in parts:
        whole = next(values)
        effects += [WordEffect(word.start, word.end, whole - next(values)) for word in part]
    return tuple(effects)


def passages(text: str, words: Sequence[Word]) -> list[list[Word]]:
    """Words divided into passages of about ``PASSAGE`` words, which end at a punctuation mark where one is near."""
    count = max(1, round(len(words) / PASSAGE))
    ends = [round(len(words) * number / count) for number in range(1, count)]
    cuts = [0, *(_near_mark(text, words, end) for end in ends), len(words)]
    return [list(words[start:end]) for start, end in pairwise(cuts)]


def _near_mark(text: str, words: Sequence[Word], end: int) -> int:
    """The nearest place for the end of a passage behind a word with a mark."""
    near = range(end - _NEAR, end + _NEAR + 1)
    marked = [place for place in near if text[words[place - 1].start : words[place - 1].end].endswith(_MARKS)]
    return min(marked, key=lambda place: abs(place - end), default=end)
