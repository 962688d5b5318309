"""Processor time of training with the frozen encoders of a bundled model, compared with a float32 loop in torch.

    python benchmarks/training_epoch.py mvsa_single

Both train the same classifiers on the same pairs. The plain loop decodes the images and runs the whole network in
float32 in each epoch, without gradients of the encoders. anymood computes the features of the frozen encoders once, in
8 bits, and trains on them. Both use one thread and run in turn.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from comparing import spread
from torch import Tensor, nn

import anymood
from anymood.datasets.corpus import SENTIMENT
from anymood.datasets.reader import open_corpus
from anymood.network.loss import multitask_loss
from anymood.network.multitask import Architecture, Batch, MultitaskNetwork
from anymood.runtime.bundle import IMAGE_ENCODER, TEXT_ENCODER
from anymood.training.bundle_weights import graph_weights
from anymood.training.features import IMAGES, TEXTS, FrozenEncoder

BATCH = 32  # posts


class Training:
    """The network of the model `sentiment`, and posts to train its classifiers on."""

    def __init__(self, corpus: Path, posts: int) -> None:
        bundle = anymood.load("sentiment", threads=1).bundle
        self.examples = open_corpus(corpus, SENTIMENT, protocol="clmlf").select("train").examples[:posts]
        self.image, self.text = bundle.config.image, bundle.text_preparation()
        self.tokens = self.text.encode_batch([example.post.text or "" for example in self.examples])
        self.labels = torch.tensor([example.label for example in self.examples])
        self.graphs = [FrozenEncoder(bundle.path(name)) for name in (IMAGE_ENCODER, TEXT_ENCODER)]
        self.network = MultitaskNetwork(Architecture.from_dict(dict(bundle.config.architecture)))
        self.network.load_state_dict(dict(graph_weights(bundle)), strict=False)
        self.encoders = self.network.image_encoder, self.network.text_encoder
        self.backbones = [encoder.backbone.requires_grad_(False) for encoder in self.encoders]
        self.optimizer = torch.optim.AdamW(weight for weight in self.network.parameters() if weight.requires_grad)

    def plain_epoch(self) -> float:
        """Seconds of an epoch with the whole network."""
        for encoder, backbone in zip(self.encoders, self.backbones, strict=True):
            encoder.backbone = backbone
        started = time.process_time()
        for pixels, indices in self.pixels(BATCH):
            tokens = self.text.pad([self.tokens[index] for index in indices])
            self.step(torch.from_numpy(pixels), torch.from_numpy(tokens), self.labels[indices])
        return time.process_time() - started

    def features_and_epoch(self) -> tuple[float, float]:
        """Seconds of computing the features, and of an epoch with them."""
        for encoder in self.encoders:
            encoder.backbone = nn.Identity()
        started = time.process_time()
        images = torch.from_numpy(
            np.concatenate([self.graphs[0].pool(pixels=pixels) for pixels, _ in self.pixels(IMAGES)])
        )
        texts = torch.empty(len(self.tokens), self.encoders[1].features)
        by_length = np.argsort([len(row) for row in self.tokens])
        for part in np.split(by_length, range(TEXTS, len(by_length), TEXTS)):
            pooled = self.graphs[1].pool(tokens=self.text.pad([self.tokens[index] for index in part]))
            texts[part] = torch.from_numpy(pooled)
        computed = time.process_time()
        for indices in torch.arange(len(self.labels)).split(BATCH):
            self.step(images[indices], texts[indices], self.labels[indices])
        return computed - started, time.process_time() - computed

    def pixels(self, size: int) -> Iterator[tuple[np.ndarray, list[int]]]:
        """Pixels of the posts, and their indices, in batches."""
        for start in range(0, len(self.examples), size):
            indices = list(range(start, min(start + size, len(self.examples))))
            yield np.stack([self.image.prepare(self.examples[index].post.image) for index in indices]), indices

    def step(self, images: Tensor, texts: Tensor, labels: Tensor) -> None:
        """Train on a batch."""
        there = torch.ones(len(labels), dtype=torch.bool)
        posts = Batch(images, texts, there, there, labels, labels, labels, labels, torch.zeros(len(labels)), [])
        multitask_loss(self.network(images, texts, there, there), posts).total.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()


def main() -> None:
    """Run both in turn, and print the medians and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, help="folder of MVSA-Single")
    parser.add_argument("--posts", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=12, help="as in the recipe of the bundled models")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    training = Training(arguments.corpus, arguments.posts)
    rounds = [(training.plain_epoch(), *training.features_and_epoch()) for _ in range(arguments.rounds + 1)][1:]
    plain, features, epoch = (statistics.median(column) / arguments.posts * 1e3 for column in zip(*rounds, strict=True))
    print(f"ms a post: plain epoch {plain:.2f}; features {features:.2f}, and an epoch with them {epoch:.2f}")
    for epochs in (1, arguments.epochs):
        ratios = spread(epochs * whole / (once + epochs * each) for whole, once, each in rounds)
        print(f"{epochs} epochs: {ratios} times as fast")


if __name__ == "__main__":
    main()
