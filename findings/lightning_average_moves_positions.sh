#!/usr/bin/env bash
# lightning 2.6.6: EMAWeightAveraging, with its defaults, moves the positions of a BERT of transformers.
#
# Text encoders are tuned with an exponential moving average of their weights. The position ids of BERT are a buffer of integers.
# Expected: The average of 0, 1, 2, ..., 39 with itself is 0, 1, 2, ..., 39.
# Observed: Buffers are averaged, too, by default, and 0.9 * 3 + 0.1 * 3 is 2.9999998, of which an integer keeps 2. With each step, more
# positions become smaller, so that the averaged model reads words at wrong positions. No message says so. torch's AveragedModel does
# the same with use_buffers=True.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.14.1 lightning==2.6.6 transformers==5.24.0 2>/dev/null

cd "$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PYTHON'
import lightning
import torch
from lightning.pytorch.callbacks import EMAWeightAveraging
from transformers import BertConfig, BertModel

config = BertConfig(
    vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, max_position_embeddings=40
)


class Tuned(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.encoder = BertModel(config)

    def training_step(self, batch):
        return self.encoder(batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.0)  # nothing is learnt


def positions_after(steps):
    lightning.seed_everything(0, verbose=False)
    model = Tuned()
    trainer = lightning.Trainer(
        max_steps=steps, callbacks=[EMAWeightAveraging(decay=0.9)], accelerator="cpu", logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(model, torch.randint(0, 50, (steps, 2, 8)))
    return model.encoder.embeddings.position_ids[0].tolist()


print("lightning", lightning.__version__, "torch", torch.__version__)
before = BertModel(config).embeddings.position_ids[0].tolist()
after = positions_after(20)
print("before:", before)
print("after 20 steps without any learning:", after)
assert before == list(range(40))
moved = sum(a < b for a, b in zip(after, before))
print(moved, "positions are smaller")
assert moved >= 5
assert all(a <= b for a, b in zip(after, before))
PYTHON
