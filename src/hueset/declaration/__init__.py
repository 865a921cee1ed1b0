"""What a project declares, where it lies, and whose it is."""
