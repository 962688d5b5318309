"""The examples of the how-to guides, run as they stand there.

What stands for another machine in an example (an address, a key, Flickr) is replaced. What takes hours or needs a
cluster is parsed as a command line and goes no further.
"""

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from environments import ROOT
from pages import Page, lines, parsed
from PIL import Image
from same import read_rows

from anymood.network.fusions import FUSIONS
from anymood.network.text_encoders import TEXT_ENCODERS
from anymood.network.weightings import WEIGHTINGS

# A training of seconds in place of one of minutes.
SMALL = {"image_encoder": "test_efficientnet", "image_weights": "none", "word_vectors": "random", "threads": 1}
SMALL_OPTIONS = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in SMALL.items())

TABLES = Page("docs/how-to/tables.md")
TABLE, COLUMNS, MANY, EXPORT, FETCH = (
    TABLES.example("anymood predict examples"),
    TABLES.example("anymood predict posts.csv"),
    TABLES.example("anymood predict 'posts"),
    TABLES.example("anymood predict twitter"),
    TABLES.example("pip install '.[fetch]'"),
)
FILES_PYTHON, ROWS_PYTHON, JOBLIB = (
    TABLES.example("import anymood\nfrom anymood.jobs"),
    TABLES.example("import anymood\nfrom anymood.tables"),
    TABLES.example("import anymood\nfrom joblib"),
)
JOBS = Page("docs/how-to/jobs.md")
JOB, NIGHTLY = JOBS.example("anymood predict"), JOBS.example("mkdir -p scored")
CLUSTER = Page("docs/how-to/cluster.md")
CLUSTER_INSTALL, BULK, BULK_PYTHON = (
    CLUSTER.example("pip install"),
    CLUSTER.example("anymood bulk"),
    CLUSTER.example("import daft"),
)
SERVICE = Page("docs/how-to/service.md")
SERVICE_INSTALL, SERVE, CURL, CLIENT = (
    SERVICE.example("pip install"),
    SERVICE.example("anymood serve"),
    SERVICE.example("curl"),
    SERVICE.example("import base64"),
)
TRAINING = Page("docs/how-to/training.md")
TRAIN, NETWORK, ANNOTATIONS, UNPAIRED, TRAIN_PYTHON = (
    TRAINING.example("anymood train posts.csv -o runs/mine --recipe"),
    TRAINING.example("anymood train posts.csv -o runs/mine --text-encoder"),
    TRAINING.example("anymood train prodigy.jsonl"),
    TRAINING.example("anymood train posts.csv -o runs/mine --unpaired"),
    TRAINING.example("import anymood\nfrom anymood.evaluation"),
)
EVALUATION = Page("docs/how-to/evaluation.md")
EVALUATE, EVALUATE_TWO, COMPARE, EVALUATE_PYTHON = (
    EVALUATION.example("anymood evaluate runs/mine"),
    EVALUATION.example("anymood evaluate sentiment"),
    EVALUATION.example("import pandas"),
    EVALUATION.example("import anymood"),
)
CORPORA = Page("docs/how-to/corpora.md")
RECIPES, FLICKR = CORPORA.example("anymood train mvsa_single"), CORPORA.example("export ANYMOOD_FLICKR_KEY")
PRIORS = Page("docs/how-to/priors.md")
PRIOR, PRIOR_COMMAND = PRIORS.example("import anymood"), PRIORS.example("anymood predict")
EXPERIMENTS = Page("docs/how-to/experiments.md")
REPRODUCE = EXPERIMENTS.example("pip install")
OWN_STUDY = EXPERIMENTS.example("anymood reproduce table")
BEYOND = EXPERIMENTS.example("anymood reproduce mvsa mvsa_single -o")
REPORTS = Page("docs/how-to/report.md")
REPORT, CORRECTED, REPORT_PYTHON = (
    REPORTS.example("python examples/festival.py"),
    REPORTS.example("anymood report scored.csv --labelled"),
    REPORTS.example("import anymood"),
)
CHECKS = Page("docs/how-to/check.md")
CHECK, CHECK_PYTHON = CHECKS.example("pip install"), CHECKS.example("import anymood")
EXPLAINING = Page("docs/how-to/explain.md")
EXPLAIN, EXPLAIN_PYTHON, EXPLAIN_SERVE, EXPLAIN_CURL = (
    EXPLAINING.example("anymood explain"),
    EXPLAINING.example("import anymood"),
    EXPLAINING.example("anymood serve"),
    EXPLAINING.example("curl"),
)
PAGES = [
    EXPLAINING,
    TABLES,
    JOBS,
    CLUSTER,
    SERVICE,
    TRAINING,
    EVALUATION,
    CORPORA,
    PRIORS,
    EXPERIMENTS,
    REPORTS,
    CHECKS,
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_every_example_is_run(page):
    assert page.left_out() == []


@pytest.fixture
def posts(folder):
    """The tables that examples name."""
    (folder / "posts-1.csv").write_text("id,text\n1,love\n", encoding="utf-8")
    (folder / "posts-2.csv").write_text("id,text,image\n2,sad,gone.jpg\n", encoding="utf-8")
    (folder / "posts.csv").write_text("key,body,photo\n1,love,\n2,sad,gone.jpg\n", encoding="utf-8")
    shutil.copytree(ROOT / "examples" / "images", folder / "photos")
    with gzip.open(folder / "posts.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write('{"text": "love"}\n')
    return folder


def test_tables(environment, shell, posts):
    shell(environment(), TABLE)
    assert len(read_rows(posts / "scored.csv")) == 6
    named, without_images = lines(COLUMNS)
    shell(environment(), named)
    assert [row["reason"] for row in read_rows(posts / "scored.csv")] == ["", "missing image"]
    parsed(without_images)


def test_several_tables_folders_and_streams(environment, shell, posts):
    parquet = environment("parquet")
    parquet.run(["anymood", "predict", "posts-1.csv", "-o", "more.parquet"], posts)
    files, photos, stream, grep = lines(MANY)
    shell(parquet, files)
    assert [row["id"] for row in read_rows(posts / "problems.csv")] == ["2"]
    shell(environment(), photos)
    assert len(read_rows(posts / "photos.csv")) == len(list((posts / "photos").iterdir()))
    shell(environment(), stream)
    assert [row["label"] for row in read_rows(posts / "scored.jsonl")] == ["positive"]
    (posts / "posts.txt").write_text("Delayed again\nbest day ever\nno delay, lovely\n", encoding="utf-8")
    assert [row.split(",")[0] for row in shell(environment(), grep).splitlines()] == [
        "text",
        "Delayed again",
        '"no delay',
    ]


def test_an_export_of_a_social_network(environment, shell, folder):
    with zipfile.ZipFile(folder / "twitter-2024.zip", "w") as export:
        export.writestr("data/tweets.js", 'window.YTD.tweets.part0 = [{"tweet": {"id_str": "1", "full_text": "love"}}]')
    shell(environment(), EXPORT)
    assert [(row["id"], row["label"]) for row in read_rows(folder / "scored.csv")] == [("1", "positive")]


def test_images_that_are_fetched():
    _, command = FETCH.splitlines()
    parsed(command)  # its tests have a server: tests/jobs/test_image_fetcher.py


def test_tables_in_python(environment, python, folder):
    assert python(environment(), FILES_PYTHON).startswith("6 {")
    assert len(read_rows(folder / "scored.jsonl")) == 6
    assert "sunday positive\n" in python(environment(), ROWS_PYTHON)


def test_several_processes(folder):
    done = subprocess.run([sys.executable, "-c", JOBLIB], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout == "['positive', 'negative']\n", done.stderr


def test_a_job(environment, folder):
    (folder / "posts.csv").write_text("id,text,image\n1,love,\n2,sad,gone.jpg\n", encoding="utf-8")
    process = environment("parquet").start(["bash", "-c", JOB], folder, stderr=subprocess.PIPE)
    process.communicate()
    assert process.returncode == 1  # --strict
    assert [row["reason"] for row in read_rows(folder / "problems.csv")] == ["missing image"]


def test_a_job_every_night(environment, shell, folder):
    (folder / "posts").mkdir()
    written = []
    for day in ("1", "2"):
        (folder / "posts" / f"{day}.csv").write_text("text\nlove\nsad\n", encoding="utf-8")
        shell(environment(), NIGHTLY)
        written.append((folder / "scored" / "1.csv").stat().st_mtime_ns)
        assert len(list((folder / "scored").iterdir())) == int(day)
    assert written[0] == written[1]
    assert '<h1><bdi dir="auto">Report on 4 posts' in (folder / "report.html").read_text(encoding="utf-8")


def test_on_a_cluster(environment, shell, python, folder):
    assert CLUSTER_INSTALL == "pip install '.[bulk]'\n"
    local, cluster = lines(BULK)
    shell(environment("bulk"), local)
    assert sum(len(read_rows(path)) for path in (folder / "scored").glob("*.parquet")) == 6
    parsed(cluster)  # it needs a cluster and a bucket: tests/cluster/test_ray.py has the one
    assert "positive" in python(environment("bulk"), BULK_PYTHON)


def test_a_service_and_its_clients(environment, shell, python, serving):
    assert SERVICE_INSTALL == "pip install '.[serve]'\n"
    address = serving(lines(SERVE)[0])
    replaced = CLIENT.replace("http://127.0.0.1:8000", address)
    assert replaced != CLIENT
    assert python(environment(), replaced) == "positive\n"  # a client needs nothing of anymood
    if shutil.which("curl") is None:
        pytest.skip("no curl here: apt-get install curl")
    one, several = lines(CURL.replace("http://127.0.0.1:8000", address))
    assert json.loads(shell(environment(), one))["used"] == "both"
    assert len(json.loads(shell(environment(), several))["predictions"]) == 2


def test_a_service_with_several_models(my_run, serving):
    serving(lines(SERVE)[1])


def test_training_is_a_command_line():
    for command in (
        *lines(TRAIN),
        *lines(NETWORK),
        *lines(ANNOTATIONS),
        *lines(UNPAIRED),
        *re.findall(r"`(anymood train .*?)`", TRAINING.text),
    ):
        parsed(command)


def test_the_guide_has_the_settings_of_the_default_recipe():
    recipe = json.loads((ROOT / "src/anymood/training/recipes/default.json").read_text(encoding="utf-8"))
    options = [f"--{name.replace('_', '-')}{'' if value is True else f' {value}'}" for name, value in recipe.items()]
    [(_, shown)] = [each for each in TRAINING.examples if each[1].startswith("--start-from")]
    assert sorted(f"--{option}" for option in shown.strip().removeprefix("--").split(" --")) == sorted(options)


def test_the_guide_names_all_parts_of_the_network():
    for registry in (TEXT_ENCODERS, FUSIONS, WEIGHTINGS):
        assert [name for name in registry.names() if f"`{name}`" not in TRAINING.text] == []


@pytest.mark.parametrize("my_posts", ["split"], indirect=True)
def test_training_and_evaluation_in_python(environment, python, my_posts, folder):
    assert my_posts
    small = TRAIN_PYTHON.replace("Recipe(frozen=True)", f"Recipe(frozen=True, epochs=1, **{SMALL})")
    # Without test posts, those of validation take their place. The tutorial trains on such a table, too.
    trained = TRAIN_PYTHON.replace('train(sources, recipe, "runs/python")', 'anymood.load("runs/python").bundle')
    assert TRAIN_PYTHON not in (small, trained)
    assert 0 <= float(python(environment("train"), small)) <= 1
    table = folder / "my_posts.csv"
    head, rows = table.read_text(encoding="utf-8").split("\n", 1)
    table.write_text(head.replace("split", "week") + "\n" + rows, encoding="utf-8")
    assert 0 <= float(python(environment("train"), trained)) <= 1


def test_evaluation(environment, python):
    parsed(EVALUATE.strip())
    assert python(environment(), EVALUATE_PYTHON).startswith("3 ")


def test_a_comparison_of_two_models(environment, shell, folder):
    rows = ("1,best day ever,positive", "2,worst day ever,negative", "3,the shop opens at nine,neutral")
    (folder / "labelled.csv").write_text("\n".join(("id,text,label", *rows)) + "\n", encoding="utf-8")
    shell(environment(), EVALUATE_TWO)
    done = subprocess.run([sys.executable, "-c", COMPARE], cwd=folder, capture_output=True, text=True, check=False)
    number = r"[+-]\d+\.\d%"
    assert re.fullmatch(rf"{number} \({number} to {number}\), p = [01]\.\d{{3}}\n", done.stdout), done.stderr


def test_a_prior(environment, python, shell, bundles, folder):
    shares = {"negative": 0.4, "neutral": 0.2, "positive": 0.4}
    (folder / "runs").mkdir()
    bundles.write_bundle(folder / "runs" / "mine", prior=shares)
    assert "neutral" in python(environment(), PRIOR)
    shell(environment(), PRIOR_COMMAND)


def picture(key):
    """An image of a Flickr photo's own."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (int(key) % 251, 90, 90)).save(file, "JPEG")
    return file.getvalue()


def test_corpora_from_flickr(environment, shell, folder, make, flickr):
    flickr.picture = picture
    make.draw_flickr_emotion(folder / "flickr_emotion")
    make.draw_vso(folder / "vso", photos=2)
    key, emotion, vso, train, evaluate = lines(FLICKR)
    key = key.replace("...", "0123456789abcdef0123456789abcdef")
    ours = f" --api {flickr.url}/services/rest/ --static {flickr.url} --rate 36000000 --first-wait 0.01"
    shell(environment("collect"), "\n".join([key, emotion + ours, vso + ours]))
    assert (folder / "vso" / "manifest.csv").exists()
    shell(environment("train"), f"{train} {SMALL_OPTIONS} --epochs 1")
    assert "on the test posts" in shell(environment("train"), evaluate)


def test_what_takes_hours_is_at_least_a_command_line():
    install, reproduce = lines(REPRODUCE)
    assert install == "pip install '.[train]'"
    for command in (*lines(RECIPES), reproduce, *lines(OWN_STUDY), *lines(BEYOND)):
        parsed(command)


def test_a_report(environment, shell, python, folder):
    few = REPORT.replace("festival.py\n", "festival.py 200\n")  # in place of a thousand, which the tutorial has
    assert few != REPORT
    shell(environment(), few)
    labelled = (folder / "labelled.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "labelled.csv").write_text("".join(labelled[:201]), encoding="utf-8")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "By campaign" in page
    shell(environment(), CORRECTED)
    assert "corrected for the errors of the model" in (folder / "corrected.html").read_text(encoding="utf-8")
    assert "positive: " in python(environment(), REPORT_PYTHON)
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["breakdowns"][0]["column"] == "campaign"


def test_a_check(environment, shell, python, folder):
    install, *commands = lines(CHECK)
    assert install == "pip install '.[check]'"
    assert "600 rows" in shell(environment("check"), "\n".join(commands))
    assert "Probable label errors" in (folder / "check.html").read_text(encoding="utf-8")
    assert "repeated texts" in python(environment(), CHECK_PYTHON)


def test_an_explanation(environment, shell, python, folder):
    assert "The probability of" in shell(environment(), EXPLAIN)
    with Image.open(folder / "why.png") as drawn:
        assert drawn.width == 960
    label, *_ = python(environment(), EXPLAIN_PYTHON).split()
    assert label in ("negative", "neutral", "positive")


def test_an_explanation_by_a_service(environment, shell, serving):
    address = serving(EXPLAIN_SERVE.strip())
    if shutil.which("curl") is None:
        pytest.skip("no curl here: apt-get install curl")
    message = json.loads(shell(environment(), EXPLAIN_CURL.replace("http://127.0.0.1:8000", address)))
    assert message["text_effect"] is not None
    assert message["regions"]["effects"]
