#!/usr/bin/env bash
# chatpack 0.1.0 drops WhatsApp messages that contain "left", "added" or "removed".
#
# In an export, system notices have no sender: "Ana added Bo", "Ana left". Messages have one: "Ana: I was left alone".
# Expected: All messages with a sender are returned, and notices are not.
# Observed: A message with one of these words, or with "leftover", is dropped as a notice despite its sender, without a warning. A
# real notice is appended to the message before it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check chatpack==0.1.0

cat > "$work/chat.txt" <<'CHAT'
13/04/2024, 20:27 - Messages and calls are end-to-end encrypted.
13/04/2024, 20:28 - Ana: so happy today
13/04/2024, 20:29 - Ana added Cy
13/04/2024, 20:30 - Bo: I was left alone, so sad
13/04/2024, 20:31 - Bo: this has added to my worries
13/04/2024, 20:32 - Cy: they removed the best song
13/04/2024, 20:33 - Cy: leftover cake, lovely
13/04/2024, 20:34 - Ana: good night
CHAT

"$work/venv/bin/python" - "$work/chat.txt" <<'PYTHON'
import sys
from importlib.metadata import version

import chatpack

seen = [(message.sender, message.content) for message in chatpack.parse_whatsapp(sys.argv[1])]
print("chatpack", version("chatpack"))
print(len(seen), "of 6 messages:", *seen, sep="\n")
assert seen == [("Ana", "so happy today\n13/04/2024, 20:29 - Ana added Cy"), ("Ana", "good night")]
PYTHON
