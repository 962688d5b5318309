import json

import pytest

from anymood.archives import open_archive


@pytest.fixture
def write(tmp_path):
    """Write a file of an archive, from text, bytes or a value for JSON, and return its path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, str | bytes):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def posts(write):
    """The posts of an archive of one file."""

    def posts(name, content, format=None):
        return list(open_archive(write(name, content), format))

    return posts


@pytest.fixture
def picture():
    """Bytes that stand for a picture: nothing here decodes them."""
    return b"\xff\xd8\xff\xe0 a picture"
