#!/usr/bin/env bash
# whatstk 0.9.1 reads "8:28 p. m." as 08:28, and loses messages.
#
# Phones in Spanish write "20/6/2017 8:28 p. m. - Ana: text" into an exported WhatsApp chat.
# Expected: Three messages, the first at 20:28, as for "8:28 PM"; or an error.
# Observed: Two messages, without an error. The afternoon becomes the morning, and the third message (a. m.) is appended to the text
# of the second.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check whatstk==0.9.1

cat > "$work/chat.txt" <<'CHAT'
20/6/2017 8:28 p. m. - Ana: one
20/6/2017 8:29 p. m. - Bo: two
21/6/2017 9:30 a. m. - Bo: three
CHAT
sed 's/p\. m\./PM/; s/a\. m\./AM/' "$work/chat.txt" > "$work/plain.txt"

"$work/venv/bin/python" -W ignore - "$work" <<'PYTHON'
import sys
from importlib.metadata import version

from whatstk import df_from_whatsapp

def read(name):
    return [(f"{date:%d %H:%M}", author, text) for date, author, text in df_from_whatsapp(f"{sys.argv[1]}/{name}").values.tolist()]

print("whatstk", version("whatstk"))
print("PM:   ", plain := read("plain.txt"))
print("p. m.:", dotted := read("chat.txt"))
assert plain == [("20 20:28", "Ana", "one"), ("20 20:29", "Bo", "two"), ("21 09:30", "Bo", "three")]
assert dotted == [("20 08:28", "Ana", "one"), ("20 08:29", "Bo", "two\n21/6/2017 9:30 a. m. - Bo: three")]
PYTHON
