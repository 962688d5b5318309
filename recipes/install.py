"""Copy trained bundles into the package; files that several bundles share are copied to the folder ``shared``.

python recipes/install.py runs/sentiment runs/emotion runs/sentiment-small
"""

import argparse
import shutil

from anymood.runtime.bundle import IMAGE_ENCODER, MODEL_CARD, SHARED, TEXT_ENCODER, TOKENIZER, Bundle
from anymood.runtime.finding import BUNDLED, find_bundle

SHAREABLE = {IMAGE_ENCODER, TEXT_ENCODER, TOKENIZER}


def main() -> None:
    """Install bundles."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="+", help="run folders or bundles")
    arguments = parser.parse_args()
    bundles = [Bundle.open(find_bundle(run)) for run in arguments.runs]
    if installed := [bundle.name for bundle in bundles if bundle.folder.parent == BUNDLED]:
        parser.error(f"{', '.join(installed)} would be deleted while read. Give the folder of a run or an export.")
    shared = BUNDLED / SHARED
    shutil.rmtree(shared, ignore_errors=True)
    shared.mkdir()
    for bundle in bundles:
        folder = BUNDLED / bundle.name
        card = folder / MODEL_CARD
        previous = card.read_bytes() if card.exists() else None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if previous is not None:
            card.write_bytes(previous)
        for file in sorted(path for path in bundle.folder.iterdir() if path.name not in bundle.config.files):
            shutil.copyfile(file, folder / file.name)
        for name, digest in bundle.config.files.items():
            several = name in SHAREABLE and sum(each.config.files.get(name) == digest for each in bundles) > 1
            shutil.copyfile(bundle.path(name), (shared if several else folder) / name)
    for file in sorted(path for path in BUNDLED.rglob("*") if path.suffix in {".onnx", ".json"}):
        print(f"{file.stat().st_size:>12,} {file.relative_to(BUNDLED)}")


if __name__ == "__main__":
    main()
