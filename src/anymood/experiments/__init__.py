"""The paper's experiments and comparisons with other systems: a study runs trials, tests claims and writes a report."""
