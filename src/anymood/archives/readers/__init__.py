"""Readers, one module per format, which registers itself."""
