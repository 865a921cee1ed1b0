"""Dataset health as REST and as a page."""
