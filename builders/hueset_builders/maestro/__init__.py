"""The dataset `maestro`: piano performances as log-mel windows with their notes."""
