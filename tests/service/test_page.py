"""The page in Chromium, as people use it: with mouse, keyboard, phone and in the dark."""

import csv
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CALL = "import sys; from anymood.cli import main; sys.exit(main())"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")


@pytest.fixture(scope="module")
def address(bundle):
    command = [sys.executable, "-c", CALL, "serve", str(bundle), "--port", "0", "--threads", "1"]
    with subprocess.Popen(
        [*command, "--body-bytes", "400000", "--batch-posts", "4"], stderr=subprocess.PIPE, text=True
    ) as process:
        line = process.stderr.readline()
        assert "serves on" in line, line
        yield line.split()[-1]
        process.terminate()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, address):
    """Opens the page; whatever its scripts or its policy complain of fails the test."""
    contexts, complaints = [], []

    def open_page(path="/", **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None
        )
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(opened):
    return opened()


def says(page, verdict, why):
    playwright.expect(page.locator("#verdict")).to_contain_text(verdict)
    playwright.expect(page.locator("#why")).to_contain_text(why)


def image(content, name="a.png"):
    return {"name": name, "mimeType": "image/png", "buffer": content}


def test_text_alone_is_predicted_while_one_types(page):
    page.locator("#text").press_sequentially("love")
    says(page, "positive", "The text classifier decided, because there is no image to see.")
    assert page.locator(".classifier.decided").inner_text().startswith("Text alone")
    assert page.locator(".classifier .none").count() == 2
    assert page.locator("#agreement").inner_text() == ""


def test_image_alone(page, bright):
    page.set_input_files("#image", image(bright))
    says(page, "positive", "The image classifier decided, because there is no text to read.")
    page.click("#remove")
    says(page, "Nothing yet", "as you type")


def test_both_and_then_one_hidden(page, bright):
    page.fill("#text", "awful")
    page.set_input_files("#image", image(bright))
    says(page, "", "The fused classifier decided")
    playwright.expect(page.locator("#agreement")).to_contain_text("contradict each other")
    page.click("#see-image")
    says(page, "negative", "because the image is hidden from the model")
    page.click("#see-image")
    page.click("#see-text")
    says(page, "positive", "because the text is hidden from the model")
    assert page.locator("#history li").count() == 3


def test_a_broken_image_is_told_kindly(page, bright):
    page.fill("#text", "love")
    page.set_input_files("#image", image(bright[:60]))
    playwright.expect(page.locator("#notice")).to_contain_text("ends before the image does")
    says(page, "positive", "The text classifier decided")


def test_an_image_too_large_is_not_sent(page):
    page.set_input_files("#image", image(bytes(500_000)))
    playwright.expect(page.locator("#notice")).to_contain_text("more than the service takes")


def test_a_table_is_predicted_and_given_back(page, tmp_path, bright):
    table = tmp_path / "posts.csv"
    rows = [["id", "text", "image"], *[[str(n), 'love, "so" much', ""] for n in range(9)], ["x", "", "folder/a.png"]]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    (tmp_path / "a.png").write_bytes(bright)
    page.set_input_files("#table", [table, tmp_path / "a.png"])
    playwright.expect(page.locator("#table-status")).to_have_text("All 10 posts are predicted.")
    with page.expect_download() as download:
        page.click("#download")
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        scored = list(csv.DictReader(file))
    assert [row["text"] for row in scored] == [row[1] for row in rows[1:]]
    assert [row["used"] for row in scored] == ["text"] * 9 + ["image"]
    assert {row["label"] for row in scored} == {"positive"}
    assert float(scored[0]["p_positive"]) > 0.5


def test_a_file_that_is_no_table_is_told_kindly(page, tmp_path):
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    page.set_input_files("#table", tmp_path / "odd.csv")
    playwright.expect(page.locator("#table-notice")).to_contain_text("neither a column text nor a column image")


def test_with_the_keyboard_alone(page):
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "text":
            break
    page.keyboard.type("love")
    says(page, "positive", "The text classifier decided")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "see-text"
    page.keyboard.press("Space")
    says(page, "Nothing yet", "")


def test_a_phone_needs_no_sideways_scrolling(opened):
    page = opened(viewport={"width": 360, "height": 740})
    page.fill("#text", "love " * 40)
    says(page, "positive", "")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_in_the_dark_the_page_is_dark(opened):
    colours = [
        opened(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert colours == ["rgb(247, 246, 242)", "rgb(20, 23, 22)"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_axe_finds_nothing(opened, path, scheme, bright):
    found = importlib.util.find_spec("axe_core_python")
    if found is None:
        pytest.skip("axe is not installed: pip install axe-core-python")
    page = opened(path, color_scheme=scheme, reduced_motion="reduce")
    if path == "/":
        page.fill("#text", "awful")
        page.set_input_files("#image", image(bright))
        says(page, "", "The fused classifier decided")
    else:
        page.locator("#problems tr").first.wait_for()
    page.evaluate((Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run().then(({ violations }) => violations)")
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []
