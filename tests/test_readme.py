"""Every example of the README and of docs, run as it stands there where only the extras that it names are installed.

A training is made small by options that are added to it, and what stands for another machine in an example (an address,
a key, Flickr) is replaced. What takes hours or needs a cluster is parsed as a command line and goes no further; the
tests below name these examples.
"""

import gzip
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import metadata

import pytest
from environments import ROOT, Environment
from PIL import Image
from same import CLOSE, assert_same, read_rows

from anymood.cli.app import build_app

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README = [content for _, content in FENCED.findall((ROOT / "README.md").read_text(encoding="utf-8"))]
DOCS = {path: FENCED.findall(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "docs").rglob("*.md"))}
SECONDS = 300  # that a busy machine may take for what takes a few
# A training of seconds in place of one of minutes.
SMALL = {"image_encoder": "test_efficientnet", "image_weights": "none", "word_vectors": "random", "threads": 1}
SMALL_OPTIONS = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in SMALL.items())


def block(start):
    """The example that begins so."""
    [found] = [content for content in README if content.startswith(start)]
    return found


MAKE, INSTALL = block("make demo"), block("pip install .  ")
DEMO_TABLE = block("┏")
POST, PANEL, POST_PYTHON = block('anymood predict "best'), block("╭"), block("import anymood\n\nmodel = anymood.load()")
TABLE, MANY = block("anymood predict examples"), block("anymood predict 'posts")
BULK, BULK_PYTHON = block("anymood bulk"), block("import daft")
SERVE, CURL, CLIENT = block("anymood serve"), block("curl"), block("import base64")
TRAIN, EVALUATE = block("anymood train my_posts"), block("anymood evaluate runs/mine")
TRAIN_PYTHON = block("import anymood\nfrom anymood.evaluation")
FLICKR = block("export ANYMOOD_FLICKR_KEY")
RECIPES, PAPER = block("anymood train mvsa_single"), block("pip install '.[train]'")
KNOWN = {value for name, value in globals().items() if name.isupper() and isinstance(value, str)}


def test_no_example_is_left_out():
    assert [content for content in README if content not in KNOWN] == []


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Environments by the extras that are installed in them."""
    made = {}

    def environment(*extras):
        if extras not in made:
            made[extras] = Environment(tmp_path_factory.mktemp("environment") / "it", *extras)
        return made[extras]

    return environment


@pytest.fixture
def here(tmp_path):
    """A folder with the examples, as a clone has them."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


def shell(environment, script, folder):
    return environment.run(["bash", "-euo", "pipefail", "-c", script], folder)


def lines(script):
    return [line.partition("  #")[0].strip() for line in script.splitlines()]


def masked(text):
    """A text without its figures, which differ in their last digits on some machines, and the blanks before them."""
    return re.sub(r" *[\d.]+%|[━╌]", "", text)


def parsed(command):
    """That a command line is one, without running it."""
    program, *arguments = shlex.split(command)
    assert program == "anymood"
    build_app(arguments).parse_args(arguments, print_error=False, exit_on_error=False)


def test_an_environment_has_what_it_names_and_nothing_else(environment):
    code = "from importlib.util import find_spec; print([n for n in {} if find_spec(n)])"
    names = ["numpy", "pyarrow", "fastapi", "torch", "daft", "httpx", "openvino", "pytest", "pandas", "sklearn"]
    for extras, there in (
        ((), ["numpy"]),
        (("parquet",), ["numpy", "pyarrow"]),
        (("serve",), ["numpy", "fastapi"]),
        (("collect",), ["numpy", "httpx"]),
    ):
        assert environment(*extras).run(["python", "-c", code.format(names)], ROOT) == f"{there}\n"


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here: apt-get install make")
def test_make():
    targets = [line.partition("#")[0].split() for line in MAKE.splitlines()]
    for command in targets:
        subprocess.run([*command, "--dry-run"], cwd=ROOT, check=True, capture_output=True)
    assert targets == [["make", "demo"], ["make", "test"]]


def test_what_make_demo_prints(environment, here):
    printed = environment().run(["python", "examples/demo.py"], here)
    assert masked(printed.partition("concert:")[0]) == masked(DEMO_TABLE.partition("concert:")[0])


def test_every_extra_can_be_installed():
    named = re.findall(r"^pip install '\.\[(\w+)\]'", INSTALL, re.MULTILINE)
    assert sorted(named) == sorted(set(metadata("anymood").get_all("Provides-Extra")) - {"dev", "benchmarks"})


def test_a_post(environment, here):
    assert masked(shell(environment(), POST, here)) == masked(PANEL)
    assert environment().run(["python", "-c", POST_PYTHON], here) == "positive\n"


def test_a_table(environment, here):
    shell(environment(), TABLE, here)
    rows = {row["id"]: row for row in read_rows(here / "scored.csv")}
    shown = re.findall(r"^\| (delayed|cat) \|(.*)\|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(shown) == 2
    for name, cells in shown:
        label, *numbers, used, _, _, _ = [cell.strip() for cell in cells.split("|")][2:]
        assert (rows[name]["label"], rows[name]["used"]) == (label, used)
        found = [rows[name][f"p_{each}"] for each in ("negative", "neutral", "positive")]
        assert_same(found, list(map(float, numbers)), close=CLOSE["bfloat16"])


def test_many_posts(environment, here):
    (here / "posts-1.csv").write_text("id,text\n1,love\n", encoding="utf-8")
    (here / "posts-2.csv").write_text("id,text,image\n2,sad,gone.jpg\n", encoding="utf-8")
    parquet = environment("parquet")
    parquet.run(["anymood", "predict", "posts-1.csv", "-o", "more.parquet"], here)
    shutil.copytree(ROOT / "examples" / "images", here / "photos")
    with gzip.open(here / "posts.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write('{"text": "love"}\n')
    files, photos, stream = lines(MANY)
    shell(parquet, files, here)
    assert [row["id"] for row in read_rows(here / "problems.csv")] == ["2"]
    shell(environment(), photos, here)
    assert len(read_rows(here / "photos.csv")) == len(list((here / "photos").iterdir()))
    shell(environment(), stream, here)
    assert [row["label"] for row in read_rows(here / "scored.jsonl")] == ["positive"]


def test_on_a_cluster(environment, here):
    local, cluster = lines(BULK)
    shell(environment("bulk"), local, here)
    assert sum(len(read_rows(path)) for path in (here / "scored").glob("*.parquet")) == 6
    parsed(cluster)  # it needs a cluster and a bucket: tests/bulk/test_ray.py has the one
    assert "positive" in environment("bulk").run(["python", "-c", BULK_PYTHON], here)


@pytest.fixture
def serving(environment, here):
    """Starts an example of a service; gives its address."""
    processes = []

    def serve(command):
        port = re.sub("--port 8000", "", command) + " --port 0 --threads 1"
        processes.append(environment("serve").start(shlex.split(port), here, stderr=subprocess.PIPE))
        told = processes[-1].stderr.readline()
        assert "serves on" in told, told
        return told.split()[-1]

    yield serve
    for process in processes:
        process.terminate()
        process.communicate(timeout=SECONDS)


def test_a_service_and_its_clients(environment, here, serving):
    address = serving(lines(SERVE)[0])
    replaced = CLIENT.replace("http://127.0.0.1:8000", address)
    assert replaced != CLIENT
    assert environment().run(["python", "-c", replaced], here) == "positive\n"  # a client needs nothing of anymood
    if shutil.which("curl") is None:
        pytest.skip("no curl here: apt-get install curl")
    one, several = lines(CURL.replace("http://127.0.0.1:8000", address))
    assert json.loads(shell(environment(), one, here))["used"] == "both"
    assert len(json.loads(shell(environment(), several, here))["predictions"]) == 2


def test_a_service_with_several_models(here, bundle, serving):
    shutil.copytree(bundle.folder, here / "runs" / "mine" / "bundle")
    serving(lines(SERVE)[1])


@pytest.fixture(params=["split", "no split"])
def my_posts(request, table, here):
    """``my_posts.csv``, with and without a column ``split``."""
    rows = table.read_text(encoding="utf-8").replace("images/", f"{table.parent}/images/").splitlines()
    if request.param == "no split":
        column = rows[0].split(",").index("split")
        rows = [",".join(row.split(",")[:column] + row.split(",")[column + 1 :]) for row in rows]
    (here / "my_posts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return request.param == "split"


def interrupted(environment, command, folder, run):
    """Start a training, and end it by Ctrl-C after an epoch."""
    process = environment.start(shlex.split(command), folder, stderr=subprocess.PIPE)
    deadline = time.monotonic() + SECONDS
    while not (run / "metrics.jsonl").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, told
    assert not (run / "bundle").exists()


def test_training(environment, here, my_posts):
    extra = environment("train")
    first, resume, frozen, predict = lines(TRAIN)
    if my_posts:
        interrupted(extra, f"{first} {SMALL_OPTIONS} --epochs 20 --patience 20", here, here / "runs" / "mine")
        shell(extra, resume, here)
        shell(extra, f"{frozen} {SMALL_OPTIONS} --epochs 1", here)
    else:
        shell(extra, f"{first} {SMALL_OPTIONS} --epochs 1", here)
    assert "text classifier" in shell(environment(), predict, here)
    printed = shell(extra, EVALUATE, here)
    assert ("on the test posts" if my_posts else "on the validation posts") in printed
    assert {path.name for path in (here / "results").iterdir()} == {"results.json", "confusion.png"}


def test_training_and_evaluation_in_python(environment, here, my_posts):
    small = TRAIN_PYTHON.replace("Recipe(frozen=True)", f"Recipe(frozen=True, epochs=1, **{SMALL})")
    assert small != TRAIN_PYTHON
    assert 0 <= float(environment("train").run(["python", "-c", small], here)) <= 1


def picture(key):
    """An image of a Flickr photo's own."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (int(key) % 251, 90, 90)).save(file, "JPEG")
    return file.getvalue()


def test_corpora_from_flickr(environment, here, make, flickr):
    flickr.picture = picture
    make.draw_flickr_emotion(here / "flickr_emotion")
    make.draw_vso(here / "vso", photos=2)
    key, emotion, vso, train, evaluate = lines(FLICKR)
    key = key.replace("...", "0123456789abcdef0123456789abcdef")
    ours = f" --api {flickr.url}/services/rest/ --static {flickr.url} --rate 36000000 --first-wait 0.01"
    script = [key, emotion + ours, vso + ours]
    shell(environment("collect"), "\n".join(script), here)
    assert (here / "vso" / "manifest.csv").exists()
    shell(environment("train"), f"{train} {SMALL_OPTIONS} --epochs 1", here)
    assert "on the test posts" in shell(environment("train"), evaluate, here)


def test_what_takes_hours_is_at_least_a_command_line():
    install, reproduce = lines(PAPER)
    assert install == "pip install '.[train]'"
    for command in (*lines(RECIPES), reproduce):
        parsed(command)


COMMANDS = [
    (path, line)
    for path, found in DOCS.items()
    for kind, content in found
    if kind != "python"
    for line in lines(content)
]
PARSE = """
import argparse, runpy, sys

parse = argparse.ArgumentParser.parse_args

def parse_and_end(parser, *given):
    parse(parser, *given)
    sys.exit()

argparse.ArgumentParser.parse_args = parse_and_end
sys.argv = sys.argv[1:]
sys.path.insert(0, "benchmarks")
runpy.run_path(sys.argv[0], run_name="__main__")
sys.exit("it reads no arguments")
"""


@pytest.mark.parametrize(
    ("path", "command"), COMMANDS, ids=[f"{path.stem}-{n}" for n, (path, _) in enumerate(COMMANDS)]
)
def test_commands_in_docs_are_command_lines(path, command):
    """They measure for minutes to hours, on real corpora."""
    program, *arguments = shlex.split(command)
    if program == "anymood":
        parsed(command)
        return
    assert (program, arguments[0].startswith("benchmarks/")) == ("python", True)
    subprocess.run([sys.executable, "-W", "ignore", "-c", PARSE, *arguments], cwd=ROOT, env=os.environ, check=True)
