"""Predictions over HTTP, and the web page. Needs ``anymood[serve]``."""
