#!/usr/bin/env bash
# jionlp 1.5.31: parse_money("2万5千元") (25,000 yuan) is 45000, and "两万三" (23,000) is 20003.
#
# "万" is 10,000 and "千" is 1,000. After the last unit that is said, the next lower one is usually left out: "两万三" is 2 times 10,000
# and 3 times 1,000, and "一百二" is 120. A lower digit needs "零" (zero): "一百零二" is 102.
# Expected: 25000, 23000, 1500 and 120. "两万五千元", without digits, and "2.5万元" are 25000.
# Observed: 45000, 20003, 1005 and 102, each with the note "accurate". In numbers of digits and units, what stands before "万" is counted
# twice; "2万5" is even 40010.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile jionlp==1.5.31

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import jionlp

seen = {
    **{"两万五千元": 25000, "2.5万元": 25000, "一百零二": 102},
    **{"2万5千元": 45000, "2万5": 40010, "两万三": 20003, "一千五": 1005, "一百二": 102},
}
print("jionlp", version("jionlp"))
for text, amount in seen.items():
    print(text, found := jionlp.parse_money(text))
    assert float(found["num"]) == amount and found["definition"] == "accurate"
PYTHON
