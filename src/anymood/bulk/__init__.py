"""Prediction of whole tables, in memory that does not grow with their length; no torch."""
