import dataclasses
import json
import re
from typing import get_args, get_type_hints

import pytest

pytest.importorskip("torch")

from anymood.cli.recipes import option_types, read_recipe
from anymood.errors import SettingError
from anymood.fields import field_rules
from anymood.training.config import Recipe


def test_every_setting_is_an_option_with_help():
    options = option_types(Recipe)
    assert list(options) == [field.name for field in dataclasses.fields(Recipe)]
    for kind in options.values():
        inner, parameter = get_args(kind)
        nested = getattr(inner, "__required_keys__", None)
        message = (
            [parameter.help]
            if nested is None
            else [get_args(one)[1].help for one in get_type_hints(inner, include_extras=True).values()]
        )
        assert message
        assert all(len(text) > 10 for text in message)


def test_help_is_what_the_docstring_says_with_bounds_and_default():
    _, parameter = get_args(option_types(Recipe)["patience"])
    message = "Epochs without a better score before training stops. At least 1."
    assert parameter.help == f"{message} Default: {Recipe().patience}."


def test_help_does_not_begin_with_a_value_in_capitals():
    """The first letter of an entry of the docstring becomes a capital, so ``cnn`` would be ``Cnn``."""
    options = option_types(Recipe)
    for name, rule in field_rules(Recipe):
        values = {*(rule.choices or ()), *filter(lambda value: isinstance(value, str), get_args(rule.kind))}
        assert get_args(options[name])[1].help.partition(" ")[0].lower() not in values if values else True


def test_help_tells_bounds_and_names():
    options = option_types(Recipe)
    names = ("fusion", "smallest_crop", "colour", "ema_decay", "seed")
    message = {name: get_args(options[name])[1].help for name in names}
    assert re.search(r"\. One of .*central, concatenation, .*\. Default: concatenation\.$", message["fusion"])
    assert message["smallest_crop"].endswith("More than 0 and at most 1. Default: 0.5.")
    assert message["colour"].endswith("Between 0 and 1. Default: 0.2.")
    assert message["ema_decay"].endswith("Between 0 and 1, exclusive.")
    assert message["seed"].endswith("At least 0 and less than 4,294,967,296. Default: 0.")


def test_a_setting_overrides_the_recipe_even_with_its_default(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"epochs": 3, "seed": 7, "alpha": {"text": 0.5, "fused": 2.0}}), encoding="utf-8")
    recipe = read_recipe(str(path), {"epochs": Recipe().epochs, "alpha": {"text": 1.5}})
    assert recipe.epochs == Recipe().epochs
    assert recipe.seed == 7
    assert (recipe.alpha.image, recipe.alpha.text, recipe.alpha.fused) == (1.0, 1.5, 2.0)


def test_paths_hold_in_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("weights.pth", "glove.txt", "timm"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "bert").mkdir()
    recipe = read_recipe(None, {"image_weights": "weights.pth", "word_vectors": "glove.txt"})
    assert recipe.image_weights == str(tmp_path / "weights.pth")
    assert recipe.word_vectors == str(tmp_path / "glove.txt")
    recipe = read_recipe(None, {"text_encoder": "transformer", "text_folder": "bert"})
    assert recipe.text_folder == str(tmp_path / "bert")
    assert read_recipe(None, {"image_weights": "timm"}).image_weights == "timm"  # the word, not the file
    assert read_recipe(None, {"word_vectors": "nowhere.txt"}).word_vectors == "nowhere.txt"


def test_a_model_to_start_from_brings_its_encoders(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    assert read_recipe(None, {"start_from": "sentiment"}).start_from == "sentiment"
    assert read_recipe(None, {"start_from": "run"}).start_from == str(tmp_path / "run")
    with pytest.raises(SettingError, match="image_encoder and vocabulary cannot be set"):
        read_recipe(None, {"start_from": "run", "image_encoder": "densenet121", "vocabulary": 9})


def test_without_a_recipe_it_starts_from_a_bundled_model():
    recipe = read_recipe(None, {"epochs": 3})
    assert (recipe.start_from, recipe.frozen, recipe.epochs) == ("sentiment", True, 3)
    assert read_recipe("default", {"epochs": 3}) == recipe


@pytest.mark.parametrize("settings", [{"text_encoder": "cnn"}, {"fusion": "sum"}, {"start_from": "emotion"}])
def test_a_setting_of_the_network_takes_the_place_of_the_default_recipe(settings):
    assert read_recipe(None, settings) == Recipe(**settings)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "JSON"),
        ("[1]", "list"),
        ('{"epoch": 3}', "epoch"),
        ('{"epochs": "three"}', "epochs is 'three'; it must be an integer"),
        ('{"frozen": "no"}', "frozen is 'no'; it must be true or false"),
        ('{"epochs": 1.5}', "epochs is 1.5; it must be an integer"),
        ('{"image_encoder": 5}', "image_encoder is 5; it must be a string"),
        ('{"seed": 4294967296}', "less than"),
        ('{"alpha": {"txt": 1}}', "txt"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_why(tmp_path, content, message):
    path = tmp_path / "mine.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingError, match=message):
        read_recipe(str(path), {})


@pytest.mark.parametrize(
    "settings", [{"tuned_text_layers": 2}, {"tuned_image_stages": 1}, {"text_learning_rate": 1e-5, "epochs": 2}]
)
def test_a_setting_of_tuned_encoders_is_refused_if_they_are_frozen(settings):
    with pytest.raises(SettingError, match=r"for tuned encoders, but the recipe default freezes them\. Add"):
        read_recipe(None, settings)
    with pytest.raises(SettingError, match="but frozen is set"):
        read_recipe(None, {"start_from": "sentiment", "frozen": True, **settings})
    assert not read_recipe(None, {"frozen": False, **settings}).frozen
    assert read_recipe(None, {"tuned_text_layers": 0}).frozen


def test_a_setting_that_the_text_encoder_ignores_is_refused():
    for setting, encoder in (("text_folder", "transformer"), ("pooled_text_layers", "transformer")):
        with pytest.raises(
            SettingError, match=rf"is for the text encoder {encoder}, but .* Add --text-encoder {encoder}"
        ):
            read_recipe(None, {setting: "e5" if setting == "text_folder" else 2, "text_encoder": "cnn"})
    with pytest.raises(SettingError, match="word_vectors is for the text encoder cnn, but text_encoder is transformer"):
        read_recipe("mvsa", {"word_vectors": "random"})
    assert read_recipe(None, {"text_folder": "e5", "text_encoder": "transformer"}).text_folder == "e5"


def test_a_recipe_that_does_not_exist_names_those_that_are(monkeypatch, tmp_path):
    from anymood import training

    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "mood.json").write_text('{"epochs": 2}', encoding="utf-8")
    monkeypatch.setattr(training, "__path__", [str(tmp_path)])
    assert read_recipe("mood", {}).epochs == 2
    with pytest.raises(SettingError, match="mood"):
        read_recipe("other", {})


def test_a_setting_that_a_recipe_has_twice_is_refused(tmp_path):
    (tmp_path / "mine.json").write_text('{"epochs": 3, "seed": 1, "epochs": 5}')
    with pytest.raises(SettingError, match="'epochs' more than once"):
        read_recipe(str(tmp_path / "mine.json"), {})
