import base64
import io
import time

import pytest
from fastapi.testclient import TestClient
from PIL import Image

import anymood
from anymood.service.app import create_app


@pytest.fixture(scope="session")
def bundle(bundle):
    return bundle.folder


@pytest.fixture(scope="session")
def tiny(bundle):
    """A small model: bright images and kind words are positive."""
    return anymood.load(bundle, threads=1)


@pytest.fixture
def serving(tiny):
    """Makes a client of a service with settings of its own."""
    started = []

    def serve(models=None, **settings):
        client = TestClient(
            create_app(models or {"tiny": tiny}, **settings)
        )  # which raises what would go on to uvicorn
        started.append(client.__enter__())
        return started[-1]

    yield serve
    for client in started:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serving):
    client = serving()
    deadline = time.monotonic() + 10
    while client.get("/ready").status_code != 200:
        assert time.monotonic() < deadline
    return client


def picture(shade=255, size=(32, 24), kind="PNG"):
    file = io.BytesIO()
    Image.new("RGB", size, (shade, shade, shade)).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="session")
def bright():
    return picture()


@pytest.fixture(scope="session")
def bright64(bright):
    return base64.b64encode(bright).decode()


@pytest.fixture
def anyio_backend():
    return "asyncio"
