"""The example of docs/api.md, as it stands there but for the hosts: previewed and processed by a real worker."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.apps.pages.ground import ask_there, serve_ground
from tests.conftest import ROOT, Person, WorkerProcess, wait_for
from tests.workers.conftest import WriteRaster, write_raster  # noqa: F401  # a fixture
from tests.workers.sources.served import Server, serving

HEADING = "## Previewing and processing a region"
URLS = {
    "https://kygisserver.ky.gov/arcgis/rest/services/WGS84WM_Services/KY_Data_Tiles_DEM_WGS84WM": "/dem",
    "https://overpass-api.de": "",
}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def documented(server: Server) -> Iterator[Any]:
    """The blocks of JSON in the section, in their order."""
    section = (ROOT / "docs/api.md").read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    for url, path in URLS.items():
        section = section.replace(url, server.url(path))
    return map(json.loads, re.findall(r"```json\n(.*?)```", section, re.DOTALL))


@pytest.mark.django_db(transaction=True)
def test_the_example_of_the_documentation_works(
    start_worker: Callable[..., WorkerProcess],
    settings: Settings,
    server: Server,
    researcher: Person,
    write_raster: WriteRaster,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    serve_ground(server, write_raster)
    ask_there(settings, server)
    start_worker(EARTHSCAPE_DOWNLOAD_HOSTS=f"private:127.0.0.1:{server.port}")
    request, preview, region = documented(server)
    job = ended(researcher, request)
    assert job["result"] == preview
    job = ended(researcher, {"kind": "process-region", "params": job["params"]})
    assert job["result"] == region
    answer = researcher.client.get("/api/v1/regions/first-square").json()
    assert len(answer["properties"]["channels"]) == region["channels"]


def ended(person: Person, request: dict[str, Any]) -> dict[str, Any]:
    answer = person.client.post("/api/v1/jobs", request, format="json")
    assert answer.status_code == 201, answer.json()
    job: dict[str, Any] = {}

    def has_ended() -> bool:
        job.update(person.client.get(f"/api/v1/jobs/{answer.json()['id']}").json())
        return job["finished_at"] is not None

    wait_for(has_ended, seconds=150, what=f"the end of {request['kind']}")
    assert job["state"] == "succeeded", job["error"]
    return job
