import base64
import io
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from browsers import PATIENCE, chromium
from fastapi.testclient import TestClient
from PIL import Image

import anymood
from anymood.service.app import create_app

CALL = "import sys; from anymood.cli import main; sys.exit(main())"


@pytest.fixture(scope="session")
def bundle(bundle):
    return bundle.folder


@pytest.fixture(scope="session")
def tiny(bundle, threads):
    """A small model: bright images and kind words are positive."""
    return anymood.load(bundle, threads=threads)


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
    deadline = time.monotonic() + PATIENCE
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


@contextmanager
def service(*arguments):
    """The address of a service in a process of its own."""
    command = [sys.executable, "-c", CALL, "serve", *map(str, arguments), "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline()
            assert "Serving on" in line, line
            yield line.split()[-1]
        finally:
            process.terminate()  # after a failed test too, or it would be waited for without end


@pytest.fixture(scope="session")
def served():
    """Starts a service in a process of its own; gives its address."""
    return service


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(bundle):
    with service(bundle, "--body-bytes", "400000", "--batch-posts", "4") as address:
        yield address


@pytest.fixture
def opened(browser, address):
    """Opens the page; whatever its scripts or its policy complain of fails the test."""
    contexts, complaints = [], []

    def open_page(path="/", at=address, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None
        )
        page.goto(at + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(opened):
    return opened()


def dropped(page, kind, target, *files, text=""):
    """Drop or paste files, each a name, a media type and bytes, and a text; whether the page took them for its own."""
    return page.evaluate(
        """([kind, target, files, text]) => {
            const carried = new DataTransfer();
            if (text) carried.setData("text/plain", text);
            for (const [name, type, content] of files) {
                const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
                carried.items.add(new File([bytes], name, { type }));
            }
            const how = { bubbles: true, cancelable: true };
            const event = kind === "paste" ? new ClipboardEvent(kind, { ...how, clipboardData: carried })
                                           : new DragEvent(kind, { ...how, dataTransfer: carried });
            document.querySelector(target).dispatchEvent(event);
            return event.defaultPrevented;
        }""",
        [kind, target, [(name, media, base64.b64encode(content).decode()) for name, media, content in files], text],
    )


@pytest.fixture
def give():
    return dropped
