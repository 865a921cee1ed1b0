"""MAESTRO v3.0.0 as log-mel windows with the notes that sound in them.

Source: Hawthorne et al., "Enabling Factorized Piano Music Modeling and Generation with the MAESTRO
Dataset", ICLR 2019, CC BY-NC-SA 4.0.
"""
