"""Reading a published dataset: `read_dataset` is the compute of the kind `import-dataset`."""

from workers.tiles.importing.read import read_dataset

__all__ = ["read_dataset"]
