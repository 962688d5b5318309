"""The protocol of an inference engine, a library that runs ONNX graphs. Each engine is a module of this package."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray


class Graph(Protocol):
    """A loaded graph; thread-safe.

    Attributes:
        inputs: names of its inputs.
        outputs: names of its outputs.
    """

    inputs: frozenset[str]
    outputs: frozenset[str]

    def run(self, outputs: Sequence[str], inputs: "Mapping[str, NDArray[Any]]") -> "list[NDArray[float32]]":
        """Compute some outputs, as new arrays. May raise any exception."""


class Engine(Protocol):
    """A library that runs graphs.

    Attributes:
        name: name of the engine and of its package.
        version: version of the package.
        precision: precision of multiplications that need not be exact, ``"float32"`` or ``"bfloat16"``; sums are
            float32. Graphs with operators in 8 bits multiply in 8 bits.
        callers: number of threads per core that should call ``Graph.run`` to keep several cores busy.
    """

    name: str
    version: str
    precision: str
    callers: int

    def load(self, path: Path, *, threads: int, runs: int, exact: bool) -> Graph:
        """Load a graph. May raise any exception.

        Args:
            path: the ONNX file.
            threads: number of cores per run.
            runs: maximum number of concurrent runs.
            exact: multiply in float32.
        """
