#!/usr/bin/env bash
# pythainlp 5.4.0: thai_strptime() reads "20.30 น." (20:30) as 20:00.
#
# Thai posts and news write times as "20.30 น."; "น." stands for hours. thai_strptime(text, format) parses Thai dates by a format,
# like strptime() of Python's datetime.
# Expected: "%d %B %Y %H.%M น." reads 20:30.
# Observed: 20:00, without an error. The names of the parts are the pieces of the format between two "%", so the minutes are called
# "M น" and not found, and parts of the time that are not found are 0. Seconds before "น." and hours before "นาฬิกา" are lost
# in the same way. Minutes at the end of the format are read. ".5" seconds (%f) are 5 microseconds; Python reads half a second.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pythainlp==5.4.0 tzdata==2025.2

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, time
from importlib.metadata import version

from pythainlp.util import thai_strptime

print("pythainlp", version("pythainlp"))
cases = [
    ("5 มกราคม 2567 20.30 น.", "%d %B %Y %H.%M น.", time(20, 30), time(20, 0)),
    ("5 มกราคม 2567 20:30:45 น.", "%d %B %Y %H:%M:%S น.", time(20, 30, 45), time(20, 30)),
    ("5 มกราคม 2567 20 นาฬิกา", "%d %B %Y %H นาฬิกา", time(20), time(0)),
    ("5 มกราคม 2567 20:30:45.5", "%d %B %Y %H:%M:%S.%f", time(20, 30, 45, 500_000), time(20, 30, 45, 5)),
    ("5 มกราคม 2567 20.30", "%d %B %Y %H.%M", time(20, 30), time(20, 30)),
]
for text, form, guessed, seen in cases:
    read = thai_strptime(text, form)
    print(text, "| expected:", guessed, "observed:", read.time())
    assert read.date() == datetime(2024, 1, 5).date() and read.time() == seen
    assert datetime.strptime(text.replace("มกราคม", "01").replace("2567", "2024"), form.replace("%B", "%m")).time() == guessed
PYTHON
