"""The dataset `socialfx`: words for audio effects, and the settings people chose for them."""
