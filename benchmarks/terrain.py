"""The 30 terrain features of the paper beside WhiteboxTools, slope beside gdaldem, and a large DEM by itself.

python -m benchmarks.terrain [--side 3072] [--repeats 3] [--large] [--json]
"""

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made_dem import made_dem, write_dem
from benchmarks.sides import Side, run_side

LARGE_SIDE = 12_288
EXACT = ("s", "prc", "plc")  # and every window; coarse features go through resampling of different kinds
_GDALDEM = ["gdaldem", "slope", "-q", "-co", "TILED=YES"]


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        dem = folder / "dem.tif"
        write_dem(dem, made_dem(asked.side))
        found = _against_whitebox(dem, folder, asked.repeats)
        found |= {"side": asked.side, "repeats": asked.repeats, "gdaldem": _beside_gdaldem(dem, folder)}
        if asked.large:
            found["large"] = _large(folder, asked.side)
    if not asked.json:
        _print(found)
    print(json.dumps(found))  # what the command is for


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench terrain")
    parser.add_argument("--side", type=int, default=3072, help="pixels of the DEM along a side (default 3072)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of either side, in turn (default 3)")
    parser.add_argument("--large", action="store_true", help=f"also {LARGE_SIDE} pixels, ours alone, from file to file")
    parser.add_argument("--json", action="store_true", help="the JSON line alone")
    return parser.parse_args()


def _against_whitebox(dem: Path, folder: Path, repeats: int) -> dict[str, Any]:
    arrays = {side: folder / side for side in ("ours", "peer")}
    for place in arrays.values():
        place.mkdir()
    modules = {"ours": "benchmarks.terrain_ours", "peer": "benchmarks.terrain_peer"}
    for side, module in modules.items():  # not counted: caches are filled, arrays are kept
        run_side(module, str(dem), str(arrays[side]))
    runs: dict[str, list[Any]] = {side: [] for side in modules}
    for _ in range(repeats):
        for side, module in modules.items():
            runs[side].append(run_side(module, str(dem)))
    ours, peer = Side.of(runs["ours"]), Side.of(runs["peer"])
    return {
        "ours": ours.total,
        "peer": peer.total,
        "ratio": peer.total / ours.total,
        "peak_mib": {"ours": ours.peak_mib, "peer": peer.peak_mib},
        "features": {name: _feature(name, ours, peer, arrays) for name in ours.seconds},
    }


def _feature(name: str, ours: Side, peer: Side, arrays: dict[str, Path]) -> dict[str, float]:
    mine, theirs = (np.load(arrays[side] / f"{name}.npy") for side in ("ours", "peer"))
    return {
        "ours": ours.seconds[name],
        "peer": peer.seconds[name],
        "ratio": peer.seconds[name] / ours.seconds[name],
        "max_difference": float(np.nanmax(np.abs(mine - theirs))),
        "median_difference": float(np.nanmedian(np.abs(mine - theirs))),
    }


def _beside_gdaldem(dem: Path, folder: Path) -> dict[str, float] | None:
    """Slope by Horn's weights, from file to file, on either side; None where gdaldem is not installed."""
    if shutil.which("gdaldem") is None:
        return None
    peer = min(_seconds([*_GDALDEM, str(dem), str(folder / "slope.tif")]) for _ in range(3))
    ours = min(run_side("benchmarks.terrain_files", "horn", str(dem))["seconds"]["horn"] for _ in range(3))
    return {"ours": ours, "peer": peer, "ratio": peer / ours}


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def _large(folder: Path, side: int) -> dict[str, Any]:
    """All channels of a DEM as a region's stages make them, strip by strip from file to file: the larger one beside the
    one of `side`.
    """
    found = {}
    for pixels in (side, LARGE_SIDE):
        dem = folder / f"dem-{pixels}.tif"
        write_dem(dem, made_dem(pixels))
        run = run_side("benchmarks.terrain_files", "channels", str(dem))
        seconds = sum(run["seconds"].values())
        found[str(pixels)] = {
            "seconds": seconds, "megapixels_per_second": pixels**2 / seconds / 1e6, "peak_mib": run["peak_mib"]
        }  # fmt: skip
        dem.unlink()
    return found


def _print(found: dict[str, Any]) -> None:
    lines = [f"{'feature':<12}{'ours, s':>10}{'peer, s':>10}{'ratio':>8}{'max difference':>18}"]
    lines += [
        f"{name:<12}{row['ours']:>10.3f}{row['peer']:>10.3f}{row['ratio']:>8.1f}{row['max_difference']:>18.2g}"
        for name, row in found["features"].items()
    ]
    memory = found["peak_mib"]
    lines.append(f"{'all':<12}{found['ours']:>10.2f}{found['peer']:>10.2f}{found['ratio']:>8.1f}")
    lines.append(f"peak memory: ours {memory['ours']:.0f} MiB, peer {memory['peer']:.0f} MiB")
    if found["gdaldem"]:
        lines.append("slope from file to file: ours {ours:.2f} s, gdaldem {peer:.2f} s".format(**found["gdaldem"]))
    for pixels, row in found.get("large", {}).items():
        rate = f"{row['megapixels_per_second']:.2f} megapixels/s"
        lines.append(
            f"{pixels} x {pixels}, from file to file: {row['seconds']:.0f} s, {rate}, {row['peak_mib']:.0f} MiB"
        )
    print("\n".join(lines))  # likewise


if __name__ == "__main__":
    main()
