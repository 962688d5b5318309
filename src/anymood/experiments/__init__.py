"""The paper's experiments: a study trains its cells, tests the paper's claims and writes a report."""
