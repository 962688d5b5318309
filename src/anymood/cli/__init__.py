"""The command line."""

from anymood.cli.app import main

__all__ = ["main"]
