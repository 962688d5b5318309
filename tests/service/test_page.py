"""The page in Chromium, as people use it: with mouse, keyboard, phone and in the dark."""

import base64
import csv
import importlib.util
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from anymood.datasets.table import column_names, read_rows
from anymood.labels import LabelSet

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CALL = "import sys; from anymood.cli import main; sys.exit(main())"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")


@contextmanager
def served(*arguments):
    """The address of a service in a process of its own."""
    command = [sys.executable, "-c", CALL, "serve", *map(str, arguments), "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline()
            assert "serves on" in line, line
            yield line.split()[-1]
        finally:
            process.terminate()  # after a failed test too, or it would be waited for without end


@pytest.fixture(scope="module")
def address(bundle):
    with served(bundle, "--body-bytes", "400000", "--batch-posts", "4") as address:
        yield address


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

    def open_page(path="/", at=address, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None
        )
        page.goto(at + path)
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
    playwright.expect(page.locator("#notice")).to_contain_text("The image file ends before the image does")
    says(page, "positive", "The text classifier decided, because the image cannot be used.")


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
    playwright.expect(page.locator("#table-status")).to_have_text("All 10 posts are predicted by tiny.")
    with page.expect_download() as download:
        page.click("#download")
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        scored = list(csv.DictReader(file))
    assert [row["text"] for row in scored] == [row[1] for row in rows[1:]]
    assert [row["used"] for row in scored] == ["text"] * 9 + ["image"]
    assert {row["label"] for row in scored} == {"positive"}
    assert float(scored[0]["p_positive"]) > 0.5


def test_a_row_too_large_is_told_and_the_others_go_on(page, bright, tmp_path):
    table = b"id,label,text,image\n1,mine,love,big.png\n2,mine,,big.png\n3,mine,love,a.png\n4,mine,awful,\n"
    images = [("a.png", "image/png", bright), ("big.png", "image/png", bytes(350_000))]
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), *images)
    playwright.expect(page.locator("#table-status")).to_have_text(
        "All 4 posts are predicted by tiny. 2 of them had a problem, which stands with it."
    )
    with page.expect_download() as download:
        page.click("#download")
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head[:5] == ["id", "label", "text", "image", "predicted_label"]
    scored = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["label"] for row in scored] == ["mine"] * 4
    assert [row["used"] for row in scored] == ["text", "none", "both", "text"]
    assert [row["reason"] for row in scored] == ["too large", "too large", "", ""]
    assert "smaller than this post's image" in scored[0]["problem"]


def give(page, kind, target, *files):
    """Drop or paste files, each a name, a media type and bytes, as a browser does; whether the page took them."""
    return page.evaluate(
        """([kind, target, files]) => {
            const carried = new DataTransfer();
            for (const [name, type, content] of files) {
                const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
                carried.items.add(new File([bytes], name, { type }));
            }
            const how = { bubbles: true, cancelable: true };
            const event = kind === "paste" ? new ClipboardEvent(kind, { ...how, clipboardData: carried })
                                           : new DragEvent(kind, { ...how, dataTransfer: carried });
            document.querySelector(target).dispatchEvent(event);
            return event.defaultPrevented;
        }""",
        [kind, target, [(name, media, base64.b64encode(content).decode()) for name, media, content in files]],
    )


def test_an_image_is_dropped(page, bright):
    give(page, "dragover", "#drop", ("sun.png", "image/png", bright))
    assert "over" in page.locator("#drop").get_attribute("class")
    give(page, "drop", "#drop", ("sun.png", "image/png", bright))
    says(page, "positive", "The image classifier decided")
    assert page.locator("#image-name").inner_text() == "sun.png"
    assert "over" not in page.locator("#drop").get_attribute("class")


def test_an_image_is_pasted_beside_a_text(page, bright):
    page.fill("#text", "awful")
    give(page, "paste", "#text", ("image.png", "image/png", bright))
    says(page, "", "The fused classifier decided")
    assert page.input_value("#text") == "awful"


