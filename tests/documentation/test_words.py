"""Words of earlier versions that standard terms have replaced. The glossary has the words that are used."""

import re

import pytest
from environments import ROOT

# What is not to be written, and what to write in its place.
RETIRED = {
    r"\b(this|the|its|every|each|a new|whose) rooms?\b": "package",
    r"\b(this|the|its|an|no|which) extras?\b(?! (work|cost))": "optional dependency, or anymood[NAME]",
    r"\brequests? in hand\b|\bin[-_]hand\b": "concurrent requests",
    r"\bin its turn\b|\bturns? of posts\b|\bturn_posts\b": "batch",
    r"\bvanishing\b": "unmount check",
    r"\bmanners\b": "request policy",
    r"\bway of the data\b": "data flow",
    r"\boutlasts?\b.*\bkills?\b": "atomic writes and a lock",
    r"\bjobs? loses? nothing\b": "interrupted jobs resume",
    r"\banybody who reaches\b": "no authentication",
    r"\bgone on (from|with)\b|\bgoes on from\b|\bto go on (from|with)\b": "resume, continue or start from",
    r"\b(Begun|Usable|Asked|_told|_known|_hurried|_apart)\b": "a name that says what it is",
    r"(?<!_)\bwhole\(\)": "atomic write",
    r"\b(are|is) passed over\b": "skipped",
    r"\bbeyond chance\b": "significant",
    r"\btraining\.Sources\b": "DataSources",
    r":(meth|class|func|attr|mod):`": "``name``, since the site reads docstrings as Markdown",
}
FILES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "examples/*.md",
        "src/**/*.py",
        "src/**/*.md",
        "src/**/*.js",
        "src/**/*.html",
    )
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("pattern", RETIRED, ids=RETIRED.values())
def test_standard_terms_are_used(pattern):
    matches = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE if pattern.islower() else 0)
    ]
    assert matches == [], f"write in its place: {RETIRED[pattern]}"
