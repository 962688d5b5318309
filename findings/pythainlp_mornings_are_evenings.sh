#!/usr/bin/env bash
# pythainlp 5.4.0: thaiword_to_time() reads "eight o'clock" (แปดโมง) as 20:00, and "eleven o'clock" (สิบเอ็ดโมง) as 22:00.
#
# With โมง alone, the hours from 7 to 11 are in the morning. The evening has words of its own: สองทุ่ม is 20:00. time_to_thaiword() writes
# times in this way with fmt="m6h", and thaiword_to_time() reads times in words.
# Expected: What one function writes is read by the other, and แปดโมง is 08:00. Only หกโมง is ambiguous; it is written for 06:00 and 18:00.
# Observed: All hours from 7 to 11 are read as hours of the evening, 08:00 as 20:00, and both 10:00 and 11:00 as 22:00. Times
# that are written with "6h" or "24h" are read correctly.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pythainlp==5.4.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import time
from importlib.metadata import version

from pythainlp.util import thaiword_to_time, time_to_thaiword

print("pythainlp", version("pythainlp"))
wrong = {}
for way in ("24h", "6h", "m6h"):
    for hour in range(24):
        for minute in (0, 30):
            words = time_to_thaiword(time(hour, minute), fmt=way)
            if (read := thaiword_to_time(words)) != f"{hour:02}:{minute:02}":
                print(f"{way}: {hour:02}:{minute:02} is written {words}, and read as {read}")
                wrong[way, f"{hour:02}:{minute:02}"] = read
assert {way for way, _ in wrong} == {"m6h"}
assert [when for _, when in wrong] == [f"{hour:02}:{minute}" for hour in range(6, 12) for minute in ("00", "30")]
assert time_to_thaiword(time(6), fmt="m6h") == time_to_thaiword(time(18), fmt="m6h")
assert wrong["m6h", "08:00"] == "20:00" and wrong["m6h", "11:00"] == wrong["m6h", "10:00"] == "22:00"
assert thaiword_to_time("สองทุ่ม") == "20:00"  # what Thai calls eight in the evening
PYTHON
