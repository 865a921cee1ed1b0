"""The dataset `poems`: poems whole, and in chunks that together hold every token."""
