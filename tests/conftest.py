"""Data that all tests share: the small corpus drawn by ``data/make.py``, the small bundle written by
``data/bundles.py``, and the real corpora where they are."""

import importlib.util
import os
import signal
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from anymood.runtime.bundle import Bundle

HERE = Path(__file__).parent
SETTINGS = HERE / "settings"

# Folders whose tests take minutes. Several processes begin with them, and so end at about the same time.
SLOW = ("training", "documentation", "experiments", "cluster", "export", "cli")
TOGETHER = ("tests/training", "tests/experiments")  # their files share trainings, and so a process

# Real corpora lie beside the checkout, or nowhere.
REAL = HERE.parent.parent / "shared" / "data"


def _load(path: Path) -> ModuleType:
    """Import a file that lies outside of the package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


# Started with ``&``, the tests ignore Ctrl-C, and so would the processes that they start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Settings that stand for other machines, here and in the processes that tests start: before anymood is imported.
if any(name.startswith("ANYMOOD_TEST_") for name in os.environ):
    _load(SETTINGS / "sitecustomize.py")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SETTINGS), os.environ.get("PYTHONPATH")]))

# Where several processes test, as in ``make test``, each of them and what it starts uses one core. Before torch comes.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_make_parametrize_id(val: Any, argname: str) -> str | None:
    """Name bytes after their argument: gzipped ones hold the time, and names must be the same in every process."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders that take minutes, where several processes test."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        order = {folder: number for number, folder in enumerate(SLOW)}
        items.sort(key=lambda item: order.get(item.path.parent.name, len(SLOW)))


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``--dist loadfile``: the tests of a file run in one process, and those of some folders, too."""
    if config.option.dist != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class LoadFolders(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            folder = file.rpartition("/")[0]
            return folder if folder in TOGETHER else file

    return LoadFolders(config, log)


@pytest.fixture(scope="session")
def load_module() -> Callable[[Path], ModuleType]:
    """Imports a file that lies outside of the package."""
    return _load


@pytest.fixture(scope="session")
def threads() -> int:
    """Cores that a model keeps busy in tests for which their number does not matter."""
    return int(os.environ.get("ANYMOOD_TEST_THREADS", "1"))


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


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A hub on this machine, with a log of requests, and an empty cache; ``data/hub.py`` says more."""
    import hub as local
    from huggingface_hub import constants

    server = local.start()
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # whose storage is another service
    monkeypatch.setenv("HF_TOKEN", local.TOKEN)
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
        pytest.skip("no corpora here: put them into ../shared/data")
    return REAL


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """End with a line of what was not tested, why, and how to have it."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if reasons:
        listed = "; ".join(f"{count} ({reason})" for reason, count in reasons.most_common())
        terminalreporter.write_line(f"Not tested: {listed}", yellow=True)


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[..., Path]:
    """Writes a zip with these files."""

    def make_zip(files: dict[str, Any], name: str = "archive.zip", compression: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", compression) as opened:
            for member, content in files.items():
                opened.writestr(member, content)
        return path

    return make_zip
