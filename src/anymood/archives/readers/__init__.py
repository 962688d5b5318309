"""One file a format; each registers its reader. A file put here is a format more."""
