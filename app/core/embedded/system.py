"""What both embedded servers need of the operating system: an account, reachable programs, ports, processes."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARED_FOLDER = Path("/var/lib/siger")
ACCOUNT_NAME = "siger"
LEAST_FREE_BYTES = 10**9
LOG_LIMIT_BYTES = 10 * 2**20

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class EmbeddedError(Exception):
    """A server could not be brought up or down; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Account:
    """The operating system's account that a server runs under."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether this process must change its account to become this one."""
        return self.uid != os.geteuid()

    @property
    def identity(self) -> dict[str, Any]:
        """The arguments of `subprocess` that start a process under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}


def choose_account(existing_data: Path) -> Account:
    """Return the account to run a server under.

    A user runs servers as themself. PostgreSQL refuses root, so root runs them under the owner of the data that is
    already there, else under the system account `siger` (made if possible), else under `nobody`.
    """
    if os.geteuid() != 0:
        return _account(pwd.getpwuid(os.geteuid()))
    with contextlib.suppress(OSError, KeyError):
        owner = existing_data.stat().st_uid
        if owner != 0:
            return _account(pwd.getpwuid(owner))
    for attempt in ("look", "make"):
        if attempt == "make" and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
            subprocess.run(
                [
                    *(
                        useradd,
                        "--system",
                        "--user-group",
                        "--no-create-home",
                        "--shell",
                        "/usr/sbin/nologin",
                    ),
                    *("--home-dir", str(SHARED_FOLDER), ACCOUNT_NAME),
                ],
                capture_output=True,
                check=False,
            )
        with contextlib.suppress(KeyError):
            return _account(pwd.getpwnam(ACCOUNT_NAME))
    try:
        return _account(pwd.getpwnam("nobody"))
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and there is no other account on this machine. "
            "Make one (useradd --system siger) or start Siger as an ordinary user."
        ) from None


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def blocked_at(path: Path, account: Account) -> Path | None:
    """Return the first folder on the way to `path` that the account may not pass, or None if it may pass all."""
    for folder in reversed(path.resolve().parents):
        about = folder.stat()
        if account.uid == about.st_uid:
            may_pass = about.st_mode & 0o100
        elif account.gid == about.st_gid:
            may_pass = about.st_mode & 0o010
        else:
            may_pass = about.st_mode & 0o001
        if not may_pass and account.uid != 0:
            return folder
    return None


def programs_of(distribution: str, package: str, account: Account, *, siblings: tuple[str, ...] = ()) -> Path:
    """Return the folder of an installed package that ships programs, at a place that the account can reach.

    Where the package itself cannot be reached (a home folder that is closed to others), it is copied once for each
    version to /var/lib/siger, together with the sibling folders that its programs load libraries from.

    Raises:
        EmbeddedError: the package is not installed, or the copy cannot be made.
    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(
            f"The Python package {distribution} is not installed. Run `make demo` or `make setup`."
        )
    installed = Path(next(iter(found.submodule_search_locations)))
    if blocked_at(installed / "x", account) is None:
        return installed
    copies = SHARED_FOLDER / f"{package}-{importlib.metadata.version(distribution)}"
    if not copies.exists():
        try:
            SHARED_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=".copy-", dir=SHARED_FOLDER))
            for name in (package, *siblings):
                if (installed.parent / name).exists():
                    shutil.copytree(installed.parent / name, unfinished / name)
            unfinished.chmod(0o755)
            try:
                unfinished.rename(copies)
            except OSError:
                # Another process was first; its copy is as good.
                shutil.rmtree(unfinished, ignore_errors=True)
        except OSError as error:
            raise EmbeddedError(
                f"The programs of {distribution} could not be copied to {SHARED_FOLDER}, where the account "
                f"{account.name} can reach them: {error}. Free some disk space or make that folder writable."
            ) from error
    return copies / package


