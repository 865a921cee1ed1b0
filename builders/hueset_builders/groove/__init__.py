"""The dataset `groove`: drum performances as bars and hits, each hit with its microtiming."""
