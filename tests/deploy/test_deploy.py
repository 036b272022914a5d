"""Three ways to install, each in production mode, each telling a process only the secrets that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
CONTAINER = DEPLOY / "container"
OWNER = "OWNER_DATABASE_URL"
SUPERUSER = {"POSTGRES_PASSWORD", "ADMIN_DATABASE_URL", "PGPASSWORD"}


@dataclass
class Process:
    """A process of ours: what it does (web, worker, …) and the environment that it is given; secrets are empty."""

    way: str
    role: str
    environment: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.way}-{self.role}"


def _env_file(name: str) -> dict[str, str]:
    lines = (CONTAINER / f"{name}.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _compose() -> dict[str, Any]:
    return dict(yaml.safe_load((CONTAINER / "compose.yaml").read_text())["services"])


def _image_environment() -> dict[str, str]:
    last_stage = (CONTAINER / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    lines = re.findall(r"^ENV (.+)$", last_stage, re.MULTILINE)
    return dict(word.split("=", 1) for line in lines for word in line.split())


def _of_compose() -> Iterator[Process]:
    for name, service in _compose().items():
        if service.get("image") != "siger":
            continue
        files = service["env_file"]
        environment = _image_environment()
        for file in files:
            environment |= _env_file(file)
        yield Process("compose", name, environment | service.get("environment", {}), files)


def _of_systemd() -> Iterator[Process]:
    for path in sorted((DEPLOY / "systemd").glob("*.service")):
        stated: dict[str, list[str]] = {}
        for key, value in re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE):
            stated.setdefault(key, []).append(value)
        if Path(stated["ExecStart"][0].split()[0]).name != "siger":
            continue
        environment = dict(word.split("=", 1) for line in stated["Environment"] for word in line.split())
        files = [Path(file).name for file in stated["EnvironmentFile"]]
        for file in files:
            environment |= _env_file(file)
        for name in " ".join(stated.get("UnsetEnvironment", [])).split():
            environment.pop(name, None)
        role = stated["ExecStart"][0].split()[1]
        yield Process("systemd", role, environment, files)


def _of_kubernetes() -> Iterator[Process]:
    folder = DEPLOY / "kubernetes"
    settings = {}
    for generator in yaml.safe_load((folder / "kustomization.yaml").read_text())["configMapGenerator"]:
        settings[generator["name"]] = dict(literal.split("=", 1) for literal in generator["literals"])
    # What deploy/README.md puts into each secret.
    commands = (DEPLOY / "README.md").read_text().replace("\\\n", " ")
    secrets = {
        name: dict.fromkeys(re.findall(r"--from-literal=(\w+)=", rest), "")
        for name, rest in re.findall(r"create secret generic (\S+) (.*)", commands)
    }
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            pod = (document.get("spec") or {}).get("template", {}).get("spec", {})
            for container in pod.get("containers", []):
                if not re.fullmatch(r"siger(:.*)?", container["image"]):
                    continue
                environment = _image_environment()
                files = []
                for source in container["envFrom"]:
                    if "configMapRef" in source:
                        environment |= settings[source["configMapRef"]["name"]]
                    else:
                        files.append(source["secretRef"]["name"])
                        environment |= secrets[files[-1]]
                yield Process("kubernetes", container["name"], environment, files)


PROCESSES = [*_of_compose(), *_of_systemd(), *_of_kubernetes()]


def test_all_three_ways_run_web_worker_and_scheduler() -> None:
    for way in ("compose", "systemd", "kubernetes"):
        assert {"web", "worker", "scheduler"} <= {p.role for p in PROCESSES if p.way == way}


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_every_process_runs_in_production_mode(process: Process) -> None:
    assert process.environment.get("ENVIRONMENT") == "production"


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_every_process_signs_in_as_the_application(process: Process) -> None:
    assert "DATABASE_URL" in process.environment


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_every_process_can_open_what_is_sealed(process: Process) -> None:
    assert "MASTER_KEYS" in process.environment


def test_units_and_the_example_say_production_each_by_itself() -> None:
    for path in (DEPLOY / "systemd").glob("*.service"):
        if "/bin/siger " not in path.read_text():
            continue
        assert "\nEnvironment=ENVIRONMENT=production\n" in path.read_text(), path.name
    assert _env_file("siger.env")["ENVIRONMENT"] == "production"


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_only_the_worker_and_commands_know_the_owner(process: Process) -> None:
    knows = process.role in ("worker", "siger", "migrate")
    assert (OWNER in process.environment) == knows
    if process.way != "kubernetes":
        assert ("owner.env" in process.files) == knows


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_no_process_knows_the_superuser_but_the_commands_of_compose(process: Process) -> None:
    known = SUPERUSER & process.environment.keys()
    assert known == ({"ADMIN_DATABASE_URL"} if (process.way, process.role) == ("compose", "siger") else set())
    assert "superuser.env" not in process.files


def test_the_superusers_password_goes_to_postgres_and_the_commands_alone() -> None:
    named = [name for name, service in _compose().items() if "POSTGRES_PASSWORD" in yaml.safe_dump(service)]
    assert sorted(named) == ["postgres", "siger"]
    assert _env_file("superuser.env").keys() == {"POSTGRES_PASSWORD"}
    assert _env_file("owner.env").keys() == {OWNER}
    assert not {OWNER, *SUPERUSER} & _env_file("siger.env").keys()
