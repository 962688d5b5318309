"""The page in Chromium, as people use it: with mouse, keyboard, phone and in the dark."""

import json
import re
import shlex
import subprocess

import pytest
from browsers import violations

from anymood.labels import LabelSet

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here: pip install playwright")


def says(page, verdict, why):
    playwright.expect(page.locator("#verdict")).to_contain_text(verdict)
    playwright.expect(page.locator("#why")).to_contain_text(why)


def image(content, name="a.png"):
    return {"name": name, "mimeType": "image/png", "buffer": content}


def test_text_alone_is_predicted_while_one_types(page):
    page.locator("#text").press_sequentially("love")
    says(page, "positive", "The text classifier decided, because the post has no image.")
    assert page.locator(".classifier.decided").inner_text().startswith("Text alone")
    assert page.locator(".classifier .none").count() == 2
    assert page.locator("#agreement").inner_text() == ""


def test_image_alone(page, bright):
    page.set_input_files("#image", image(bright))
    says(page, "positive", "The image classifier decided, because the post has no text.")
    page.click("#remove")
    says(page, "No prediction yet", "as you type")


def test_both_and_then_one_hidden(page, bright):
    page.fill("#text", "awful")
    page.set_input_files("#image", image(bright))
    says(page, "", "The fused classifier decided")
    playwright.expect(page.locator("#agreement")).to_contain_text("disagreement")
    page.click("#see-image")
    says(page, "negative", "because the image is hidden from the model")
    page.click("#see-image")
    page.click("#see-text")
    says(page, "positive", "because the text is hidden from the model")
    assert page.locator("#history li").count() == 3


def test_text_and_image_agree_or_disagree_and_by_how_much(page, bright):
    agreement = page.locator("#agreement")
    page.fill("#text", "love")
    page.set_input_files("#image", image(bright))
    playwright.expect(agreement).to_have_text(re.compile(r"^Text and image: both positive \(disagreement \d+%\)\.$"))
    page.fill("#text", "awful")
    words = r"^Text: negative, image: positive \(disagreement \d+%\)\.$"
    playwright.expect(agreement).to_have_text(re.compile(words))


def test_a_broken_image_is_reported(page, bright):
    page.fill("#text", "love")
    page.set_input_files("#image", image(bright[:60]))
    playwright.expect(page.locator("#notice")).to_contain_text("The image file is truncated")
    says(page, "positive", "The text classifier decided, because the image cannot be used.")


def test_an_image_too_large_is_not_sent(page):
    page.set_input_files("#image", image(bytes(500_000)))
    playwright.expect(page.locator("#notice")).to_contain_text("more than the service accepts")


def test_an_image_is_dropped(page, give, bright):
    give(page, "dragover", "#drop", ("sun.png", "image/png", bright))
    assert "over" in page.locator("#drop").get_attribute("class")
    give(page, "drop", "#drop", ("sun.png", "image/png", bright))
    says(page, "positive", "The image classifier decided")
    assert page.locator("#image-name").inner_text() == "sun.png"
    assert "over" not in page.locator("#drop").get_attribute("class")


def test_of_several_files_the_first_image_is_read(page, give, bright):
    files = [
        ("notes.txt", "text/plain", b"dear diary"),
        ("sun.png", "image/png", bright),
        ("moon.png", "image/png", b""),
    ]
    give(page, "drop", "#drop", *files)
    says(page, "positive", "The image classifier decided")
    assert page.locator("#image-name").inner_text() == "sun.png, one of 3 files"


def test_an_image_is_pasted_beside_a_text(page, give, bright):
    page.fill("#text", "awful")
    give(page, "paste", "#text", ("image.png", "image/png", bright))
    says(page, "", "The fused classifier decided")
    assert page.input_value("#text") == "awful"


def test_a_text_that_is_copied_with_its_picture_is_pasted_as_text(page, give, bright):
    assert not give(page, "paste", "#text", ("image.png", "image/png", bright), text="awful")
    assert not page.locator("#preview").is_visible()
    assert give(page, "paste", "h1", ("image.png", "image/png", bright), text="awful")
    says(page, "positive", "The image classifier decided")