def prepare_folder(folder: Path) -> None:
    """Make the data folder and check that it can be written to and that its disk has room.

    Raises:
        EmbeddedError: with a sentence that says what to do.
    """
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if error.errno == 28:
            raise EmbeddedError(_no_room(folder)) from error
        raise EmbeddedError(
            f"The data folder {folder} cannot be written to ({error.strerror}). Give yourself the right to write "
            "there, or choose another folder: make demo SIGER_DATA=another/folder"
        ) from error
    if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
        raise EmbeddedError(_no_room(folder))


def _no_room(folder: Path) -> str:
    free = shutil.disk_usage(folder).free / 10**9
    return (
        f"The disk that holds {folder} has only {free:.1f} GB free; Siger needs at least "
        f"{LEAST_FREE_BYTES / 10**9:.0f} GB. Free some space, or choose a folder on another disk: "
        "make demo SIGER_DATA=another/folder"
    )


def own_folder(folder: Path, account: Account) -> None:
    """Make a folder that only the account may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account.is_other:
        os.chown(folder, account.uid, account.gid)


class State:
    """Ports, passwords and process ids of the embedded servers, kept in one file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, server: str) -> dict[str, Any]:
        """Return what is known of a server; an unreadable file counts as nothing known."""
        try:
            known = json.loads(self.path.read_text())
            return dict(known.get(server, {}))
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def write(self, server: str, **values: Any) -> None:
        """Replace or add values for a server; the file is always whole, whenever the process is killed."""
        try:
            known = json.loads(self.path.read_text())
        except (OSError, ValueError):
            known = {}
        known[server] = {**known.get(server, {}), **values}
        write_private(self.path, json.dumps(known, indent=2))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen at this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """Return the preferred port if it is free, else one that is."""
    if preferred and port_is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spawn(
    command: list[str],
    log: Path,
    *,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    signal_at_parent_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, its output appended to a log, ended when this process dies.

    On Linux the kernel sends `signal_at_parent_death` when the starting thread ends, so call this from a thread that
    lives as long as the process should: the main one.
    """
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(log.suffix + ".1"))
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_die_with_parent(os.getpid(), signal_at_parent_death),
            **(account.identity if account is not None else {}),
        )


def _die_with_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None] | None:
    if _libc is None:
        return None
    prctl = _libc.prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


def end(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """End a process of ours: send each signal in turn and give it that many seconds, then kill its whole session."""
    for number, patience in steps:
        if process.poll() is not None:
            break
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    for member in session_members(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    process.wait()


def session_members(leader: int) -> Iterator[int]:
    """Yield the processes, other than its leader, that still run in a session (Linux; elsewhere none)."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # Fields after the name in parentheses: state, parent, process group, session.
            fields = entry.read_text().rpartition(")")[2].split()
            pid = int(entry.parent.name)
            if int(fields[3]) == leader and pid != leader and fields[0] != "Z":
                yield pid


def command_of(pid: int) -> str:
    """Return the command line of a running process, or nothing if there is none."""
    if Path("/proc/self/cmdline").exists():
        try:
            return (
                Path(f"/proc/{pid}/cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode(errors="replace")
                .strip()
            )
        except OSError:
            return ""
    told = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def end_leftover(pid: int, mark: str, *steps: tuple[signal.Signals, float]) -> None:
    """End a process that a killed run of ours left behind, known by a mark in its command line.

    Raises:
        EmbeddedError: it does not end.
    """
    for number, patience in steps:
        if mark not in command_of(pid):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + patience
        while mark in command_of(pid):
            if time.monotonic() > until:
                break
            time.sleep(0.05)
    if mark in command_of(pid):
        raise EmbeddedError(
            f"A server of an earlier run (process {pid}) still uses {mark} and does not end. End it yourself "
            f"(kill -9 {pid}), then try again."
        )


def last_lines(log: Path, since: int = 0, count: int = 8) -> str:
    """Return the last lines of a log written after a position, indented."""
    try:
        with log.open("rb") as file:
            file.seek(since)
            text = file.read()[-20_000:].decode(errors="replace")
    except OSError:
        text = ""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:]) or "    (it said nothing)"
