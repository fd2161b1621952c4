"""Writing an EarthScape folder of tile files: `export_dataset` is the compute of the kind `export-dataset`."""

from workers.tiles.export.write import export_dataset

__all__ = ["export_dataset"]
