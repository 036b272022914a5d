"""Letters: setting one on paper with the warm process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from app.core.documents import Signer, letterhead
from app.core.documents.rendering import presses
from app.government.letters.markup import parse, resolve
from app.government.letters.setting import LetterContent, set_letter
from app.government.letters.types.merging import merge_values
from app.government.letters.types.samples import SAMPLE_DAY, sample_person, sample_values
from app.government.letters.types.shipped import shipped_kinds
from tenants.scope import tenant_scope
from tests.bench.house import House
from tests.bench.report import Report, percentile
from tests.bench.towns import EMPTY, town

LETTERS = 200
KIND = "sktm"
ADDRESS = "https://gisting-atas.siger.example/cek/{number:022d}"


def setting(house: House, report: Report) -> None:
    """A certificate of usual length with its QR code, another name and number each time, set by a warm process."""
    tenant = town(house, EMPTY)
    with house.application.test_request_context(), tenant_scope(tenant):
        kind = shipped_kinds()[KIND]
        about = {"date": SAMPLE_DAY, "number": "", "signer_name": "", "signer_title": ""}
        tree = parse(kind.body)
        values = merge_values(kind, sample_person(), sample_values(kind), about)
        head = letterhead()
        started = time.perf_counter()
        presses.warm()
        set_letter(_content(head, kind.title, tree, values, 0), title=kind.title)
        first = time.perf_counter() - started
        whole = []
        for number in range(1, LETTERS + 1):
            started = time.perf_counter()
            set_letter(_content(head, kind.title, tree, values, number), title=kind.title)
            whole.append(time.perf_counter() - started)
    note = f"{LETTERS} letters, values and QR code included"
    report.add("letters", "first PDF of a process", first * 1000, "ms", note="starting Typst included")
    report.add("letters", "PDF, warm, median", percentile(whole, 0.5) * 1000, "ms", note=note)
    report.add("letters", "PDF, warm, p95", percentile(whole, 0.95) * 1000, "ms", at_most=30, note=note)


def _content(
    head: Mapping[str, Any], title: str, tree: list[dict[str, Any]], values: Mapping[str, Any], number: int
) -> LetterContent:
    known = {
        **values,
        "nama": f"SITI AMINAH {number}",
        "alamat_lengkap": f"Jalan Raya Nomor {number}, RT 001",
    }
    return LetterContent(
        letterhead=head,
        title=title,
        number=f"400/{number}/2026",
        blocks=resolve(tree, known),
        place_date="Gisting Atas, 22 November 2026",
        signer=Signer("Kepala Pekon Gisting Atas", "SUTRISNO WIJAYA"),
        qr=ADDRESS.format(number=number),
    )
