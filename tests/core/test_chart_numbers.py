"""The numbers beside charts are written as the pages write them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

CHARTS = Path(__file__).parents[2] / "app" / "frontend" / "src" / "chart-kit.js"


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here to run the script")
def test_a_number_below_zero_bears_a_minus_and_no_hyphen() -> None:
    script = f"""
        const {{ writer }} = await import({json.dumps(CHARTS.as_uri())});
        const said = [writer("number", "id").full(-1.5), writer("number", "id").axis(-20000),
                      writer("percent", "en").full(-0.25), writer("rupiah", "id").axis(-5000),
                      writer("hours", "id").full(3)];
        console.log(JSON.stringify(said));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert [one.replace("\xa0", " ") for one in json.loads(done.stdout)] == [
        "−1,5",
        "−20 rb",
        "−25%",
        "Rp−5 rb",
        "3 jam",
    ]
