"""Tables on the page: picked, dropped and stopped."""

import csv
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here: pip install playwright")


def downloaded(page):
    with page.expect_download() as download:
        page.click("#download")
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_table_is_predicted_and_given_back(page, tmp_path, bright):
    table = tmp_path / "posts.csv"
    rows = [["id", "text", "image"], *[[str(n), 'love, "so" much', ""] for n in range(9)], ["x", "", "folder/a.png"]]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    (tmp_path / "a.png").write_bytes(bright)
    page.set_input_files("#table", [table, tmp_path / "a.png"])
    playwright.expect(page.locator("#table-status")).to_have_text("All 10 posts are predicted by tiny.")
    scored = downloaded(page)
    assert [row["text"] for row in scored] == [row[1] for row in rows[1:]]
    assert [row["used"] for row in scored] == ["text"] * 9 + ["image"]
    assert {row["label"] for row in scored} == {"positive"}
    assert float(scored[0]["p_positive"]) > 0.5


def test_a_row_too_large_is_reported_and_the_others_continue(page, give, bright, tmp_path):
    table = b"id,label,text,image\n1,mine,love,big.png\n2,mine,,big.png\n3,mine,love,a.png\n4,mine,awful,\n"
    images = [("a.png", "image/png", bright), ("big.png", "image/png", bytes(350_000))]
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), *images)
    playwright.expect(page.locator("#table-status")).to_have_text(
        "All 4 posts are predicted by tiny. 2 of them had a problem, which is shown with the row."
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
    assert "The post's image is larger than the service accepts" in scored[0]["problem"]


def test_a_table_is_dropped_with_its_images(page, give, bright):
    table = b"text,image\nlove,\n,a.png\nawful,gone.png\n,\n"
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), ("a.png", "image/png", bright))
    playwright.expect(page.locator("#table-status")).to_have_text(
        "All 4 posts are predicted by tiny. 2 of them had a problem, which is shown with the row."
    )
    playwright.expect(page.locator("#table-notice")).to_contain_text("1 of the images in the table was not")
    rows = [row.inner_text().split("\t") for row in page.locator("#table-result tbody tr").all()]
    assert [row[1] for row in rows] == ["text", "image", "text", "none"]
    assert rows[1][0].startswith("positive ")
    assert "neither an image nor a text" in rows[-1][2]


def shown(page):
    """Rows of the result, by the headings of their groups."""
    groups = page.locator("#table-result tbody").all()
    lines = [[row.inner_text().split("\t") for row in group.locator("tr").all()] for group in groups]
    return {rows[0][0]: rows[1:] for rows in lines}


def test_shares_and_the_best_and_worst_rows_come_first(page, give, bright):
    table = b"id,text,image\n" + b"".join(b"%d,%s,\n" % (n, b"awful" if n % 3 else b"love") for n in range(29))
    table += b"both,awful,a.png\nlost,love,b.png\nempty,,\n"
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), ("a.png", "image/png", bright))
    playwright.expect(page.locator("#table-status")).to_contain_text("All 32 posts are predicted by tiny.")
    counts = page.locator("#shares dd").all_inner_texts()
    scored = downloaded(page)
    expected = [sum(row["label"] == label for row in scored) for label in ("negative", "neutral", "positive")]
    assert [int(words.split(" ")[0]) for words in counts] == expected
    assert counts[0].endswith(f"· {round(100 * expected[0] / 31)}%")
    assert page.locator("#used .bar").all_inner_texts() == [
        "text and image\n1 · 3%",
        "text alone\n30 · 94%",
        "neither\n1 · 3%",
    ]
    playwright.expect(page.locator("#shares-hint")).to_contain_text("different labels in 1 of the 1 posts with both")
    groups = shown(page)
    assert list(groups) == ["Most positive", "Most negative", "With a problem"]
    assert [len(rows) for rows in groups.values()] == [3, 3, 2]
    assert all(row[0].startswith("positive ") and row[2] == "love" for row in groups["Most positive"])
    assert all(row[0].startswith("negative ") and row[2] == "awful" for row in groups["Most negative"])
    assert {row[4] for row in groups["With a problem"]} <= {"empty", "lost"}


def test_copies_of_a_post_come_after_the_others(page, give):
    texts = [*["love"] * 9, *["awful"] * 9, "love x", "love y"]
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", "\n".join(["text", *texts]).encode()))
    playwright.expect(page.locator("#table-status")).to_contain_text("All 20 posts")
    assert sorted(row[2] for row in shown(page)["Most positive"]) == ["love", "love", "love x", "love y"]


