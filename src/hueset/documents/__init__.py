"""What a version says of itself, typed: manifest, coverage, gate report, records, training run."""
