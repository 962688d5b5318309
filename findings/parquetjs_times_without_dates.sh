#!/usr/bin/env bash
# @dsnp/parquetjs 1.8.8: the times of files that Spark has written are times of a day, without the date.
#
# Spark and Impala write timestamps as INT96 by default: 8 bytes with the nanoseconds since midnight, then 4 with the day. pyarrow writes
# the same with use_deprecated_int96_timestamps=True.
# Expected: Dates, as for the other type of timestamps, and as hyparquet reads both.
# Observed: The number of nanoseconds since midnight. Posts of different years have the same time. The day is dropped, so it cannot be
# restored. new Date() of this number is a date in the distant future, and no error.
#
# 1.8.8 is the version that npm installs with Node.js 20. The package of 1.9.3 has no code.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pyarrow==26.0.1
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit @dsnp/parquetjs@1.8.8 hyparquet@1.31.5 >/dev/null

"$work/venv/bin/python" - <<'PYTHON'
import datetime

import pyarrow as pa
import pyarrow.parquet as pq

times = [datetime.datetime(2016, 4, 13, 20, 28), datetime.datetime(2024, 4, 13, 20, 28)]
table = pa.table({"created_at": pa.array(times, pa.timestamp("ms"))})
pq.write_table(table, "usual.parquet", compression="none")
pq.write_table(table, "int96.parquet", compression="none", use_deprecated_int96_timestamps=True)
PYTHON

cat > times.mjs <<'SCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import parquet from '@dsnp/parquetjs';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';

console.log('@dsnp/parquetjs', JSON.parse(readFileSync('node_modules/@dsnp/parquetjs/package.json')).version);
const dates = [new Date('2016-04-13T20:28:00Z'), new Date('2024-04-13T20:28:00Z')];
const sinceMidnight = (20 * 60 + 28) * 60 * 1e9;
for (const [name, expected] of [['usual', dates], ['int96', [sinceMidnight, sinceMidnight]]]) {
  const reader = await parquet.ParquetReader.openFile(name + '.parquet');
  const cursor = reader.getCursor();
  const seen = [(await cursor.next()).created_at, (await cursor.next()).created_at];
  await reader.close();
  const other = (await parquetReadObjects({ file: await asyncBufferFromFile(name + '.parquet') })).map(row => row.created_at);
  console.log(name, 'hyparquet', other, 'parquetjs', seen);
  assert.deepStrictEqual(other, dates);
  assert.deepStrictEqual(seen, expected);
}
SCRIPT
node times.mjs
