"""Posts per second of end-to-end training: anymood's arithmetic compared with a plain float32 loop.

    python benchmarks/training_throughput.py

Both train the default network on batches of 32 random pairs (forward, loss, backward, optimiser) in turn. Printed is
the median of the ratios of the rounds.
"""

import statistics
import time

import torch

from anymood.network.loss import multitask_loss
from anymood.network.multitask import Architecture, Batch, MultitaskNetwork
from anymood.runtime.cores import available_cores
from anymood.training.config import Recipe
from anymood.training.trainer import fast_depthwise, precision

BATCH, TOKENS, ROUNDS = 32, 24, 5


def build(*, channels_last: bool) -> tuple[MultitaskNetwork, torch.optim.Optimizer]:
    torch.manual_seed(0)
    network = MultitaskNetwork(Architecture(classes=3, text_settings={"vocabulary": 20_000})).train()
    if channels_last:
        network.to(memory_format=torch.channels_last)
    return network, torch.optim.AdamW(network.parameters(), foreach=channels_last or None)


def step(network: MultitaskNetwork, optimizer: torch.optim.Optimizer, *, fast: bool) -> float:
    pixels, tokens = torch.randn(BATCH, 3, 224, 224), torch.randint(1, 20_000, (BATCH, TOKENS))
    yes, labels = torch.ones(BATCH, dtype=torch.bool), torch.randint(3, (BATCH,))
    half = fast and precision(Recipe()) == "bf16-mixed"
    started = time.perf_counter()
    if fast:
        pixels = pixels.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits = network(pixels, tokens, yes, yes)
        posts = Batch(pixels, tokens, yes, yes, labels, labels, labels, labels, torch.zeros(BATCH), [])
        total = multitask_loss(logits, posts).total
    total.backward()
    optimizer.step()
    optimizer.zero_grad()
    return BATCH / (time.perf_counter() - started)


def main() -> None:
    torch.set_num_threads(available_cores())
    plain, ours = build(channels_last=False), build(channels_last=True)
    with fast_depthwise(ours[0]):
        step(*plain, fast=False), step(*ours, fast=True)  # warm-up
        rounds = [(step(*plain, fast=False), step(*ours, fast=True)) for _ in range(ROUNDS)]
    slow, quick = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(b / a for a, b in rounds)
    print(
        f"plain float32 {slow:.1f} posts/s, anymood {quick:.1f} posts/s, ratio {ratio:.2f} (median of {ROUNDS} pairs)"
    )


if __name__ == "__main__":
    main()
