"""Files that describe the repository to others: the citation, the changelog, the workflow."""

import re
import tomllib

import pytest
from environments import ROOT

from anymood._version import __version__

yaml = pytest.importorskip("yaml")  # lightning and mkdocstrings bring it


def read(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_citation_and_the_changelog_are_of_this_version():
    citation = read("CITATION.cff")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, date = re.search(r"^## (\d\S+) - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE).groups()
    assert version == citation["version"] == __version__
    assert date == citation["date-released"]


def test_the_workflow_tests_every_version_of_python_that_is_named():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [one.rpartition(" ")[2] for one in project["classifiers"] if ":: Python :: 3." in one]
    assert read(".github/workflows/tests.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == named


def test_issue_templates_have_what_a_form_needs():
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form = read(path)
        if path.name != "config.yml":
            assert {"name", "description", "body"} <= form.keys()
            assert all({"type", "id", "attributes"} <= field.keys() for field in form["body"])


def test_the_architecture_names_modules_that_exist():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+(?:\.py|/))`", text))
    assert len(named) > 30
    assert [name for name in named if not (ROOT / "src" / "anymood" / name).exists()] == []


def test_every_package_and_module_is_in_the_architecture():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "anymood"
    names = {f"{path.parent.name}/" for path in source.glob("*/__init__.py")}
    names |= {path.name for path in source.glob("[a-z]*.py")}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
