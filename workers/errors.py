"""Every error that EarthScape Web raises on purpose. Its message is written for the person who can act on it."""


class EarthScapeError(Exception):
    """Base of all errors whose message may be shown to the user who caused them."""


class InvalidInput(EarthScapeError):
    """A parameter, a specification or a request that cannot be carried out as given."""


class BrokenFile(InvalidInput):
    """A file whose content is wrong; the message names file, row and column."""

    def __init__(self, path: object, reason: str, *, row: int | None = None, column: str | None = None) -> None:
        place = f"{path}"
        if row is not None:
            place += f", row {row}"
        if column is not None:
            place += f", column {column}"
        super().__init__(f"{place}: {reason}")


class UnsafeInput(InvalidInput):
    """Outside content that is refused before it is read further."""


class TooLarge(InvalidInput):
    """Input is larger than is taken in."""


class GridMismatch(InvalidInput):
    """Rasters that should share one grid and do not."""


class NotFound(EarthScapeError):
    """A named object that does not exist or is not visible to the asker."""


class PermissionDenied(EarthScapeError):
    """The asker is known and may not do this."""


class Conflict(EarthScapeError):
    """The state of the object does not allow the change."""


class QuotaExceeded(EarthScapeError):
    """The owner has as many unfinished jobs as the operator allows."""


class StoreUnavailable(EarthScapeError):
    """The file store cannot be read or written."""


class DownloadFailed(EarthScapeError):
    """A file that its server did not give; the message names tile, URL and reason."""


class Cancelled(EarthScapeError):
    """The job was asked to stop, and did."""


class LimitExceeded(EarthScapeError):
    """A wall-time, memory or size limit was reached."""


class LeaderGone(EarthScapeError):
    """The worker that was helped with a region has ended: nobody waits for the rest."""
