#!/usr/bin/env bash
# label-studio-sdk 2.1.2: CSV and JSON_MIN exports of Label Studio replace the time of a post by the time of its annotation.
#
# Posts of X and Mastodon have the fields "id" and "created_at". Label Studio keeps them as the "data" of a task, beside the task's own
# "id" and the annotation's own "created_at". The converter writes both into one row. In CSV it renames fields of the data that have
# the name of a question: "_data_sentiment".
# Expected: The time and the id of the post are kept or renamed in the same way.
# Observed: "created_at" is the time of the annotation, and the time of the post is lost, without a warning. "id" is the id of the post
# in CSV, and the number of the task in JSON_MIN, where the post's field "sentiment" is lost as well.
#
# Only the packages that the converter imports are installed, not all requirements of the SDK.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile appdirs==1.4.4 ijson==3.6.0 lxml==6.1.3 nltk==3.10.4 \
  numpy==2.4.6 pandas==3.1.1 pillow==13.0.0 pyjwt==2.13.0 requests==2.34.2 ujson==6.1.0 xmljson==0.2.1
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile --no-deps label-studio-sdk==2.1.2

cd "$work"
cat > tasks.json <<'JSON'
[{"id": 1,
  "data": {"id": "112264", "text": "so happy today", "created_at": "2024-04-13T20:28:00Z", "sentiment": "joy"},
  "annotations": [{"id": 11, "completed_by": 7, "created_at": "2026-11-03T09:00:00Z", "updated_at": "2026-11-03T09:00:05Z",
    "lead_time": 5.0,
    "result": [{"from_name": "sentiment", "to_name": "text", "type": "choices", "value": {"choices": ["positive"]}}]}]}]
JSON
cat > config.xml <<'XML'
<View>
  <Text name="text" value="$text"/>
  <Choices name="sentiment" toName="text"><Choice value="positive"/><Choice value="negative"/></Choices>
</View>
XML

"$work/venv/bin/python" -W ignore - <<'PYTHON'
import csv
import json
from importlib.metadata import version

from label_studio_sdk.converter import Converter

print("label-studio-sdk", version("label-studio-sdk"))
with open("config.xml") as file:
    converter = Converter(file.read(), ".")
converter.convert("tasks.json", "posts.csv", "CSV", is_dir=False)
converter.convert("tasks.json", "small", "JSON_MIN", is_dir=False)
with open("tasks.json") as file:
    post = json.load(file)[0]["data"]
with open("posts.csv", newline="") as file:
    row = next(csv.DictReader(file))
with open("small/result.json") as file:
    small = json.load(file)[0]
for name, columns in {"post": post, "CSV": row, "JSON_MIN": small}.items():
    print(f"{name}:", {column: columns[column] for column in ("id", "created_at", "sentiment")}, columns.get("_data_sentiment", ""))
assert row["_data_sentiment"] == post["sentiment"]
assert "_data_created_at" not in row and post["created_at"] not in row.values()
assert row["created_at"] == small["created_at"] == "2026-11-03T09:00:00Z" != post["created_at"]
assert row["id"] == post["id"] and small["id"] == 1 and post["id"] not in small.values()
assert small["sentiment"] == "positive" and post["sentiment"] not in small.values()
PYTHON
