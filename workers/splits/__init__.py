"""Spatially independent splits of tiles, and the proof that they are."""
