import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
import uvicorn
from browsers import PATIENCE
from uvicorn.server import ServerState

from anymood.errors import SettingError
from anymood.service import server
from anymood.service.server import Protocol, listen

CALL = "import sys; from anymood.cli import main; sys.exit(main())"
HEAD = "POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


@pytest.fixture
def started(bundle):
    """A service in a process of its own, and its address."""
    command = [
        sys.executable,
        "-c",
        CALL,
        "serve",
        str(bundle),
        "--port",
        "0",
        "--threads",
        "1",
        "--max-concurrent",
        "64",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        line = process.stderr.readline()
        assert "Serving on http://127.0.0.1:" in line, line + process.stderr.read()
        yield process, line.rpartition(" ")[2].strip()
        process.kill()


def ready(address):
    deadline = time.monotonic() + PATIENCE
    while httpx.get(f"{address}/ready").status_code != 200:
        assert time.monotonic() < deadline


def connected(address):
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), 30)


def begin_body(client):
    client.sendall(HEAD.format(9).encode() + b"{")  # and never the rest


def arriving(address, count):
    """Wait until the bodies of ``count`` requests have begun."""
    deadline = time.monotonic() + PATIENCE
    while f"anymood_arriving_body_bytes {count}.0" not in httpx.get(f"{address}/metrics").text:
        assert time.monotonic() < deadline


def test_sigterm_answers_what_is_in_progress(started, bright64):
    process, address = started
    ready(address)
    posts = {"posts": [{"text": "love", "image": bright64}] * 64}

    def ask(_):
        return httpx.post(f"{address}/v1/predict/batch", json=posts, timeout=30)

    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(ask, number) for number in range(16)]
        while "anymood_requests_in_progress 16.0" not in httpx.get(f"{address}/metrics").text:
            assert not any(each.done() for each in futures), "all done before the signal: send more posts"
        process.send_signal(signal.SIGTERM)
        answers = [each.result() for each in futures]
    assert [answer.status_code for answer in answers] == [200] * 16
    assert all(len(answer.json()["predictions"]) == 64 for answer in answers)
    assert process.wait(PATIENCE) == -signal.SIGTERM
    waiting, *rest = process.stderr.read().splitlines()
    message = re.fullmatch(r"Waiting for (\d+) requests in progress. Press Ctrl-C again to end now.", waiting)
    assert message, waiting
    assert 1 < int(message[1]) <= 16  # it looks for the signal ten times a second, and some may be done by then
    assert rest == ["anymood: Stopped."]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/live")


def test_ctrl_c_stops_it(started):
    process, address = started
    ready(address)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert process.stderr.read() == "anymood: Stopped.\n"


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("requests", "waits"), [(1, "for 1 request"), (16, "for 16 requests")])
def test_a_second_signal_ends_it_at_once(started, second, requests, waits):
    process, address = started
    ready(address)
    with ExitStack() as clients:
        for _ in range(requests):
            begin_body(clients.enter_context(connected(address)))
        arriving(address, requests)
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == f"Waiting {waits} in progress. Press Ctrl-C again to end now.\n"
        process.send_signal(second)
        assert process.wait(PATIENCE) == -second
    assert process.stderr.read() == ""


def received(client):
    """Head and body of what a connection answers until it is closed."""
    answer = b""
    while more := client.recv(10_000):
        answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode().lower().splitlines(), body


@pytest.mark.parametrize(
    "sent",
    [
        b"no HTTP\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # without Host
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # https
        b"GET /live HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000,
        (HEAD.format(5).replace("Content-Length: 5", "Transfer-Encoding: chunked") + "no chunk\r\n").encode(),
    ],
)
def test_invalid_http_is_a_problem_too(started, sent):
    _, address = started
    with connected(address) as client:
        client.sendall(sent)
        (status, *headers), body = received(client)
    assert status.startswith("http/1.1 400 ")
    for header in ("content-type: application/problem+json", "connection: close", "x-content-type-options: nosniff"):
        assert header in headers
    assert json.loads(body)["type"] == "/docs#not-http"


