import json

import pytest


def test_a_prior_changes_the_probabilities(anymood, bundle_with_prior):
    arguments = ["predict", "love report", "--model", bundle_with_prior, "--json"]
    without = json.loads(anymood(*arguments)[1])["probabilities"]
    code, out, _ = anymood(*arguments, "--prior", "negative=0.5,neutral=0.5,positive=0")
    probabilities = json.loads(out)["probabilities"]
    assert code == 0
    assert probabilities["positive"] == 0
    ratio = without["negative"] / without["neutral"]
    assert probabilities["negative"] / probabilities["neutral"] == pytest.approx(ratio, 1e-5)


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ("even", "'even', which is not a label with its share"),
        ("joy=1", "The prior names joy, but the model's labels are negative, neutral, positive"),
        ("positive=1", "The prior lacks negative, neutral"),
        ("negative=0,neutral=0,positive=0", "All shares of the prior are 0"),
        ("negative=-1,neutral=0,positive=2", "The prior's share of negative is -1.0"),
    ],
)
def test_a_prior_that_does_not_fit_is_an_error(anymood, bundle_with_prior, prior, message):
    code, _, err = anymood("predict", "love", "--model", bundle_with_prior, "--prior", prior)
    assert code == 1
    assert message in err


def test_a_model_without_shares_takes_no_prior(anymood, bundle):
    code, _, err = anymood("predict", "love", "--model", bundle, "--prior", "uniform")
    assert code == 1
    assert "does not record the label proportions that it assumes" in err


def test_a_job_resumes_only_with_the_same_prior(anymood, bundle_with_prior, tmp_path, monkeypatch):
    (tmp_path / "posts.csv").write_text("text\n" + "love\n" * 50, encoding="utf-8")
    arguments = ["predict", tmp_path / "posts.csv", "-o", tmp_path / "out.csv", "--model", bundle_with_prior]

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("anymood.jobs.output.Output.finish", interrupt)
        assert anymood(*arguments, "--prior", "uniform")[0] == 130
    code, _, err = anymood(*arguments)
    assert code == 1
    assert "changed since: the prior" in err
    assert anymood(*arguments, "--prior", "uniform")[0] == 0
