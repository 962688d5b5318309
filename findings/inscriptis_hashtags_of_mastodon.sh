#!/usr/bin/env bash
# inscriptis 2.7.6 and html-text 0.7.1 split the hashtags, mentions and links of Mastodon posts: "#happy" becomes "# happy".
#
# Mastodon posts are HTML, also in exports and in the API, with <span> around the words of hashtags and mentions and the parts of
# links: '#<span>happy</span>'. Both packages convert HTML to the text that a reader sees.
# Expected: "#happy @ana https://e.example/long/path", as a browser shows and copies it.
# Observed: "# happy @ ana https:// e.example/long /path": no hashtag, no mention, and a link that link removal does not remove
# completely. html-text also splits "un<b>believ</b>able". inscriptis with CSS_PROFILES["strict"], which is not the default, is
# correct.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check inscriptis==2.7.6 html-text==0.7.1

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import html_text
import inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

post = (
    '<p><a href="https://m.example/tags/happy" class="mention hashtag" rel="tag">#<span>happy</span></a> '
    '<span class="h-card"><a href="https://m.example/@ana" class="u-url mention">@<span>ana</span></a></span> '
    '<a href="https://e.example/long/path"><span class="invisible">https://</span><span class="ellipsis">e.example/long</span>'
    '<span class="invisible">/path</span></a></p>'
)
whole, broken = "#happy @ana https://e.example/long/path", "# happy @ ana https:// e.example/long /path"
seen = {
    "inscriptis " + version("inscriptis"): inscriptis.get_text(post).strip(),
    "html-text " + version("html-text"): html_text.extract_text(post),
    'inscriptis, CSS_PROFILES["strict"]': inscriptis.get_text(post, ParserConfig(css=CSS_PROFILES["strict"])).strip(),
}
for name, text in seen.items():
    print(name + ":", text)
assert list(seen.values()) == [broken, broken, whole]
assert html_text.extract_text("<p>un<b>believ</b>able</p>") == "un believ able"
PYTHON
