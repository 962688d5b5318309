"""Published corpora in their original layout, one module each."""
