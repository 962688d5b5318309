"""Importing this makes torch read its table of ONNX operators once in a process, not anew for each graph.

Reading it parses the source of 500 functions, half of what exporting a small graph takes.
"""

import functools
from contextlib import suppress

with suppress(ImportError, AttributeError):  # other versions of torch may have it elsewhere
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    ONNXRegistry.from_torchlib = staticmethod(functools.cache(ONNXRegistry.from_torchlib))
