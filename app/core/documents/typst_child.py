"""Run as a program of its own, never imported by the application: sets documents in Typst, one after the other.

Argument: the folder of our shared library. Standard input: for each document its length (8 bytes) and a JSON object:
`source` (our own template's text), `data` (what the template shows, handed over as a value, never as source), `title`,
`tagged`, `standard` and `png` (pages as pictures instead, in pixels per inch; for looking at). Standard output: a code
(1 byte: 0 made, 1 the template or the data are at fault, 2 too large), the memory that it holds afterwards in KiB (4
bytes), the length (8 bytes), and the document or the reason.

It limits its memory, and its processor time anew for each document; whoever started it kills it when one takes too
long, and it ends at the end of its input. It writes no file and opens no network: packages lie nowhere it could look.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

MEMORY_BYTES = 1800 * 1024 * 1024
CPU_SECONDS = 60
MADE, WRONG, TOO_LARGE = 0, 1, 2
PAGE_KIB = resource.getpagesize() // 1024


def main() -> int:
    """Read, set, write, until the input ends. Returns the exit code."""
    _limit()
    import typst

    compiler = typst.Compiler(
        root=sys.argv[1],
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
        ignore_system_fonts=True,
        package_path=os.devnull,
        package_cache_path=os.devnull,
    )
    source, output = sys.stdin.buffer, sys.stdout.buffer
    while head := _read(source, 8):
        message = _read(source, struct.unpack(">Q", head)[0])
        _renew_processor_time()
        try:
            code, reply = MADE, _made(compiler, json.loads(message))
        except MemoryError:
            code, reply = TOO_LARGE, b""
        except (typst.TypstError, RuntimeError) as error:
            code, reply = WRONG, str(error)[:2000].encode("utf-8", "replace")
        del message
        output.write(struct.pack(">BIQ", code, _resident_kib(), len(reply)))
        output.write(reply)
        output.flush()
        del reply
    return 0


def _made(compiler: Any, asked: dict[str, Any]) -> bytes:
    made = compiler.compile(
        input=asked["source"].encode(),
        sys_inputs={"data": json.dumps(asked["data"], ensure_ascii=False), "title": asked["title"]},
        format="png" if asked["png"] else "pdf",
        ppi=asked["png"] or None,
        pdf_standards=[] if asked["png"] else [asked["standard"]],
        pdf_tags=asked["tagged"],
    )
    if not asked["png"]:
        return bytes(made)
    pages = made if isinstance(made, list) else [made]
    return b"".join(len(page).to_bytes(4, "big") + page for page in pages)


def _read(source: BinaryIO, size: int) -> bytes:
    read = source.read(size)
    return read if len(read) == size else b""


def _limit() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["RAYON_NUM_THREADS"] = "1"


def _renew_processor_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def _resident_kib() -> int:
    try:
        with open("/proc/self/statm", "rb") as figures:
            return int(figures.read().split()[1]) * PAGE_KIB
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
