"""Tile files: windows of an analysis raster as GeoTIFFs of their own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import rasterio
from affine import Affine
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.windows import Window as RasterWindow

from workers.errors import InvalidInput, StoreUnavailable
from workers.records.grids import Grid
from workers.tiles.export.tables import ExportedTile

NODATA_TAG = "EARTHSCAPE_TILE_NODATA"
"""Tag of an analysis raster that has a nodata value only for ground without tiles: its tile files have none."""

DTYPE_TAG = "EARTHSCAPE_TILE_DTYPE"
"""Tag of an analysis raster whose tile files have a narrower data type, all of whose values they use."""


def tile_files(raster: Path, tiles: Sequence[ExportedTile], grid: Grid) -> Iterator[tuple[ExportedTile, bytes]]:
    """Yield each tile with its file: one band in the raster's data type, or in the one it was rebuilt from, with its
    nodata value, uncompressed as in the published folders, its corner exactly that of the footprint. The same pixels
    give the same bytes.

    A tile that is partly ground without tiles in the folder that a raster was rebuilt from had no file there, and is
    passed over: in files without nodata, the value that stands for nothing would be one like others.

    Raises:
        StoreUnavailable: the raster is missing or cannot be read.
        InvalidInput: a tile lies outside of it.
    """
    with _opened(raster) as source:
        tags, nodata, fill = source.tags(), source.nodata, None
        if tags.get(NODATA_TAG) == "none":
            nodata, fill = None, source.nodata
        dtype = tags.get(DTYPE_TAG, source.dtypes[0])
        shared = {"driver": "GTiff", "count": 1, "dtype": dtype, "crs": source.crs, "nodata": nodata}
        for tile in tiles:
            window = tile.window
            if window.col + window.width > source.width or window.row + window.height > source.height:
                raise InvalidInput(f"{tile.patch_id}: lies outside the raster {raster.name}")
            part = RasterWindow(window.col, window.row, window.width, window.height)
            pixels = source.read(1, window=part)
            if fill is not None and (pixels == fill).any():
                continue
            place = Affine(grid.pixel_size, 0.0, tile.bounds[0], 0.0, -grid.pixel_size, tile.bounds[3])
            with MemoryFile() as memory:
                with memory.open(**shared, width=window.width, height=window.height, transform=place) as target:
                    target.write(pixels.astype(dtype), 1)
                yield tile, memory.read()


@contextmanager
def _opened(raster: Path) -> Iterator[rasterio.DatasetReader]:
    try:
        with rasterio.open(raster, driver="GTiff") as dataset:
            yield dataset
    except RasterioError as error:
        raise StoreUnavailable(f"The raster {raster.name} of the store cannot be read: {error}") from error
