"""The paper's experiments: a study trains its trials, tests the paper's claims and writes a report."""
