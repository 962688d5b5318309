#!/usr/bin/env bash
# slack-export-viewer 3.5.0 shows messages without their mentions of groups and without their dates.
#
# In an export of Slack, a mention of a group is "<!subteam^S1|@support>" and a date "<!date^1706700000^{date}|Jan 31>", each with the
# displayed text after the bar.
# Expected: "@support" and "Jan 31", as "<@U1>" becomes "@ana" and "<https://e.example|here>" becomes a link.
# Observed: They are copied into the page, where a browser treats them as comments: "<!subteam^S1|@support> is down since
# <!date^...|Jan 31>" is shown as "is down since".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check slack-export-viewer==3.5.0 'setuptools<80'

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from html.parser import HTMLParser
from importlib.metadata import version
from types import SimpleNamespace

from slackviewer.formatter import SlackFormatter

class Shown(HTMLParser):
    """What a browser shows of a page."""

    def __init__(self, page):
        super().__init__()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_data(self, data):
        self.text += data

formatter = SlackFormatter({"U1": SimpleNamespace(display_name="ana")}, {})
print("slack-export-viewer", version("slack-export-viewer"))
def shown(text):
    found = Shown(formatter.render_text(text)).text.strip()
    print(repr(text), "->", repr(found))
    return found

assert shown("<@U1> is <https://e.example|here>") == "@ana is here"
assert shown("<!subteam^S1|@support> is down since <!date^1706700000^{date}|Jan 31>") == "is down since"
PYTHON
