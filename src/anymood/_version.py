"""The version of this package, in a module that does not import the package."""

__version__ = "0.1.0"
