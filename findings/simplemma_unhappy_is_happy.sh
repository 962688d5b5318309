#!/usr/bin/env bash
# simplemma 2.0.0: the lemma of the Czech "nešťastný" (unhappy) is "šťastný" (happy), and that of "dangerous" is "safe".
#
# A lemma is the form of a word in a dictionary, and "nešťastný" has its own entry. Lexicons of sentiments are looked up by lemmas.
# Expected: Unhappy and happy stay different words, as in simplemma for other languages: Slovak "nešťastný", English "unhappy".
# Observed: Six of the twelve Czech words below lose the prefix that negates them; the others keep it, so it is not a rule either.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check simplemma==2.0.0

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import simplemma

opposite = {
    "nešťastný": "šťastný",  # unhappy: happy
    "nespokojený": "spokojený",  # dissatisfied: satisfied
    "neúspěšný": "úspěšný",  # unsuccessful: successful
    "nebezpečný": "bezpečný",  # dangerous: safe
    "nepříjemný": "příjemný",  # unpleasant: pleasant
    "nezajímavý": "zajímavý",  # uninteresting: interesting
}
kept = ["nespravedlivý", "neslušný", "nehezký", "nepěkný", "nechutný", "nemocný"]  # unjust, rude, not pretty (both), disgusting, ill
others = {"sk": "nešťastný", "en": "unhappy"}
print("simplemma", version("simplemma"))
for word in [*opposite, *kept]:
    print("cs", word, "->", lemma := simplemma.lemmatize(word, lang="cs"))
    assert lemma == opposite.get(word, word)
for language, word in others.items():
    print(language, word, "->", lemma := simplemma.lemmatize(word, lang=language))
    assert lemma == word
PYTHON
