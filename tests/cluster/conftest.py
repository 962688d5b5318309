import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from anymood.runtime.predictor import Model

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def model(bundle, threads):
    return Model(bundle, threads)


@pytest.fixture(scope="session")
def kills(load_module):
    """The benchmark that kills jobs."""
    return load_module(ROOT / "benchmarks" / "kills.py")


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *given):
        pass


@pytest.fixture
def site(corpus_folder):
    """URL of the small corpus on a server of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=corpus_folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
