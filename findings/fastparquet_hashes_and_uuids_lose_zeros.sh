#!/usr/bin/env bash
# fastparquet 2026.9.0: binary hashes and UUIDs that end with a zero byte are shorter after reading.
#
# Hashes of images have 8 or 32 bytes, and UUIDs 16. Parquet stores them in columns of a fixed length, as pyarrow does for binary(8) and
# uuid().
# Expected: Each value has this length, as in pyarrow.
# Observed: Zero bytes at the end are cut off. This concerns one in 256 random hashes, and nearly all of pictures with a plain lower part.
# They match no hash in another table, the files that fastparquet writes itself and pandas with engine="fastparquet" included.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1

cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import uuid
from importlib.metadata import version

import fastparquet
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

print("fastparquet", version("fastparquet"))
hashes = [bytes(row) for row in np.random.default_rng(0).integers(0, 256, (10_000, 8), dtype=np.uint8)]
pq.write_table(pa.table({"hash": pa.array(hashes, pa.binary(8))}), "arrow.parquet")
fastparquet.write("fast.parquet", pd.DataFrame({"hash": hashes}), fixed_text={"hash": 8}, object_encoding="bytes")
assert pq.read_table("fast.parquet").schema.field("hash").type == pa.binary(8)
for file in ("arrow.parquet", "fast.parquet"):
    assert pq.read_table(file)["hash"].to_pylist() == hashes
    seen = fastparquet.ParquetFile(file).to_pandas()["hash"].tolist()
    assert pd.read_parquet(file, engine="fastparquet")["hash"].tolist() == seen
    changed = [(one, other) for one, other in zip(hashes, seen, strict=True) if one != other]
    print(file, "changed:", len(changed), "of", len(hashes), "for example", changed[0][0].hex(), "->", changed[0][1].hex())
    assert len(changed) == sum(one.endswith(b"\0") for one in hashes) > 20
    assert all(one.rstrip(b"\0") == other for one, other in changed)

ids = [uuid.UUID("0193b3a0-7c00-7000-8000-0000000a1200"), uuid.UUID("0193b3a0-7c00-7000-8000-0000000a1201")]
pq.write_table(pa.table({"id": pa.array([one.bytes for one in ids], pa.uuid())}), "ids.parquet")
seen = fastparquet.ParquetFile("ids.parquet").to_pandas()["id"].tolist()
print("UUIDs:", [one.hex() for one in seen])
assert pq.read_table("ids.parquet")["id"].to_pylist() == ids
assert seen == [ids[0].bytes[:-1], ids[1].bytes]
PYTHON