def test_a_file_dropped_beside_its_field_leaves_the_page_alone(page, bright):
    page.fill("#text", "love")
    assert give(page, "dragover", "footer", ("sun.png", "image/png", bright))
    assert give(page, "drop", "footer", ("sun.png", "image/png", bright))
    says(page, "positive", "because there is no image to see")


def test_a_file_that_is_no_image_is_told_kindly(page):
    give(page, "drop", "#drop", ("notes.txt", "text/plain", b"dear diary"))
    playwright.expect(page.locator("#notice")).to_contain_text("The image file is not an image of a known format")


def test_a_table_is_dropped_with_its_images(page, bright):
    table = b"text,image\nlove,\n,a.png\nawful,gone.png\n,\n"
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), ("a.png", "image/png", bright))
    playwright.expect(page.locator("#table-status")).to_have_text(
        "All 4 posts are predicted by tiny. 2 of them had a problem, which stands with it."
    )
    playwright.expect(page.locator("#table-notice")).to_contain_text("1 of the images that the table names was not")
    rows = [row.inner_text().split("\t") for row in page.locator("#table-result tbody tr").all()]
    assert [row[-1] for row in rows] == ["text", "image", "text", "none"]
    assert rows[1][0].startswith("positive ")
    assert "neither an image to see nor a text" in rows[-1][0]


def test_a_table_that_is_stopped_gives_what_is_done(page):
    asked = []

    def hold_the_sixth(route):
        asked.append(route)
        if len(asked) < 6:
            route.continue_()

    page.route("**/v1/predict/batch", hold_the_sixth)
    table = b"text\n" + b"love\n" * 10 + b" \n" + b"love\n" * 89
    give(page, "drop", "h1", ("posts.csv", "text/csv", table))  # wherever it is dropped
    playwright.expect(page.locator("#table-status")).to_have_text("20 of 100 posts")
    page.click("#stop")
    playwright.expect(page.locator("#table-status")).to_have_text("Stopped after 20 of 100 posts.")
    playwright.expect(page.locator("#table-shown")).to_contain_text("8 of 20 rows")
    assert "neither an image to see" in page.locator("#table-result tbody tr").all()[-1].inner_text()
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "scored-tiny.csv"
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 20


def test_two_tables_are_one_too_many(page):
    give(page, "drop", "#drop", *[(name, "text/csv", b"text\nlove\n") for name in ("a.csv", "b.csv")])
    playwright.expect(page.locator("#table-notice")).to_contain_text("2 tables among these")
    assert not page.locator("#preview").is_visible()


def test_a_key_is_asked_for_and_what_waits_for_it_goes_on(opened, bundle, tmp_path):
    key = "a-key-for-the-page"
    (tmp_path / "keys").write_text(key)
    with served(bundle, "--api-keys", tmp_path / "keys") as locked:
        page = opened(at=locked)
        page.locator("#key-part").wait_for()
        assert page.evaluate("document.activeElement.id") == "key"
        page.fill("#key", "not-the-right-one-at-all")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#key-words")).to_contain_text("was not accepted")
        page.fill("#text", "love")
        give(page, "drop", "#table-drop", ("posts.csv", "text/csv", b"text\nawful\n"))
        waiting = []
        page.route("**/v1/models", lambda route: waiting.append(route) if not waiting else route.continue_())
        page.fill("#key", "not-the-right-one-either")
        page.keyboard.press("Enter")
        page.evaluate(
            """(key) => {  // before the wrong one is answered
            document.getElementById("key").value = key;
            document.getElementById("key-part").requestSubmit();
        }""",
            key,
        )
        waiting[0].continue_()
        says(page, "positive", "The text classifier decided")
        playwright.expect(page.locator("#table-status")).to_have_text("The post is predicted by tiny.")
        assert not page.locator("#key-part, #notice, #table-notice").filter(visible=True).count()
        assert key not in page.content()


