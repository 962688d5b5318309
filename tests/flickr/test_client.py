import asyncio
import time
from itertools import pairwise

import pytest

from anymood.errors import JobError, SettingError
from anymood.flickr import client as module
from anymood.flickr.client import Dead, Flickr, Key, Unanswered, read_key
from anymood.flickr.request_policy import Endpoints, RateLimiter, RequestPolicy
from anymood.flickr.texts import Info
from anymood.posts import Reason

SECRET = "00000003e8"  # noqa: S105 - of a photo
URL = f"http://farm4.staticflickr.com/38/1000_{SECRET}.jpg"
KEY = "0123456789abcdef0123456789abcdef"
QUICK = RequestPolicy(rate=3_600_000, attempts=3, first_wait=0.01)


@pytest.fixture
def ask(flickr):
    """Ask the Flickr on this machine one question: ``ask("info")`` or ``ask("image")`` about photo 1000."""

    def ask(what, *, key=KEY, policy=QUICK, **endpoints):
        async def go():
            where = Endpoints(**{"api": f"{flickr.url}/services/rest/", "static": flickr.url} | endpoints)
            async with Flickr(Key(key), where, policy) as client:
                return await (client.info("1000", SECRET) if what == "info" else client.image(URL))

        return asyncio.run(go())

    return ask


@pytest.fixture
def turns(monkeypatch):
    """When requests went out, by the asker's clock: they may reach a busy server late."""
    times, turn = [], RateLimiter.wait

    async def noted(self):
        await turn(self)
        times.append(time.monotonic())

    monkeypatch.setattr(RateLimiter, "wait", noted)
    return times


def test_what_flickr_says_of_a_photo(flickr, ask):
    assert ask("info") == Info(
        "Cats &amp; dogs 1000", "We <b>love</b> them &lt;3 &quot;all&quot;", ("New York", "cat"), "38", SECRET
    )
    assert ask("image").startswith(b"\xff\xd8")
    assert flickr.requested() == [("text", "1000"), ("image", "1000")]


def test_the_key_is_in_no_url_and_no_header(flickr, ask):
    ask("info")
    ask("image")
    assert "POST /services/rest/ HTTP" in flickr.heads[0]
    assert not any(KEY in head for head in flickr.heads)


@pytest.mark.parametrize(
    ("what", "fault", "reason"),
    [
        ("info", "fail 1", "not found"),
        ("info", "fail 2", "private"),
        ("image", "404", "not found"),
        ("image", "410", "not found"),
        ("image", "placeholder", "unavailable"),
        ("image", "html", "no JPEG"),
        ("image", "cut", "no JPEG"),
    ],
)
def test_deleted_photos_are_requested_once(flickr, ask, what, fault, reason):
    flickr.faults["text" if what == "info" else "image", "1000"] = fault
    assert ask(what) == Dead(reason)
    assert len(flickr.log) == 1


@pytest.mark.parametrize(
    ("what", "faults"),
    [
        ("info", ["429", "503"]),
        ("info", ["500", "fail 105"]),
        ("info", ["fail 0", "fail 106"]),
        ("info", ["hang up", "html"]),
        ("image", ["429", "503"]),
        ("image", ["hang up", "hang up"]),
    ],
)
def test_transient_failures_are_retried(flickr, ask, what, faults):
    kind = "text" if what == "info" else "image"
    flickr.faults[kind, "1000"] = list(faults)
    assert not isinstance(ask(what), Dead)
    assert flickr.requested() == [(kind, "1000")] * 3


@pytest.mark.parametrize(
    ("what", "fault", "reason", "times"),
    [
        ("info", "503", "HTTP 503", 3),
        ("info", "hang up", "broken connection", 3),
        ("info", "html", "unreadable answer", 3),
        ("info", "403", "HTTP 403", 1),
        ("info", "moved", "HTTP 301", 1),
        ("info", "fail 112", "API code 112: as ordered", 1),
        ("image", "403", "HTTP 403", 1),
        ("image", "circle", "HTTP 302", 5),
    ],
)
def test_what_stays_unanswered(flickr, ask, what, fault, reason, times):
    kind = "text" if what == "info" else "image"
    flickr.faults[kind, "1000"] = fault
    with pytest.raises(Unanswered, match=f"^{reason}$"):
        ask(what)
    assert len(flickr.log) == times


