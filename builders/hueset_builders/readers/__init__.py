"""Readers that several builders share; they know no dataset."""
