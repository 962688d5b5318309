"""Pages of reports and checks in a browser: accessible, and readable on a phone."""

import importlib.util
import shutil
from pathlib import Path

import pytest
from scored_tables import table, write_csv

import anymood
from anymood.checking import check_table

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here: pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def pages(tmp_path, corrected):
    """A report and a check with all sections."""
    rows = table()
    for row in rows[:40]:
        row |= {"text": "win two tickets for the lake festival now", "campaign": "red"}
    rows[50] |= {
        "label": "",
        "used": "none",
        "text": "",
        "p_negative": "",
        "reason": "missing image",
        "problem": "gone",
    }
    anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder, by="campaign").save(tmp_path / "r.html")
    labelled = [{"text": row["text"], "label": row["label"] or "positve", "split": ("train", "test")[n % 2]}
                for n, row in enumerate(rows) if row["text"]]  # fmt: skip
    check = check_table(write_csv(tmp_path / "l.csv", labelled), anymood.load(corrected.folder), label_errors=False)
    assert len(check.findings) > 1
    check.save(tmp_path / "c.html")
    return [tmp_path / "r.html", tmp_path / "c.html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_needs_no_sideways_scrolling(browser, pages, scheme):
    package = importlib.util.find_spec("axe_core_python")
    if package is None:
        pytest.skip("no axe here: pip install axe-core-python")
    axe = (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True, viewport={"width": 390, "height": 800})
    for path in pages:
        page = context.new_page()
        errors = []
        page.on("console", lambda message, errors=errors: errors.append(message.text))
        page.goto(path.as_uri())
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] == width[1]
        page.evaluate(axe)
        violations = page.evaluate("axe.run().then(({ violations }) => violations)")
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []
        assert errors == []
    context.close()
