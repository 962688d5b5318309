import json
import os
import signal
import subprocess
import sys
import time

import pytest

from anymood.cli.app import DATA_COMMANDS

KEY = "0123456789abcdef0123456789abcdef"
CALL = "import sys; from anymood.cli import main; sys.exit(main())"
# The same with every log there is, and with a bound on the size of files, which is what a full disk looks like.
LOGGING = "import logging, sys; logging.basicConfig(level=1, filename=sys.argv.pop(1)); "
BOUNDED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)); "


@pytest.fixture
def release(make, tmp_path):
    folder = tmp_path / "release"
    make.draw_flickr_emotion(folder)
    return folder


@pytest.fixture
def command(flickr, release):
    """The arguments that fetch the release from the Flickr on this machine, fast."""
    where = ["--api", f"{flickr.url}/services/rest/", "--static", flickr.url]
    return ["data", "flickr-emotion", str(release), *where, "--rate", "36000000", "--first-wait", "0.01"]


@pytest.fixture
def start():
    """Start a command line in a process of its own, with the key in the environment."""

    def start(arguments, before="", **environment):
        variables = os.environ | {"ANYMOOD_FLICKR_KEY": KEY, "PYTHONPATH": ":".join(sys.path)} | environment
        return subprocess.Popen(
            [sys.executable, "-c", before + CALL, *arguments],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def with_key(monkeypatch):
    monkeypatch.setenv("ANYMOOD_FLICKR_KEY", KEY)


def finished(release):
    """What is on the disk: texts and dead photos in the journal, and images."""
    lines = (release / "journal.jsonl").read_text().splitlines()[1:]
    entries = [json.loads(line) for line in lines if line.endswith("}")]
    return {(entry["what"], entry["id"]) for entry in entries} | {
        ("image", path.stem) for path in (release / "images").glob("*.jpg")
    }


def wait_for(condition, process):
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("name", DATA_COMMANDS)
def test_help(anymood, name):
    code, out, _ = anymood("data", name, "--help")
    assert code == 0
    for option in ("--key-file", "--rate", "--concurrency", "--limit", "--retry-dead", "--api", "--static"):
        assert option in out


def test_both_releases_are_fetched_and_counted(anymood, command, flickr, release, make, tmp_path, with_key):
    flickr.faults |= {("image", "1000"): "placeholder", ("text", "1001"): "fail 1"}
    code, out, err = anymood(*command)
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        "64 photos.",
        "Texts: 63 fetched, 1 not found.",
        "Images: 63 there, 1 unavailable.",
        f"Written to {release / 'manifest.csv'}",
    ]
    make.draw_vso(tmp_path / "vso", photos=2)
    code, _, err = anymood("data", "vso", tmp_path / "vso", *command[3:])
    assert code == 0
    assert err.startswith("8 photos.\nTexts: 7 fetched, 1 not found.\nImages: 8 there.\n")


def test_unanswered_photos_are_a_warning_and_exit_with_1(anymood, command, flickr, with_key):
    flickr.faults["text", "1000"] = "403"
    code, _, err = anymood(*command)
    assert code == 1
    assert "Warning: 1 photos without a response: 1 HTTP 403. The same command requests them again." in err


def test_a_key_may_come_from_a_file(anymood, command, tmp_path, monkeypatch):
    monkeypatch.delenv("ANYMOOD_FLICKR_KEY", raising=False)
    code, _, err = anymood(*command)
    assert code == 2
    assert "Set the environment variable ANYMOOD_FLICKR_KEY, or give a file with --key-file" in err
    (tmp_path / "key").write_text(KEY + "\n")
    assert anymood(*command, "--key-file", tmp_path / "key", "--limit", "1")[0] == 0


@pytest.mark.parametrize("option", [("--key", KEY), (f"--key={KEY}",), ("--kee", KEY)])
def test_a_key_is_not_an_argument_and_not_repeated(anymood, command, with_key, option):
    code, out, err = anymood(*command, *option)
    assert code == 2
    assert KEY not in out + err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rate", "0"], "rate is 0; it must be at least 1."),
        (["--limit", "0"], "'limit' is 0"),
        (["--api", "flickr"], "'api' is 'flickr'. Give a URL"),
        (["--key-file", "nowhere"], "The key file nowhere cannot be read"),
    ],
)
def test_what_cannot_be_used(anymood, command, with_key, arguments, message):
    code, _, err = anymood(*command[:3], *arguments)
    assert code in {1, 2}
    assert message in err


