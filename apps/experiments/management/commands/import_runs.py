from collections.abc import Mapping
from typing import Any

from apps.tiles.commands import ImportCommand


class Command(ImportCommand):
    help = "Import published runs: run folders of v1.0, compiled tables and configurations of v1.1."
    kind = "import-runs"

    def describe(self, result: Mapping[str, Any]) -> list[str]:
        created, updated = result["created"], result["updated"]
        lines = [f"runs: {len(created)} created, {len(updated)} updated, {result['unchanged']} unchanged"]
        lines += [f"  created {name}" for name in created]
        lines += [f"  updated {name}" for name in updated]
        lines += [f"  flagged {name}: its scores contradict themselves or the dataset" for name in result["flagged"]]
        return lines + [f"  {note}" for note in result["notes"]]
