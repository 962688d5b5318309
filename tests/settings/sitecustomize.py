"""Settings that make the tests run as on another machine, for this process and for those that it starts.

``CONTRIBUTING.md`` lists the variables. Python imports a module of this name when it starts, if it finds one: where one
of the variables is set, ``tests/conftest.py`` puts this folder on the path of the processes that tests start. A change
is made right after the module that it concerns was imported, so that nothing is imported earlier than otherwise.
"""

import functools
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

ENGINE, THREADS, GRAPHS, NOISE = (f"ANYMOOD_TEST_{name}" for name in ("ENGINE", "THREADS", "GRAPHS", "NOISE"))
NAMES = (ENGINE, THREADS, GRAPHS, NOISE)


def plain_graphs(onnxruntime: ModuleType) -> None:
    """ONNX Runtime runs graphs as they were written."""

    class PlainSession(onnxruntime.InferenceSession):
        def __init__(self, path: Any, options: Any, **named: Any) -> None:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
            super().__init__(path, options, **named)

    onnxruntime.InferenceSession = PlainSession


def default_engine(registry: ModuleType) -> None:
    """One engine is the default, whichever is faster here."""
    choose = registry.choose_engine
    registry.choose_engine = functools.wraps(choose)(lambda name=None, graphs=(): choose(name or os.environ[ENGINE]))


def default_threads(cores: ModuleType) -> None:
    """This machine has so many cores, as far as anymood can see."""
    real = cores.available_cores
    cores.available_cores = functools.wraps(real)(
        lambda *arguments, **named: real(*arguments, **named) if arguments or named else int(os.environ[THREADS])
    )


def noise(graphs: ModuleType) -> None:
    """What graphs give differs in the last digits with the size of the batch."""
    import numpy as np

    run = graphs.BundleGraphs._run

    @functools.wraps(run)
    def noisy(self: Any, *args: Any, **named: Any) -> Any:
        values = run(self, *args, **named)
        rng = np.random.default_rng(len(values[0]))
        largest = float(os.environ[NOISE])
        return [each * (1 + largest * rng.uniform(-1, 1, each.shape)).astype(each.dtype) for each in values]

    graphs.BundleGraphs._run = noisy


CHANGES = {
    ENGINE: ("anymood.runtime.engines.registry", default_engine),
    THREADS: ("anymood.runtime.cores", default_threads),
    GRAPHS: ("onnxruntime", plain_graphs),
    NOISE: ("anymood.runtime.graphs", noise),
}


class ChangingFinder(MetaPathFinder):
    """Finds the modules that are to be changed as the other finders do, and changes them once they are imported."""

    def __init__(self) -> None:
        self.changes = {name: change for variable, (name, change) in CHANGES.items() if variable in os.environ}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        change = self.changes.pop(name, None)
        if change is None:
            return None
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_change(module: ModuleType) -> None:
                execute(module)
                change(module)

            spec.loader.exec_module = execute_and_change
        return spec


arguments = {name for name in os.environ if name.startswith("ANYMOOD_TEST_")}
if arguments - set(NAMES):
    raise SystemExit(f"Unknown: {', '.join(sorted(arguments - set(NAMES)))}. Available: {', '.join(NAMES)}.")
if arguments:
    sys.meta_path.insert(0, ChangingFinder())
