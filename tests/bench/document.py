"""`python -m tests.bench.document [results.json …]`: put runs' figures between the marks in docs/performance.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.bench.report import RESULTS, ROOT, number

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: make bench, then python -m tests.bench.document -->", "<!-- end of figures -->"


def main() -> None:
    """Rewrite the part of the page that runs fill, one table each."""
    sources = [Path(name) for name in sys.argv[1:]] or [RESULTS / "latest.json"]
    tables = "\n\n".join(as_markdown(json.loads(source.read_text())) for source in sources)
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}")


def as_markdown(run: dict[str, Any]) -> str:
    """Machine, versions and one table, in Markdown."""
    machine = run["machine"]
    packages = machine["packages"]
    lines = [
        f"Measured {run['started'][:10]} on {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}, Python {machine['python']}; load average at the start {machine['load_average'][0]}.",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in packages.items()) + ".",
        f"Commit {machine['commit']}. Command: `{run.get('command', 'make bench')}`.",
        "",
        "| benchmark | figure | measured | promised | |",
        "|---|---|--:|--:|---|",
    ]
    for figure in run["figures"]:
        promised = ""
        if figure["target"] is not None:
            sign = "≤" if figure["sense"] == "at most" else "≥"
            promised = f"{sign} {number(figure['target'])} {figure['unit']}".strip()
        verdict = {True: "kept", False: "**over**" if figure["sense"] == "at most" else "**under**", None: ""}
        cells = (
            figure["benchmark"],
            figure["label"] + (f" ({figure['note']})" if figure["note"] else ""),
            f"{number(figure['value'])} {figure['unit']}".strip(),
            promised,
            verdict[figure["kept"]],
        )
        lines.append("| " + " | ".join(cells) + " |")
    lines += [f"\nNot measured: {name}: {reason}" for name, reason in run["failures"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