def test_an_image_that_has_gone_is_not_the_services_fault(page, tmp_path, bright):
    file = tmp_path / "gone.png"
    file.write_bytes(bright)
    page.set_input_files("#image", file)
    says(page, "positive", "The image classifier decided")
    file.unlink()
    page.fill("#text", "love")
    playwright.expect(page.locator("#notice")).to_contain_text("The image can no longer be read.")
    says(page, "No prediction", "")
    page.click("#remove")
    says(page, "positive", "The text classifier decided")


def test_what_stands_between_is_reported_and_a_full_service_is_retried(page):
    answers = [
        {"status": 502, "content_type": "text/html", "body": "<h1>Bad gateway</h1>"},
        {"status": 503, "content_type": "application/problem+json", "json": {"type": "/docs#overloaded"}},
    ]
    page.route("**/v1/predict", lambda route: route.fulfill(**answers.pop(0)) if answers else route.continue_())
    page.fill("#text", "love")
    playwright.expect(page.locator("#notice")).to_contain_text("a proxy in front of it, answered with status 502")
    says(page, "No prediction", "")
    page.fill("#text", "love it")
    playwright.expect(page.locator("#notice")).to_contain_text("at capacity; trying again")
    says(page, "positive", "")
    assert not page.locator("#notice").is_visible()


def test_what_the_browser_restores_is_predicted(page, address):
    page.fill("#text", "love")
    page.click("#see-image")
    says(page, "positive", "")
    page.goto(f"{address}/docs")
    page.go_back()
    says(page, "positive", "")
    assert page.input_value("#text") == "love"
    assert "hidden-from-model" in page.locator("#image-card").get_attribute("class")


def test_switches_bars_and_the_picked_model_are_seen_in_forced_colours(opened):
    page = opened(forced_colors="active", reduced_motion="reduce")
    page.fill("#text", "love")
    says(page, "positive", "")
    colour = "(selector) => getComputedStyle(document.querySelector(selector)).backgroundColor"
    background = page.evaluate(colour, "body")
    assert page.evaluate(colour, ".fill") != background
    switch = page.evaluate(colour, "#see-text")
    page.click("#see-text")
    assert page.evaluate(colour, "#see-text") != switch


def test_a_text_from_right_to_left_begins_at_the_right(page):
    page.fill("#text", "\u05d0\u05d4\u05d1\u05d4")
    assert page.evaluate("getComputedStyle(document.getElementById('text')).direction") == "rtl"


def test_a_file_dropped_beside_its_field_leaves_the_page_alone(page, give, bright):
    page.fill("#text", "love")
    assert give(page, "dragover", "footer", ("sun.png", "image/png", bright))
    assert give(page, "drop", "footer", ("sun.png", "image/png", bright))
    says(page, "positive", "because the post has no image")


def test_a_file_that_is_not_an_image_is_reported(page, give):
    give(page, "drop", "#drop", ("notes.txt", "text/plain", b"dear diary"))
    playwright.expect(page.locator("#notice")).to_contain_text("The image file is not an image of a known format")


def test_a_key_is_requested_and_what_waits_for_it_continues(opened, give, served, bundle, tmp_path):
    key = "a-key-for-the-page"
    (tmp_path / "keys").write_text(key)
    with served(bundle, "--api-keys", tmp_path / "keys") as locked:
        page = opened(at=locked)
        page.locator("#key-part").wait_for()
        assert page.evaluate("document.activeElement.id") == "key"
        page.fill("#key", "\u201cnot-a-key\u201d")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#key-words")).to_contain_text("Not a valid key")
        page.fill("#key", "not-the-right-one-at-all")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#key-words")).to_contain_text("was rejected")
        page.fill("#text", "love")
        give(page, "drop", "#table-drop", ("posts.csv", "text/csv", b"text\nawful\n"))

        def give_the_right_one_before_the_wrong_is_answered(route):
            if route.request.headers["authorization"] == "Bearer not-the-right-one-either":
                page.evaluate(
                    """(key) => {
                    document.getElementById("key").value = key;
                    document.getElementById("key-part").requestSubmit();
                }""",
                    key,
                )
            route.continue_()

        page.route("**/v1/models", give_the_right_one_before_the_wrong_is_answered)
        page.fill("#key", "not-the-right-one-either")
        page.keyboard.press("Enter")
        says(page, "positive", "The text classifier decided")
        playwright.expect(page.locator("#table-status")).to_have_text("The post is predicted by tiny.")
        assert not page.locator("#key-part, #notice, #table-notice").filter(visible=True).count()
        assert key not in page.content()


