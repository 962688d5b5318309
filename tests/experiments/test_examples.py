from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from anymood.experiments import examples
from anymood.experiments.report import write_report
from anymood.experiments.results import numbers


@pytest.fixture
def differing(finished):
    """The study as if C_m and C_t had differed on the first and the third test post."""
    result = finished[2]
    index, trial = next((i, c) for i, c in enumerate(result.trials) if c.trial.name == "MT_seed-0")
    right = np.eye(len(result.posts.labels))[trial.truth]
    wrong = np.roll(right, 1, axis=1)
    fused, text = right.copy(), right.copy()
    fused[[0, 2]], text[[1]] = wrong[[0, 2]], wrong[[1]]
    rows = {"C_m": fused, "C_t": text, "C_v": right}
    trials = [*result.trials[:index], replace(trial, rows=rows), *result.trials[index + 1 :]]
    return replace(result, trials=trials)


def test_a_post_for_each_way_to_differ(differing):
    results = examples.differing(differing)
    assert [(one.title, one.posts) for one in results] == [
        ("C_m and C_v right, C_t wrong", 1),
        ("C_t and C_v right, C_m wrong", 2),
    ]
    test, names = differing.posts.test, differing.posts.labels.names
    assert [one.text for one in results] == [test[1].post.text, test[0].post.text]
    assert results[1].truth == results[1].predictions["C_t"] == names[test[0].label] != results[1].predictions["C_m"]
    for one in results:
        assert max(Image.open(BytesIO(one.thumbnail)).size) <= examples.THUMBNAIL


def test_what_cannot_be_shown_whole(differing):
    first, *others = differing.posts.test
    odd = replace(first, post=replace(first.post, text="a  b\n" * 200, image="gone.jpg"))
    posts = replace(differing.posts, test=(odd, *others))
    shown = examples.differing(replace(differing, posts=posts))[1]
    assert len(shown.text) == examples.MAX_TEXT_LENGTH
    assert shown.text.startswith("a b a b")
    assert Image.open(BytesIO(shown.thumbnail)).getpixel((0, 0)) == pytest.approx((211, 211, 211), abs=2)


def test_nothing_differs_without_the_multitask_model(finished):
    result = finished[2]
    alone = [trial for trial in result.trials if trial.trial.system == "SM"]
    assert examples.differing(replace(result, trials=alone)) == []


def test_the_report_shows_them_unless_told_not_to(differing, tmp_path):
    first, *others = differing.posts.test
    odd = replace(first, post=replace(first.post, text="a | b <i> *c* ![](x)"))
    differing = replace(differing, posts=replace(differing.posts, test=(odd, *others)))
    measured = numbers(differing)
    page = write_report(differing, measured, tmp_path).read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 2
    assert "a | b &lt;i&gt; *c* ![](x)" in page
    message = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert r"| ![](figures/example-2.jpg) | a \| b &lt;i> \*c\* !\[](x) |" in message
    assert (tmp_path / "figures" / "example-2.jpg").read_bytes() == measured.differing[1].thumbnail
    page = write_report(differing, measured, tmp_path, examples=False).read_text(encoding="utf-8")
    assert "image/jpeg" not in page
    assert "Where the classifiers differ" in page
    assert not list((tmp_path / "figures").glob("example-*"))
