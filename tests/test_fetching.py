import http.server
import threading
import time

import pytest

from anymood import fetching
from anymood.errors import ImageError
from anymood.fetching import fetch_image, open_url

ASKED = []


class Site(http.server.BaseHTTPRequestHandler):
    """A site with faults to order, by path."""

    protocol_version = "HTTP/1.0"

    def do_GET(self):
        ASKED.append(self.path)
        if self.path == "/busy-once" and ASKED.count(self.path) == 1:
            return self.send_error(503)
        if self.path == "/reset-once" and ASKED.count(self.path) == 1:
            self.close_connection = True  # without an answer
            return None
        if self.path == "/wait" and ASKED.count(self.path) == 1:
            self.send_response(429)
            self.send_header("Retry-After", "7")
            return self.end_headers()
        if self.path == "/gone":
            return self.send_error(404)
        self.send_response(200)
        if self.path == "/short":
            self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(10_000 if self.path == "/endless" else 3):
                self.wfile.write(b"picture " * 16)
                if self.path == "/drip":
                    time.sleep(0.1)
                    self.wfile.flush()
        except OSError:
            pass
        return None

    def log_message(self, *arguments):
        pass


@pytest.fixture
def site():
    ASKED.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_bytes_come_and_busy_servers_are_retried(site, monkeypatch):
    monkeypatch.setattr(fetching.time, "sleep", lambda _: None)
    assert fetch_image(f"{site}/a.jpg") == b"picture " * 48
    assert fetch_image(f"{site}/busy-once") == b"picture " * 48
    assert fetch_image(f"{site}/reset-once") == b"picture " * 48


def test_a_request_for_patience_is_honoured_up_to_a_minute(site, monkeypatch):
    waits = []
    monkeypatch.setattr(fetching.time, "sleep", waits.append)
    assert fetch_image(f"{site}/wait") == b"picture " * 48
    monkeypatch.setattr(fetching, "MAX_WAIT", 3)
    ASKED.clear()
    fetch_image(f"{site}/wait")
    assert waits == [7, 3]


def test_a_body_has_limits_in_bytes_and_in_time(site, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_IMAGE_BYTES", 1000)
    monkeypatch.setattr(fetching, "BLOCK", 100)
    with pytest.raises(ImageError, match="more than 1,000 bytes") as caught:
        fetch_image(f"{site}/endless")
    assert caught.value.reason == "too large"
    monkeypatch.setattr(fetching, "IMAGE_SECONDS", 0.1)
    with pytest.raises(ImageError, match="cannot be fetched: no response after 0 seconds") as caught:
        fetch_image(f"{site}/drip")
    assert caught.value.reason == "not fetched"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("{site}/gone", "HTTP 404 Not Found"),
        ("http://127.0.0.1:9/x.jpg", "Connection refused"),
        ("http://[::1", "Invalid IPv6 URL"),
        ("http://127.0.0.1:99999/x.jpg", "port|Port"),
        ("http://", "no host"),
        ("s3://bucket/a.jpg", "only http and https are supported"),
        ("http://127.0.0.1:port/x.jpg", "port"),
        ("{site}/short", "broke off 616 bytes before the end"),
    ],
)
def test_what_cannot_be_fetched_says_why(site, url, why):
    with pytest.raises(ImageError, match=f"cannot be fetched: .*{why}") as caught:
        fetch_image(url.format(site=site))
    assert caught.value.reason == "not fetched"


def test_blanks_and_accents_in_a_url(site):
    assert fetch_image(f"{site}/my \u00e9.jpg?a=b%20c") == b"picture " * 48
    assert ASKED == ["/my%20%C3%A9.jpg?a=b%20c"]


def test_a_file_is_read_in_blocks_of_any_size(site):
    with open_url(f"{site}/a.jpg") as file:
        blocks = [file.read(size) for size in (3, 200, 1, 1000, 1000)]
    assert [len(block) for block in blocks] == [3, 200, 1, 180, 0]
    assert b"".join(blocks) == b"picture " * 48
