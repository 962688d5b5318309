#!/usr/bin/env bash
# twarc-csv 0.7.2: in the CSV, a line break of a tweet and a backslash before an n are the same two characters.
#
# It converts tweets from JSON Lines to CSV, where a quoted cell may have line breaks, as pandas writes and reads them.
# Expected: pandas.read_csv() returns the texts of the tweets.
# Observed: Each line break is written as the two characters \n, and backslashes are not escaped, so "so happy\nbut tired" is one line
# with the non-word "\nbut", and cannot be distinguished from "C:\new". Only with json_encode_text=True, which is not the default, can
# the texts be restored, by json.loads(); then all other strings, such as ids, are JSON too.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check twarc-csv==0.7.2 twarc==2.14.0 pandas==2.3.3 'setuptools<80'

cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import io
import json
from importlib.metadata import version

import pandas as pd
from twarc_csv import DataFrameConverter

texts = ["so happy\nbut tired", "a new disk: C:\\new"]
tweets = {"data": [{"id": str(number), "text": text} for number, text in enumerate(texts)], "includes": {}}

def read_again(write, **options):
    csv = write([tweets], **options).to_csv(index=False)
    return pd.read_csv(io.StringIO(csv), dtype=str)

def convert(tweets, **options):
    return DataFrameConverter("tweets", **options).process(tweets)

def plain(tweets):
    return pd.DataFrame(tweets[0]["data"])

print("twarc-csv", version("twarc-csv"))
print("pandas:                  ", kept := read_again(plain).text.tolist())
print("twarc-csv:               ", seen := read_again(convert).text.tolist())
encoded = read_again(convert, json_encode_text=True)
print("with json_encode_text:   ", encoded.text.tolist(), encoded.id.tolist())
assert kept == texts
assert seen == ["so happy\\nbut tired", "a new disk: C:\\new"]
assert [json.loads(text) for text in encoded.text] == texts and encoded.id.tolist() == ['"0"', '"1"']
PYTHON
