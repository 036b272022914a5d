"""The demo's own parts: what it refuses, what it describes, how other commands join it."""

from __future__ import annotations

import io
import json
import os
import socket
from pathlib import Path

import click
import pyotp
import pytest
from click.testing import CliRunner

from app.cli import main
from app.core.embedded import EmbeddedServers, running_environment
from app.demo.command import refuse_taken_port
from app.demo.content import DemoAccount, DemoContent, DemoSecrets, DemoVillage, as_json, secret_key_of
from app.demo.progress import Progress
from tests.support.folders import reachable_folder


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_port_in_use_is_refused_before_anything_starts(
    family: socket.AddressFamily, tmp_path: Path
) -> None:
    with socket.socket(family) as squatter:
        try:
            squatter.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        squatter.listen()
        port = squatter.getsockname()[1]
        result = CliRunner().invoke(main, ["demo", "--port", str(port), "--data", str(tmp_path / "data")])
    assert result.exit_code == 1
    assert f"Port {port} is in use by another program" in result.output
    assert "make demo PORT=" in result.output
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every port")
def test_a_low_port_is_refused_for_a_user() -> None:
    with pytest.raises(click.ClickException, match="Only root may use port 80"):
        refuse_taken_port(80)


def test_secrets_stay_the_same_in_a_folder_and_differ_between_folders(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    key = secret_key_of(tmp_path)
    assert secret_key_of(tmp_path) == key
    assert secret_key_of(tmp_path / "other") != key
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
    ours, theirs = DemoSecrets(key), DemoSecrets(secret_key_of(tmp_path / "other"))
    assert ours.password("a@b.test") == DemoSecrets(key).password("a@b.test")
    assert ours.password("a@b.test") != theirs.password("a@b.test")
    assert ours.password("a@b.test") != ours.password("c@b.test")
    assert len(ours.password("a@b.test")) >= 12
    assert len(pyotp.TOTP(ours.totp_secret("a@b.test")).now()) == 6


def test_the_description_says_where_to_connect_and_which_host_to_send() -> None:
    village = DemoVillage("18.06.20.2006", "Gisting Atas", "Pekon", "gisting-atas", "gisting-atas.localhost")
    account = DemoAccount("village_operator", "Sari", "sari@x.test", "a-b-c-1234", village.host)
    described = json.loads(as_json(DemoContent([village], [account]), 8123))
    assert described["connect"] == "http://127.0.0.1:8123"
    assert described["province"]["host"] == "localhost:8123"
    assert described["villages"][0]["host"] == "gisting-atas.localhost:8123"
    assert described["accounts"]["village_operator"][0]["password"] == "a-b-c-1234"
    assert described["accounts"]["village_operator"][0]["url"] == "http://gisting-atas.localhost:8123"


def test_progress_says_what_and_how_long_and_what_stopped() -> None:
    out = io.StringIO()
    progress = Progress(out)
    with progress.step("Loading regions") as tell:
        tell("2,651 villages")
    with pytest.raises(RuntimeError), progress.step("Provisioning"):
        raise RuntimeError
    lines = out.getvalue().splitlines()
    assert lines[0].split() == ["Loading", "regions", "0.0", "s", "2,651", "villages"]
    assert lines[1].split() == ["Provisioning", "0.0", "s", "stopped"]


@pytest.mark.servers
def test_other_commands_find_a_run_only_while_it_lasts() -> None:
    with reachable_folder() as folder:
        assert running_environment(folder) is None
        with EmbeddedServers(folder, fast=True) as servers:
            assert running_environment(folder) is None
            servers.publish({"REDIS_URL": servers.redis_url})
            assert running_environment(folder) == {"REDIS_URL": servers.redis_url}
            assert (folder / "environment.json").stat().st_mode & 0o077 == 0
        assert running_environment(folder) is None


@pytest.mark.parametrize("command", ["demo-codes", "db-shell"])
def test_helpers_say_so_when_no_demo_runs(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [command, "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "Start one first: make demo" in result.output
