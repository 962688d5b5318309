import base64
import io
import json
import logging
import tempfile

import anyio
import pytest
from browsers import PATIENCE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from python_multipart.multipart import File
from same import assert_same

from anymood.service import security
from anymood.service.limits import Limits

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("media", ["text/plain", "", "image/png"])
def test_an_unknown_media_type_says_which_are_known(client, media):
    answer = client.post("/v1/predict", content=b"text=love", headers={"content-type": media})
    assert answer.status_code == 415
    assert "multipart/form-data or application/json" in answer.json()["detail"]


def test_a_plain_form_is_predicted_as_curl_sends_it(client):
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body in ("text=love&id=7&model=tiny", "text=lo%76e&id=7"):
        answer = client.post("/v1/predict", content=body, headers=form).json()
        assert (answer["used"], answer["label"], answer["id"], answer["model"]) == ("text", "positive", "7", "tiny")
    for body in ("text=caf\u00e9 \U0001f600", "text=caf%C3%A9+%F0%9F%98%80"):  # as typed, and as browsers send it
        assert client.post("/v1/predict", content=body.encode(), headers=form).status_code == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"text": "love"}', "curl --json"),
        (b"text=salt & pepper", "' pepper' is unknown. A post has: text, image, id, model. Is it a part of the text?"),
        (b"text=a&text=b", "'text' is repeated"),
        (b"image=@photo.jpg", "-F image=@photo.jpg"),
        (b"text=%ff", "cannot be read"),
        (b"\xff=", "cannot be read"),
        (b"&" * 1000, "cannot be read"),
    ],
)
def test_a_malformed_plain_form_says_what_is_wrong(client, body, message):
    answer = client.post(
        "/v1/predict", content=body, headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    )
    assert answer.status_code == 422
    assert message in answer.json()["detail"]


def test_json_sent_as_a_plain_form_to_the_batch_says_how(client):
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/v1/predict/batch", content=b'{"posts": []}', headers=form)
    assert answer.status_code == 415
    assert answer.json()["detail"].endswith("Send it as application/json (curl --json).")


@pytest.mark.parametrize(
    "encode",
    [
        lambda image: base64.b64encode(image).decode(),
        lambda image: base64.encodebytes(image).decode(),
        lambda image: base64.encodebytes(image).decode().replace("\n", "\r\n"),
        lambda image: "data:image/png;base64," + base64.b64encode(image).decode(),
        lambda image: "DATA:image/png;name=a.png;BASE64,\n" + base64.encodebytes(image).decode(),
    ],
    ids=["base64", "lines", "CRLF", "data URL", "data URL with lines"],
)
def test_images_in_base64_and_data_urls_are_the_same_image(client, bright, encode):
    single = client.post("/v1/predict", json={"image": encode(bright)}).json()
    batch = client.post("/v1/predict/batch", json={"posts": [{"image": encode(bright)}]}).json()["predictions"][0]
    expected = client.post("/v1/predict", files={"image": bright}).json()
    assert_same([single, {"model": "tiny", **batch}], [expected, expected])
    assert expected["used"] == "image"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("data:image/png,abc", ";base64 before its comma"),
        ("data:image/png;base64,a\u00e9", "should be the file's bytes in base64"),
        ("a=b", "should be the file's bytes in base64"),
        ("file:///etc/passwd", "not supported"),
    ],
)
def test_an_image_that_is_not_base64_says_so(client, image, message):
    answer = client.post("/v1/predict", json={"image": image})
    assert answer.status_code == 422
    assert message in answer.json()["detail"]


def test_an_encoded_body_says_so(client):
    answer = client.post("/v1/predict", content=b"", headers=JSON | {"content-encoding": "gzip"})
    assert answer.status_code == 415
    assert "encoded as 'gzip'" in answer.json()["detail"]


def test_a_body_announced_too_large_is_not_read(serving):
    client = serving(limits=Limits(body_bytes=1000))
    answer = client.post("/v1/predict", json={"text": "x" * 1000})
    assert answer.status_code == 413
    assert "more than 1,000 bytes" in answer.json()["detail"]


def test_a_connection_stays_where_the_body_has_come(client):
    assert "connection" not in client.post("/v1/predict", json={"text": "love"}).headers
    assert "connection" not in client.get("/none").headers
    assert "connection" not in client.post("/v1/predict", content=b"x").headers  # nobody needed it, but it is here