def test_rows_are_shown_in_a_chosen_order_and_more_of_them(page, give, bright):
    table = b"id,text,image\n" + b"".join(b"%d,%s,\n" % (n, b"awful" if n % 3 else b"love") for n in range(30))
    table += b"both,awful,a.png\n"
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), ("a.png", "image/png", bright))
    rows = page.locator("#table-result tbody tr")
    page.select_option("#order", label="As in the table")
    assert [row.split("\t")[4] for row in rows.all_inner_texts()] == [str(n) for n in range(8)]
    page.click("#more")
    page.click("#more")
    playwright.expect(rows).to_have_count(31)
    assert not page.locator("#more").is_visible()
    assert page.locator("#table-shown").inner_text() == ""
    page.select_option("#order", label="Text and image furthest apart")
    playwright.expect(rows).to_have_count(1)
    playwright.expect(rows.locator("img")).to_be_visible()
    page.select_option("#order", label="Most positive")
    assert {row.split("\t")[2] for row in rows.all_inner_texts()} == {"love"}
    assert "With a problem" not in page.locator("#order option").all_inner_texts()


def test_columns_under_usual_names_are_read_and_others_chosen(page, give, bright):
    table = b"created_at,message,Image_URL,note\nMay,love,a.png,awful\nJune,awful,https://example.org/a.jpg,love\n"
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), ("a.png", "image/png", bright))
    playwright.expect(page.locator("#table-status")).to_contain_text("All 2 posts are predicted by tiny.")
    chosen = [page.locator(f"#{role}-column option:checked").inner_text() for role in ("text", "image")]
    assert chosen == ["message", "Image_URL"]
    assert [row["used"] for row in downloaded(page)] == ["both", "text"]
    playwright.expect(page.locator("#table-notice")).to_contain_text("1 of the images is a URL")
    page.select_option("#image-column", label="none")
    playwright.expect(page.locator("#table-notice")).not_to_be_visible()
    playwright.expect(page.locator("#used")).to_contain_text("2 · 100%")
    assert [row["label"] for row in downloaded(page)] == ["positive", "negative"]
    page.select_option("#text-column", label="note")
    playwright.expect(page.locator("#table-result tbody tr").first).to_contain_text("negative")
    assert [row["label"] for row in downloaded(page)] == ["negative", "positive"]
    page.select_option("#text-column", label="none")
    playwright.expect(page.locator("#table-notice")).to_contain_text("has no column text or image")
    assert not page.locator("#table-result").is_visible()
    page.select_option("#image-column", label="note")
    page.select_option("#text-column", label="note")
    playwright.expect(page.locator("#table-notice")).to_contain_text("cannot be the same column")


def test_where_several_columns_may_be_meant_a_person_chooses(page, give):
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", b"caption,message\nlove,awful\n"))
    playwright.expect(page.locator("#table-notice")).to_have_text(
        "Several columns of posts.csv may be the text. Choose the right one above."
    )
    assert not page.locator("#table-progress").is_visible()
    page.select_option("#text-column", label="message")
    playwright.expect(page.locator("#table-status")).to_have_text("The post is predicted by tiny.")
    assert [row["label"] for row in downloaded(page)] == ["negative"]


def test_images_within_the_table_are_seen(page, give, bright64):
    table = f'text,image\nlove,"data:image/png;base64,{bright64}"\n,"data:image/png,abc"\n'.encode()
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table))
    playwright.expect(page.locator("#table-status")).to_contain_text("1 of them had a problem")
    rows = downloaded(page)
    assert [(row["used"], row["reason"]) for row in rows] == [("both", ""), ("none", "image is a URL")]


def test_a_table_that_is_stopped_gives_what_is_done(page, give):
    requested = []

    def hold_the_sixth(route):
        requested.append(route)
        if len(requested) < 6:
            route.continue_()

    page.route("**/v1/predict/batch", hold_the_sixth)
    table = b"text\n" + b"love\n" * 10 + b" \n" + b"love\n" * 89
    give(page, "drop", "h1", ("posts.csv", "text/csv", table))  # wherever it is dropped
    playwright.expect(page.locator("#table-status")).to_have_text("20 of 100 posts")
    page.click("#stop")
    playwright.expect(page.locator("#table-status")).to_have_text("Stopped after 20 of 100 posts.")
    playwright.expect(page.locator("#table-shown")).to_contain_text("8 of 20 rows")
    assert "neither an image nor a text" in page.locator("#table-result tbody tr").all()[-1].inner_text()
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "scored-tiny.csv"
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 20


