"""The networks, a page each. They import torch, so nothing imports them before it trains."""