def test_a_response_that_has_begun_is_not_followed_by_another(started):
    process, address = started
    ready(address)
    head = HEAD.format(5).replace("Content-Length: 5", "Transfer-Encoding: chunked").replace("json", "odd")
    with connected(address) as client:
        client.sendall(head.encode())
        answer = client.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 415 ")
        client.sendall(b"no chunk\r\n")
        assert b"HTTP/1.1" not in received(client)[1]
    process.send_signal(signal.SIGTERM)
    lines = process.stderr.read().splitlines()
    assert lines[-1] == "anymood: Stopped."
    assert all(line.startswith("Waiting for 1 request ") for line in lines[:-1])


def test_slow_clients_do_not_keep_others_out(started, bright64):
    _, address = started
    ready(address)
    with ExitStack() as clients:
        for _ in range(80):  # more than --max-concurrent
            begin_body(clients.enter_context(connected(address)))
        arriving(address, 80)
        assert httpx.post(f"{address}/v1/predict", json={"text": "love", "image": bright64}).status_code == 200
    arriving(address, 0)


def test_clients_write_nothing_to_the_log(started):
    process, address = started
    ready(address)
    for sent in (
        b"no HTTP\r\n\r\n",
        b"GET /live HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n",
    ):
        with connected(address) as client:
            client.sendall(sent)
            while client.recv(1000):
                pass
    process.send_signal(signal.SIGTERM)
    assert process.stderr.read() == "anymood: Stopped.\n"


def test_a_body_that_nobody_reads_is_not_waited_for(started):
    _, address = started
    with connected(address) as client:
        client.sendall(HEAD.format(90_000_000).encode())
        answer = client.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in answer.lower()
        deadline = time.monotonic() + PATIENCE
        with pytest.raises(OSError, match="reset|[Bb]roken pipe"):
            while time.monotonic() < deadline:  # if all is read, that takes days
                client.sendall(b"x")
                time.sleep(0.01)


REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def protocol_server(seconds=0):
    """A server of an application that answers after some seconds."""

    async def app(scope, receive, send):
        await asyncio.sleep(seconds)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    config = uvicorn.Config(app, interface="asgi3", lifespan="off", log_level="error")
    config.load()
    state = ServerState()
    make = asyncio.get_running_loop().create_server
    return await make(lambda: Protocol(config, state, {}), sock=listen("127.0.0.1", 0))


@pytest.mark.anyio
async def test_a_connection_without_a_request_is_closed(monkeypatch):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    serving = await protocol_server(seconds=0.3)  # longer than a connection may wait for a request
    for sent, answers in ((b"", 0), (REQUEST[:20], 0), (REQUEST, 1), (REQUEST + REQUEST[:3], 1), (2 * REQUEST, 2)):
        reader, writer = await asyncio.open_connection(*serving.sockets[0].getsockname())
        writer.write(sent)
        assert (await reader.read()).count(b"200 OK") == answers
        writer.close()
    serving.close()


@pytest.mark.anyio
async def test_connections_beyond_the_limit_are_closed(monkeypatch):
    assert 0 < server.max_connections() <= sys.maxsize
    monkeypatch.setattr(server, "max_connections", lambda: 2)
    serving = await protocol_server()
    address = serving.sockets[0].getsockname()
    first, second, third = [await asyncio.open_connection(*address) for _ in range(3)]
    assert await third[0].read() == b""
    for reader, writer in (first, second):
        writer.write(REQUEST)
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    first[1].close()
    third[1].close()
    while not (answer := await answered(address)):  # once the server has seen that the first is gone
        pass
    assert b"200 OK" in answer
    second[1].close()
    serving.close()


async def answered(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def test_answers_are_sent_at_once():
    with listen("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP  # what asyncio looks at before it sets TCP_NODELAY


def test_an_address_that_cannot_be_used():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"port {port}: .*in use"):
            listen("127.0.0.1", port)
    with pytest.raises(SettingError, match="ports are 0 to 65535"):
        listen("127.0.0.1", 70_000)
    with pytest.raises(SettingError, match=r"cannot listen on a\.\.b"):
        listen("a..b", 8000)
