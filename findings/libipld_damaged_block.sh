#!/usr/bin/env bash
# libipld 3.5.0 reads a damaged block of a CAR file without an error.
#
# In a CAR file, such as Bluesky's export of a repository, each block has a content id, which is the hash of the block.
# Expected: decode_car() rejects a block that does not match its hash.
# Observed: It returns the changed record under the id of the original. CAR.from_bytes() of atproto, which uses libipld, does the
# same. Callers must check the SHA-256 of each block themselves.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check libipld==3.5.0

"$work/venv/bin/python" - <<'PYTHON'
import hashlib
from importlib.metadata import version

import libipld

content = libipld.encode_dag_cbor({"text": "so happy"})
cid = b"\x01\x71\x12\x20" + hashlib.sha256(content).digest()
header = b"\xa2eroots\x81\xd8\x2a\x58\x25\x00" + cid + b"gversion\x01"
car = bytes([len(header)]) + header + bytes([len(cid) + len(content)]) + cid + content

print("libipld", version("libipld"))
_, whole = libipld.decode_car(car)
_, damaged = libipld.decode_car(car.replace(b"so happy", b"so angry"))
print("written: ", whole[cid])
print("observed:", damaged[cid])
assert whole == {cid: {"text": "so happy"}}
assert damaged == {cid: {"text": "so angry"}}
assert hashlib.sha256(libipld.encode_dag_cbor(damaged[cid])).digest() != cid[4:]
PYTHON
