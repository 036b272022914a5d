"""The process that sets documents: warm, bounded, replaced when it is spoilt, and never shared with a fork."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.documents import press as press_module
from app.core.documents.press import Press, Presses, SettingTooLarge, SettingWrong
from app.core.documents.rendering import LIBRARY

SHORT: dict[str, Any] = {
    "source": '#import "/siger.typ": data, title\n#set document(title: title)\n#data.text', "data": {"text": "Siti"},
    "title": "x", "tagged": True, "standard": "a-2b", "png": 0,
}  # fmt: skip
ENDLESS = {
    **SHORT,
    "source": "#let f(n) = { let at = 0; while at < 9000 { at += 1 }; at }\n#range(99999).map(f).len()",
}
LARGE = {**SHORT, "source": "#range(200).map(n => (range(1000000), n)).len()"}


@pytest.fixture
def presses() -> Iterator[Presses]:
    made = Presses(LIBRARY)
    yield made
    made.close()


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_the_same_process_sets_one_document_after_the_other_and_faster(presses: Presses) -> None:
    started = time.perf_counter()
    assert presses.set(SHORT, 20).startswith(b"%PDF-")
    first = time.perf_counter() - started
    pids = presses.pids()
    times = []
    for number in range(10):
        started = time.perf_counter()
        presses.set({**SHORT, "data": {"text": f"Siti {number}"}}, 20)
        times.append(time.perf_counter() - started)
    assert presses.pids() == pids
    assert min(times) < first / 2


def test_one_that_was_killed_is_replaced(presses: Presses) -> None:
    presses.set(SHORT, 20)
    [first] = presses.pids()
    os.kill(first, signal.SIGKILL)
    time.sleep(0.1)
    assert presses.set(SHORT, 20).startswith(b"%PDF-")
    [second] = presses.pids()
    assert second != first
    assert not Path(f"/proc/{first}").exists(), "it was never collected"


def test_what_takes_too_long_is_ended_and_the_next_one_is_set(presses: Presses) -> None:
    presses.set(SHORT, 20)
    [first] = presses.pids()
    started = time.monotonic()
    with pytest.raises(SettingTooLarge):
        presses.set(ENDLESS, 1.5)
    assert time.monotonic() - started < 5
    assert not Path(f"/proc/{first}").exists()
    assert presses.pids() == []
    assert presses.set(SHORT, 20).startswith(b"%PDF-")


def test_more_memory_than_it_may_have_ends_it_before_the_time_is_up(presses: Presses) -> None:
    started = time.monotonic()
    with pytest.raises(SettingTooLarge):
        presses.set(LARGE, 60)
    assert time.monotonic() - started < 30
    assert presses.set(SHORT, 20).startswith(b"%PDF-")


def test_processor_time_is_counted_for_each_document_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    source = press_module.CHILD.read_text()
    assert "CPU_SECONDS = 60" in source
    child.write_text(source.replace("CPU_SECONDS = 60", "CPU_SECONDS = 3"))
    monkeypatch.setattr(press_module, "CHILD", child)
    press = Press(LIBRARY)
    try:
        for number in range(200):
            numbers = f"{200_000 + 400 * number}, {200_400 + 400 * number}"
            press.ask({**ENDLESS, "source": ENDLESS["source"].replace("99999", numbers)}, 60)
            if _processor_seconds(press.pid) > 6.5:
                break
        assert _processor_seconds(press.pid) > 6
        started = time.monotonic()
        with pytest.raises(SettingTooLarge):
            press.ask(ENDLESS, 60)
        assert time.monotonic() - started < 30
    finally:
        press.close()


def test_a_fault_of_a_template_leaves_the_process_as_it_was(presses: Presses) -> None:
    presses.set(SHORT, 20)
    pids = presses.pids()
    with pytest.raises(SettingWrong, match="unknown variable"):
        presses.set({**SHORT, "source": "#nothing-of-that-name"}, 20)
    assert presses.pids() == pids
    assert presses.set(SHORT, 20).startswith(b"%PDF-")


def test_a_slow_document_does_not_keep_others_waiting(presses: Presses) -> None:
    failed: list[BaseException] = []

    def slow() -> None:
        try:
            presses.set(ENDLESS, 5)
        except SettingTooLarge as error:
            failed.append(error)

    thread = threading.Thread(target=slow)
    thread.start()
    time.sleep(0.2)
    assert presses.set(SHORT, 20).startswith(b"%PDF-")
    assert thread.is_alive(), "it had to wait for the slow one"
    thread.join()
    assert len(failed) == 1


def test_many_threads_get_their_own_document(presses: Presses) -> None:
    made: dict[int, bytes] = {}

    def ask(number: int) -> None:
        made[number] = presses.set({**SHORT, "title": f"Surat nomor {number}", "png": 0}, 30)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"Surat nomor {number}<".encode() in made[number] for number in range(12))
    assert 1 <= len(presses.pids()) <= press_module.MOST


def test_a_process_is_replaced_after_so_many_documents_and_when_it_has_grown(
    presses: Presses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press_module, "DOCUMENTS", 2)
    seen = set()
    for _ in range(4):
        presses.set(SHORT, 20)
        seen.update(presses.pids())
    assert len(seen) == 2
    monkeypatch.setattr(press_module, "DOCUMENTS", 500)
    monkeypatch.setattr(press_module, "GROWN_BYTES", 1)
    presses.set(SHORT, 20)
    assert presses.pids() == []


def test_a_fork_starts_its_own_and_leaves_the_parents_alone(presses: Presses) -> None:
    presses.set(SHORT, 20)
    [ours] = presses.pids()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            before = presses.pids()
            is_set = presses.set(SHORT, 20).startswith(b"%PDF-")
            after = presses.pids()
            os.write(write, repr((before, is_set, after)).encode())
            presses.close()
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    assert os.waitpid(child, 0)[1] == 0
    told = os.read(read, 1000).decode()
    os.close(read)
    assert told.startswith("([], True, [")
    assert str(ours) not in told
    assert presses.pids() == [ours]
    assert presses.set(SHORT, 20).startswith(b"%PDF-")
    assert presses.pids() == [ours]


@pytest.mark.parametrize("ending", ["pass", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_it_ends_with_the_process_that_started_it(ending: str) -> None:
    program = (
        "import os\nfrom app.core.documents.rendering import presses\npresses.warm()\n"
        f"print(presses.pids()[0], flush=True)\n{ending}\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60)
    pid = int(done.stdout)
    ended = time.monotonic() + 10
    while _is_running(pid) and time.monotonic() < ended:
        time.sleep(0.05)
    assert not _is_running(pid)


def test_it_has_no_network_no_files_and_nothing_of_our_settings(
    presses: Presses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    presses.set(SHORT, 20)
    [pid] = presses.pids()
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max file size             0" in limits
    assert "Max core file size        0" in limits
    assert "Max address space         1887436800" in limits
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"DATABASE_URL" not in environment
    assert b"secret" not in environment
    opened = {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    assert not any(target.startswith("socket:") for target in opened)
