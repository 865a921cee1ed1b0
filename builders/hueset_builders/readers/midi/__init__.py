"""Standard MIDI Files: bytes, notes in seconds, slices."""
