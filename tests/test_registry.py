import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from anymood.errors import SettingError
from anymood.registry import Registry

MODULE = """
from sounds import SOUNDS

@SOUNDS.register("{name}")
def sound(): return "{name}"
"""


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    """A registry with a package of two sounds, and what has been imported of it."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from anymood.registry import Registry\nSOUNDS = Registry('sound', 'tests.sounds', __name__)\n"
    )
    (folder / "low_hum.py").write_text(MODULE.format(name="low-hum"))
    (folder / "whistle.py").write_text(MODULE.format(name="whistle"))
    (folder / "_helpers.py").write_text("raise RuntimeError('no sound')")
    monkeypatch.syspath_prepend(tmp_path)
    yield __import__("sounds").SOUNDS
    for name in [name for name in sys.modules if name.partition(".")[0] == "sounds"]:
        del sys.modules[name]


def test_modules_of_the_package_are_imported_when_they_are_first_used(sounds):
    assert sounds.names() == ("low-hum", "whistle")
    assert "whistle" in sounds
    assert "sounds.whistle" not in sys.modules
    assert sounds.get("whistle")() == "whistle"
    assert "sounds.low_hum" not in sys.modules
    assert {name: sound() for name, sound in sounds.all().items()} == {"low-hum": "low-hum", "whistle": "whistle"}


def test_an_unknown_name_lists_the_known(sounds):
    assert "helpers" not in sounds
    with pytest.raises(SettingError, match=r"There is no sound 'bang'. Available: low-hum, whistle\."):
        sounds.get("bang")


def test_a_program_registers_its_own(sounds):
    @sounds.register("bang")
    def bang():
        return "bang"

    assert sounds.names() == ("low-hum", "whistle", "bang")
    assert sounds.get("bang") is bang
    with pytest.raises(SettingError, match=r"There is a sound 'bang' already: .*bang\. Choose another name"):
        sounds.register("bang")(len)
    assert sounds.get("bang") is bang


def test_a_class_that_is_defined_again_takes_the_place_of_the_first(sounds):
    def define():
        @sounds.register("bang")
        class Bang:
            pass

        return Bang

    first, second = define(), define()
    assert sounds.get("bang") is second is not first


def test_entry_points_of_installed_packages(monkeypatch):
    registry = Registry("sound", "tests.sounds")
    module = ModuleType("packaged")
    module.bang = lambda: "bang"
    other = ModuleType("registering")
    points = [EntryPoint("bang", "packaged:bang", "tests.sounds"), EntryPoint("hiss", "registering", "tests.sounds")]
    monkeypatch.setitem(sys.modules, "packaged", module)
    monkeypatch.setitem(sys.modules, "registering", other)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points if group == "tests.sounds" else [])
    registry.register("hiss")(lambda: "hiss")  # as importing the module would
    assert registry.names() == ("bang", "hiss")
    assert {name: sound() for name, sound in registry.all().items()} == {"hiss": "hiss", "bang": "bang"}
