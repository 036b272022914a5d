"""`siger demo`: start everything, say where it is, keep it running until Ctrl-C."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType

import click
import pyotp

from app.core.embedded import EmbeddedError, EmbeddedServers
from app.core.embedded.supervisor import Supervisor
from app.core.embedded.system import last_lines, port_is_free, write_private
from app.demo.content import DemoAccount, DemoContent, DemoSecrets, as_json, secret_key_of
from app.demo.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
WEB_START_SECONDS = 60
WEB_WORKERS = 2
# Seconds that web, worker and scheduler have to end by themselves after Ctrl-C.
GRACE_SECONDS = 8.0
# Neither the query nor the referrer: links in letters bear a secret there. Those in paths are taken out by AccessLog.
ACCESS_LOG_FORMAT = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s "%(a)s"'


def run_demo(port: int, folder: Path) -> None:
    """Start servers, database, web, worker and scheduler on one data folder; return when Ctrl-C stopped them all.

    Args:
        port: where the web answers, on 127.0.0.1 only.
        folder: keeps everything; a second run goes on with what is there.

    Raises:
        click.ClickException: something is in the way; its message says what to do.
    """
    refuse_taken_port(port)
    progress = Progress()
    try:
        with ExitStack() as stack:
            _end_on_signals()
            with progress.step("Starting PostgreSQL and Valkey") as tell:
                servers = stack.enter_context(EmbeddedServers(folder))
                tell(f"data in {folder}")
            description = folder / "demo.json"
            description.unlink(missing_ok=True)
            stack.callback(description.unlink, missing_ok=True)
            supervisor = stack.enter_context(
                Supervisor(
                    folder / "log", grace=GRACE_SECONDS, report=lambda text: progress.say(f"  ! {text}")
                )
            )
            stack.callback(_ignore_signals, progress)
            environment = _prepare_database(servers, folder, port, progress)
            servers.publish(environment)
            content = _fill(environment, folder, progress)
            _start_processes(supervisor, environment, folder, port, progress)
            write_private(description, as_json(content, port))
            _say_ready(content, port, folder, progress)
            supervisor.run(also=servers.look)
    except KeyboardInterrupt:
        pass
    except EmbeddedError as error:
        raise click.ClickException(str(error)) from error
    progress.say("Stopped. The data is kept.")


def refuse_taken_port(port: int) -> None:
    """Refuse a port that another program answers at, on either of the addresses that browsers try for localhost.

    Raises:
        click.ClickException: with a sentence that says what to do.
    """
    if port < 1024 and os.geteuid() != 0:
        raise click.ClickException(
            f"Only root may use port {port}. Choose one above 1023: make demo PORT=8123"
        )
    taken = not port_is_free(port)
    if not taken and socket.has_ipv6:
        with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
            probe.settimeout(0.5)
            taken = probe.connect_ex(("::1", port)) == 0
    if taken:
        raise click.ClickException(
            f"Port {port} is in use by another program. Stop that one, or choose another port: make demo PORT=8123"
        )


def _end_on_signals() -> None:
    """Let SIGTERM and a closed terminal end the demo as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def _ignore_signals(progress: Progress) -> None:
    """Let nothing interrupt the stopping, which is bounded in time by itself."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    progress.say("\nStopping …")


def _prepare_database(
    servers: EmbeddedServers, folder: Path, port: int, progress: Progress
) -> dict[str, str]:
    """Make roles, database and platform schema, and return the settings of this run as environment variables."""
    import app.models  # noqa: F401 - the platform's grants follow from the models
    from tenants.bootstrap import migrate_platform, prepare_database

    with progress.step("Preparing the database"):
        urls = prepare_database(servers.admin_url)
    with progress.step("Migrating the platform"):
        migrate_platform(urls.owner_url)
    return {
        "ENVIRONMENT": "development",
        "DATABASE_URL": urls.app_url,
        "OWNER_DATABASE_URL": urls.owner_url,
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": secret_key_of(folder),
        "SIGER_DATA": str(servers.data_dir),
        "BASE_HOST": "localhost",
        "PUBLIC_SCHEME": "http",
        "PUBLIC_PORT": str(port),
    }


def _fill(environment: Mapping[str, str], folder: Path, progress: Progress) -> DemoContent:
    """Load regions, make the accounts, provision the villages: whatever of it is not there yet."""
    from app import create_app
    from app.demo.seed import seed_demo
    from app.settings import Settings

    os.environ.update(environment)
    application = create_app(Settings())
    with application.app_context():
        return seed_demo(progress, DemoSecrets(secret_key_of(folder)))


def _start_processes(
    supervisor: Supervisor, environment: Mapping[str, str], folder: Path, port: int, progress: Progress
) -> None:
    """Start the web, wait until it answers, then start worker and scheduler."""
    siger = str(Path(sys.executable).with_name("siger"))
    back = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
    front = {name: value for name, value in back.items() if name != "OWNER_DATABASE_URL"}
    front["GUNICORN_CMD_ARGS"] = shlex.join(web_log_arguments(folder))
    with progress.step("Starting web, worker and scheduler"):
        web = [siger, "web", "--bind", f"127.0.0.1:{port}", "--workers", str(WEB_WORKERS)]
        supervisor.start("web", web, env=front, cwd=ROOT)
        until = time.monotonic() + WEB_START_SECONDS
        while not _answers(port):
            if supervisor.pid("web") is None or time.monotonic() > until:
                log = folder / "log" / "web.log"
                raise click.ClickException(
                    f"The web does not start. Its last words ({log}):\n{last_lines(log)}"
                )
            time.sleep(0.1)
        # The web has the processors for itself while it starts; work that is asked for meanwhile waits in the outbox.
        supervisor.start("worker", [siger, "worker"], env=back, cwd=ROOT)
        supervisor.start("scheduler", [siger, "scheduler"], env=back, cwd=ROOT)


def web_log_arguments(folder: Path) -> list[str]:
    """What gunicorn is told about its access log in a demo's data folder."""
    log = str(folder / "log" / "access.log")
    words = ["--access-logfile", log, "--access-logformat", ACCESS_LOG_FORMAT]
    return ["--no-control-socket", *words, "--logger-class", "app.demo.access_log.AccessLog"]


