"""Build the documentation site into ``site/``, with warnings as errors: ``make docs``.

Zensical's strict mode fails on broken links, missing anchors and unknown names of the API. It does not see links in
included files, so the links of the built pages are checked as well. It does not fail on warnings of mkdocstrings about
docstrings, which are searched in its output.

    python tools/build_docs.py
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import links
import reference_pages

ROOT = Path(__file__).parent.parent
DOCSTRING = re.compile(r"^(?:griffe|mkdocstrings|autorefs): ", re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def main() -> int:
    """Build; returns the exit code."""
    reference_pages.main()
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    output = COLOURS.sub("", done.stdout + done.stderr)
    if done.returncode or DOCSTRING.search(output):
        print(output.partition("Traceback (most recent call last)")[0].strip(), file=sys.stderr)
        print("The site has warnings, which are errors.", file=sys.stderr)
        return 1
    if broken := [*links.broken_in_site(ROOT / "site"), *links.broken_in_repository(ROOT)]:
        print("Broken links:", *broken, sep="\n  ", file=sys.stderr)
        return 1
    print(f"Built: {ROOT / 'site' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
