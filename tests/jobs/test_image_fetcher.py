import http.server
import json
import socket
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("httpx", reason="no httpx here: pip install 'anymood[fetch]'")

from anymood import fetching
from anymood.errors import ImageError
from anymood.fetching import is_public
from anymood.jobs import image_fetcher
from anymood.jobs.image_fetcher import ImageFetcher
from anymood.jobs.job import predict_files
from anymood.runtime.predictor import Model

PICTURE = b"\xff\xd8\xff a picture"
ANSWERS = {  # body, status, headers
    "/wait": (b"", 429, {"Retry-After": "7200"}),
    "/gone": (b"", 404),
    "/error": (b"", 500),
    "/page": (b"<html>", 200, {"Content-Type": "text/html; charset=utf-8"}),
    "/elsewhere": (b"", 302, {"Location": "/a.jpg"}),
    "/circle": (b"", 302, {"Location": "/circle"}),
    "/short": (PICTURE, 200, {"Content-Length": "1000"}),
    "/large": (b"x" * 4096,),
}


class Site(http.server.BaseHTTPRequestHandler):
    """A site with faults to order, by path."""

    def do_GET(self):
        requested, path = self.server.requested, self.path
        requested.append(path)
        first = requested.count(path) == 1
        if path == "/reset-once" and first:
            self.close_connection = True  # without an answer
        elif path == "/drip":
            self._drip()
        elif path.startswith("/to/"):
            host = f"{path.removeprefix('/to/')}:{self.server.server_port}"
            self._send(b"", 302, {"Location": f"http://{host}/a.jpg"})
        elif path in self.server.files:
            self._send(self.server.files[path].read_bytes())
        elif path == "/busy-once" and first:
            self._send(b"", 503)
        else:
            self._send(*ANSWERS.get(path.rstrip("0123456789"), (PICTURE,)))

    def _send(self, body, status=200, headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(50):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.02)
        except OSError:
            pass

    def log_message(self, *arguments):
        pass


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.requested, server.files = [], {}
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetching.time, "sleep", lambda seconds: None)
    fetching._client.cache_clear()


@pytest.fixture
def fetcher():
    return ImageFetcher(private=True)


def reason(fetcher, url):
    with pytest.raises(ImageError) as caught:
        fetcher.fetch(url)
    return caught.value.reason.value, str(caught.value)


def test_an_image_is_fetched_after_transient_failures(site, fetcher):
    for path in ("/a.jpg", "/busy-once", "/reset-once", "/elsewhere", "/with blank/ü.jpg?format=jpg&name=small"):
        assert fetcher.fetch(f"{site.url}{path}") == PICTURE, path
    assert site.requested.count("/busy-once") == 2


@pytest.mark.parametrize(
    ("path", "expected", "cause", "times"),
    [
        ("/gone", "not fetched", "HTTP 404", 1),
        ("/error", "not fetched", "HTTP 500", 3),
        ("/wait", "not fetched", "HTTP 429", 3),
        ("/page", "not an image", "is a web page", 1),
        ("/circle", "not fetched", "Exceeded maximum allowed redirects", 21),
        ("/short", "not fetched", "broke off", 1),
    ],
)
def test_what_cannot_be_fetched_is_reported_and_not_requested_again(site, fetcher, path, expected, cause, times):
    for _ in range(2):
        actual, message = reason(fetcher, f"{site.url}{path}")
        assert actual == expected
        assert cause in message
    assert site.requested.count(path) == times


@pytest.mark.parametrize("url", ["ftp://e.example/a.jpg", "s3://bucket/a.jpg", "http://", "http://[::1/", "a.jpg"])
def test_other_urls_are_not_fetched(fetcher, url):
    assert reason(fetcher, url)[0] == "not fetched"


