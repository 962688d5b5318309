"""Imports Daft, which ``anymood[bulk]`` installs; the only module that does."""

import os

from anymood.errors import optional_dependency

# Telemetry, which Daft sends on import and Ray at its start, is off by default.
QUIET = {"DAFT_ANALYTICS_ENABLED": "0", "RAY_USAGE_STATS_ENABLED": "0"}
for name, value in QUIET.items():
    os.environ.setdefault(name, value)

with optional_dependency("Predicting with Daft", "bulk"):
    import daft

__all__ = ["QUIET", "daft"]
