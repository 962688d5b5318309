import signal
import subprocess
import sys
import time

import pytest


def test_help_needs_no_extra(anymood):
    code, out, _ = anymood("bulk", "--help")
    assert code == 0
    assert "--runner" in out


def test_without_the_extra_it_says_what_to_install(anymood, monkeypatch, table, tmp_path):
    monkeypatch.setitem(sys.modules, "daft", None)
    for name in [name for name in sys.modules if name.startswith("anymood.cluster.")]:
        monkeypatch.delitem(sys.modules, name)
    code, _, err = anymood("bulk", table, tmp_path / "out")
    assert code == 1
    assert "pip install 'anymood[bulk]'" in err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGINT")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_whatever_ends_it_leaves_nothing(bundle, tmp_path, number, code):
    pytest.importorskip("daft", reason="no Daft here: pip install 'anymood[bulk]'")
    table = tmp_path / "posts.csv"
    table.write_text("text\n" + "love the day\n" * 400_000, encoding="utf-8")
    script = "import sys; from anymood.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", script, "bulk", str(table), str(tmp_path / "out"), "--model", str(bundle)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        try:
            # Daft listens for Ctrl-C before it writes its first row, which is long before the last.
            while process.poll() is None and not list((tmp_path / "out.part").glob("*/*.parquet")):
                assert time.monotonic() < deadline, "Daft has not begun to write"
                time.sleep(0.02)
            process.send_signal(number)
            _, message = process.communicate(timeout=60)
        finally:
            process.kill()  # should it not end by itself, the tests do
    assert process.returncode == code
    assert "Stopped." in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["posts.csv"]


def test_a_table_becomes_a_folder(anymood, bundle, tmp_path):
    pytest.importorskip("daft", reason="no Daft here: pip install 'anymood[bulk]'")
    (tmp_path / "posts.csv").write_text("id,tweet\n1,love\n2,awful\n3,\n", encoding="utf-8")
    arguments = ["bulk", tmp_path / "posts.csv", tmp_path / "out", "--model", bundle, "--text-column", "tweet"]
    code, out, err = anymood(*arguments, "--strict")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "3 posts: 1 negative, 0 neutral, 1 positive, 1 without a label.",
        "Warning: 1 with a problem: 1 nothing to see.",
        f"Written to {tmp_path / 'out'}",
    ]
    assert [path.suffix for path in (tmp_path / "out").iterdir()] == [".parquet"]
    code, _, err = anymood(*arguments)
    assert code == 1
    assert "--overwrite" in err
    assert anymood(*arguments, "--overwrite")[0] == 0


def test_a_prior_is_applied(anymood, bundle_with_prior, tmp_path):
    pytest.importorskip("daft", reason="no Daft here: pip install 'anymood[bulk]'")
    (tmp_path / "posts.csv").write_text("text\nlove\nawful\n", encoding="utf-8")
    arguments = ["bulk", tmp_path / "posts.csv", tmp_path / "out", "--model", bundle_with_prior]
    code, _, err = anymood(*arguments, "--prior", "negative=0,neutral=0,positive=1")
    assert code == 0
    assert "2 posts: 0 negative, 0 neutral, 2 positive." in err
    code, _, err = anymood(*arguments, "--prior", "joy=1", "--overwrite")
    assert code == 1
    assert "The prior names joy" in err
