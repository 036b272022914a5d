"""A change of key reaches letters, papers, accounts, complaints, notices and signing keys; all opens after it."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.core.casework.models import CaseFile
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.core.privacy.vault import open_vault
from app.core.signing import sign_locally
from app.extensions import db
from app.government.letters.models import Letter
from app.government.selfservice.models import PortalAccount
from tenants.scope import Tenant, tenant_scope
from tests.core.test_privacy_rotation import command, keys, two_keys
from tests.government.test_complaints import complaints, send
from tests.government.test_selfservice_kiosk import _enters, head, screen
from tests.support import letters
from tests.support.images import picture
from tests.support.people import Person
from tests.support.selfservice import a_phone
from tests.support.signing import PASSPHRASE, demo_key
from tests.support.visitors import Visitor

__all__ = ["command", "head", "screen", "two_keys"]


def test_letters_accounts_and_complaints_survive_a_change_of_key(
    app: SigerFlask,
    open_village: Tenant,
    staff: Callable[..., Person],
    screen: Visitor,
    head: uuid.UUID,
    command: Callable[..., Any],
) -> None:
    village = open_village
    with app.app_context(), tenant_scope(village):
        account_id = db.session.scalars(
            select(PortalAccount.id).where(PortalAccount.resident_id == head)
        ).one()
    phone = a_phone(app, village, head, account_id)
    letter_id = letters.an_issued_letter(
        app, village, resident_id=head, account_id=account_id, origin="online"
    )
    paper_id = letters.a_paper(app, village, letter_id)
    key_id = demo_key(app, village)
    clerk, path = staff(village), f"/layanan-warga/akun/{head}"
    clerk.submit(f"{path}/kartu", {"tag": "04:a2:19:7f"}, form=path)
    phone.submit("/layanan/data/kontak", {"phone": "0812-3456-7890"})
    assert send(phone, foto=(io.BytesIO(picture()), "a.jpg")).status_code == 303
    pdf, typed = letters.pdf_of(app, village, letter_id), letters.opened(app, village, letter_id)
    paper = clerk.get(f"/surat/{letter_id}/lampiran/{paper_id}").data
    with app.app_context(), tenant_scope(village):
        told = db.session.scalars(select(Notification.id)).all()
        index = db.session.get_one(PortalAccount, account_id).card_index
        before = keys()["dev"]
    assert told
    done = command("rotate", "--village", village.code, "--to", "2027")
    assert done.exit_code == 0, done.output
    app.config["MASTER_KEYS"] = {"2027": app.config["MASTER_KEYS"]["2027"]}

    with app.app_context(), tenant_scope(village):
        assert keys() == {"2027": before}
        assert db.session.get_one(PortalAccount, account_id).card_index != index
        assert set(db.session.scalars(select(CaseFile.key_id))) == {"2027"}
        digest = db.session.get_one(Letter, letter_id).sha256
        vault = open_vault()
        for row in db.session.scalars(select(Notification).where(Notification.id.in_(told))):
            assert vault.open_json(row.box, f"notification:{row.id}")["title"]
    assert letters.pdf_of(app, village, letter_id) == pdf
    assert hashlib.sha256(pdf).digest() == digest
    assert letters.opened(app, village, letter_id) == typed
    assert clerk.get(f"/surat/{letter_id}/lampiran/{paper_id}").data == paper
    with letters.working(app, village):
        signed = sign_locally(pdf, key_id, PASSPHRASE, reason="Uji", place="Gisting")
    assert signed.startswith(pdf[:1000])
    (row,) = complaints(app, village)
    page = clerk.get(f"/pengaduan-warga/{row.id}").text
    assert "Lampu di depan masjid" in page
    photo = page.split('<ul class="photo-row"><li><a href="')[1].split('"')[0]
    assert clerk.get(photo).status_code == 200
    assert "0812-3456-7890" in phone.get("/layanan/data/kontak").text
    assert _enters(screen, "04A2197F").headers["Location"] == "/kios/pilih"
