"""How long the explanation of a post takes on the web page, from a cold start.

For each repetition: a new service, a new browser, the page, a text of 30 words, an image, and the button Why?. Measured
are the times of loading the page, of the prediction after the image was picked, and from the click to the explanation
on the page, the first time and once more. Needs ``anymood[dev]`` and Chromium.

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
PATIENCE = 120_000  # milliseconds
# Clicks the button, and resolves to the milliseconds until the explanation is painted, by the clock of the page: the
# driver's own steps around a click take longer than the explanation where the machine is busy.
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
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    found = defaultdict(list)
    for _ in range(given.repetitions):
        with sync_playwright() as driver, service(given.threads, given.engine) as process:
            try:
                assert process.stderr is not None
                address = process.stderr.readline().split()[-1]
                browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
                for name, seconds in measured(browser, address, process.pid).items():
                    found[name].append(seconds)
            finally:
                process.terminate()
    print(f"{len(TEXT.split())} words with an image, {given.threads} thread(s), {given.repetitions} cold starts")
    for name, times in found.items():
        print(f"{name}: median {median(times):.2f} s, from {min(times):.2f} to {max(times):.2f}")


def service(threads: int, engine: str | None) -> subprocess.Popen[str]:
    """A service in a process of its own."""
    call = "import sys; from anymood.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", call, "serve", "--port", "0", "--threads", str(threads)]
    command += [] if engine is None else ["--engine", engine]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def processor_time(pid: int) -> float:
    """Seconds that a process has computed, which other processes on the machine change little (Linux)."""
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
    page.wait_for_selector("#why:has-text('a text and an image')", timeout=PATIENCE)
    seconds["prediction"] = time.perf_counter() - begun
    for name in ("first explanation", "second explanation"):
        computed = processor_time(pid)
        seconds[name] = page.evaluate(CLICK) / 1000
        seconds[f"{name}, processor time of the service"] = processor_time(pid) - computed
        page.click("#explain")  # closes it; the next click asks anew
    return seconds


if __name__ == "__main__":
    main()
