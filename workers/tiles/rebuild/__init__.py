"""Rebuilding region rasters from tile files: `read_tiles` is the compute of the kind `import-tiles`."""

from workers.tiles.rebuild.read import read_tiles

__all__ = ["read_tiles"]