@pytest.mark.parametrize("media", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_that_grows_too_large_is_aborted(serving, media):
    sent = 0

    def chunks():
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
        for _ in range(100):
            sent += 1
            yield b"x" * 100

    client = serving(limits=Limits(body_bytes=1000))
    answer = client.post("/v1/predict", content=chunks(), headers={"content-type": media})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "body: Invalid JSON: Expecting property name"),
        ('{"text": 7}', "text: Input should be a valid string"),
        ('{"txt": "love"}', "txt: Extra inputs are not permitted"),
        ('{"image": "photo.jpg"}', "not supported"),
        ('{"text": "' + "x" * 10_001 + '"}', "10,001 characters. Send at most 10,000"),
        ("[" * 100_000, "body: Input should not be nested more than 100 times"),
        ('{"text": ' * 100_000, "nested more than 100 times"),
        ('{"text": ' + "[" * 100 + "]" * 100 + "}", "nested more than 100 times"),
        ('{"id": ' + "1" * 5000 + "}", "Invalid JSON: Exceeds the limit"),
        ("[]", "body: Input should be an object"),
        ("null", "body: Input should be an object"),
        ("", "Invalid JSON: Expecting value"),
        ('{"text": "\\ud8"}', "Invalid JSON: Invalid"),
        ('{"text": "a\nb"}', "Invalid JSON: Invalid control character"),
    ],
)
def test_malformed_json_says_what_is_wrong_where(client, body, message):
    answer = client.post("/v1/predict", content=body.encode(), headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/docs#malformed-request"
    assert message in answer.json()["detail"]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"love \ud83d", "love \ufffd"),
        (r"\uDE00 \ud83d\uDE00 \uD83D\u0041", "\ufffd \U0001f600 \ufffdA"),
        (r"\\ud83d \\\ud83d\ud83d\ude00", "\\ud83d \\\ufffd\U0001f600"),
    ],
)
def test_a_text_that_was_cut_within_an_emoji_is_read(client, sent, read):
    post = f'{{"text": "love", "id": "{sent}"}}'
    answer = client.post("/v1/predict/batch", content=f'\ufeff{{"posts": [{post}]}}'.encode(), headers=JSON)
    [prediction] = answer.json()["predictions"]
    assert (prediction["id"], prediction["label"]) == (read, "positive")


def test_an_image_in_a_form_never_touches_the_disk(client, monkeypatch):
    def roll_over(*_):
        raise AssertionError("a temporary file")

    for kind, method in ((tempfile.SpooledTemporaryFile, "rollover"), (File, "flush_to_disk")):
        monkeypatch.setattr(kind, method, roll_over)
    file = io.BytesIO()
    Image.new("RGB", (900, 900)).save(file, "BMP")
    assert file.tell() > 2**21  # starlette and python_multipart write files of more than 1 MiB to disk
    answer = client.post("/v1/predict", data={"text": "x" * 9000}, files={"image": file.getvalue()})
    assert answer.json()["used"] == "both"


@pytest.mark.parametrize(
    ("part", "detail"),
    [
        (b'Content-Disposition: form-data; name="text"\r\n\r\nso happy\r\n', "before its last boundary"),
        (b"Content-Disposition: form-data\r\n\r\nso happy\r\n--x--\r\n", "The f"),
        (b"so happy", "cannot be read"),
    ],
)
def test_an_incomplete_form_says_so(client, part, detail):
    media = {"content-type": "multipart/form-data; boundary=x"}
    answer = client.post("/v1/predict", content=b"--x\r\n" + part, headers=media)
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize("charset", ["undefined", "idna", "base64", "utf-16", "none"])
def test_a_text_of_a_form_is_utf8_whatever_its_charset(client, charset):
    def send(text):
        body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + text + b"\r\n--x--\r\n"
        media = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
        return client.post("/v1/predict", content=body, headers=media)

    assert send("caf\u00e9".encode("latin-1")).status_code == 422
    assert send(b"love").status_code < 500


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([("colour", (None, "red"))], "'colour' is unknown"),
        ([("text", (None, "a")), ("text", (None, "b"))], "'text' is repeated"),
        ([("image", (None, "photo.jpg"))], "-F image=@photo.jpg"),
        ([("text", ("a.txt", b"love"))], "should be text, not a file"),
        ([("image", ("a", b"1")), ("image", ("b", b"2"))], "'image' is repeated"),
    ],
)
def test_a_malformed_form_says_what_is_wrong(client, fields, message):
    answer = client.post("/v1/predict", files=fields)
    assert answer.status_code == 422
    assert message in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/predict", b'{"text": "love", "id": 7, "text": "hate"}'),
        ("/v1/predict/batch", b'{"posts": [{"text": "love"}, {"text": "love", "\\u0074ext": "hate"}]}'),
        ("/v1/report", b'{"rows": [{"text": "love", "n": {"text": 1e999, "text": 2}}]}'),
    ],
)
def test_a_repeated_key_is_refused(client, path, body):
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "The key 'text' is repeated in an object. Send it once."


def test_too_many_posts(serving):
    client = serving(limits=Limits(batch_posts=2))
    answer = client.post("/v1/predict/batch", json={"posts": [{"text": "love"}] * 3})
    assert answer.status_code == 422
    assert "at most 2" in answer.json()["detail"]


