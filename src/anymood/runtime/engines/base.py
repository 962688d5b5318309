"""What an engine is: a library that runs ONNX graphs.

Each has a module of its own here; nothing outside of it knows more than this.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray


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


class Engine(Protocol):
    """A library that runs graphs.

    Attributes:
        name: what it is called, here and by pip.
        version: its own.
        precision: numbers that it multiplies where it need not be exact, ``"float32"`` or ``"bfloat16"``; what it adds
            up is float32.
        callers: threads a core that should ask for runs where there are several cores, so that none is idle.
    """

    name: str
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


def describe(engine: Engine) -> str:
    """An engine and its precision: ``"onnxruntime, float32"``."""
    return f"{engine.name}, {engine.precision}"
