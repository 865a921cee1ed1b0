"""The dataset `emotions`: a tree of 216 emotions with their words."""
