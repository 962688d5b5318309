import pytest

pytest.importorskip("daft", reason="no Daft here: pip install 'anymood[bulk]'")

from functools import partial

from anymood.cluster.daft_io import folder_of, name_of, open_file
from anymood.errors import ImageError
from anymood.fetching import fetch_image


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///nowhere/x.jpg", "not exist"),
        ("data:image/png;base64,AAAA", "URLs begin with one of"),
        ("ftp://127.0.0.1/x.jpg", "URLs begin with one of"),
    ],
)
def test_what_cannot_be_fetched_says_why(url, why):
    with pytest.raises(ImageError, match=f"cannot be fetched: .*{why}") as caught:
        fetch_image(url, partial(open_file, io_config=None))
    assert caught.value.reason == "not fetched"


def test_names_and_folders_of_urls():
    assert name_of("https://x.org/a%20b/posts.csv?sig=1/2") == "posts.csv"
    assert name_of("https://x.org/a/..%2F..%2Fposts.csv") == "posts.csv"
    assert folder_of("https://x.org/a/posts.csv?sig=1/2") == "https://x.org/a"
