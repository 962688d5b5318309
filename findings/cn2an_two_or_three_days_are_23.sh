#!/usr/bin/env bash
# cn2an 0.5.24: transform() turns "等了两三天" (waited two or three days) into "等了23天", and "十分好看" (very nice) into "10分好看".
#
# It writes the Chinese numbers of a text in digits. Two neighbouring digits of Chinese are an estimate: 两三 is two or three, and 七八 seven
# or eight. Series of digits, as in years, usually have more than two.
# Expected: Estimates stay words, or become "2-3天", which the opposite direction ("an2cn") reads as a range. "十七八岁" (17 or 18 years old)
# does stay.
# Observed: Each series of digits becomes a number, also of two digits: "两三天" equals "二十三天" (23 days), 七八个人 (seven or eight people)
# are 78, and "乱七八糟" (a mess) is "乱78糟". 十 before 分 is always 10, while 十分 without a number means "very" and is frequent in reviews.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cn2an==0.5.24

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import cn2an

print("cn2an", version("cn2an"))
observed = {
    "等了两三天": "等了23天",  # two or three
    "等了二十三天": "等了23天",
    "来了七八个人": "来了78个人",  # seven or eight people came
    "看了三五遍": "看了35遍",  # watched it three to five times
    "三四月": "34月",  # March or April
    "十七八岁": "十七八岁",
    "房间乱七八糟": "房间乱78糟",
    "电影十分好看": "电影10分好看",
    "我十分失望": "我10分失望",  # very disappointed
    "等了十分钟": "等了10分钟",  # ten minutes
    "二零二四年": "2024年",
}
for text, result in observed.items():
    seen = cn2an.transform(text, "cn2an")
    print(text, "->", seen)
    assert seen == result, seen
print("1-2个月", "->", cn2an.transform("1-2个月", "an2cn"))
assert "1" not in cn2an.transform("1-2个月", "an2cn")
PYTHON
