"""As test_privacy_dump, for letters and self-service: whatever is typed where there is room stands nowhere in clear."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.core.hosting import SigerFlask
from app.government.letters.books import incoming_services
from app.government.letters.types import letter_type, letter_types
from tenants.scope import Tenant, tenant_scope
from tests.core.test_api_village import program_of
from tests.core.test_privacy_dump import SECRETS, TYPED, kept
from tests.government.test_complaints import OPEN, complaints, deed, send
from tests.government.test_selfservice_accounts import _applied
from tests.support import letters
from tests.support.dumps import Surface, finds
from tests.support.people import Person
from tests.support.residents import a_family
from tests.support.selfservice import a_phone, numbers_of
from tests.support.visitors import Visitor
from tests.support.work import settle

__all__ = ["kept"]
TEXTS = ("line", "text")
KNOWN = {name: SECRETS[name] for name in ("NIK", "phone", "phone as written", "e-mail")}


def typed_everywhere(code: str) -> dict[str, str]:
    """Every free text of a type with a NIK, a phone number and an e-mail in it."""
    return {field.name: TYPED for field in letter_type(code).fields if field.kind in TEXTS}


def test_nothing_typed_into_letters_and_services_stands_in_clear(
    app: SigerFlask,
    open_village: Tenant,
    staff: Callable[..., Person],
    visit: Callable[[str], Visitor],
    kept: Callable[[], Iterator[Surface]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    village = open_village
    clerk, program, stranger = staff(village), program_of(app, village), visit(f"{village.slug}.localhost")
    _home, (head, wife, _child) = a_family(app, village)
    people = [numbers_of(app, village, one) for one in (head, wife)]
    phone = a_phone(app, village, head)
    assert phone.submit(
        "/layanan/data/kontak", {"phone": SECRETS["phone as written"], "email": SECRETS["e-mail"]}
    ).status_code in (200, 303)
    theirs = {"resident_id": head, "account_id": phone.account_id, "origin": "online"}
    with app.app_context(), tenant_scope(village):
        kinds = [kind.code for kind in letter_types() if kind.about == "living"]
        roomy = max(kinds, key=lambda code: len(typed_everywhere(code)))
        values = typed_everywhere(roomy)
    assert len(values) >= 2
    letters.a_letter(app, village, roomy, state="rejected", reason=f"Salah: {TYPED}", values=values, **theirs)
    issued = letters.a_letter(
        app, village, roomy, state="cancelled", reason=f"Ganda: {TYPED}", values=values, **theirs
    )
    letters.a_letter(app, village, roomy, state="draft", values=values, **theirs)
    letters.a_paper(app, village, issued)
    asked = {"type_code": roomy, "resident_id": str(wife), "values": values, "submit": False}
    assert program.send("POST", "/api/v1/letters", asked).status_code == 201
    with letters.working(app, village):
        incoming_services.record_incoming(
            {
                "number": "1/A", "letter_date": None, "received_on": incoming_services.today(), "sender": TYPED,
                "subject": TYPED, "classification": "", "urgency": "ordinary", "secrecy": "open",
                "attachments": TYPED, "due_on": None, "notes": TYPED,
            },
        )  # fmt: skip
    said = {
        "text": f"Lampu mati. {TYPED}",
        "title": f"Lampu {SECRETS['phone']}",
        "place": f"Rumah {SECRETS['NIK']}",
    }
    assert send(phone, **said).status_code == 303
    send(stranger, OPEN, **said, name="Pak Tamu", contact=SECRETS["e-mail"])
    for row, path in zip(complaints(app, village), ("jawab", "tolak"), strict=True):
        words = {"answer": TYPED, "reason": TYPED, "public": "1", "public_title": TYPED, "public_text": TYPED}
        assert deed(clerk, row, path, **words).status_code == 303
    assert _applied(visit(f"{village.slug}.localhost"), people[1]).status_code == 303
    account = f"/layanan-warga/akun/{wife}"
    clerk.submit(f"{account}/tolak", {"reason": f"Foto kabur, hubungi {TYPED}"}, form=account)
    clerk.submit(
        f"/layanan-warga/akun/{head}/tutup", {"closing_reason": TYPED}, form=f"/layanan-warga/akun/{head}"
    )
    for path in ("/surat", "/surat/keluar", "/surat/masuk", "/pengaduan-warga", "/layanan-warga/akun"):
        clerk.get(path, query_string={"q": TYPED, "cari": TYPED})
    clerk.get("/pengaduan-warga/unduh", query_string={"q": TYPED}).close()
    settle(app)
    secrets = {
        **KNOWN,
        **{f"NIK {place}": one["nik"] for place, one in enumerate(people)},
        "KK": people[0]["kk"],
    }
    assert finds(kept(), secrets) == []
    logged = capfd.readouterr()
    assert finds(iter([("logs", (logged.out + logged.err).encode())]), secrets) == []
