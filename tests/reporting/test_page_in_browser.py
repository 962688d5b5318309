"""Pages of reports and checks in a browser: accessible, and readable on a phone."""

import pytest
from browsers import chromium, violations
from scored_tables import table, write_csv

import anymood
from anymood.checking import check_table


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def pages(tmp_path, corrected):
    """A report and a check with all sections."""
    rows = table()
    for row in rows[:40]:
        row |= {"text": "win two tickets for the lake festival now", "campaign": 20 * "red"}
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
    context = browser.new_context(color_scheme=scheme, bypass_csp=True, viewport={"width": 390, "height": 800})
    for path in pages:
        page = context.new_page()
        errors = []
        page.on("console", lambda message, errors=errors: errors.append(message.text))
        page.goto(path.as_uri())
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] == width[1]
        assert violations(page) == []
        assert errors == []
    context.close()
