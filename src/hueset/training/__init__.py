"""Training on a version: coverage before, learning after, and nothing pretended between."""
