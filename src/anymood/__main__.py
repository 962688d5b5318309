"""``python -m anymood``: the same as ``anymood``."""

import sys

from anymood.cli import main

sys.exit(main())
