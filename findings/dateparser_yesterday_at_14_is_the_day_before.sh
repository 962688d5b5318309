#!/usr/bin/env bash
# dateparser 1.5.0: "ontem às 14h" (yesterday at 14:00, Portuguese), read at noon, is 22:00 of the day before yesterday.
#
# It reads the dates that sites show with posts, in over 200 language locales, also relative ones. "14h" is the usual way to write 14:00 in
# Portuguese, French and Spanish.
# Expected: Yesterday at 14:00, as for "ontem às 14:30", and as in French with "hier à 14h".
# Observed: 14h is a duration, and 14 hours before this time yesterday is returned, without an error. The same holds for "ayer a las 14h"
# (Spanish), "hier à 14 h" and "hier 18h" (French), and "hoje às 14h" (today at 14:00) is yesterday.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

import dateparser

wednesday = datetime(2024, 5, 15, 12, 0)
seen = {
    ("pt", "ontem às 14:30"): datetime(2024, 5, 14, 14, 30),
    ("fr", "hier à 14h"): datetime(2024, 5, 14, 14),
    ("fr", "hier à 14h30"): datetime(2024, 5, 14, 14, 30),
    ("pt", "ontem às 14h"): datetime(2024, 5, 13, 22),
    ("pt", "hoje às 14h"): datetime(2024, 5, 14, 22),
    ("es", "ayer a las 14h"): datetime(2024, 5, 13, 22),
    ("fr", "hier à 14 h"): datetime(2024, 5, 13, 22),
    ("fr", "hier 18h"): datetime(2024, 5, 13, 18),
}
print("dateparser", version("dateparser"), "on", wednesday)
for (language, text), time in seen.items():
    found = dateparser.parse(text, languages=[language], settings={"RELATIVE_BASE": wednesday})
    print(text, "is", found)
    assert found == time
PYTHON
