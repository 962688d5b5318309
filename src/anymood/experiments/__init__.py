"""The paper's experiments, from data to results files."""
