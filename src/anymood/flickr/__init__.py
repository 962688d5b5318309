"""Fetches texts and images of Flickr photos for corpora without them; no torch."""
