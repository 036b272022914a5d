"""Run as a program of its own, never imported by the application: sets one document in Typst.

Standard input: a JSON object with `source` (our own template's text), `root` (the folder of our shared library), `data`
(what the template shows, handed over as a value, never as source), `title`, `tagged`, `standard` and `png` (pages as
pictures instead, in pixels per inch; for looking at). Standard output: the document. Exit code 3: the template or the
data are at fault, with the reason on standard error; 4: it needs more than it may have. It limits its own memory and
time first, and whoever starts it kills it when it takes too long. It opens no network: packages lie nowhere it could
look.
"""

from __future__ import annotations

import json
import os
import resource
import sys

MEMORY_BYTES = 1800 * 1024 * 1024
CPU_SECONDS = 60
WRONG, TOO_LARGE = 3, 4


def main() -> int:
    """Read, set, write. Returns the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["RAYON_NUM_THREADS"] = "1"
    import typst

    asked = json.loads(sys.stdin.buffer.read())
    nowhere = os.devnull
    try:
        made = typst.compile(
            asked["source"].encode(),
            root=asked["root"],
            ignore_system_fonts=True,
            font_paths=[],
            sys_inputs={"data": json.dumps(asked["data"], ensure_ascii=False), "title": asked["title"]},
            format="png" if asked["png"] else "pdf",
            ppi=asked["png"] or None,
            pdf_standards=[] if asked["png"] else [asked["standard"]],
            pdf_tags=asked["tagged"],
            package_path=nowhere,
            package_cache_path=nowhere,
        )
    except MemoryError:
        return TOO_LARGE
    except (typst.TypstError, RuntimeError) as error:
        sys.stderr.write(str(error)[:2000])
        return WRONG
    pages = made if isinstance(made, list) else [made or b""]
    for page in pages:
        if asked["png"]:
            sys.stdout.buffer.write(len(page).to_bytes(4, "big"))
        sys.stdout.buffer.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
