"""How often somebody may try on a kiosk: said on its own screen, which leads nowhere else."""

from __future__ import annotations

import re
from typing import Any

from app.core.hosting import SigerFlask
from tests.support.people import staff_member
from tests.support.visitors import Visitor

CODE = re.compile(r'code-slip-code">([A-Z0-9]{4}-[A-Z0-9]{4})<')


def test_too_many_tries_are_told_on_the_kiosks_own_screen(limited: SigerFlask, open_village: Any) -> None:
    village = open_village
    clerk = staff_member(limited, village)
    code = CODE.search(clerk.submit("/layanan-warga/kios/baru", {"name": "Kios lobi"}).text)
    assert code is not None
    screen = Visitor(limited, f"{village.slug}.localhost")
    assert screen.submit("/kios/pasang", {"code": code[1]}).status_code == 303
    tried = {"who": "1806201705800011", "pin": "111213"}
    answers = [screen.submit("/kios/masuk", tried, form="/kios") for _number in range(31)]
    last = answers[-1]
    assert last.status_code == 429
    assert "kiosk-main" in last.text
    assert "Ke layar pertama" in last.text
    assert 'href="/"' not in last.text
