from tests.workers.learning.conftest import rasters, specify, table

__all__ = ["rasters", "specify", "table"]
