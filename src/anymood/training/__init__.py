"""From labelled posts to a run folder with a bundle."""
