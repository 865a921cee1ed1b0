"""The dataset `atlas`: labels of more of the dimensions of mood, each of a told kind."""
