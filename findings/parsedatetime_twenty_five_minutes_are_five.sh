#!/usr/bin/env bash
# parsedatetime 2.6: "twenty five minutes ago" is 5 minutes ago, and "half an hour ago" is an hour ago.
#
# It finds a time in an English text. "twenty minutes ago", "five minutes ago" and "an hour ago" are correct.
# Expected: 25 and 30 minutes ago. If it does not understand a number, the returned status is 0, as for "a hundred days ago".
# Observed: Only the last word of the number is read, also in "thirty-five minutes ago" (5 minutes), and "the day before yesterday" is
# yesterday. The status says that a time was found.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check parsedatetime==2.6

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

import parsedatetime

print("parsedatetime", version("parsedatetime"))
calendar = parsedatetime.Calendar()
now = datetime(2024, 5, 15, 12, 0)
observed = {
    "twenty five minutes ago": "15 11:55",
    "thirty-five minutes ago": "15 11:55",
    "half an hour ago": "15 11:00",
    "the day before yesterday": "14 09:00",
    "twenty minutes ago": "15 11:40",
    "five minutes ago": "15 11:55",
    "25 minutes ago": "15 11:35",
    "an hour ago": "15 11:00",
}
for text, time in observed.items():
    seen, status = calendar.parseDT(text, sourceTime=now)
    print(repr(text), f"{seen:%d %H:%M}", status)
    assert f"{seen:%d %H:%M}" == time and status > 0
assert calendar.parseDT("a hundred days ago", sourceTime=now)[1] == 0
PYTHON
