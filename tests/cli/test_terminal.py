import json

from rich.console import Console

from anymood.cli import terminal


def test_json_is_one_line_that_any_pipe_carries(capsys):
    terminal.print_json({"a": "é\n"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert json.loads(out) == {"a": "é\n"}


def test_there_is_no_bar_where_nobody_looks():
    def count():
        raise AssertionError("counting takes time")

    with terminal.progress("Predicting", count) as update:
        assert update is None


def test_a_bar_on_a_terminal_has_a_rate(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "error_console", lambda: Console(force_terminal=True, width=100, stderr=True))
    with terminal.progress("Predicting", lambda: 4) as update:
        for done in (1, 2, 3, 4):
            update(done)
    err = capsys.readouterr().err
    assert "Predicting" in err
    assert "4/4" in err


def test_a_terminal_without_columns_gets_output(monkeypatch, capsys):
    for columns in ("0", "1"):
        monkeypatch.setenv("COLUMNS", columns)
        terminal.console().print("positive")
        terminal.error_console().print("neutral")
        assert capsys.readouterr() == ("positive\n", "neutral\n")
