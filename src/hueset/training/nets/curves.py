"""An autoencoder of curves, and the loss that draws the curves of one word together."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Curves(nn.Module):
    """Curve → a few numbers → curve."""

    def __init__(self, bands: int, latent: int, hidden: int = 64) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(bands, hidden), nn.ReLU(), nn.Linear(hidden, latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, bands))

    def forward(self, curves: Tensor) -> tuple[Tensor, Tensor]:
        """Return the curves made, [n, bands], and their codes, [n, latent]."""
        codes = self.encoder(curves)
        return self.decoder(codes), codes


def contrastive_loss(codes: Tensor, kinds: Tensor, temperature: float = 0.2) -> Tensor:
    """Return the supervised contrastive loss (Khosla et al. 2020) of codes [n, latent], kinds [n].

    A code without a partner of its kind in the batch says nothing; without any, the loss is 0.
    """
    unit = nn.functional.normalize(codes, dim=1)
    likeness = unit @ unit.T / temperature
    itself = torch.eye(len(codes), dtype=torch.bool)
    logs = likeness - likeness.masked_fill(itself, -torch.inf).logsumexp(1, keepdim=True)
    partners = (kinds.unsqueeze(0) == kinds.unsqueeze(1)) & ~itself
    counts = partners.sum(1)
    if not bool(counts.any()):
        return codes.sum() * 0
    told = (logs.masked_fill(~partners, 0).sum(1) / counts.clamp(min=1))[counts > 0]
    return -told.mean()
