"""Engines by name, and which one runs a model."""

from collections.abc import Callable
from importlib.util import find_spec

from anymood.errors import MissingExtra, SettingError
from anymood.registry import Registry
from anymood.runtime.engines.base import Engine

ENGINES: Registry[Callable[[], Engine]] = Registry("engine", "anymood.engines")


@ENGINES.register("onnxruntime")
def _onnxruntime() -> Engine:
    from anymood.runtime.engines.onnxruntime import OnnxRuntime

    return OnnxRuntime()


@ENGINES.register("openvino")
def _openvino() -> Engine:
    try:
        from anymood.runtime.engines.openvino import OpenVino

        return OpenVino()
    except ImportError as error:
        raise MissingExtra("The engine openvino", "openvino") from error
    except RuntimeError as error:  # its plugin for the CPU is not there or does not fit
        raise SettingError(f"OpenVINO cannot run here: {error}. Use the engine onnxruntime.") from error


def register_engine(name: str, make: Callable[[], Engine]) -> None:
    """Let models run on another engine, by its name.

    Args:
        name: what ``engine=`` and ``--engine`` call it.
        make: gives the engine, and imports its library only then. Raises ``MissingExtra`` or ``SettingError`` where it
            cannot run.

    Raises:
        SettingError: another engine has that name.
    """
    ENGINES.register(name)(make)


def engine_names() -> tuple[str, ...]:
    """Names of the engines, whether they are installed or not."""
    return ENGINES.names()


def choose_engine(name: str | None = None) -> Engine:
    """The engine of a name; without one, the faster of those that are installed.

    That is OpenVINO on cores that are fast at bfloat16, else ONNX Runtime: in float32 the two are about as fast
    (docs/decisions/0011-engine.md).

    Raises:
        SettingError: there is no such engine, or it cannot run on this machine.
        MissingExtra: it is not installed.
    """
    if name is not None:
        return ENGINES.get(name)()
    if find_spec("openvino") is not None:
        try:
            engine = _openvino()
        except (MissingExtra, SettingError):
            return _onnxruntime()
        if engine.precision == "bfloat16":
            return engine
    return _onnxruntime()
