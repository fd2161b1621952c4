"""The room that downloads leave on the disk of the store."""

import shutil
from pathlib import Path

from workers.errors import StoreUnavailable

KEPT_FREE = 256 << 20
LOOK_EVERY = 16 << 20


class Room:
    """Looks every 16 MiB whether the disk of a folder has room for more: what was free before may be full of what other
    jobs have written meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken = 0

    def check(self, coming: int = 0) -> None:
        """Check that there is room for some bytes more.

        Raises:
            StoreUnavailable: less than 256 MiB would be left.
        """
        if shutil.disk_usage(self._folder).free < coming + KEPT_FREE:
            what = f"its {coming:,} bytes" if coming else "more"
            raise StoreUnavailable(f"there is no room in the store for {what}; its operator can make some")

    def take(self, size: int) -> None:
        """Count bytes that are about to be written.

        Raises:
            StoreUnavailable: as in `check`.
        """
        self._taken += size
        if self._taken >= LOOK_EVERY:
            self._taken = 0
            self.check()
