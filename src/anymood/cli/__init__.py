"""The command line."""

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; see ``app.main``. The import is inside, so that Ctrl-C during it prints no stack trace."""
    try:
        from anymood.cli import app
    except KeyboardInterrupt:
        sys.stderr.write("anymood: Stopped.\n")
        return 130
    return app.main(arguments)
