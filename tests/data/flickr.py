"""A small Flickr on this machine: the API and the hosts of images, with faults to order and a log of requests."""

import io
import json
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from PIL import Image

KEY = "0123456789abcdef0123456789abcdef"
PLACEHOLDER = "/pw/images/en-us/photo_unavailable.png"


def jpeg(shade=200, size=(40, 30)):
    file = io.BytesIO()
    Image.new("RGB", size, (shade, 90, 90)).save(file, "JPEG")
    return file.getvalue()


class FakeFlickr(ThreadingHTTPServer):
    """Answers for every photo, unless ``faults`` has something else for ``(what, id)``.

    A fault is a name, for every request, or a list of names, one for each of the first requests. ``log`` has
    ``(time, what, id)`` of every request; ``heads`` what else came with them; ``answered`` how many got an answer.
    ``picture`` makes the image of an id: the same one for all, unless it is replaced.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.faults, self.log, self.heads = {}, [], []
        self.delay = 0.0
        self.retry_after = "0"
        self.picture = lambda key: jpeg()
        self.titles = {}
        self.descriptions = {}

    def fault(self, what, key):
        faults = self.faults.get((what, key), "")
        return faults if isinstance(faults, str) else (faults.pop(0) if faults else "")

    def requested(self, since=0):
        return [(what, key) for _, what, key in self.log[since:]]

    def wait_until_idle(self):
        """Until the threads of clients that have gone come to their end."""
        for thread in threading.enumerate():
            if self.process_request_thread.__name__ in thread.name:  # as Python names it after its target
                thread.join(60)

    def handle_error(self, request, client_address):
        """A client that was killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        key = form["photo_id"][0]
        fault = self.noted("text", key)
        if fault and not fault.startswith("fail"):
            self.fail(fault)
        elif form["api_key"] != [KEY]:
            self.json(stat="fail", code=100, message=f"Invalid API Key ({form['api_key'][0]})")
        elif fault:
            self.json(stat="fail", code=int(fault.split()[1]), message="as ordered")
        else:
            title = self.server.titles.get(key, f"Cats &amp; dogs {key}")
            description = self.server.descriptions.get(key, "We <b>love</b> them &lt;3 &quot;all&quot;")
            self.json(
                stat="ok",
                photo={
                    "id": key,
                    "secret": form["secret"][0],
                    "server": "38",
                    "title": {"_content": title},
                    "description": {"_content": description},
                    "tags": {"tag": [{"raw": "New York", "_content": "newyork"}, {"raw": "cat", "_content": "cat"}]},
                },
            )

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        key = name.partition("_")[0]
        fault = self.noted("image", key)
        if fault and not self.path.startswith("/moved"):
            self.fail(fault)
        else:
            self.answer(200, self.server.picture(key), "image/jpeg")

    def noted(self, what, key):
        self.server.log.append((time.monotonic(), what, key))
        self.server.heads.append(f"{self.requestline}\n{self.headers}")
        time.sleep(self.server.delay)
        return self.server.fault(what, key)

    def fail(self, fault):
        if fault == "hang up":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(jpeg()[:100])
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True
        elif fault == "html":
            self.answer(200, b"<html>Welcome to our hotel</html>", "text/html")
        elif fault == "cut":
            self.answer(200, jpeg()[:-200], "image/jpeg")
        elif fault == "placeholder":
            self.answer(302, b"", Location=PLACEHOLDER)
        elif fault == "moved":
            self.answer(301, b"", Location=f"{self.server.url}/moved{self.path}")
        elif fault == "circle":
            self.answer(302, b"", Location=self.path)
        elif fault == "429":
            self.answer(429, b"slowly", **{"Retry-After": self.server.retry_after})
        elif fault == "429 date":
            self.answer(429, b"slowly", **{"Retry-After": formatdate(time.time() + 1, usegmt=True)})
        else:
            self.answer(int(fault), b"no")

    def json(self, **values):
        self.answer(200, json.dumps(values).encode(), "application/json")

    def answer(self, status, body, kind="text/plain", **headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Tests look at ``log``."""


def start():
    server = FakeFlickr()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server
