"""The explanation of a post in the page, in Chromium."""

import pytest
from browsers import violations

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here: pip install playwright")


def image(content):
    return {"name": "a.png", "mimeType": "image/png", "buffer": content}


@pytest.fixture
def explained(opened, bright):
    """Opens the page and has a post explained, by the keyboard."""

    def explain(text="love the awful day", picture=bright, **options):
        page = opened(**options)
        page.fill("#text", text)
        if picture:
            page.set_input_files("#image", image(picture))
            playwright.expect(page.locator("#why")).to_contain_text("The fused classifier decided")
        page.locator("#explain").wait_for()
        page.locator("#explain").focus()
        page.keyboard.press("Enter")
        page.locator("#explanation").wait_for()
        return page

    return explain


def test_text_and_image_words_and_regions(explained):
    page = explained()
    message = page.locator("#explanation")
    playwright.expect(message.locator("p").first).to_contain_text("The probability of positive is")
    assert message.locator("table").first.locator("th").all_inner_texts() == ["text", "image"]
    assert message.locator(".shaded").inner_text() == "love the awful day"
    assert message.locator("mark:not(.against)").first.inner_text() == "love"
    assert message.locator("mark.against").all_inner_texts() == ["awful"]
    assert page.get_attribute("#explain", "aria-expanded") == "true"
    overlay = message.locator("svg")
    assert not overlay.is_visible()
    page.get_by_role("switch", name="Show the regions on the image").check()
    assert overlay.is_visible()
    assert overlay.locator("rect").count() == 16
    assert message.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")
    page.click("#explain")
    assert not message.is_visible()


def test_it_goes_with_the_answer_that_it_is_of(explained):
    page = explained(picture=None)
    assert page.locator("#explanation table").first.locator("th").all_inner_texts() == ["text"]
    assert page.locator("#explanation svg").count() == 0
    page.fill("#text", "awful")
    playwright.expect(page.locator("#verdict")).to_contain_text("negative")
    assert not page.locator("#explanation").is_visible()
    page.fill("#text", "")
    playwright.expect(page.locator("#explain-part")).to_be_hidden()


def test_places_behind_an_emoji_are_right_and_a_long_text_has_all_its_words(explained):
    words = "love 😂😂 awful " + " ".join(["day"] * 12)
    page = explained(words, picture=None)
    assert page.locator(".shaded").inner_text() == words
    assert page.locator("mark", has_text="awful").inner_text() == "awful"
    page.get_by_text("All 15 words").click()
    assert page.locator("#explanation details tr").count() == 15


def test_a_service_that_fails_is_reported(page):
    page.route("**/v1/explain", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>no</h1>"))
    page.fill("#text", "love")
    page.click("#explain")
    playwright.expect(page.locator("#explain-notice")).to_contain_text("answered with status 502")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_needs_no_sideways_scrolling(explained, scheme):
    page = explained(color_scheme=scheme, viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    page.get_by_role("switch", name="Show the regions on the image").check()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert violations(page) == []