def test_another_folder(anymood, tmp_path, with_key):
    code, _, err = anymood("data", "vso", tmp_path)
    assert code == 1
    assert "is not VSO: it has no 3244ANPs.txt" in err


def test_without_the_extra_it_says_how_to_install_it(anymood, command, monkeypatch, with_key):
    monkeypatch.setitem(sys.modules, "anymood.flickr.collect", None)
    code, _, err = anymood(*command)
    assert code == 1
    assert "pip install 'anymood[collect]'" in err


def test_after_a_kill_nothing_is_requested_that_was_finished(flickr, command, release, start):
    flickr.faults["image", "1000"] = "placeholder"
    flickr.delay = 0.01
    process = start(command)
    wait_for(lambda: len(flickr.log) > 50, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    flickr.wait_until_idle()
    before, done = flickr.requested(), finished(release)
    assert len(done) > 30
    assert not (release / "manifest.csv").exists()
    _, message = start(command).communicate()
    assert "64 photos." in message
    again = flickr.requested(len(before))
    assert not done & set(again)
    # What was asked for twice was on its way when the process was killed: at most one thing for each photo in hand.
    assert len(set(before) & set(again)) <= 4
    assert len(set(before) | set(again)) == 128


@pytest.mark.parametrize(("number", "ends_with"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_stops_cleanly_and_explains_how_to_resume(flickr, command, release, start, number, ends_with):
    flickr.delay = 0.02
    process = start(command)
    wait_for(lambda: len(flickr.log) > 20, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (ends_with, "")
    assert err.splitlines() == ["Fetched files are kept. The same command resumes.", "anymood: Stopped."]
    assert (release / "manifest.csv").read_text().count("\n") > 4
    assert not list((release / "images").glob("*.part"))


@pytest.mark.skipif(sys.platform == "win32", reason="no such bound there")
def test_a_full_disk_is_one_line_and_the_next_run_resumes(flickr, command, release, start):
    process = start(command, before=BOUNDED)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err.startswith(f"anymood: {release} cannot be written: File too large. Fetched files are kept.")
    assert err.count("\n") == 1
    done, requested = finished(release), len(flickr.log)
    assert done
    _, err = start(command).communicate(timeout=120)
    assert "Images: 64 there." in err
    assert not done & set(flickr.requested(requested))


def test_the_key_is_seen_nowhere(flickr, command, release, start, tmp_path):
    """Not in a file, a log at its most talkative, the output with its progress, or a URL or header."""
    flickr.faults |= {
        ("text", "1000"): ["429", "503", "hang up"],
        ("text", "1001"): "fail 1",
        ("text", "1002"): "403",
        ("image", "1003"): ["hang up", "503"],
        ("image", "1004"): "placeholder",
        ("image", "1005"): "moved",
    }
    wrong = "f" * 32
    outputs = []
    for number, key in enumerate((wrong, KEY, KEY)):
        arguments = [str(tmp_path / f"{number}.log"), *command, "--attempts", "5"]
        process = start(arguments, before=LOGGING, ANYMOOD_FLICKR_KEY=key, FORCE_COLOR="1", COLUMNS="120")
        if number == 1:
            wait_for(lambda: len(flickr.log) > 40, process)
            process.send_signal(signal.SIGINT)
        outputs += process.communicate(timeout=120)
    seen = "".join(outputs)
    assert "rejects the API key: Invalid API Key (***)" in seen
    assert "Fetching" in seen  # the bar was there
    assert "services/rest" in (tmp_path / "2.log").read_text()  # and the log
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 60
    for key in (KEY, wrong):
        assert key not in seen
        assert not any(key.encode() in path.read_bytes() for path in files)
        assert not any(key in head for head in flickr.heads)
