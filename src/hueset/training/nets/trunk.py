"""One shared trunk, one head for each target; the input is a bag of buckets or a vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Trunk(nn.Module):
    """Features → one number for each target.

    Parameters
    ----------
    width
        Buckets of the bags, or length of the vectors.
    heads
        How many targets.
    bags
        Whether the input is bags of buckets.
    inner
        Size of the trunk.
    dropout
        In the trunk.
    """

    def __init__(
        self, width: int, heads: int, *, bags: bool, inner: int = 64, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.bags = bags
        self.table = nn.Embedding(width, inner, padding_idx=0) if bags else None
        if self.table is not None:
            # The mean of many small vectors: smaller ones would take epochs to be heard.
            nn.init.uniform_(self.table.weight, -0.3, 0.3)
        first = inner if bags else width
        self.trunk = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(first, inner), nn.ReLU(), nn.Dropout(dropout)
        )
        self.heads = nn.ModuleList(nn.Linear(inner, 1) for _ in range(heads))

    def forward(self, *features: Tensor) -> Tensor:
        """Return [n, heads].

        `(ids, starts)`: flat int64 buckets and where each bag starts; `(vectors,)`: [n, width].
        """
        if self.table is None:
            return self._heads(features[0])
        return self._heads(functional.embedding_bag(features[0], self.table.weight, features[1]))

    def _heads(self, inner: Tensor) -> Tensor:
        held = self.trunk(inner)
        return torch.cat([head(held) for head in self.heads], dim=1)


class PaddedTrunk(nn.Module):
    """The same network over bags padded with bucket 0, which is what exchange formats can hold."""

    def __init__(self, net: Trunk, means: Tensor, spreads: Tensor) -> None:
        super().__init__()
        self.net = net
        self.means = nn.Parameter(means, requires_grad=False)
        self.spreads = nn.Parameter(spreads, requires_grad=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return the targets in their own unit, [n, heads], of [n, longest] or [n, width]."""
        inner = features
        if self.net.table is not None:
            there = (features > 0).to(torch.float32).unsqueeze(-1)
            found = self.net.table.weight[features] * there
            inner = found.sum(1) / there.sum(1).clamp(min=1.0)
        made: Tensor = self.net._heads(inner) * self.spreads + self.means
        return made
