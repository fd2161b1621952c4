"""`python -m workers.demo OUT [SEED]`: write the sources of both made regions into folders of OUT and print their
specifications' paths.
"""

import sys
from pathlib import Path

from workers.demo.character import CHARACTERS
from workers.demo.sources import DONE, SEED, make_sources


def main(arguments: list[str]) -> int:
    """Parse the arguments, make both regions."""
    if len(arguments) not in (1, 2) or (len(arguments) == 2 and not arguments[1].isdigit()):
        print("usage: python -m workers.demo OUT [SEED]", file=sys.stderr)
        return 2
    seed = int(arguments[1]) if len(arguments) == 2 else SEED
    for region in CHARACTERS:
        folder = Path(arguments[0]) / region
        make_sources(region, folder, seed=seed)
        print(folder / DONE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
