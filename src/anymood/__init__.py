"""Sentiment and emotion of social-media posts from text, image, or both, whichever is there."""

__version__ = "0.1.0"
