"""Our own sentences for training: negation, comparison, hedges, headlines, irony, facts and events.

Most English ones are made from the templates and words in ``contrast.toml``. Its training, validation and test parts
share no templates, and only everyday nouns among the words. Whole sentences are in ``languages.toml`` (sentiment,
mostly in other languages) and ``emotions.toml`` (emotion).
"""

import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

SOURCE = "contrast"  # of all these sentences, in the table of sources.py
TEMPLATES = Path(__file__).with_name("contrast.toml")
SENTENCE_FILES = {"sentiment": "languages.toml", "emotion": "emotions.toml"}  # beside this file, by task
OF_TEMPLATE = 25  # training sentences, so that all templates have the same weight
SENTENCES = {"validation": 300, "test": 200}  # maximum of a category
MOST_OF_ONE = 1.4  # maximum sentences of a template, as a multiple of its even share of the category
TRIES = 20  # for each sentence, because short templates give few different ones
ENDINGS = {
    "train": [".", "!", "", " lol", " @user", " http", " ..."],
    "validation": [".", ""],
    "test": [".", ""],
}
_SLOT = re.compile(r"\{(\w+)\}")


def rows(seed: int = 0) -> Iterator[dict[str, str]]:
    """A row for each sentence: id, text, label, task, source, language, split and category.

    The validation and the test part have splits of their own: ``contrast_validation`` and ``contrast``.
    """
    parts = tomllib.loads(TEMPLATES.read_text(encoding="utf-8"))
    for part, split in (("train", "train"), ("validation", "contrast_validation"), ("test", "contrast")):
        for number, (category, text, label) in enumerate(english(parts, part, seed)):
            yield _row(f"contrast/{part}/{number}", text, label, "sentiment", "en", split, category)
    for task in SENTENCE_FILES:
        yield from whole_sentences(task)


def whole_sentences(task: str) -> Iterator[dict[str, str]]:
    """Rows of the sentences that are not made from templates; each training sentence is written in three ways."""
    parts = tomllib.loads(Path(__file__).with_name(SENTENCE_FILES[task]).read_text(encoding="utf-8"))
    for part, split in (("train", "train"), ("validation", "contrast_validation")):
        for language, by_label in parts[part].items():
            sentences = [(text, label) for label, texts in by_label.items() for text in texts]
            for number, (text, label) in enumerate(sentences):
                forms = (text, with_full_stop(text), f"{text} @user") if part == "train" else (text,)
                for form, written in enumerate(forms):
                    key = f"contrast/{task}/{part}/{language}/{number}/{form}"
                    yield _row(key, written, label, task, language, split, "sentences")


def with_full_stop(text: str) -> str:
    """A sentence with a capital, and with a full stop if it ends in a letter or digit."""
    return text[0].upper() + text[1:] + ("." if text[-1].isalnum() else "")


def english(parts: dict, part: str, seed: int) -> Iterator[tuple[str, str, str]]:
    """Category, text and label of different sentences of a part, about equally many from each template."""
    rng = random.Random(seed)
    for category, by_label in parts["english"][part].items():
        templates = [(template, label) for label, texts in by_label.items() for template in texts]
        wanted = SENTENCES.get(part, OF_TEMPLATE * len(templates))
        most = MOST_OF_ONE * wanted / len(templates)
        made = [0] * len(templates)
        seen: set[str] = set()
        for attempt in range(wanted * TRIES):
            if len(seen) >= wanted:
                break
            index = attempt % len(templates)
            template, label = templates[index]
            text = fill(template, parts["words"][part], ENDINGS[part], rng)
            key = text.lower().strip(".! ")
            if made[index] < most and key not in seen:
                seen.add(key)
                made[index] += 1
                yield category, text, label


def fill(template: str, words: dict[str, list[str]], endings: list[str], rng: random.Random) -> str:
    """A template with random words for its slots, which may contain slots too, and a random capital and ending."""
    text = template
    while "{" in text:
        text = _SLOT.sub(lambda slot: rng.choice(words[slot[1]]), text)
    text = re.sub(r"\ba (?=[aeiou])", "an ", text)
    if rng.random() < 0.5:
        text = text[0].upper() + text[1:]
    if rng.random() < 0.4 and text[-1].isalnum():
        text += rng.choice(endings)
    return text


def _row(key: str, text: str, label: str, task: str, language: str, split: str, category: str) -> dict[str, str]:
    row = {"id": key, "text": text, "label": label, "task": task, "source": SOURCE, "language": language}
    return row | {"split": split, "category": category}
