import pytest

from anymood.errors import SettingError
from anymood.flickr.request_policy import Endpoints, RequestPolicy

URL = "http://farm4.staticflickr.com/38/1_0a.jpg"


def test_images_can_be_asked_for_elsewhere():
    assert Endpoints().image(URL) == URL
    assert (
        Endpoints(static="https://mirror.example.org:8080").image(URL) == "https://mirror.example.org:8080/38/1_0a.jpg"
    )


@pytest.mark.parametrize("given", [{"api": "api.flickr.com"}, {"static": "ftp://x.org"}, {"static": "http://"}])
def test_endpoints_are_urls(given):
    with pytest.raises(SettingError, match=f"'{next(iter(given))}' is .* Give a URL"):
        Endpoints(**given)


@pytest.mark.parametrize("given", [{"rate": 0}, {"concurrency": 0}, {"attempts": -1}, {"timeout": 0}])
def test_numbers_are_at_least_1(given):
    with pytest.raises(SettingError, match="Give at least 1"):
        RequestPolicy(**given)


@pytest.mark.parametrize("wait", [0.0, -1.0, float("nan")])
def test_the_first_wait_is_above_0(wait):
    with pytest.raises(SettingError, match="Give more than 0"):
        RequestPolicy(first_wait=wait)
