"""Explanations of predictions: effects of text and image, of words, and of regions."""
