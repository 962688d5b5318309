"""Registry of engines, and the choice of the fastest."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from anymood.errors import MissingExtra, SettingError
from anymood.registry import Registry
from anymood.runtime import engines
from anymood.runtime.engines.base import Engine

# Classes of engines, or functions that return one; they raise MissingExtra or SettingError if the engine cannot run.
ENGINES: Registry[Callable[[], Engine]] = Registry(
    "engine", "anymood.engines", engines.__name__, without=("base", "registry")
)

NODES = 1 << 20  # bytes at the beginning of an ONNX file, in which the nodes precede the weights
IN_8_BITS = (b"MatMulInteger", b"QuantizeLinear")  # operators of graphs that multiply in 8 bits


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
    if find_spec("openvino") is not None and not any(map(is_in_8_bits, graphs)):
        with suppress(MissingExtra, SettingError):
            engine = ENGINES.get("openvino")()
            if engine.precision == "bfloat16":
                return engine
    return ENGINES.get("onnxruntime")()


def is_in_8_bits(graph: Path) -> bool:
    """Whether a graph multiplies in 8 bits, for which OpenVINO takes longer than ONNX Runtime."""
    with graph.open("rb") as file:
        nodes = file.read(NODES)
    return any(operator in nodes for operator in IN_8_BITS)


def in_8_bits(graphs: Iterable[Path]) -> list[str]:
    """The names of the graphs that multiply in 8 bits, whatever the engine."""
    return [path.name for path in graphs if is_in_8_bits(path)]


def precision(engine: Engine, graphs: Iterable[Path]) -> str:
    """Precision of an engine and of graphs in 8 bits: ``"float32, but 8 bits in text_encoder.onnx"``."""
    names = ", ".join(in_8_bits(graphs))
    return f"{engine.precision}, but 8 bits in {names}" if names else engine.precision


def describe(engine: Engine, graphs: Iterable[Path]) -> str:
    """Name of an engine, and its precision for some graphs: ``"onnxruntime, float32"``."""
    return f"{engine.name}, {precision(engine, graphs)}"
