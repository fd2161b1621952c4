"""Whatever comes in, nothing ends in a 5xx: requests made from the schema, sent to a live server by everyone's tool."""

import json
import subprocess
import sys
from pathlib import Path

from apps.jobs.streaming import SLOTS
from earthscape_web.rest.schema import schema
from tests.apps.worlds import make_world
from tests.conftest import Person, wait_for

EXAMPLES = 12  # for each of some thirty operations
SECONDS = 40


def test_no_request_made_from_the_schema_ends_in_a_server_error(
    live_server: object, administrator: Person, store: Path, tmp_path: Path
) -> None:
    make_world()
    described = tmp_path / "schema.json"
    described.write_text(json.dumps(schema()))
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(described), "--url", str(live_server)]
    command += ["--checks", "not_a_server_error", "--phases", "fuzzing", "--max-examples", str(EXAMPLES)]
    command += ["--seed", "1", "--max-time", str(SECONDS), "--no-color", "--request-timeout", "10"]
    command += ["--header", f"Authorization: Token {administrator.token}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS * 3, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    wait_for(lambda: SLOTS.all_free, what="the end of the streams")
