"""The bundles that ship with anymood: one folder each, loaded by its name."""
