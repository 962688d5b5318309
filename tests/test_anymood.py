import subprocess
import sys
from importlib import import_module
from inspect import isclass, isfunction
from pkgutil import walk_packages
from typing import get_type_hints

import pytest

import anymood
from anymood import cluster, errors, jobs, training


def test_the_public_names_are_sorted_and_there():
    assert anymood.__all__ == sorted(anymood.__all__)
    assert all(hasattr(anymood, name) for name in anymood.__all__)


def test_nothing_else_is_shown():
    assert dir(anymood) == sorted(anymood.__all__)
    for package in (cluster, jobs, training):
        assert dir(package) == sorted(package.__all__)


def test_every_error_is_public():
    raised = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert raised < set(anymood.__all__)


def test_the_model_is_the_class_that_load_returns():
    from anymood.runtime.predictor import Model

    assert anymood.Model is Model


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'anymood' has no attribute 'Predictor'"):
        anymood.Predictor  # noqa: B018


def test_importing_brings_nothing_heavy():
    heavy = {"numpy", "onnxruntime", "openvino", "tokenizers", "PIL", "ftfy", "emoji", "rich", "cyclopts", "pyarrow"}
    code = "import sys, anymood as a; a.errors.InputError, a.posts, a.labels, a.Post; print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {*heavy, "torch"} & set(output.stdout.split())


def test_importing_brings_next_to_nothing():
    """So that Ctrl-C right after the start of a command is hardly ever within an import, and prints no traceback."""
    code = "import sys; before = set(sys.modules); import anymood.cli; print(*set(sys.modules) - before)"
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"collections", "dataclasses", "re", "typing"} & set(output.stdout.split())


def test_predicting_never_brings_torch():
    code = "import sys, anymood; anymood.load().predict('love'); print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {"onnxruntime", "openvino"} & set(output)
    assert not {"torch", "lightning", "timm", "transformers"} & set(output)


def test_load_takes_a_folder_or_lists_the_models(tmp_path):
    with pytest.raises(errors.ForeignBundle, match="is not an anymood bundle"):
        anymood.load(tmp_path)
    with pytest.raises(errors.SettingError, match="There is no model 'no such model'"):
        anymood.load("no such model")


def public_callables():
    """Classes, functions and methods of all packages with public names."""
    packages = [module.name for module in walk_packages(anymood.__path__, "anymood.") if module.ispkg]
    for package in map(import_module, ["anymood", *packages]):
        for name in getattr(package, "__all__", ()):
            value = getattr(package, name)
            if isclass(value) or isfunction(value):
                yield f"{package.__name__}.{name}", value
            members = vars(value).values() if isclass(value) else ()
            yield from ((member.__qualname__, member) for member in members if isfunction(member))


def test_annotations_can_be_resolved():
    assert set(get_type_hints(anymood.Post)) == {"text", "image", "id"}
    assert get_type_hints(anymood.Prediction)["used"] == anymood.posts.Used
    names = {name for name, value in public_callables() if get_type_hints(value)}
    assert names >= {"anymood.load", "Model.predict_frame", "anymood.jobs.predict_files", "MoodClassifier.__init__"}


@pytest.mark.parametrize("package", ["jobs", "cluster"])
def test_packages_import_their_public_names_lazily(package):
    module = import_module(f"anymood.{package}")
    assert all(callable(getattr(module, name)) for name in module.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'predict_all'"):
        module.predict_all  # noqa: B018
