import shutil
import subprocess

import pytest
import yaml

from .conftest import ROOT

SECRETS = {
    "EARTHSCAPE_SECRET_KEY": "k1",
    "EARTHSCAPE_ALLOWED_HOSTS": "maps.example.org",
    "EARTHSCAPE_ADMIN_PASSWORD": "p1",
    "EARTHSCAPE_OWNER_PASSWORD": "p2",
    "EARTHSCAPE_WEB_PASSWORD": "p3",
    "EARTHSCAPE_WORKER_PASSWORD": "p4",
    "EARTHSCAPE_REDIS_PASSWORD": "p5",
}
BINARY = shutil.which("docker-compose")
pytestmark = pytest.mark.skipif(BINARY is None, reason="docker-compose is not installed")


def config(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    assert BINARY is not None
    return subprocess.run(
        [BINARY, "config"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_file_is_valid_and_each_service_has_its_own_database_role() -> None:
    done = config(SECRETS)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == {"db", "redis", "migrate", "web", "worker", "worker-short", "beat"}
    roles = {
        name: service["environment"]["EARTHSCAPE_DATABASE_URL"].split("@")[0]
        for name, service in services.items()
        if name not in ("db", "redis")
    }
    assert roles == {
        "migrate": "postgresql://earthscape:p2",
        "web": "postgresql://earthscape_web:p3",
        "worker": "postgresql://earthscape_worker:p4",
        "worker-short": "postgresql://earthscape_worker:p4",
        "beat": "postgresql://earthscape_worker:p4",
    }


def test_only_the_site_has_a_port_and_only_on_loopback() -> None:
    services = yaml.safe_load(config(SECRETS).stdout)["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000/tcp"]}


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_everything(missing: str) -> None:
    done = config({name: value for name, value in SECRETS.items() if name != missing})
    assert done.returncode == 1
    assert "Missing mandatory value" in done.stderr
    assert missing in done.stderr