def test_several_models_are_switched(opened, served, bundle, bundles, tmp_path):
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
    says(page, "No prediction yet", "All parts of the post are hidden from the model.")


def test_the_commands_that_describe_the_interface_work(opened, address):
    page = opened("/docs")
    page.locator("#problems tr").first.wait_for()
    commands = page.locator("pre").all_text_contents()
    assert len(commands) == 14
    for command in commands:
        assert command.startswith(f"curl {address}/")
        answer = subprocess.run(
            [*shlex.split(command), "--fail", "--silent"], capture_output=True, text=True, check=True
        )
        assert answer.stdout
    assert "predictions[].label" in page.locator("#routes").inner_text()


def test_a_call_is_tried_on_the_page_of_the_api(opened, bright):
    page = opened("/docs")

    def form(name):
        element = page.get_by_role("form", name=f"Try {name}", exact=True)
        if not element.is_visible():
            page.locator("details").filter(has=page.locator(f'form[aria-label="Try {name}"]')).locator(
                "summary"
            ).click()
        return element

    def sent(tried, status):
        tried.locator("button").click()
        playwright.expect(tried.get_by_role("status")).to_contain_text(status)
        return json.loads(tried.locator("pre").inner_text())

    page.locator("#problems tr").first.wait_for()
    assert sent(form("GET /v1/models"), "200 OK")["models"][0]["name"] == "tiny"
    fields = form("POST /v1/predict as multipart/form-data")
    assert sent(fields, "200 OK")["used"] == "text"
    fields.locator("input[type=file]").set_input_files(image(bright))
    fields.locator("input[name=id]").fill("mine")
    answer = sent(fields, "200 OK")
    assert (answer["used"], answer["id"]) == ("both", "mine")
    assert sent(form("POST /v1/predict as application/x-www-form-urlencoded"), "200 OK")["used"] == "text"
    body = form("POST /v1/predict/batch as application/json")
    assert len(sent(body, "200 OK")["predictions"]) == 2
    body.locator("textarea").fill('{"posts": 7}')
    assert sent(body, "422")["type"] == "/docs#malformed-request"


def test_a_call_is_tried_with_a_key(opened, served, bundle, tmp_path):
    (tmp_path / "keys").write_text("a-key-for-the-page")
    with served(bundle, "--api-keys", tmp_path / "keys") as locked:
        page = opened("/docs", at=locked)
        page.locator("summary").first.click()
        page.get_by_role("button", name="Send").first.click()
        playwright.expect(page.get_by_role("status").first).to_contain_text("401")
        page.fill("#key", "a-key-for-the-page")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Send").first.click()
        playwright.expect(page.get_by_role("status").first).to_contain_text("200")


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_table_and_the_api_need_no_sideways_scrolling_on_a_phone(opened, give, path):
    page = opened(path, viewport={"width": 360, "height": 740})
    if path == "/":
        table = b"id,a,b,c,text\n" + b"1,2,3,4,%s\n" % (b"love " * 60)
        give(page, "drop", "#table-drop", ("posts.csv", "text/csv", table))
        page.locator("#table-result td").first.wait_for()
        inside = (
            "document.querySelector('#table-result').scrollWidth <= document.querySelector('#table-result').clientWidth"
        )
        assert page.evaluate(inside)
    else:
        page.locator("#problems tr").first.wait_for()
        for details in page.locator("summary").all():
            details.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


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
def test_axe_finds_nothing(opened, give, path, scheme, bright):
    page = opened(path, color_scheme=scheme, reduced_motion="reduce")
    if path == "/":
        page.fill("#text", "awful")
        page.set_input_files("#image", image(bright))
        says(page, "", "The fused classifier decided")
        give(page, "drop", "#table-drop", ("posts.csv", "text/csv", b"text\n" + b"love\nawful\n \n" * 4))
        page.locator("#table-result .group").first.wait_for()
    else:
        page.locator("#problems tr").first.wait_for()
        page.locator("summary").nth(1).click()
        page.get_by_role("button", name="Send").first.click()
        page.locator("form pre").wait_for()
    assert violations(page) == []
