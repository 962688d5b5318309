import inspect
import os
import re
import shutil
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from anymood._version import __version__
from anymood.cli.app import COMMANDS, DATA_COMMANDS, main

CALL = "import sys; from anymood.cli import main; sys.exit(main())"


def start(*arguments, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([sys.executable, "-c", CALL, *map(str, arguments)], **options)


def test_alone_it_prints_its_commands(anymood):
    code, out, err = anymood()
    assert code == 0
    assert err == ""
    for name in COMMANDS:
        assert name in out
    assert "--install-completion" in out


def test_version(anymood):
    assert anymood("--version") == (0, f"{__version__}\n", "")


EVERY = [((name,), name, function) for name, (function, _) in COMMANDS.items()]
EVERY += [(("data", name), "data", function) for name, (function, _) in DATA_COMMANDS.items()]


@pytest.mark.parametrize(("command", "module", "function"), EVERY)
def test_the_help_of_a_command_is_all_that_its_docstring_says(anymood, command, module, function):
    code, out, _ = anymood(*command, "--help")
    assert code == 0
    message = inspect.getdoc(getattr(import_module(f"anymood.cli.{module}"), function))
    assert " ".join(message.split()) in " ".join(out.split())


def test_the_help_of_a_command_names_its_extra(anymood):
    for name in "train", "reproduce":
        assert "Needs: pip install 'anymood[train]'" in anymood(name, "--help")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["foretell"], "See: anymood --help"),
        (["predict", "love", "--colour"], "--colour"),
        (["evaluate", "sentiment"], "anymood: TABLE is missing. See: anymood evaluate --help"),
        (["predict", "love", "--model"], "anymood: --model needs a value. See: anymood predict --help"),
        (["evaluate", "m", "t.csv", "--fold", "one"], "--fold"),
        (["data", "vso"], "See: anymood data vso --help"),
        (["info", "sentiment", "my file"], "more arguments than expected: 'my file'. See: anymood info --help"),
    ],
)
def test_a_misspelt_command_is_2(anymood, arguments, message):
    code, out, err = anymood(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("anymood: ")
    assert err.count("\n") == 1
    assert message in err


@pytest.mark.parametrize(
    ("command", "option", "suggested"),
    [
        ("evaluate", "--limit", None),  # resembles --split only with its hyphens
        ("predict", "--limit=5", None),
        ("check", "--verbose", None),
        ("serve", "--prot", "--port"),
        ("predict", "--txt-column=x", "--text-column"),
        ("predict", "--text", "--text-column"),
    ],
)
def test_an_option_is_suggested_only_for_a_similar_one(anymood, command, option, suggested):
    code, _, err = anymood(command, "posts.csv", option)
    assert code == 2
    if suggested is None:
        assert "Did you mean" not in err
    else:
        assert re.search(f"Did you mean .?{suggested}.?[?]", err)


def test_an_error_is_1_and_one_line(anymood, tmp_path):
    code, out, err = anymood("info", tmp_path)
    assert code == 1
    assert out == ""
    assert err.startswith("anymood: ")
    assert err.count("\n") == 1
    assert "is not an anymood bundle" in err


def test_ctrl_c_is_130(anymood, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("anymood.runtime.finding.find_bundle", stop)
    assert anymood("info") == (130, "", "anymood: Stopped.\n")


def test_predicting_never_waits_for_training(bundle):
    script = (
        "import sys; from anymood.cli import main; "
        f"code = main(['predict', 'love', '--model', {str(bundle)!r}]); "
        "sys.exit(code or 'torch' in sys.modules or 'anymood.cli.train' in sys.modules)"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert process.returncode == 0, process.stderr


def test_without_the_train_extra_the_rest_continues():
    script = (
        "import sys; sys.modules['torch'] = None; from anymood.cli import main; "
        "sys.exit(main(['foretell']) * 10 + main(['train', 'posts.csv', '-o', 'run', '--epochs', '3']))"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, text=True)
    assert process.returncode == 21, process.stderr
    assert "pip install 'anymood[train]'" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_reader_that_leaves_is_not_an_error_message(bundle, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("text\n" + f"love {'the ' * 500}\n" * 500, encoding="utf-8")
    process = start("predict", table, "--model", bundle)
    process.stdout.readline()
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err == b""


def test_a_terminal_with_few_characters_is_served(bundle, tmp_path):
    (tmp_path / "ü.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path), "COLUMNS": "80"}
    process = start("predict", "love", "--image", tmp_path / "ü.png", "--model", bundle, env=environment)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b"positive" in out
    assert out.isascii()


def test_the_package_can_be_run():
    environment = {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-m", "anymood", "--version"]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == __version__


def test_the_installed_script_is_this_main():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert 'anymood = "anymood.cli:main"' in text
    assert main.__module__ == "anymood.cli.app"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_can_complete_every_command(shell):
    from anymood.cli.app import build_app

    script = build_app().generate_completion(shell=shell)
    for name in (*COMMANDS, "label-column", "json"):
        assert name in script


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_standard_output_on_a_full_disk_is_reported():
    program = [sys.executable, "-c", "import sys; from anymood.cli import main; sys.exit(main(['--version']))"]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 1
    assert "anymood: The output cannot be written: No space left on device." in run.stderr
    assert "Traceback" not in run.stderr


def test_standard_streams_may_be_closed():
    program = f"exec {sys.executable} -c 'import sys; from anymood.cli import main; sys.exit(main([\"--version\"]))'"
    run = subprocess.run(["sh", "-c", f"{program} >&- <&-"], stderr=subprocess.PIPE, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


COMPLETE = """
source "$1"
COMP_WORDS=(anymood "${@:2}")
COMP_CWORD=$(($# - 1))
words=$(complete -p anymood)
words=${words##*-F }
${words%% *}
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("words", ["predict", "predict --image", "predict --model", "train", "evaluate"])
def test_the_shell_completes_names_of_files(words, tmp_path):
    from anymood.cli.app import build_app

    script = tmp_path / "anymood.bash"
    script.write_text(build_app().generate_completion(shell="bash"), encoding="utf-8")  # noqa: S604 - no shell runs here
    (tmp_path / "postcards.csv").touch()
    command = ["bash", "-c", COMPLETE, "bash", script, *words.split(), "postc"]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, text=True)
    assert process.stdout == "postcards.csv\n", process.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such signals")
@pytest.mark.parametrize(("number", "ends_with"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_ends_a_job_in_order(bundle, tmp_path, number, ends_with):
    pipe = tmp_path / "temporary"
    pipe.mkdir()
    environment = {**os.environ, "TMPDIR": str(pipe)}
    process = start("predict", "-", "--model", bundle, stdin=subprocess.PIPE, env=environment, text=True)
    process.stdin.write("text\n" + "love the day\n" * 300_000)
    process.stdin.close()
    process.stdin = None
    process.stdout.readline()  # so that rows are on their way
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (ends_with, "anymood: Stopped.\n")
    assert not list(pipe.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such signals")
def test_a_second_ctrl_c_ends_at_once():
    script = (
        "import sys, time; from anymood.cli import app, info\n"
        "def hang(*_):\n"
        "    try: print('here', flush=True); time.sleep(600)\n"
        "    finally: print('leaving', flush=True); time.sleep(600)\n"
        "info.info = hang\n"
        "sys.exit(app.main(['info']))"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for expected in (b"here\n", b"leaving\n"):
            assert process.stdout.readline() == expected
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == -signal.SIGINT
        assert process.stderr.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such signals")
def test_ctrl_c_during_the_import_of_a_compiled_module():
    script = (
        "import signal, sys; from anymood.cli import app, info\n"
        "def begin(*_):\n"
        "    try: signal.raise_signal(signal.SIGINT)\n"
        "    except KeyboardInterrupt: raise ImportError('initialization failed')\n"
        "info.info = begin\n"
        "sys.exit(app.main(['info']))"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, text=True)
    assert (process.returncode, process.stderr) == (130, "anymood: Stopped.\n")


@pytest.mark.parametrize("value", [("predict", "love", "--threads"), ("serve", "--port", "0", "--seconds")])
def test_a_fraction_is_not_an_integer(anymood, value):
    code, _, err = anymood(*value, "1.5")
    assert (code, "1.5 is not an integer" in " ".join(err.split())) == (2, True)


def test_an_empty_path_is_not_the_current_folder(anymood, bundle, tmp_path, monkeypatch):
    """As that of a variable of the shell that is not set."""
    monkeypatch.chdir(tmp_path)
    for arguments in (["evaluate", bundle, "posts.csv", "-o", ""], ["predict", "posts.csv", "-o", ""], ["check", ""]):
        code = anymood(*arguments)[0]
        assert (code != 0, list(tmp_path.iterdir())) == (True, [])
    assert "The path is empty." in anymood("evaluate", bundle, "")[2]


def test_a_whole_number_may_have_a_point(anymood, bundle):
    assert anymood("predict", "love", "--model", bundle, "--threads", "1.0")[0] == 0
