"""The one place that imports Daft, which only ``anymood[bulk]`` installs, and Ray under it."""

import os

from anymood.errors import optional_dependency

# Daft reports to its maker as soon as it is imported, and Ray once it starts. A value that the user has set stands.
QUIET = {"DAFT_ANALYTICS_ENABLED": "0", "RAY_USAGE_STATS_ENABLED": "0"}
for name, value in QUIET.items():
    os.environ.setdefault(name, value)

with optional_dependency("Predicting with Daft", "bulk"):
    import daft

__all__ = ["QUIET", "daft"]
