"""The inputs of the v1.1 tables (`dem+rgb`, `ep-ms+s-ms`) as channels."""

from workers.records.channels import CHANNEL_NAMES, canonical_name

_IMAGERY = {"rgb": ("aerialr", "aerialg", "aerialb"), "nir": ("aerialnir",)}


def channels_of(text: str) -> tuple[str, ...]:
    """Return the channels of an input in their order; a part that names none stays as it is.

    `-ms` means every scale of a terrain feature.
    """
    return tuple(channel for part in text.split("+") for channel in _channels(part))


def _channels(part: str) -> tuple[str, ...]:
    if part in _IMAGERY:
        return _IMAGERY[part]
    if part.endswith("-ms"):
        stem = part.removesuffix("-ms")
        return tuple(name for name in CHANNEL_NAMES if name == stem or name.startswith(f"{stem}_")) or (part,)
    return (canonical_name(part) or part,)
