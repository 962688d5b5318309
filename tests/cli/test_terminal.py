import json
import re

from rich.console import Console
from rich.table import Table
from rich.text import Text

from anymood.cli import terminal


def test_json_is_one_line_that_any_pipe_carries(capsys):
    terminal.print_json({"a": "é\n"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert json.loads(out) == {"a": "é\n"}


def test_there_is_no_bar_without_a_terminal():
    def count():
        raise AssertionError("counting takes time")

    with terminal.progress("Predicting", count) as update:
        update(1)


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


def test_control_characters_do_not_reach_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    name = "a\x1b]0;title\x07\x9b2J\x08\tb\nc"
    terminal.note(name)
    table = Table()
    table.add_column(name)
    terminal.error_console().print(table, Text(name, "bold"))
    message = capsys.readouterr().err
    assert "a\ufffd]0;title" in message
    assert "\x1b[1m" in message  # the console's own
    assert not re.search(r"\x1b(?!\[[\d;]*m)|[\x00-\x08\x0b-\x1a\x7f-\x9f]", message)