def test_a_table_whose_service_goes_away_keeps_what_is_done_and_continues(page, give):
    requested = []

    def fail_the_third(route):
        requested.append(route)
        if len(requested) == 3:
            route.abort()
        elif len(requested) == 4:
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")
        else:
            route.continue_()

    page.route("**/v1/predict/batch", fail_the_third)
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", b"text\n" + b"love\n" * 30))
    for words in ("does not respond", "a proxy in front of it, answered with status 502"):
        playwright.expect(page.locator("#table-notice")).to_contain_text(words)
        playwright.expect(page.locator("#table-status")).to_have_text("Failed after 8 of 30 posts.")
        assert len(downloaded(page)) == 8
        page.click("#resume")
    playwright.expect(page.locator("#table-status")).to_have_text("All 30 posts are predicted by tiny.")
    assert not page.locator("#table-notice, #resume, #stop").filter(visible=True).count()
    assert [row["label"] for row in downloaded(page)] == ["positive"] * 30


def test_batches_that_take_too_long_are_halved_and_a_full_service_is_retried(page, give):
    sizes = []

    def answer(route):
        sizes.append(len(route.request.post_data_json["posts"]))
        problem = {"type": "/docs#timed-out", "detail": "There was no answer."}
        if sizes[-1] > 1 and len(sizes) < 4:
            route.fulfill(status=503, content_type="application/problem+json", json=problem)
        elif len(sizes) in (5, 6):
            problem["type"] = "/docs#overloaded"
            route.fulfill(status=503, content_type="application/problem+json", json=problem)
        else:
            route.continue_()

    page.evaluate(
        """() => {
        window.told = [];
        new MutationObserver(() => told.push(document.getElementById("table-status").textContent))
            .observe(document.getElementById("table-status"), { childList: true });
    }"""
    )
    page.route("**/v1/predict/batch", answer)
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", b"text\n" + b"love\n" * 3 + b"no,one\n"))
    playwright.expect(page.locator("#table-status")).to_contain_text("All 4 posts are predicted by tiny.")
    assert sizes == [4, 2, 1, 1, 1, 1, 1, 1]
    full = "2 of 4 posts. The service is at capacity; trying again …"
    assert [words for words in page.evaluate("told") if "at capacity" in words] == [full, full]
    assert len(downloaded(page)) == 4


def test_images_that_a_page_cannot_tell_apart_are_reported(page, give, bright):
    table = b"text,image\nlove,a/x.png\nlove,b/x.png\n,./y.png\n,y.png\nlove,z.png\n"
    images = [(name, "image/png", bright) for name in ("x.png", "y.png", "z.png", "z.png")]
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), *images)
    playwright.expect(page.locator("#table-status")).to_contain_text("3 of them had a problem")
    rows = downloaded(page)
    assert [row["used"] for row in rows] == ["text", "text", "image", "image", "text"]
    assert [row["reason"] for row in rows] == ["ambiguous image", "ambiguous image", "", "", "ambiguous image"]
    assert "Several images are called x.png" in rows[0]["problem"]


def test_two_tables_are_one_too_many(page, give):
    give(page, "drop", "#drop", *[(name, "text/csv", b"text\nlove\n") for name in ("a.csv", "b.csv")])
    playwright.expect(page.locator("#table-notice")).to_contain_text("2 tables among these")
    assert not page.locator("#preview").is_visible()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"", "is empty"),
        (b"texts\na\n", "has no column text or image"),
        (b"text\n", "has no rows"),
    ],
)
def test_a_table_that_cannot_be_read_is_reported(page, give, table, words):
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table))
    playwright.expect(page.locator("#table-notice")).to_contain_text(words)


def test_columns_are_found_and_bad_rows_reported(page, give, bright):
    table = b"No;Text;Image\n1;love;NaN\n2;love;https://example.org/a.png\n3;love;a.png;more\n4;love;A/a.png\n"
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table), ("a.png", "image/png", bright))
    playwright.expect(page.locator("#table-status")).to_contain_text("2 of them had a problem")
    scored = downloaded(page)
    assert [(row["used"], row["reason"]) for row in scored] == [
        ("text", ""),
        ("text", "image is a URL"),
        ("none", "ragged row"),
        ("both", ""),
    ]
    assert scored[2]["Image"] == "a.png;more"
    assert "cannot be assigned" in scored[2]["problem"]


def test_a_report_is_saved(page, give):
    lines = [f"{text} {n},{'red' if n % 2 else 'blue'},mine" for n in range(20) for text in ("love", "awful")]
    table = "\n".join(["Full Text,team,label", *lines]).encode()
    give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table))
    playwright.expect(page.locator("#table-status")).to_have_text("All 40 posts are predicted by tiny.")
    page.select_option("#report-by", "team")
    with page.expect_download() as download:
        page.click("#report")
    assert download.value.suggested_filename == "report.html"
    content = Path(download.value.path()).read_text(encoding="utf-8")
    assert "By team" in content
    assert "40 posts from <bdi" in content
    assert "love" in content
