"""Prediction without torch: bundles, their graphs in an inference engine, and the public class ``Model``."""
