#!/usr/bin/env bash
# chat-miner 0.6.0 inserts blanks into partly bold words of Telegram messages, and doubles blanks around links.
#
# Telegram's result.json stores a formatted text as a list of parts, which must be joined without a separator: ["un", {"type": "bold",
# "text": "believ"}, "able"] is "unbelievable".
# Expected: "unbelievable".
# Observed: "un believ able", which word counts and sentiment models read as three other words.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check chat-miner==0.6.0

cat > "$work/result.json" <<'JSON'
{"name": "Group", "type": "private_group", "id": 7, "messages": [
  {"id": 1, "type": "message", "date": "2022-11-05T12:00:00", "date_unixtime": "1667642400", "from": "Ana", "from_id": "user1",
   "text": ["un", {"type": "bold", "text": "believ"}, "able"]},
  {"id": 2, "type": "message", "date": "2022-11-05T12:00:01", "date_unixtime": "1667642401", "from": "Ana", "from_id": "user1",
   "text": ["see ", {"type": "link", "text": "https://e.example"}, " now"]}
]}
JSON

"$work/venv/bin/python" -W ignore - "$work/result.json" <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

from chatminer.chatparsers import TelegramJsonParser

parser = TelegramJsonParser(sys.argv[1])
parser.parse_file()
seen = sorted(row[2] for row in parser.parsed_messages.get_df().rows())
print("chat-miner", version("chat-miner"))
print("expected:", ["see https://e.example now", "unbelievable"])
print("observed:", seen)
assert seen == ["see  https://e.example  now", "un believ able"]
PYTHON
