"""Evaluation of predictions: metrics, tables and figures from predictions or arrays; no torch.

``metrics``, ``calibration`` and ``tables`` run on the base install. The t-tests of ``significance``
need scipy and ``figures`` needs matplotlib, both part of ``anymood[train]``.
"""

from anymood.evaluation.metrics import Evaluation, evaluate, evaluate_predictions

__all__ = ["Evaluation", "evaluate", "evaluate_predictions"]
