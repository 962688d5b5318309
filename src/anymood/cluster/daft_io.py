"""Daft, imported without its telemetry, and files at URLs: over HTTP, and in object stores through Daft."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import unquote, urlsplit

from anymood.errors import optional_dependency

# Disables telemetry by default, which Daft sends on import and Ray at its start.
QUIET = {"DAFT_ANALYTICS_ENABLED": "0", "RAY_USAGE_STATS_ENABLED": "0"}
for name, value in QUIET.items():
    os.environ.setdefault(name, value)

with optional_dependency("Predicting with Daft", "bulk"):
    import daft

    from anymood.fetching import Readable, open_url

__all__ = ["QUIET", "STORES", "WEB", "daft", "folder_of", "matching_files", "name_of", "open_file"]

WEB = frozenset(("http", "https"))
STORES = frozenset(("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "hf", "file"))


def name_of(url: str) -> str:
    """The last part of a URL's path, with the suffix of the file."""
    return unquote(urlsplit(url).path).rsplit("/", 1)[-1]


def folder_of(url: str) -> str:
    """The URL of the folder of a file."""
    return url.split("?", 1)[0].rsplit("/", 1)[0]


def matching_files(pattern: str, io_config: "daft.io.IOConfig | None" = None) -> list[str]:
    """URLs of the files that match a pattern, sorted; none if their folder does not exist.

    Raises:
        ValueError: the store rejects the request.
    """
    from daft.daft import io_glob  # of ``daft.from_glob_path``, which fails if nothing matches

    try:
        return sorted(file["path"] for file in io_glob(pattern, io_config=io_config))
    except FileNotFoundError:
        return []


@contextmanager
def open_file(url: str, io_config: "daft.io.IOConfig | None" = None) -> Iterator[Readable]:
    """Open the file at a URL.

    Raises:
        OSError: it cannot be fetched.
        ValueError: the URL is not valid, or the store rejects the request.
    """
    scheme = urlsplit(url).scheme.lower()
    if scheme in WEB:
        with open_url(url) as file:
            yield file
    elif scheme in STORES:
        with daft.File(url, io_config=io_config).open() as file:
            yield cast("Readable", file)
    else:
        known = ", ".join(f"{name}://" for name in sorted(WEB | STORES))
        raise ValueError(f"URLs begin with one of {known}")
