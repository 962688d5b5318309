"""Time of the explanation of a post on the web page, from a cold start.

Each repetition starts a new service and a new browser, opens the page, enters a text of 30 words and an image, and
clicks the button Why?. Measured are the times of loading the page, of the prediction after the image was chosen, and
from the click to the explanation on the page, twice. Needs ``anymood[dev]`` and Chromium.

    python benchmarks/explanation_page.py [--engine onnxruntime]
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

IMAGE = Path(__file__).parent.parent / "examples" / "images" / "coffee.jpg"
TEXT = (
    "We waited two hours in the rain for the first band, but the sound was great, the people were kind and the food, "
    "although cold, was better than last year"
)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
TIMEOUT = 120_000  # milliseconds
# Clicks the button, and resolves to the milliseconds until the explanation is painted, by the clock of the page: on a
# busy machine, the driver's own steps around a click take longer than the explanation.
CLICK = """() => new Promise((done) => {
  const begun = performance.now();
  const shown = () => document.querySelector("#explanation:not([hidden]) mark");
  new MutationObserver((_, observer) => {
    if (!shown()) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - begun));
  }).observe(document.querySelector("#explanation"), { attributes: true, childList: true });
  document.querySelector("#explain").click();
})"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--engine", default=None, help="by default that which the service chooses")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    seconds = defaultdict(list)
    for _ in range(arguments.repetitions):
        with sync_playwright() as driver, service(arguments.threads, arguments.engine) as process:
            try:
                assert process.stderr is not None
                address = process.stderr.readline().split()[-1]
                browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
                for name, value in measured(browser, address, process.pid).items():
                    seconds[name].append(value)
            finally:
                process.terminate()
    print(
        f"{len(TEXT.split())} words with an image, {arguments.threads} thread(s), {arguments.repetitions} cold starts"
    )
    for name, times in seconds.items():
        print(f"{name}: median {median(times):.2f} s, from {min(times):.2f} to {max(times):.2f}")


def service(threads: int, engine: str | None) -> subprocess.Popen[str]:
    """A service in a new process."""
    command = [sys.executable, "-m", "anymood", "serve", "--port", "0", "--threads", str(threads)]
    command += [] if engine is None else ["--engine", engine]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def processor_time(pid: int) -> float:
    """Processor time of a process in seconds, which depends little on other processes (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(browser: Browser, address: str, pid: int) -> dict[str, float]:
    """Seconds of each step."""
    page = browser.new_page()
    begun = time.perf_counter()
    page.goto(address)
    seconds = {"page": time.perf_counter() - begun}
    page.fill("#text", TEXT)
    begun = time.perf_counter()
    page.set_input_files("#image", str(IMAGE))
    page.wait_for_selector("#why:has-text('a text and an image')", timeout=TIMEOUT)
    seconds["prediction"] = time.perf_counter() - begun
    for name in ("first explanation", "second explanation"):
        computed = processor_time(pid)
        seconds[name] = page.evaluate(CLICK) / 1000
        seconds[f"{name}, processor time of the service"] = processor_time(pid) - computed
        page.click("#explain")  # closes it, so that the next click requests it again
    return seconds


if __name__ == "__main__":
    main()
