"""A smoke test of `make demo` as a stranger would use it: start, look, Ctrl-C, start again, measure.

Run by .ci/run: python tests/smoke_demo.py. Needs nothing but the standard library and make.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
FIRST_START_SECONDS = 1200
# The promise is 10 s; a machine that does other work as well must not fail for it, so the figure is printed.
SECOND_START_SECONDS = 60
STOP_SECONDS = 30


class Demo:
    """One `make demo`, started as from a terminal: in a process group of its own that Ctrl-C reaches."""

    def __init__(self, port: int, folder: Path) -> None:
        self.folder = folder
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            ["make", "demo", f"PORT={port}", f"SIGER_DATA={folder}"], cwd=ROOT, start_new_session=True
        )

    def wait_ready(self, seconds: float) -> tuple[dict[str, Any], float]:
        """Wait for demo.json; return it and the seconds it took."""
        description = self.folder / "demo.json"
        while not description.exists():
            check(self.process.poll() is None, "make demo ended before it was ready")
            check(time.monotonic() - self.started < seconds, f"make demo was not ready after {seconds:.0f} s")
            time.sleep(0.05)
        return json.loads(description.read_text()), time.monotonic() - self.started

    def descendants(self) -> dict[int, str]:
        """Return every process that runs below make, or names the data folder, with its command line."""
        parents: dict[int, int] = {}
        commands: dict[int, str] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                commands[int(entry.name)] = (
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
            except (OSError, ValueError):
                continue
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        named = {pid for pid, command in commands.items() if str(self.folder) in command} - {os.getpid()}
        return {pid: commands.get(pid, "") for pid in found | named}

    def press_ctrl_c(self) -> None:
        """Interrupt the whole group, as a terminal does, and wait until make has ended."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise SystemExit(f"FAILED: make demo still runs {STOP_SECONDS} s after Ctrl-C") from None


def main() -> None:
    """Run the whole smoke test; exit with 1 and a sentence at the first thing that is not as promised."""
    parent = Path(tempfile.mkdtemp(prefix="siger-smoke-"))
    parent.chmod(0o711)
    port = free_port()
    demo = None
    try:
        demo = Demo(port, parent / "data")
        described, seconds = demo.wait_ready(FIRST_START_SECONDS)
        print(f"smoke: first start {seconds:.1f} s", flush=True)
        look_around(described)
        check_registers(parent / "data", len(described["villages"]))
        refuse_second_on_same_port(port, parent / "other")
        before = demo.descendants()
        demo.press_ctrl_c()
        check_nothing_runs(before, port)

        demo = Demo(port, parent / "data")
        again, seconds = demo.wait_ready(SECOND_START_SECONDS)
        print(f"smoke: second start {seconds:.1f} s (promised: 10 s)", flush=True)
        check(again == described, "a second start does not describe the same villages and accounts")
        look_around(again)
        before = demo.descendants()
        demo.press_ctrl_c()
        check_nothing_runs(before, port)
        print("smoke: make demo starts, answers, keeps its data, stops cleanly", flush=True)
    finally:
        if demo is not None and demo.process.poll() is None:
            os.killpg(demo.process.pid, signal.SIGTERM)
            demo.process.wait(STOP_SECONDS)
        shutil.rmtree(parent, ignore_errors=True)


def look_around(described: dict[str, Any]) -> None:
    """Ask for the province's page and every village's home, by their Host names."""
    for district, promised in {"18.06.20": 9, "18.08.11": 15}.items():
        found = sum(village["code"].startswith(district) for village in described["villages"])
        check(found == promised, f"{promised} villages of {district} were promised, there are {found}")
    check(bool(described["accounts"]), "there are no accounts")
    for place in [described["province"], *described["villages"]]:
        status, body = get(described["port"], place["host"])
        check(status == 200, f"{place['host']} answers {status}")
        check(place.get("name", "Lampung") in body, f"{place['host']} does not name itself")
    status, _ = get(described["port"], f"no-such-village.localhost:{described['port']}")
    check(status == 404, f"an unknown village answers {status}, not 404")


def check_registers(folder: Path, villages: int) -> None:
    """About 3,450 people live in a village, and each ledger tells what its register does.

    Villages that set themselves up, were split off or came together have registers beside the `villages` promised.
    """
    told = subprocess.run(
        [ROOT / ".venv" / "bin" / "siger", "residents", "check", "--all", "--sealed"],
        cwd=ROOT,
        env={**os.environ, "SIGER_DATA": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=FIRST_START_SECONDS,
    )
    sentence = f"the registers are not in order: {told.stdout[-1000:]} {told.stderr[-1000:]}"
    said = re.search(r"([\d,]+) villages checked, 0 differences, ([\d,]+) people", told.stdout)
    if told.returncode != 0 or said is None:
        raise SystemExit(f"FAILED: {sentence}")
    checked, people = (int(figure.replace(",", "")) for figure in said.groups())
    check(checked >= villages, f"{checked} registers were checked, {villages} villages were promised")
    check(2500 < people / checked < 4500, f"{people:,} people live in {checked} villages")
    print(f"smoke: {told.stdout.splitlines()[-1]}", flush=True)


def refuse_second_on_same_port(port: int, folder: Path) -> None:
    """A port in use gets a sentence at once, and starts nothing."""
    tried = subprocess.run(
        ["make", "demo", f"PORT={port}", f"SIGER_DATA={folder}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    check(
        tried.returncode != 0 and f"Port {port} is in use" in tried.stderr, "a port in use gets no sentence"
    )
    check("Traceback" not in tried.stderr, "a port in use shows a stack trace")
    check(not folder.exists(), "a refused start leaves a data folder")


def check_nothing_runs(before: dict[int, str], port: int) -> None:
    """Nothing that ran under make runs any more, and the port is free."""
    left = before
    until = time.monotonic() + 3  # a process that watches over its parent's helpers notices a moment later
    while left and time.monotonic() < until:
        left = {pid: command for pid, command in before.items() if Path(f"/proc/{pid}").exists() and command}
        left = {pid: command for pid, command in left.items() if _state(pid) not in ("Z", "")}
        time.sleep(0.05)
    check(not left, f"still running after Ctrl-C: {left}")
    with socket.socket() as probe:
        check(probe.connect_ex(("127.0.0.1", port)) != 0, f"port {port} still answers after Ctrl-C")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def get(port: int, host: str) -> tuple[int, str]:
    """Ask 127.0.0.1 for a host's first page, following its redirects; return status and text."""
    path = "/"
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            status, body = answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()
        if status not in (301, 302, 303, 307, 308):
            return status, body
        target = urlsplit(answer.headers["Location"])
        host = target.netloc or host
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    raise SystemExit(f"FAILED: {host} redirects without end")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check(held: bool, sentence: str) -> None:
    """End with a sentence unless what was promised held."""
    if not held:
        raise SystemExit(f"FAILED: {sentence}")


if __name__ == "__main__":
    sys.exit(main())
