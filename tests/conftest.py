"""Data that all tests share: the small corpus drawn by ``data/make.py``, the small bundle written by
``data/bundles.py``, and the real corpora where they are."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from anymood.runtime.bundle import Bundle

HERE = Path(__file__).parent

# Real corpora lie beside the checkout, or nowhere.
REAL = HERE.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def load_module() -> Callable[[Path], ModuleType]:
    """Imports a file that lies outside of the package."""

    def load(path: Path) -> ModuleType:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def make(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """The module that draws the data, for tests that want more of it."""
    return load_module(HERE / "data" / "make.py")


@pytest.fixture(scope="session")
def bundles(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """The module that writes small bundles."""
    return load_module(HERE / "data" / "bundles.py")


@pytest.fixture
def flickr(load_module: Callable[[Path], ModuleType]) -> Iterator[Any]:
    """A Flickr on this machine, with faults to order and a log of requests; ``data/flickr.py`` says more."""
    server = load_module(HERE / "data" / "flickr.py").start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def bundle(bundles: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> "Bundle":
    """A small bundle. Not to be changed."""
    return bundles.write_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="session")
def table(make: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``posts.csv``: 60 labelled posts of 3 classes, with pairs, lone texts and lone images. Not to be changed."""
    return make.draw_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def corpus_folder(table: Path) -> Path:
    """The folder of ``posts.csv`` and ``images/``. Not to be changed."""
    return table.parent


@pytest.fixture(scope="session")
def odd_images(make: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Broken and unusual image files by name; ``draw_odd_images`` says what each of them is."""
    return make.draw_odd_images(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real corpora; a test that asks for it is skipped where they are not."""
    if not REAL.is_dir():
        pytest.skip("the real corpora are not beside this checkout")
    return REAL