def test_limits_of_size_and_time(site, fetcher, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_IMAGE_BYTES", 1000)
    assert reason(fetcher, f"{site.url}/large")[0] == "too large"
    monkeypatch.setattr(fetching, "IMAGE_SECONDS", 0.0)
    assert "no response after" in reason(fetcher, f"{site.url}/drip")[1]


def test_private_addresses_are_refused_whatever_they_are_called(site, monkeypatch):
    fetcher = ImageFetcher()
    port = site.server_port
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"):  # noqa: S104
        monkeypatch.setattr(socket, "getaddrinfo", resolved({"localhost": "127.0.0.1", "2130706433": "127.0.0.1"}))
        assert "not a public address" in reason(fetcher, f"http://{host}:{port}/a.jpg")[1], host
    monkeypatch.setattr(socket, "getaddrinfo", resolved({"e.example": "169.254.169.254"}))
    assert "169.254.169.254, which is not a public address" in reason(fetcher, f"http://e.example:{port}/a.jpg")[1]
    assert site.requested == []


def test_a_redirect_to_a_private_address_is_refused(site, monkeypatch):
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", resolved({"e.example": "127.0.0.1", "inside.example": "10.0.0.1"}))
    url = f"http://e.example:{site.server_port}"
    assert ImageFetcher().fetch(f"{url}/elsewhere") == PICTURE
    assert "inside.example is 10.0.0.1, which is not a public" in reason(ImageFetcher(), f"{url}/to/inside.example")[1]
    assert site.requested == ["/elsewhere", "/a.jpg", "/to/inside.example"]


def resolved(names):
    def getaddrinfo(host, port, *arguments, **named):
        address = names.get(host, host)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    return getaddrinfo


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) == public


def test_a_server_that_never_answers_is_left_alone():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fetcher = ImageFetcher(private=True)
    for number in range(image_fetcher.MAX_FAILURES):
        assert "not requested" not in reason(fetcher, f"http://127.0.0.1:{port}/{number}")[1]
    assert "failed for 5 others" in reason(fetcher, f"http://127.0.0.1:{port}/more")[1]


def test_what_was_fetched_is_kept(site, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    for _ in range(2):
        assert ImageFetcher(cache, private=True).fetch(f"{site.url}/a.jpg") == PICTURE
    assert site.requested == ["/a.jpg"]
    reason(ImageFetcher(cache, private=True), f"{site.url}/gone")
    [file] = cache.iterdir()
    monkeypatch.setattr(image_fetcher, "CACHE_DAYS", 0.0)
    ImageFetcher(cache, private=True)
    assert not file.exists()
    monkeypatch.setattr(image_fetcher, "CACHE_DAYS", 1.0)
    ImageFetcher(cache, private=True).fetch(f"{site.url}/a.jpg")
    monkeypatch.setattr(image_fetcher, "CACHE_BYTES", 3)
    ImageFetcher(cache, private=True)
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_not_an_error(site, tmp_path):
    (tmp_path / "file").touch()
    assert ImageFetcher(tmp_path / "file", private=True).fetch(f"{site.url}/a.jpg") == PICTURE


def test_a_job_fetches_the_images_of_a_table_in_order(site, bundle, corpus_folder, tmp_path):
    site.files = {f"/{n}.jpg": corpus_folder / "images" / f"pos0{n}.jpg" for n in range(1, 9)}
    urls = [f"{site.url}/{n}.jpg" if n % 3 else f"{site.url}/gone{n}" for n in range(1, 9)]
    table = tmp_path / "posts.csv"
    rows = [f'love,"{url}, {url}"' if n == 0 else f"love,{url}" for n, url in enumerate(urls)]
    table.write_text("\n".join(["text,image", *rows, "love,", f"love,{Path('gone.jpg')}"]), encoding="utf-8")
    out = tmp_path / "out.jsonl"
    summary = predict_files(Model(bundle, 1), table, out, fetcher=ImageFetcher(private=True))
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["used"] for row in written] == ["both" if n % 3 else "text" for n in range(1, 9)] + ["text", "text"]
    assert summary.problems == {"not fetched": 2, "several images": 1, "missing image": 1}
    assert f"posts.csv:4: its image '{urls[2]}' cannot be fetched: HTTP 404" in written[2]["problem"]
