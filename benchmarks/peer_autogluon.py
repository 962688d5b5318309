"""AutoGluon MultiModal for ``peers.py``, in a separate environment without anymood.

    python benchmarks/peer_autogluon.py POSTS.csv VOCABULARY FOLDER

The image backbone is that of anymood's bundled models, the text model ELECTRA-small, the smallest of AutoGluon's
presets. Their weights are random, and trained on a few posts. Then, for each line of standard input, the posts are
predicted once from their files, and a line of JSON with the number of seconds is printed.
"""

import importlib.util
import json
import os
import re
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import torch

IMAGE_BACKBONE = "tf_efficientnet_lite0"
FIT_ROWS = 24  # enough for a validation part; the quality of the model does not matter


def define_missing_operators() -> Any:
    """Define the operators that torchvision 0.28 expects, which do not exist for the CPU, and are not called here.

    They are defined as long as the returned object exists.
    """
    spec = importlib.util.find_spec("torchvision")
    assert spec is not None and spec.origin is not None
    source = (Path(spec.origin).parent / "_meta_registrations.py").read_text(encoding="utf-8")
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in set(re.findall(r'(?:torchvision::|register_meta\(")(\w+)', source)):
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}() -> Tensor")
    return library


def write_image_backbone(folder: Path) -> Path:
    import timm

    network = timm.create_model(IMAGE_BACKBONE, pretrained=False, num_classes=0)
    folder.mkdir(parents=True)
    described = {"architecture": IMAGE_BACKBONE, "num_features": network.num_features}
    described["pretrained_cfg"] = {**network.pretrained_cfg, "num_classes": 0}
    (folder / "config.json").write_text(json.dumps(described), encoding="utf-8")
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
    return folder


def write_text_model(folder: Path, vocabulary: Path) -> Path:
    """ELECTRA-small's architecture is the default of its class in transformers."""
    from transformers import BertTokenizerFast, ElectraConfig, ElectraModel

    ElectraModel(ElectraConfig()).save_pretrained(folder)
    shutil.copy(vocabulary, folder / "vocab.txt")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), do_lower_case=True).save_pretrained(folder)
    return folder


def fitted(posts: Any, vocabulary: Path, folder: Path) -> Any:
    from autogluon.multimodal import MultiModalPredictor

    rows = posts.head(FIT_ROWS).copy()
    rows["label"] = [("negative", "neutral", "positive")[index % 3] for index in range(len(rows))]
    predictor = MultiModalPredictor(label="label", problem_type="multiclass", path=str(folder / "predictor"))
    return predictor.fit(
        rows,
        column_types={"image": "image_path", "text": "text"},
        hyperparameters={
            "model.names": ["timm_image", "hf_text", "fusion_mlp"],
            "model.timm_image.checkpoint_name": str(write_image_backbone(folder / "image")),
            "model.hf_text.checkpoint_name": str(write_text_model(folder / "text", vocabulary)),
            "model.hf_text.text_trivial_aug_maxscale": 0,  # it would download word lists
            "optim.max_epochs": 1,
            "env.num_gpus": 0,
            "env.num_workers": 0,
        },
    )


def main() -> None:
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # so that only results are on standard output
    library = define_missing_operators()  # noqa: F841
    import pandas

    posts = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)[["text", "image"]]
    folder = Path(sys.argv[3])
    predictor = fitted(posts, Path(sys.argv[2]), folder)
    for _ in sys.stdin:
        started = time.perf_counter()
        probabilities = predictor.predict_proba(posts)
        result = {"seconds": time.perf_counter() - started, "posts": len(probabilities)}
        result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(result), file=results, flush=True)


if __name__ == "__main__":
    main()
