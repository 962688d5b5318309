import sys

import pytest


@pytest.fixture
def served(monkeypatch):
    """What would have been served."""
    runs = []

    def run(app, bound, limits, started, ending):
        started()
        runs.append((app, bound, limits))
        bound.close()

    monkeypatch.setattr("anymood.service.server.run", run)
    return runs


def test_it_says_where_it_listens(anymood, served, bundle):
    code, out, err = anymood("serve", bundle, "--port", "0")
    assert (code, out) == (0, "")
    assert err.startswith("Serving on http://127.0.0.1:")
    assert err.count("\n") == 1


def test_open_to_others_without_keys_it_warns(anymood, served, bundle, tmp_path):
    _, _, err = anymood("serve", bundle, "--port", "0", "--host", "0.0.0.0")  # noqa: S104
    assert "No authentication. Use --api-keys" in err
    keys = tmp_path / "keys"
    keys.write_text("0123456789abcdef\n")
    _, _, err = anymood("serve", bundle, "--port", "0", "--host", "0.0.0.0", "--api-keys", keys)  # noqa: S104
    assert "--api-keys" not in err


def test_limits_are_options(anymood, served, bundle):
    assert anymood("serve", bundle, "--port", "0", "--max-concurrent", "3", "--image-pixels", "1000")[0] == 0
    _, _, limits = served[0]
    assert (limits.max_concurrent, limits.image_pixels, limits.batch_posts) == (3, 1000, 64)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--threads", "0"], "'threads' is 0"),
        (["--max-concurrent", "0"], "max_concurrent is 0; it must be at least 1"),
        (["--api-keys", "none"], "cannot be read"),
        (["--origin", "example.org"], "'example.org' is not an origin"),
        (["--origin", "https://example.org/page"], "scheme and host only"),
        (["--port", "70000"], "cannot listen on 127.0.0.1, port 70000"),
    ],
)
def test_what_cannot_be_used(anymood, served, bundle, arguments, message):
    code, _, err = anymood("serve", bundle, *arguments)
    assert code in {1, 2}
    assert message in err


def test_two_models_of_one_name(anymood, served, bundle):
    code, _, err = anymood("serve", bundle, bundle)
    assert code == 1
    assert "the same name: tiny, tiny" in err


def test_without_the_extra_it_says_how_to_install_it(anymood, served, bundle, monkeypatch):
    monkeypatch.setitem(sys.modules, "anymood.service.app", None)
    code, _, err = anymood("serve", bundle)
    assert code == 1
    assert "pip install 'anymood[serve]'" in err


def test_a_prior_is_applied(anymood, served, bundle_with_prior, monkeypatch):
    from anymood.service import app

    models, create_app = [], app.create_app
    monkeypatch.setattr(app, "create_app", lambda named, **kw: models.append(named) or create_app(named, **kw))
    assert anymood("serve", bundle_with_prior, "--port", "0", "--prior", "uniform")[0] == 0
    assert models[0]["tiny"].prior == pytest.approx(dict.fromkeys(["negative", "neutral", "positive"], 1 / 3))
    code, _, err = anymood("serve", bundle_with_prior, "--port", "0", "--prior", "joy=1")
    assert code == 1
    assert "The prior names joy" in err