def test_several_models_are_switched(opened, bundle, bundles, tmp_path):
    moods = LabelSet(("anger", "disgust", "joy"))
    other = bundles.write_bundle(tmp_path / "moods", name="moods", labels=moods).folder
    with served(bundle, other) as both:
        page = opened(at=both)
        page.fill("#text", "love")
        says(page, "positive", "")
        page.get_by_role("radio", name="tiny").focus()
        page.keyboard.press("ArrowRight")
        says(page, "joy", "")
        assert page.locator(".classifier.decided dt").all_inner_texts() == ["anger", "disgust", "joy"]
        page.locator("#history button").last.click()
        says(page, "positive", "")
        assert page.get_by_role("radio", name="tiny").is_checked()


def test_one_model_needs_no_switch(page):
    page.fill("#text", "love")
    says(page, "positive", "")
    assert not page.locator("#models-part").is_visible()


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


TABLES = {
    "told.csv": b"sep=;\r\nid;text\r\n1;a, b\r\n",
    "single.csv": b'text\nbest, day, ever\n"a, b"\n',
    "plain": b"id,text\n1,a\n2,b\n",
    "marked": b"\xef\xbb\xbfid,text\r\n1,a\r\n",
    "carriage returns": b"id,text\r1,a\r2,b",
    "quoted": b'id,"text"\n1,"a, ""b""\nc"\n2,d "e" f\n3,"""g"""\n4,""\n',
    "never closed": b'id,text\n1,"open\n2,plain\n3,"closed"\n4,"a" b\n5,c\n',
    "blank lines": b"\n  \nid,text\n\n1,a\n\n\n2, \n",
    "semicolons": b"id;text\n1;a, b\n2;c\n",
    "tabs": b'id\ttext\n1\t"a\n2\tb"\n3\t"c\nd"\n',
    "ragged": b"id,text,label\n1,a\n2,a,b,c\n3,a,b,,\n4\n",
    "windows": b"id,text\n1,ol\xe9\n2,\x93so\x94\n",
    "damaged": "id,text\n1,olé\n2,".encode() + b"ol\xe9\n",
    "unnamed": b" id ,,text\n1,2,a\n",
    "no rows": b"text\n",
}
READ = """async ([content, name]) => {
    const { parse } = await import("/page/csv.js");
    const { head, rows } = parse(Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0)).buffer, name);
    return [head, rows.map(({ cells, problems }) => [cells, problems.map(({ reason }) => reason)])];
}"""


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_as_anymood_predict_reads_it(page, name, tmp_path):
    path = tmp_path / ("t.tsv" if name == "tabs" else "t.csv")
    path.write_bytes(TABLES[name])
    head = column_names(path)
    rows = list(read_rows(path))
    told = [[problem.reason for problem in row.problems if problem.reason != "encoding"] for row in rows]
    expected = [[row.values.get(column, "") for column in head] for row in rows]
    given = [base64.b64encode(TABLES[name]).decode(), path.name]
    assert page.evaluate(READ, given) == [head, [list(row) for row in zip(expected, told, strict=True)]]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"", "is empty"),
        (b'"text\n1\n', "quotes do not balance"),
        (b"text,text\na,b\n", "names the column text twice"),
        (b"texts\na\n", "neither a column text nor a column image"),
        (b"text\n", "has no rows"),
        ("text\na\n".encode("utf-16"), "is text in UTF-16"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_kindly(page, table, words):
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table))
    playwright.expect(page.locator("#table-notice")).to_contain_text(words)


def test_columns_are_found_and_bad_rows_told(page, bright):
    table = b"No;Text;Image\n1;love;NaN\n2;love;https://example.org/a.png\n3;love;a.png;more\n4;love;A/a.png\n"
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), ("a.png", "image/png", bright))
    playwright.expect(page.locator("#table-status")).to_contain_text("2 of them had a problem")
    with page.expect_download() as download:
        page.click("#download")
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        scored = list(csv.DictReader(file))
    assert [(row["used"], row["reason"]) for row in scored] == [
        ("text", ""),
        ("text", "image is a URL"),
        ("none", "ragged row"),
        ("both", ""),
    ]
    assert scored[2]["Image"] == "a.png;more"
    assert "cannot be told which is which" in scored[2]["problem"]
