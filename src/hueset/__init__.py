"""Hueset: a foundry for training datasets about mood and music."""

__version__ = "0.1.0"
