"""Files on disk: read beneath a folder, written whole, never over what a person wrote."""