def _answers(port: int) -> bool:
    """Tell whether the web answers its health check."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health", headers={"Host": f"localhost:{port}"})
    try:
        # A proxy of the environment must not stand between this machine and itself.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _say_ready(content: DemoContent, port: int, folder: Path, progress: Progress) -> None:
    """Print addresses and accounts."""
    say = progress.say
    say(f"\nSiger is ready after {progress.seconds:.1f} s. Open in a browser of this machine:\n")
    say(f"  {'The province':<28} http://localhost:{port}")
    for village in content.villages:
        say(f"  {f'{village.term} {village.name}':<28} http://{village.host}:{port}")
    say("\nAccounts:\n")
    for account in content.accounts:
        say(f"  {account.role:<28} {account.login:<34} {account.password:<28} {account.host}:{port}")
        if account.totp_secret:
            say(f"  {'':<28} second factor: {account.totp_secret}  (code now: {_code(account)})")
    if any(account.totp_secret for account in content.accounts):
        say(
            f"\n  Codes change every 30 seconds; .venv/bin/siger demo-codes --data {folder} shows the present ones."
        )
    if content.residents:
        say("\nResidents (Layanan mandiri, NIK and PIN):\n")
    for resident in content.residents:
        say(f"  {resident.name:<28} {resident.nik:<34} {resident.pin:<28} {resident.host}:{port}/layanan")
    for signature in content.signatures:
        what = f"{'Passphrase of the head':<28} {'to sign letters':<34}"
        say(f"  {what} {signature.passphrase:<28} {signature.host}:{port}")
    for pin in content.visit_pins:
        what = f"{'PIN of the village':<28} {'to sign visits of its mentor':<34}"
        say(f"  {what} {pin.pin:<28} {pin.host}:{port}")
    say(f"\n  The same for tools: {folder / 'demo.json'}")
    say(f"  Letters (invitations, lost passwords): {folder / 'letters'}")
    say(f"  Logs: {folder / 'log'}\n\nCtrl-C stops everything.")


def _code(account: DemoAccount) -> str:
    return pyotp.TOTP(account.totp_secret or "").now()
