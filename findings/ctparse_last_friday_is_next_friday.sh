#!/usr/bin/env bash
# ctparse 0.3.6: on Wednesday 15 May, "last friday" and "letzten Freitag" are 17 May, the next Friday.
#
# It finds times in English and German texts.
# Expected: 10 May, or nothing found. "yesterday" and "gestern" are correct.
# Observed: "last" is taken for a part of the day or skipped, and weekdays are always in the future. "3 days ago" is a duration of 3 days.
# The returned object does not say which part of the text was used.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ctparse==0.3.6

"$work/venv/bin/python" -W ignore - <<'PYTHON'
import logging
from datetime import datetime
from importlib.metadata import version

logging.disable(logging.INFO)
from ctparse import ctparse  # noqa: E402

print("ctparse", version("ctparse"))
now = datetime(2024, 5, 15, 12, 0)
observed = {
    "last friday": "2024-05-17",
    "letzten Freitag": "2024-05-17",
    "letzten Montag": "2024-05-20",
    "friday": "2024-05-17",
    "yesterday": "2024-05-14",
    "gestern": "2024-05-14",
    "3 days ago": "3 days",
}
for text, time in observed.items():
    seen = str(ctparse(text, ts=now, timeout=30).resolution)
    print(repr(text), seen)
    assert seen.startswith(time), seen
PYTHON