def test_nothing_of_a_post_is_logged_or_echoed(client, caplog, capfd):
    diary = "my secret diary"
    with caplog.at_level(logging.DEBUG):
        for body in ({"text": 7, "id": [diary]}, {"text": diary, "image": diary}, {"text": diary}):
            answer = client.post("/v1/predict", json=body)
            assert diary not in answer.text
    messages = [record.getMessage() for record in caplog.records]
    assert not any(diary in message for message in messages)
    assert diary not in "".join(capfd.readouterr())


MEDIA = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
    ]
)
PART = st.builds(
    lambda name, file, value: (
        b'--x\r\nContent-Disposition: form-data; name="' + name + b'"' + file + b"\r\n\r\n" + value + b"\r\n"
    ),
    st.sampled_from([b"text", b"image", b"id", b"model", b'"', b""]),
    st.sampled_from([b"", b'; filename="a.png"', b"; filename*=utf-8''%ff", b"\r\nContent-Type: text/plain"]),
    st.binary(max_size=40),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["AAAA", "love"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "image", "id", "posts", "model", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = (
    st.binary(max_size=200)
    | st.lists(st.sampled_from([b"text", b"id", b"=", b"&", b"%f", b"%41", b"{"])).map(b"".join)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.lists(PART, max_size=4).map(lambda parts: b"".join(parts) + b"--x--\r\n")
    | st.lists(PART, max_size=2).map(b"".join)
)


@settings(
    max_examples=2000, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(["/v1/predict", "/v1/predict/batch"]), media=MEDIA, body=BODIES)
def test_no_body_is_the_services_fault(client, path, media, body):
    answer = client.post(path, content=body, headers={"content-type": media})
    assert answer.status_code < 500, answer.text
    assert client.app.state.admission.active == 0


@pytest.mark.parametrize("media", [b"application/json", b"multipart/form-data; boundary=x"])
def test_a_body_that_does_not_arrive_in_time_is_aborted(serving, media):
    client = serving(limits=Limits(seconds=1))
    messages = iter([{"type": "http.request", "body": b"--x", "more_body": True}])
    answers = []
    scope = {"type": "http", "method": "POST", "path": "/v1/predict", "query_string": b""}

    async def receive():
        return next(messages, None) or await anyio.sleep_forever()

    async def send(message):
        answers.append(message)

    async def call():
        with anyio.move_on_after(PATIENCE):
            await client.app(scope | {"headers": [(b"content-type", media)]}, receive, send)

    anyio.run(call)
    assert answers[0]["status"] == 408
    assert b"within 1 seconds" in answers[1]["body"]
    assert client.app.state.admission.active == 0


def test_the_rest_of_a_body_that_is_refused_is_read_for_some_seconds_only(serving, monkeypatch):
    monkeypatch.setattr(security, "LINGER_SECONDS", 0.1)
    client = serving(limits=Limits(body_bytes=1000, seconds=3600))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"90000000")]
    scope = {"type": "http", "method": "POST", "path": "/v1/predict", "query_string": b"", "headers": headers}
    answers = []

    async def receive():
        await anyio.sleep(0.001)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message):
        answers.append(message)

    async def call():
        with anyio.fail_after(PATIENCE):
            await client.app(scope, receive, send)

    anyio.run(call)
    assert answers[0]["status"] == 413
    assert (b"connection", b"close") in answers[0]["headers"]
    assert not answers[-1].get("more_body", False)


@pytest.mark.parametrize("media", [b"application/json", b"multipart/form-data; boundary=x"])
def test_a_client_that_goes_amid_its_body_is_not_a_fault(client, caplog, media):
    messages = iter([{"type": "http.request", "body": b"--x", "more_body": True}, {"type": "http.disconnect"}])
    answers = []
    scope = {"type": "http", "method": "POST", "path": "/v1/predict", "query_string": b""}

    async def receive():
        return next(messages)

    async def send(message):
        answers.append(message)

    anyio.run(client.app, scope | {"headers": [(b"content-type", media)]}, receive, send)
    assert answers[0]["status"] == 499
    assert caplog.records == []


def test_placeholders_and_serialised_texts_are_as_in_tables(client):
    for text, reason in (("[removed]", "removed text"), ("https://e.example/love", "no words")):
        answer = client.post("/v1/predict", json={"text": text})
        problem = answer.json()
        assert (answer.status_code, problem["type"], problem["reason"]) == (422, "/docs#nothing-to-see", reason)
    takeout = '{"text":"love "},{"text":"\n"},{"text":"it"}'
    for text in (takeout, "b'love it'"):
        prediction = client.post("/v1/predict", json={"text": text}).json()
        assert (prediction["label"], prediction["problem"]) == ("positive", None)
