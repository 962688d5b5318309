"""Update the pictures of the documentation, in ``docs/page``, ``docs/report`` and ``docs/explain``.

Needs ``anymood[dev]`` and Chromium. Run it after a change of the page, of reports, of explanations or of a bundled
model, and look at each picture.

    python tools/pictures.py
"""

import csv
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "examples" / "images"
ANYMOOD = (sys.executable, "-m", "anymood")
ENGINE = ("--engine", "onnxruntime")  # of the base install
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WIDE, PHONE = 1200, 360  # pixels
TIMEOUT = 60_000  # milliseconds

ANGRY = "Third cancelled flight this week. Worst airline ever, I am so angry 😡"
MIXED = "I love this place! The staff was so kind and the coffee wonderful, but the cake was dry."
SHORT = "I love this place, but the cake was dry"
POSTS = (
    ("First coffee of a slow Sunday morning. Life is good! #grateful ☕", "coffee.jpg", "Spring"),
    (ANGRY, "coffee.jpg", "Spring"),
    ("What a beautiful launch, so proud of everyone who made this happen!", "rocket.jpg", "Spring"),
    ("My phone died and I missed the last train home. What a horrible night.", "", "Spring"),
    ("", "cat.jpg", "Spring"),
    ("Best concert of my life, I am still smiling :)", "broken.jpg", "Summer"),
    ("Package arrived broken, and the refund takes six weeks. Awful service.", "", "Summer"),
    ("The shop opens at nine on Mondays.", "", "Summer"),
    ("Thank you all for the kind words, it means a lot.", "", "Summer"),
    ("Sunset from the office window", "sunset.jpg", "Summer"),
    ("", "", "Summer"),
)


def main() -> None:
    """Make all of them."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        work = Path(name)
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        with service() as address:
            pictures_of_page(browser, address, work)
            pictures_of_explanation(browser, address)
        pictures_of_report(browser, work)
    picture = ROOT / "docs/explain/picture.png"
    run("explain", SHORT, "--image", str(IMAGES / "coffee.jpg"), "-o", str(picture), "--overwrite", *ENGINE)


def pictures_of_page(browser: Browser, address: str, work: Path) -> None:
    """The page with a post, and with a table."""
    for name, scheme, width in (("light", "light", WIDE), ("dark", "dark", WIDE), ("phone", "light", PHONE)):
        with opened(browser, address, scheme, width) as page:
            predict(page, ANGRY)
            shoot(page, f"page/{name}.png", below=".result")
    table = work / "posts.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = [(text, image, f"2026-05-{day:02}", where) for day, (text, image, where) in enumerate(POSTS, 1)]
        csv.writer(file).writerows([("message", "photo", "date", "campaign"), *rows])
    files = sorted({str(IMAGES / image) for _, image, _ in POSTS if (IMAGES / image).is_file()})
    with opened(browser, address, "light", WIDE) as page:
        page.set_input_files("#table", [str(table), *files])
        expect(page.locator("#table-status")).to_contain_text(f"All {len(POSTS)} posts", timeout=TIMEOUT)
        page.locator("#table-part").screenshot(path=ROOT / "docs/page/table.png", animations="disabled")


def pictures_of_explanation(browser: Browser, address: str) -> None:
    """The explanation of the button Why?."""
    for name, scheme, width in (("light", "light", WIDE), ("dark", "dark", WIDE), ("phone", "light", PHONE)):
        with opened(browser, address, scheme, width) as page:
            predict(page, MIXED)
            page.click("#explain")
            page.check("#show-regions", timeout=TIMEOUT)
            page.locator(".result").screenshot(path=ROOT / f"docs/explain/{name}.png", animations="disabled")


def pictures_of_report(browser: Browser, work: Path) -> None:
    """The first sections of a report on the example's posts."""
    subprocess.run([sys.executable, ROOT / "examples" / "festival.py"], cwd=work, check=True)
    report = work / "report.html"
    run("predict", "festival.csv", "-o", "festival_scored.csv", *ENGINE, folder=work)
    made = ("--by", "campaign", "--labelled", "labelled.csv", "--title", "Lake festival", "-o", report.name)
    run("report", "festival_scored.csv", *made, *ENGINE, folder=work)
    for name, scheme, width in (("light", "light", 1100), ("dark", "dark", 1100), ("phone", "light", PHONE)):
        with opened(browser, report.as_uri(), scheme, width) as page:
            shoot(page, f"report/{name}.png", below="section:nth-of-type(3) figure")


def predict(page: Page, text: str) -> None:
    """Write a text, pick an image, and wait for the prediction of both."""
    page.fill("#text", text)
    page.set_input_files("#image", str(IMAGES / "coffee.jpg"))
    expect(page.locator("#why")).to_contain_text("a text and an image", timeout=TIMEOUT)
    page.locator("#text").blur()


def shoot(page: Page, name: str, below: str) -> None:
    """The page from its top to the end of an element."""
    box = page.locator(below).first.bounding_box()
    size = page.viewport_size
    assert box is not None and size is not None, below  # noqa: S101
    clip = {"x": 0, "y": 0, "width": size["width"], "height": box["y"] + box["height"] + 8}
    page.screenshot(path=ROOT / "docs" / name, full_page=True, clip=clip, animations="disabled")


@contextmanager
def opened(browser: Browser, address: str, scheme: str, width: int) -> Iterator[Page]:
    """A page in a new window."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    yield page
    page.close()


@contextmanager
def service() -> Iterator[str]:
    """The address of a service with both bundled models."""
    command = [*ANYMOOD, "serve", "sentiment", "emotion", "--port", "0", *ENGINE]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None  # noqa: S101
            yield process.stderr.readline().split()[-1]
        finally:
            process.terminate()


def run(*arguments: str, folder: Path = ROOT) -> None:
    """Run a command of anymood."""
    subprocess.run([*ANYMOOD, *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    main()
