"""What runs graphs: ONNX Runtime, which every installation has, or OpenVINO (extra ``openvino``).

Each has a module of its own with a ``Backend``; ``Engine`` knows no more of it than stands here.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args

from anymood.errors import MissingExtra, SettingError

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

EngineName: TypeAlias = Literal["onnxruntime", "openvino"]


class Graph(Protocol):
    """A graph that is ready to run; any number of threads may do so at once.

    Attributes:
        inputs: names of its inputs.
        outputs: names of its outputs.
    """

    inputs: frozenset[str]
    outputs: frozenset[str]

    def run(self, outputs: Sequence[str], inputs: "Mapping[str, NDArray[Any]]") -> "list[NDArray[float32]]":
        """The outputs asked for, in new arrays. What goes wrong is raised as any exception."""


class Backend(Protocol):
    """A library that runs graphs.

    Attributes:
        name: what it is called, here and by pip.
        version: its own.
        precision: numbers that it multiplies where it need not be exact, ``"float32"`` or ``"bfloat16"``; what it adds
            up is float32.
        callers: threads a core that should ask for runs where there are several cores, so that none is idle.
    """

    name: EngineName
    version: str
    precision: str
    callers: int

    def load(self, path: Path, *, threads: int, runs: int, exact: bool) -> Graph:
        """Make a graph ready; what goes wrong is raised as any exception.

        Args:
            path: its ONNX file.
            threads: cores that one run keeps busy.
            runs: runs at once that need not wait for each other.
            exact: multiply float32, whatever is faster.
        """


def in_words(backend: Backend) -> str:
    """A backend and its precision: ``"onnxruntime, float32"``."""
    return f"{backend.name}, {backend.precision}"


def choose_backend(name: EngineName | None = None) -> Backend:
    """The backend of a name; without one, the faster of those that are installed.

    That is OpenVINO on cores that are fast at bfloat16, else ONNX Runtime: in float32 the two are about as fast
    (docs/decisions/0011-engine.md).

    Raises:
        SettingError: there is no such engine, or it cannot run on this machine.
        MissingExtra: it is not installed.
    """
    if name is not None and name not in get_args(EngineName):
        raise SettingError(f"There is no engine {name!r:.80}. There are: {', '.join(get_args(EngineName))}.")
    if name == "openvino" or (name is None and find_spec("openvino") is not None):
        try:
            from anymood.runtime.openvino_backend import OpenVino

            backend = OpenVino()
        except ImportError as error:
            if name is not None:
                raise MissingExtra("The engine openvino", "openvino") from error
        except RuntimeError as error:  # its plugin for the CPU is not there or does not fit
            if name is not None:
                raise SettingError(f"OpenVINO cannot run here: {error}. Use the engine onnxruntime.") from error
        else:
            if name is not None or backend.precision == "bfloat16":
                return backend
    from anymood.runtime.onnx_backend import OnnxRuntime

    return OnnxRuntime()
