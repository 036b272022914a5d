"""Free text that is kept in clear holds no NIK: reasons, names of files, whatever clerks type."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.audit import record
from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.core.privacy.masking import mask_numbers, mask_personal
from app.extensions import db
from tenants.scope import Tenant, tenant_scope

MASKED = "1806••••••••0013"


@pytest.mark.parametrize(
    "typed",
    [
        "1806205205880013",
        "1806 2052 0588 0013",
        "1806.2052.0588.0013",
        "180620-520588-0013",
        "NIK:1806205205880013.",
        "(1806205205880013)",
        "KTP_1806205205880013.pdf",
        "scan-1806205205880013.jpg",
        "NIK1806205205880013",
    ],
)
def test_a_number_of_16_digits_is_masked_however_it_is_written(typed: str) -> None:
    assert MASKED in mask_numbers(typed)
    assert "20520588" not in mask_numbers(typed).replace(" ", "").replace(".", "").replace("-", "")


@pytest.mark.parametrize(
    "text",
    [
        "NIP 196805172005011003",
        "0812-9876-5432",
        "2026-01-01 2026-12-31",
        "01a2031b-1806-2052-0588-001308209b2e",
        "18062052-0588-7013-8806-205205880013",
        "Rp1.806.205.205.880",
        "18.06.20.2001",
    ],
)
def test_other_numbers_stay_as_they_are(text: str) -> None:
    assert mask_numbers(text) == text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ikut KK 1806 2052 05880013", "ikut KK 1806••••••••0013"),
        ("telepon 0812-9876-5432.", "telepon 0812••••32."),
        ("WA +62 812 9876 5432", "WA +62 ••••32"),
        ("hp081298765432", "hp0812••••32"),
        ("surel ratna.dewi@surel.test, ya", "surel r•••@•••, ya"),
        ("Jalan Lada 8, RT 003 RW 008", "Jalan Lada 8, RT 003 RW 008"),
        ("SK 470/081/2026 tanggal 08.12.2026", "SK 470/081/2026 tanggal 08.12.2026"),
        ("AHU-08.AH.10.01 Tahun 2026", "AHU-08.AH.10.01 Tahun 2026"),
    ],
)
def test_contacts_in_words_are_masked_too(typed: str, kept: str) -> None:
    assert mask_personal(typed) == kept


def test_the_audit_log_keeps_them_masked_in_whatever_it_is_told(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        details = {"reason": "untuk 1806205205880013", "1806205205880013": ["1806 2052 0588 0013"]}
        record("resident.changed", object_id="1806205205880013", summary="1806205205880013", details=details)
        db.session.commit()
        entry = db.session.scalars(select(TenantAuditEntry)).one()
        assert entry.summary == MASKED
        assert entry.details == {"reason": f"untuk {MASKED}", MASKED: [MASKED]}
        assert entry.object_id == MASKED