def test_a_redirect_to_the_image_is_followed(flickr, ask):
    flickr.faults["image", "1000"] = "moved"
    assert ask("image").startswith(b"\xff\xd8")


def test_waits_double(flickr, ask, turns):
    flickr.faults["text", "1000"] = "503"
    with pytest.raises(Unanswered):
        ask("info", policy=RequestPolicy(rate=3_600_000, attempts=4, first_wait=0.05))
    waits = [later - earlier for earlier, later in pairwise(turns)]
    # each 0.05, 0.1, 0.2 seconds, and up to 0.05 by chance; a busy machine adds what it likes
    assert all(low <= wait for low, wait in zip((0.05, 0.1, 0.2), waits, strict=True))
    assert len(flickr.log) == 4


@pytest.mark.parametrize("fault", ["429", "429 date"])
def test_retry_after_is_honoured(flickr, ask, fault):
    flickr.retry_after = "1"
    flickr.faults["text", "1000"] = [fault]
    begin = time.monotonic()
    ask("info")
    # A date says whole seconds, so that one a second ahead may be just a moment away.
    assert time.monotonic() - begin > (1.0 if fault == "429" else 0.0)
    assert len(flickr.log) == 2


def test_a_pause_of_hours_ends_the_job(flickr, ask):
    flickr.retry_after = "36000"
    flickr.faults["text", "1000"] = "429"
    with pytest.raises(JobError, match=r"pause of 10\.0 hours"):
        ask("info")


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("", 0.0), ("soon", 0.0), ("-5", 0.0), ("Thu, 01 Jan 1970 00:00:00 GMT", None)]
)
def test_forms_of_retry_after(header, seconds):
    parsed = module.retry_after(header)
    assert parsed == seconds if seconds is not None else parsed < 0


def test_a_key_that_is_not_valid_ends_the_job_and_is_not_shown(ask):
    wrong = "f" * 32
    with pytest.raises(JobError, match=r"rejects the API key: Invalid API Key \(\*\*\*\) \(code 100\)") as error:
        ask("info", key=wrong)
    assert wrong not in str(error.value)


def test_the_rate_holds_for_retries_too(flickr, ask, turns):
    flickr.faults["text", "1000"] = ["503", "503"]
    ask("info", policy=RequestPolicy(rate=36_000, attempts=3, first_wait=0.001))
    assert all(later - earlier > 0.09 for earlier, later in pairwise(turns))
    assert len(turns) == len(flickr.log) == 3


def test_an_answer_has_its_time(flickr, ask, monkeypatch):
    flickr.delay = 1.5
    with pytest.raises(Unanswered, match="timeout"):
        ask("info", policy=RequestPolicy(rate=3_600_000, attempts=1, timeout=1))


def test_nobody_there(ask):
    with pytest.raises(Unanswered, match="no connection"):
        ask("info", api="http://127.0.0.1:9/")


def test_a_body_without_end_is_not_read_to_the_end(ask, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    assert ask("image") == Dead(Reason.NO_JPEG)


def test_a_key_is_not_shown():
    key = Key("abc123")
    assert "abc123" not in f"{key} {key!r} {[key]}"
    assert key.hidden("say abc123\x1b[31m twice abc123" + "!" * 300).startswith("say *** [31m twice ***!!!")
    assert len(key.hidden("x" * 300)) == 200


def test_a_file_with_a_key(tmp_path):
    path = tmp_path / "key"
    path.write_text("abc123\n")
    assert read_key(path) == Key("abc123")


@pytest.mark.parametrize("content", [b"", b"  \n", b"key = abc123", b"abc123\nabc124", "ä".encode(), b"\xff"])
def test_files_without_one(tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(SettingError) as error:
        read_key(path)
    assert str(path) in str(error.value)
    assert "abc12" not in str(error.value).replace(str(path), "")


def test_a_file_that_does_not_exist(tmp_path):
    with pytest.raises(SettingError, match=r"cannot be read: .* Give a text file with the key"):
        read_key(tmp_path / "none")
