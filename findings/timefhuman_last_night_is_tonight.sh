#!/usr/bin/env bash
# timefhuman 0.1.5: at noon of 15 May, "last night" is 20:00 of 15 May, and "an hour and a half ago" is 13:00 of 15 May, in one hour.
#
# It finds times and ranges of times in English texts.
# Expected: 14 May 20:00 and 15 May 10:30, or nothing found. "1.5 hours ago" is 10:30.
# Observed: A part of the words is left out without a sign: "last" of "last night", "ago" after "and a half", "half" of "half an hour ago"
# (11:00), and "the day before" of "the day before yesterday" (14 May). "2 to 3 hours ago" is a range from 14:00, two hours later, to 9:00.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check timefhuman==0.1.5

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

from timefhuman import tfhConfig, timefhuman

print("timefhuman", version("timefhuman"))
config = tfhConfig(now=datetime(2024, 5, 15, 12, 0))
observed = {
    "last night": [datetime(2024, 5, 15, 20, 0)],
    "an hour and a half ago": [datetime(2024, 5, 15, 13, 0)],
    "half an hour ago": [datetime(2024, 5, 15, 11, 0)],
    "the day before yesterday": [datetime(2024, 5, 14)],
    "2 to 3 hours ago": [(datetime(2024, 5, 15, 14, 0), datetime(2024, 5, 15, 9, 0))],
    "1.5 hours ago": [datetime(2024, 5, 15, 10, 30)],
    "yesterday at 8pm": [datetime(2024, 5, 14, 20, 0)],
    "2 days and 3 hours ago": [datetime(2024, 5, 13, 9, 0)],
}
for text, times in observed.items():
    seen = timefhuman(text, config=config)
    print(repr(text), seen)
    assert seen == times
PYTHON
