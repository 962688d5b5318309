"""The version of this package, which nothing below the package root imports from the root."""

__version__ = "0.1.0"
