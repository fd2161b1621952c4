"""Tiles: squares cut from a region's grid, and the class areas within them."""
