"""Inference engines: their protocol, their registry, and the choice of the fastest."""
