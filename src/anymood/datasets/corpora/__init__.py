"""Published corpora in their original layout, a module each."""
