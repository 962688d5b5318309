import dataclasses
import json
import math

import pytest

from anymood._version import __version__
from anymood.errors import SettingError
from anymood.labels import LabelSet
from anymood.runtime.config import FORMAT, FORMAT_VERSION, BundleConfig, Temperatures

DIGEST = "0" * 64


@pytest.fixture
def config(bundles):
    return bundles.CONFIG


@pytest.fixture
def values(config):
    """What ``json.load`` gives for a config with one file."""
    return json.loads(json.dumps(dataclasses.replace(config, files={"image.onnx": DIGEST}).to_dict()))


def test_a_config_comes_back_from_json_as_it_was(config, values):
    assert BundleConfig.from_dict(values) == dataclasses.replace(config, files={"image.onnx": DIGEST})


def test_json_says_what_it_is_and_what_wrote_it(values):
    assert (values["format"], values["format_version"]) == (FORMAT, FORMAT_VERSION) == ("anymood-bundle", 1)
    assert values["anymood_version"] == __version__
    assert values["labels"] == ["negative", "neutral", "positive"]


def test_keys_of_later_versions_are_passed_over(config, values):
    assert BundleConfig.from_dict(values | {"audio": {}}).name == config.name


def test_whole_numbers_are_temperatures_too(values):
    values["temperatures"] = {"image": 1, "text": 2, "fused": 3}
    assert BundleConfig.from_dict(values).temperatures == Temperatures(1.0, 2.0, 3.0)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.inf, math.nan])
def test_a_temperature_is_a_finite_number_above_0(temperature):
    with pytest.raises(SettingError, match="temperature 'text' is .*finite number above 0"):
        Temperatures(text=temperature)


KEYS = ("name", "labels", "image", "temperatures", "architecture", "versions", "files", "created")


@pytest.mark.parametrize("key", [*KEYS, "description", "anymood_version"])
def test_a_missing_key_is_named(values, key):
    del values[key]
    with pytest.raises(SettingError, match=f"'{key}' is missing"):
        BundleConfig.from_dict(values)


@pytest.mark.parametrize("key", [*KEYS, "description", "anymood_version"])
def test_a_value_of_the_wrong_type_is_shown(values, key):
    values[key] = 3
    with pytest.raises(SettingError, match=f"'{key}' should be of type (str|list|dict), but is 3"):
        BundleConfig.from_dict(values)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "  "}, "'name' is empty"),
        ({"labels": ["one"]}, "at least two labels"),
        ({"labels": ["one", 2]}, "'labels' should only contain strings, but contains 2"),
        ({"image": {"side": 24}}, "An image preparation has the fields"),
        ({"temperatures": {"image": 1.0, "text": 1.0}}, "'fused' is missing"),
        ({"temperatures": {"image": 1.0, "text": "1", "fused": 1.0}}, "'text' should be of type float, but is '1'"),
        ({"temperatures": {"image": 1.0, "text": 1.0, "fused": 0}}, "temperature 'fused' is 0"),
        ({"versions": {"onnx": 1}}, "'versions' should only contain strings, but contains 1"),
        ({"files": {"image.onnx": None}}, "'files' should only contain strings, but contains None"),
        ({"files": {"image.onnx": "abc"}}, "not a SHA-256"),
        *(
            ({"architecture": {"width": width}}, "'architecture' has the width")
            for width in (0, "300", None, 3.5, True)
        ),
        ({"created": "yesterday"}, "'created' is 'yesterday'. Give an ISO 8601 date"),
    ],
)
def test_a_value_out_of_range_is_shown(values, changes, message):
    with pytest.raises(SettingError, match=message):
        BundleConfig.from_dict(values | changes)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../image.onnx", "/etc/passwd", "a/b", "a\\b", "C:a", "a\0b", ".hidden", "a\n"]
)
def test_a_file_lies_in_the_bundles_own_folder(values, name):
    with pytest.raises(SettingError, match="files of a bundle are directly in its folder"):
        BundleConfig.from_dict(values | {"files": {name: DIGEST}})


def test_a_time_of_day_may_be_given(config):
    assert dataclasses.replace(config, created="2025-01-31T12:00:00+00:00").created.startswith("2025")


def test_defaults_leave_the_logits_as_they_are(config):
    plain = BundleConfig("plain", LabelSet(("bad", "good")), config.image)
    assert plain.temperatures == Temperatures(1.0, 1.0, 1.0)
    assert BundleConfig.from_dict(plain.to_dict()) == plain
