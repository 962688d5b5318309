"""Predictions over HTTP, and the page for people. Needs ``anymood[serve]``."""
