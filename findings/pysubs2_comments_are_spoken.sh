#!/usr/bin/env bash
# pysubs2 1.8.1: the comments and the names of cues of a WebVTT file become part of the subtitle before them.
#
# WebVTT has comments, which begin with "NOTE", and each subtitle can have a name in the line above its times.
# Expected: "Not happy", "But fine" and "Bye", as by webvtt-py 0.6.0.
# Observed: The first subtitle is "Not happy\n\nNOTE sad scene\n\nid-2", so that a comment of the translator counts as speech, and files
# that are written from it show the comment as well. Names that are numbers are removed. "&amp;" stays as it is, and is shown so in SRT
# files. pysubs2 1.9.0, which needs Python 3.12, does the same.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pysubs2==1.8.1 webvtt-py==0.6.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
import io
from importlib.metadata import version

import pysubs2
import webvtt

text = """WEBVTT

00:00:01.000 --> 00:00:02.500
Not happy

NOTE sad scene

id-2
00:00:03.000 --> 00:00:04.000
But fine

3
00:00:05.000 --> 00:00:06.000
Bye &amp; thanks
"""
print("pysubs2", version("pysubs2"), "webvtt-py", version("webvtt-py"))
subtitles = pysubs2.SSAFile.from_string(text, format_="vtt")
seen = [event.plaintext for event in subtitles]
cues = [cue.text for cue in webvtt.from_buffer(io.StringIO(text))]
print("pysubs2:  ", seen)
print("webvtt-py:", cues)
assert cues[:2] == ["Not happy", "But fine"]
assert seen == ["Not happy\n\nNOTE sad scene\n\nid-2", "But fine", "Bye &amp; thanks"]
converted = subtitles.to_string("srt")
assert "NOTE sad scene" in converted and "Bye &amp; thanks" in converted
PYTHON
