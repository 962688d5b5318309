"""Export of trained networks to the graphs that prediction runs."""
