#!/usr/bin/env bash
# lime 0.2.0.1 explains a Hindi text by parts of words: "फिल्म" (film) is split into "फ" and "ल", "पसंद" (to like) into "पस" and "द".
#
# LimeTextExplainer removes words of a text and observes the prediction. It splits texts at \W+.
# Expected: The words of "मुझे यह फिल्म बहुत पसंद है" (I like this film a lot) are explained, as those of English and Russian texts
# are.
# Observed: \W matches the vowel signs of Hindi, Bengali, Tamil and Thai, which are parts of words. The classifier below uses one
# word, "पसंद", but the explanation has two parts of it. The texts given to the classifier are full of isolated vowel signs ("ुे  ि् ु
# ं ै"), which occur in no training data.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps lime==0.2.0.1  # images alone need the rest

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from lime.lime_text import LimeTextExplainer

asked = []

def explain(text, word):
    """The pieces that LIME weighs, for a classifier that finds texts with the word positive."""
    def predict(texts):
        asked.extend(texts)
        positive = np.array([0.9 if word in one.split() else 0.1 for one in texts])
        return np.column_stack([1 - positive, positive])

    explanation = LimeTextExplainer(random_state=0).explain_instance(text, predict, num_features=20, num_samples=500)
    return {str(piece): round(float(weight), 2) for piece, weight in explanation.as_list()}

hindi, russian = "मुझे यह फिल्म बहुत पसंद है", "мне очень нравится этот фильм"
print("lime", version("lime"))
print(russian, in_russian := explain(russian, "нравится"))
asked.clear()
print(hindi, in_hindi := explain(hindi, "पसंद"))
print("asked about:", *sorted(asked, key=len)[5:8], sep="\n")
assert set(in_russian) == set(russian.split()) and max(in_russian, key=in_russian.get) == "нравится"
assert set(in_hindi) & set(hindi.split()) == {"यह"} and sum(weight > 0.2 for weight in in_hindi.values()) == 2
assert in_hindi["पस"] > 0.2 and in_hindi["द"] > 0.2
PYTHON
