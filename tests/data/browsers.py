"""A browser for tests of pages, and the problems that axe finds on a page."""

import importlib.util
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 60  # seconds that a busy machine may take for what takes none


@contextmanager
def chromium():
    """Chromium; for a module, since nothing asynchronous can run beside it. Skips the test if it is not installed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here: pip install playwright")
    playwright.expect.set_options(timeout=1000 * PATIENCE)
    with playwright.sync_playwright() as driver:
        path = CHROMIUM or driver.chromium.executable_path  # which `playwright install chromium` puts there
        if not Path(path).exists():
            pytest.skip("no Chromium here: apt-get install chromium, or .venv/bin/playwright install chromium")
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def violations(page):
    """The rules of accessibility that a page violates, with the elements. Skips the test if axe is not installed."""
    package = importlib.util.find_spec("axe_core_python")
    if package is None:
        pytest.skip("no axe here: pip install axe-core-python")
    page.evaluate((Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    results = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in results]
