"""Average the weights of text encoders with a common starting point (Wortsman et al. 2022, "Model soups").

python recipes/average.py runs/first runs/second -o runs/text_encoder
"""

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

WEIGHTS = "model.safetensors"


def main() -> None:
    """Write the average of some transformers folders."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+", help="what train_text_encoder.py wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder for the average")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json"):
        shutil.copyfile(arguments.folders[0] / name, arguments.output / name)
    encoders = [load_file(folder / WEIGHTS) for folder in arguments.folders]
    average = {}
    for name, first in encoders[0].items():
        # Equal weights, such as those of the vocabulary, keep their exact values in 4 bits.
        same = all(torch.equal(first, other[name]) for other in encoders)
        average[name] = first if same else torch.stack([encoder[name] for encoder in encoders]).mean(dim=0)
    save_file(average, arguments.output / WEIGHTS)


if __name__ == "__main__":
    main()
