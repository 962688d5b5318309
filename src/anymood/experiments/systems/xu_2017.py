"""MultiSentiNet."""

import torch
from torch import Tensor, nn

from anymood.experiments.system import FeatureBatch, Sizes, System
from anymood.experiments.systems import SYSTEMS

UNITS = 128  # units of the LSTM and of each visual representation


@SYSTEMS.register("xu-2017")
class MultiSentiNet(System):
    """Objects and scene of an image guide the attention over the words of a text.

    Xu and Mao (2017), "MultiSentiNet: a deep semantic network for multimodal sentiment analysis": with the states h_t
    of an LSTM over the words, and the representations v_o of the objects and v_s of the scene::

        u_t = tanh(W h_t + V_o v_o + V_s v_s + b)      a_t = softmax_t(w . u_t)      text = sum_t a_t h_t

    The three representations are concatenated and classified by a hidden and an output layer. The representations of an
    absent modality are replaced by zeros.
    """

    title = "Xu & Mao 2017: MultiSentiNet, object and scene features guide attention over an LSTM"
    replaced = (
        "no weights of a scene network are available: the mean over the image's regions replaces the scene, and the "
        "maximum over them for the objects, both by a frozen ImageNet network; the token states of a frozen "
        "transformer in place of word vectors"
    )

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.lstm = nn.LSTM(sizes.text, UNITS, batch_first=True)
        self.objects = nn.Sequential(nn.Linear(sizes.image, UNITS), nn.ReLU())
        self.scene = nn.Sequential(nn.Linear(sizes.image, UNITS), nn.ReLU())
        self.hidden = nn.Linear(3 * UNITS, UNITS)  # W, V_o and V_s in one
        self.score = nn.Linear(UNITS, 1, bias=False)  # w
        drop = nn.Dropout(sizes.dropout)
        self.logits = nn.Sequential(drop, nn.Linear(3 * UNITS, UNITS), nn.ReLU(), drop, nn.Linear(UNITS, sizes.classes))

    def attend(self, words: Tensor, filled: Tensor, visual: Tensor) -> Tensor:
        """The states (B, UNITS) of words (B, T, F), averaged by attention that the image (B, 2 UNITS) guides."""
        states, _ = self.lstm(words)  # padding comes last, so no state of a word depends on it
        guided = torch.cat([states, visual[:, None].expand(-1, states.shape[1], -1)], dim=2)
        scores = self.score(torch.tanh(self.hidden(guided))).squeeze(2).masked_fill(~filled, -torch.inf)
        attended: Tensor = torch.softmax(scores, dim=1)[:, None] @ states
        return attended.squeeze(1)

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C)."""
        scene, objects, words = batch.image, batch.peaks, batch.words
        if scene is None or objects is None:
            visual = torch.zeros(len(batch), 2 * UNITS)
        else:
            visual = torch.cat([self.objects(objects), self.scene(scene)], dim=1)
        text = torch.zeros(len(batch), UNITS) if words is None else self.attend(*words, visual)
        return self.logits(torch.cat([text, visual], dim=1))  # type: ignore[no-any-return]
