"""What leaves the store: card, Croissant file, export, licence filter, the Hub."""
