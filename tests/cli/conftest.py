import errno

import pytest

from anymood.cli import main


@pytest.fixture(scope="session")
def bundle(bundle):
    return bundle.folder


@pytest.fixture(scope="session")
def bundle_with_prior(bundles, tmp_path_factory):
    """A bundle that says which shares of the labels it was trained for."""
    prior = {"negative": 0.25, "neutral": 0.25, "positive": 0.5}
    return bundles.write_bundle(tmp_path_factory.mktemp("prior") / "tiny", prior=prior).folder


@pytest.fixture
def full_disk(monkeypatch):
    """Files cannot be written to the end."""

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)


@pytest.fixture
def anymood(capfd, monkeypatch):
    """Run a command line here; returns its exit code and what it wrote to standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return run
