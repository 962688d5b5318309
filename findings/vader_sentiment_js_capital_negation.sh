#!/usr/bin/env bash
# vader-sentiment 1.1.3 (VADER for JavaScript): "Not good" is positive, "not good" is negative.
#
# The package is a translation of the Python package, which interprets capitals as emphasis.
# Expected: "Not good", as at the start of a sentence, has -0.34, as "not good" has here and both have in Python.
# Observed: +0.44, as "good" has. A capitalised negation is not recognised.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit vader-sentiment@1.1.3 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check vaderSentiment==3.3.2

cat > score.cjs <<'SCRIPT'
const { SentimentIntensityAnalyzer } = require('vader-sentiment');
const texts = JSON.parse(process.argv[2]);
console.log(JSON.stringify(texts.map(text => SentimentIntensityAnalyzer.polarity_scores(text).compound)));
SCRIPT
venv/bin/python - <<'PYTHON'
import json
import subprocess

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

texts = ["good", "not good", "Not good", "NOT good", "never happy", "Never happy"]
script = json.loads(subprocess.check_output(["node", "score.cjs", json.dumps(texts)]))
python = [SentimentIntensityAnalyzer().polarity_scores(text)["compound"] for text in texts]
with open("node_modules/vader-sentiment/package.json") as file:
    print("vader-sentiment", json.load(file)["version"])
for row in zip(texts, python, script):
    print("%-12s Python %7.4f  JavaScript %7.4f" % row)
good, negated, capital, capitals, never, never_capital = script
assert (good, negated, never) == (python[0], python[1], python[4])
assert python[2] == python[1] and python[5] == python[4]
assert capital == capitals == good > 0 and never_capital > 0
PYTHON
