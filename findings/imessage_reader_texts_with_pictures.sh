#!/usr/bin/env bash
# imessage-reader 0.6.1 drops the text of messages that have a picture.
#
# It reads chat.db, in which Messages of macOS stores texts and whether there are attachments.
# Expected: The text of each message, and a note for a picture without a text.
# Observed: "<Message with no text, but an attachment.>" instead of each text with a picture; the text is never read. Messages by the
# owner in groups (handle_id is 0) are missing altogether.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check imessage-reader==0.6.1

"$work/venv/bin/python" - "$work/chat.db" <<'PYTHON'
import sqlite3
import sys
from importlib.metadata import version

from imessage_reader.fetch_data import FetchData

rows = [  # sender, whether the owner wrote it, whether there is a picture, text with a place for each picture
    (1, 0, 0, "so happy today"),
    (1, 0, 1, "\N{OBJECT REPLACEMENT CHARACTER}so sad about this"),
    (1, 0, 1, "\N{OBJECT REPLACEMENT CHARACTER}"),
    (0, 1, 0, "I hate it, too"),
]
with sqlite3.connect(sys.argv[1]) as database:
    database.executescript("""
        CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT, service TEXT);
        CREATE TABLE message (ROWID INTEGER PRIMARY KEY, handle_id INTEGER, is_from_me INTEGER, cache_has_attachments INTEGER,
            text TEXT, date INTEGER DEFAULT 700000000000000000, destination_caller_id TEXT, attributedBody BLOB);
        INSERT INTO handle VALUES (1, 'ana@mail.example', 'iMessage');
    """)
    database.executemany("INSERT INTO message (handle_id, is_from_me, cache_has_attachments, text) VALUES (?, ?, ?, ?)", rows)
seen = [text for _, text, *_ in FetchData(sys.argv[1]).get_messages()]
print("imessage-reader", version("imessage-reader"))
print("written: ", [text for *_, text in rows])
print("observed:", seen)
note = "<Message with no text, but an attachment.>"
assert seen == ["so happy today", note, note]
PYTHON
