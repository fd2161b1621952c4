"""What each stage of a region weighs in the share of the work that is done."""

from workers.rasters.extras import extra_stages
from workers.records.regions import RegionSpec, source_roles

# About the seconds that each stage takes on 3072 x 3072 pixels and two cores; only their proportions matter.
WEIGHTS = {
    "download": 60.0,  # of one source; nobody knows before how long it takes
    "map": 2.0,
    "dem": 1.0,
    "imagery": 7.0,
    "burn": 0.5,
    "derivatives": 3.0,
    "resolution": 2.5,
    "window": 2.5,
    "tiles": 1.0,
    "seams": 0.3,
    "extra": 1.5,
    "hand": 6.0,
}
FINISH_WEIGHT = 1.3


def total_weight(spec: RegionSpec) -> float:
    """Return the weight of all stages that a region goes through, its finished channels included."""
    weights = [WEIGHTS["tiles"]]
    weights += [WEIGHTS["download"] for source in source_roles(spec).values() if source.is_remote]
    channels = 0
    if spec.map_units is not None:
        weights += [WEIGHTS["map"], WEIGHTS["burn"]]
        channels += 1
    for burnt in (spec.streams, spec.roads):
        weights += [WEIGHTS["burn"]] * (burnt is not None)
        channels += burnt is not None
    if spec.imagery is not None:
        weights += [WEIGHTS["imagery"], *[WEIGHTS["seams"]] * len(spec.imagery.bands)]
        channels += len(spec.imagery.bands)
    if spec.dem is not None:
        scales, windows = len(spec.terrain.resolutions), len(spec.terrain.windows)
        weights += [
            WEIGHTS["dem"],
            WEIGHTS["seams"],
            WEIGHTS["derivatives"],
            WEIGHTS["resolution"] * scales,
            WEIGHTS["window"] * windows,
        ]
        channels += 1 + 3 * (1 + scales) + 2 * windows
        weights.append(WEIGHTS["extra"] * extra_stages(spec))
        channels += extra_stages(spec) + spec.extras.plain_curvature * (1 + scales)
    if spec.extras.hand:
        weights.append(WEIGHTS["hand"])
        channels += 1
    return sum(weights) + FINISH_WEIGHT * channels
