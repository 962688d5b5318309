#!/usr/bin/env bash
# fastparquet 2026.9.0: in a column of lists of structures, all values are None.
#
# The pictures of a post are a list of structures, {"url": ..., "alt": ...}, which pyarrow, DuckDB and polars write to Parquet as such.
# fastparquet reads lists of strings, and structures as columns with a dot in the name, such as "user.name".
# Expected: The lists, or an error that such columns are not supported.
# Observed: The column is there, with None for each post, as if no post had pictures. Lists of lists, such as the boxes of faces, are
# None as well, also in pandas with engine="fastparquet".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1

cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import fastparquet
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

posts = [
    {"text": "my cats", "tags": ["cat"], "user": {"name": "ana"}, "pictures": [{"url": "1.jpg", "alt": "cat"}], "boxes": [[1, 2, 3, 4]]},
    {"text": "no cats", "tags": [], "user": {"name": "bo"}, "pictures": [], "boxes": []},
]
pq.write_table(pa.Table.from_pylist(posts), "posts.parquet")
assert pq.read_table("posts.parquet").to_pylist() == posts
table = fastparquet.ParquetFile("posts.parquet").to_pandas()
print("fastparquet", version("fastparquet"))
print(table.to_string())
for read in (table, pd.read_parquet("posts.parquet", engine="fastparquet")):
    assert read["tags"].tolist() == [["cat"], []] and read["user.name"].tolist() == ["ana", "bo"]
    assert read["pictures"].tolist() == read["boxes"].tolist() == [None, None]
PYTHON
