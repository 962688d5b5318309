import pytest

from anymood.cli import main


@pytest.fixture(scope="session")
def bundle(bundle):
    return bundle.folder


@pytest.fixture
def anymood(capfd, monkeypatch):
    """Run a command line here; returns its exit code and what it wrote to standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return run
