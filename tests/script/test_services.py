import re
import stat
import time
from pathlib import Path

import psycopg
import pytest
import redis

from .conftest import Run


@pytest.fixture(scope="module")
def environment(run: Run, var: Path) -> dict[str, str]:
    done = run("script/services", "start")
    assert done.returncode == 0, done.stderr
    lines = (var / "environment").read_text().splitlines()
    return {name: value.replace("\\", "") for name, value in (line.split("=", 1) for line in lines)}


def listening_addresses() -> set[str]:
    """Address and port in hexadecimal, as the kernel lists them."""
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    return {row[1] for row in rows if row[3] == "0A"}


def runs(pid: str) -> bool:
    """A process that ended but was not yet waited for has no command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def port_of(url: str) -> int:
    return int(re.findall(r":(\d+)/", url)[0])


def test_secrets_are_readable_by_their_owner_alone(environment: dict[str, str], var: Path) -> None:
    for name in ("environment", "secrets"):
        assert stat.S_IMODE((var / name).stat().st_mode) == 0o600
    assert len(environment["EARTHSCAPE_SECRET_KEY"]) == 48


@pytest.mark.parametrize("name", ["EARTHSCAPE_DATABASE_URL", "EARTHSCAPE_BROKER_URL"])
def test_services_listen_on_loopback_only(environment: dict[str, str], name: str) -> None:
    port = f":{port_of(environment[name]):04X}"
    assert {address for address in listening_addresses() if address.endswith(port)} == {f"0100007F{port}"}


def test_postgresql_runs_as_an_unprivileged_user(environment: dict[str, str], var: Path) -> None:
    pid = (var / "postgres/data/postmaster.pid").read_text().split()[0]
    assert Path(f"/proc/{pid}").stat().st_uid != 0


@pytest.mark.parametrize(("role", "timeout"), [("WEB", "5s"), ("WORKER", "1min"), ("OWNER", "0")])
def test_each_role_has_its_own_time_limit(environment: dict[str, str], role: str, timeout: str) -> None:
    with psycopg.connect(environment[f"EARTHSCAPE_{role}_DATABASE_URL"]) as connection:
        row = connection.execute("SHOW statement_timeout").fetchone()
    assert row == (timeout,)


def test_the_site_s_role_writes_rows_but_makes_no_tables(environment: dict[str, str]) -> None:
    with psycopg.connect(environment["EARTHSCAPE_OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("CREATE TABLE noted (place geometry(Point, 3089))")
        with psycopg.connect(environment["EARTHSCAPE_WEB_DATABASE_URL"], autocommit=True) as site:
            site.execute("INSERT INTO noted VALUES (ST_SetSRID(ST_Point(1, 2), 3089))")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                site.execute("DROP TABLE noted")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                site.execute("CREATE TABLE other (id int)")
        owner.execute("DROP TABLE noted")


def test_a_new_database_has_postgis(environment: dict[str, str]) -> None:
    url = environment["EARTHSCAPE_OWNER_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE DATABASE another")
    with psycopg.connect(url.replace("/earthscape", "/another").replace("/another:", "/earthscape:")) as connection:
        assert connection.execute("SELECT ST_SRID(ST_Point(1, 2, 3089))").fetchone() == (3089,)


def test_redis_keeps_everything_and_wants_its_password(environment: dict[str, str]) -> None:
    broker = redis.Redis.from_url(environment["EARTHSCAPE_BROKER_URL"])
    with broker:
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert broker.config_get("appendonly") == {"appendonly": "yes"}
    with (
        redis.Redis(port=port_of(environment["EARTHSCAPE_BROKER_URL"])) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_starting_again_changes_nothing_and_takes_no_time(run: Run, environment: dict[str, str], var: Path) -> None:
    before = (var / "environment").read_text()
    started = time.monotonic()
    done = run("script/services", "start")
    assert (done.returncode, done.stdout) == (0, "")
    assert time.monotonic() - started < 5
    assert (var / "environment").read_text() == before


def test_after_stop_nothing_runs_and_after_start_the_data_is_there(
    run: Run, environment: dict[str, str], var: Path
) -> None:
    with redis.Redis.from_url(environment["EARTHSCAPE_BROKER_URL"]) as broker:
        broker.set("kept", "yes")
    pids = [(var / file).read_text().split()[0] for file in ("run/redis.pid", "postgres/data/postmaster.pid")]
    assert run("script/services", "stop").returncode == 0
    assert [pid for pid in pids if runs(pid)] == []
    assert run("script/services", "status").stdout == "postgres: stopped\nredis: stopped\n"
    assert run("script/services", "start").returncode == 0
    with redis.Redis.from_url(environment["EARTHSCAPE_BROKER_URL"]) as broker:
        assert broker.get("kept") == b"yes"


def test_a_half_made_cluster_is_made_again(run: Run, environment: dict[str, str], var: Path) -> None:
    assert run("script/services", "stop").returncode == 0
    (var / "postgres/ready").unlink()
    (var / "postgres/data/PG_VERSION").unlink()
    done = run("script/services", "start")
    assert done.returncode == 0, done.stderr
    with psycopg.connect(environment["EARTHSCAPE_OWNER_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
