"""From a trained network to the graphs that prediction runs."""
