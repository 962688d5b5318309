#!/usr/bin/env bash
# NRCLex 4.1.0: the first top emotion of "see you at 5" and of "HAPPY BIRTHDAY" is fear.
#
# It counts words of the NRC lexicon for ten emotions and sentiments. top_emotions are those with the largest share.
# Expected: No top emotion for a text without a word of the lexicon, and joy for "HAPPY BIRTHDAY", as for "happy birthday".
# Observed: All ten, each with 0.0, for such a text; fear is the first of them. Capitalised words are not found in the lexicon, so a
# text whose only emotion word is "Happy" gives the same.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check NRCLex==4.1.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from nrclex import NRCLex

scorer, seen = NRCLex(), {}
print("NRCLex", version("NRCLex"))
for text in ("happy birthday", "HAPPY BIRTHDAY", "Happy", "see you at 5"):
    scorer.load_token_list(text.split())
    seen[text] = scorer.top_emotions
    print(repr(text), seen[text])
assert all(share > 0 for _, share in seen["happy birthday"]) and "joy" in dict(seen["happy birthday"])
for text in ("HAPPY BIRTHDAY", "Happy", "see you at 5"):
    assert len(seen[text]) == 10 and seen[text][0] == ("fear", 0.0)
PYTHON
