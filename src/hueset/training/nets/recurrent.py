"""Recurrent networks: mel frames → keys that sound, and sequences through a bottleneck."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Pitches(nn.Module):
    """Mel frames → the probability (as a logit) that each key is held."""

    def __init__(
        self, bands: int, hidden: int, layers: int, dropout: float, shares: Tensor
    ) -> None:
        super().__init__()
        between = dropout if layers > 1 else 0.0
        self.lstm = nn.LSTM(bands, hidden, layers, batch_first=True, dropout=between)
        self.dense = nn.Linear(hidden, 128)
        # It starts at how often each key is held, so no epoch goes into learning silence.
        with torch.no_grad():
            self.dense.bias.copy_(torch.logit(shares.clamp(1e-3, 1 - 1e-3)))

    def forward(self, mel: Tensor) -> Tensor:
        """Return [n, frames, 128] of [n, frames, bands]."""
        held, _ = self.lstm(mel)
        made: Tensor = self.dense(held)
        return made


def rtneural_weights(net: Pitches) -> dict[str, Any]:
    """Return the weights in the JSON layout of RTNeural (Chowdhury 2021), gates i, f, c, o."""
    layers: list[dict[str, Any]] = []
    for at in range(net.lstm.num_layers):
        kernel, recurrent, one, two = (
            getattr(net.lstm, f"{part}_l{at}").detach()
            for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        layers.append(
            {
                "type": "lstm",
                "activation": "",
                "shape": [None, None, net.lstm.hidden_size],
                "weights": [kernel.T.tolist(), recurrent.T.tolist(), (one + two).tolist()],
            }
        )
    dense = net.dense
    layers.append(
        {
            "type": "dense",
            "activation": "sigmoid",
            "shape": [None, None, dense.out_features],
            "weights": [dense.weight.detach().T.tolist(), dense.bias.detach().tolist()],
        }
    )
    return {"in_shape": [None, None, net.lstm.input_size], "layers": layers}


class Bottleneck(nn.Module):
    """A sequence of vectors through a few numbers and back.

    The decoder attends to what it has itself said before, never to the encoder: all it knows of the
    sequence came through the bottleneck.
    """

    def __init__(
        self, width: int, hidden: int, bottleneck: int, *, cell: str, bidirectional: bool
    ) -> None:
        super().__init__()
        ways = 2 if bidirectional else 1
        self.encoder = CELLS[cell](width, hidden, batch_first=True, bidirectional=bidirectional)
        self.narrow = nn.Linear(hidden * ways, bottleneck)
        self.widen = nn.Linear(bottleneck, hidden)
        self.step = nn.GRUCell(width + hidden, hidden)
        self.query = nn.Linear(hidden, hidden)
        self.out = nn.Linear(2 * hidden, width)
        self.first = nn.Parameter(torch.zeros(width))

    def encode(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Return [n, bottleneck] of [n, longest, width]; frames past a length are not read."""
        packed = nn.utils.rnn.pack_padded_sequence(
            vectors, lengths, batch_first=True, enforce_sorted=False
        )
        _, last = self.encoder(packed)
        state = last[0] if isinstance(last, tuple) else last
        made: Tensor = self.narrow(torch.cat(list(state), dim=1))
        return made

    def forward(self, vectors: Tensor, lengths: Tensor, forcing: float) -> Tensor:
        """Return [n, longest, width]; a step is told the truth before it with chance `forcing`."""
        code = torch.tanh(self.widen(self.encode(vectors, lengths)))
        said, state = self.first.expand(len(vectors), -1), code
        states, made = [code], []
        for at in range(vectors.shape[1]):
            past = torch.stack(states, dim=1)
            weights = torch.softmax(
                (past @ self.query(state).unsqueeze(2)).squeeze(2) / past.shape[2] ** 0.5, dim=1
            )
            context = (weights.unsqueeze(2) * past).sum(1)
            state = self.step(torch.cat([said, context], dim=1), state)
            states.append(state)
            made.append(self.out(torch.cat([state, code], dim=1)))
            forced = torch.rand(len(vectors), 1) < forcing
            said = torch.where(forced, vectors[:, at], made[-1])
        return torch.stack(made, dim=1)
