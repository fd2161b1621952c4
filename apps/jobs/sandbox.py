"""What a compute process gets to see and how much it may take."""

import os

from django.conf import settings

from apps.jobs.kinds import extra_kinds

_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMBA_CACHE_DIR",
    "CUDA_VISIBLE_DEVICES",
    "SSL_CERT_FILE",
)

# A raster that is XML inside could read any file or ask any host; these drivers do. GDAL_SKIP works only from the
# environment of the process: in rasterio.Env it comes too late.
_SKIPPED_DRIVERS = (
    "VRT DERIVED GTI STACIT STACTA WMS WCS WMTS OGCAPI HTTP PLMOSAIC DAAS EEDA EEDAI NGW PDF MBTiles "
    "OGR_VRT WFS OAPIF CSW AMIGOCLOUD CARTO PLSCENES"
)
_GDAL = {
    "GDAL_SKIP": _SKIPPED_DRIVERS,
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_CACHEMAX": "256",  # MiB; by itself GDAL keeps up to 5 % of the host's memory in blocks
}


def child_environment() -> dict[str, str]:
    """The environment of a compute process: no database, no broker, no secret, and few GDAL drivers."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    extra = ",".join(f"{kind.name}={kind.compute}" for kind in extra_kinds().values())
    return environment | _GDAL | {"PYTHONUNBUFFERED": "1", "EARTHSCAPE_EXTRA_COMPUTE": extra}


def working_folder() -> str:
    return str(settings.BASE_DIR)
