from pathlib import Path

import exporter  # noqa: F401
import pytest
from tiny_recipe import QUIET, TINY

from anymood.training.data_sources import DataSources
from anymood.training.run import train
from anymood.training.run_folder import RunFolder


@pytest.fixture(scope="session")
def run(table: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished training. Not to be changed."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train(DataSources(table=str(table)), TINY, folder, console=QUIET)
    return RunFolder(folder)
