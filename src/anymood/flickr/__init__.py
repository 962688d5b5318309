"""Texts and images of Flickr photos, fetched for the corpora that come without them; no torch."""
