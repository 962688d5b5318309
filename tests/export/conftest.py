import exporter  # noqa: F401
