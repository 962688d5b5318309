"""Registry of engines, and the choice of the fastest."""

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from anymood.errors import MissingExtra, SettingError
from anymood.registry import Registry
from anymood.runtime.engines.base import Engine

ENGINES: Registry[Callable[[], Engine]] = Registry("engine", "anymood.engines")

NODES = 1 << 20  # bytes at the beginning of an ONNX file, in which the nodes precede the weights
IN_8_BITS = (b"MatMulInteger", b"QuantizeLinear")  # operators of graphs that multiply in 8 bits


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
    """Register an engine.

    Args:
        name: value of ``engine=`` and ``--engine``.
        make: returns the engine; imports its library. Raises ``MissingExtra`` or ``SettingError`` if it cannot run.

    Raises:
        SettingError: the name is taken.
    """
    ENGINES.register(name)(make)


def choose_engine(name: str | None = None, graphs: Iterable[Path] = ()) -> Engine:
    """The engine with a name, or by default the fastest installed one for some graphs.

    The default is OpenVINO on CPUs that are fast at bfloat16, unless a graph multiplies in 8 bits; else ONNX Runtime.
    In float32 both are about as fast (docs/decisions/0011-engine.md).

    Args:
        name: name of an engine; None for the default.
        graphs: ONNX files that it will run.

    Raises:
        SettingError: there is no such engine, or it cannot run on this machine.
        MissingExtra: it is not installed.
    """
    if name is not None:
        return ENGINES.get(name)()
    if find_spec("openvino") is not None and not any(map(_in_8_bits, graphs)):
        try:
            engine = _openvino()
        except (MissingExtra, SettingError):
            return _onnxruntime()
        if engine.precision == "bfloat16":
            return engine
    return _onnxruntime()


def _in_8_bits(graph: Path) -> bool:
    """Whether a graph multiplies in 8 bits, for which OpenVINO takes longer than ONNX Runtime."""
    with graph.open("rb") as file:
        nodes = file.read(NODES)
    return any(operator in nodes for operator in IN_8_BITS)
