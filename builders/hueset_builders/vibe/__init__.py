"""The dataset `vibe`: human labels of mood for English text."""
