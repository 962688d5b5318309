"""The command line."""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, as ``app.main`` does, which is imported here: Ctrl-C ends that in order, too."""
    try:
        from anymood.cli import app
    except KeyboardInterrupt:
        sys.stderr.write("anymood: Stopped.\n")
        return 130
    return app.main(arguments)
