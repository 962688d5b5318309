"""Prediction: a bundle's folder, its graphs in ONNX Runtime, and the public ``Model``; no torch."""
