"""What a village keeps although it is set back to a copy: letters that somebody holds, and keys that sign them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.core.casework.models import CaseStep
from app.core.hosting import SigerFlask
from app.core.signing.models import SigningKey
from app.extensions import db
from app.government.letters.desk import services as desk
from app.government.letters.models import Letter
from app.government.letters.verification.tokens import token_text
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.copies import copy_now
from tests.support.letters import a_letter, an_issued_letter, letter_of, pdf_of, working
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]


def set_back(app: SigerFlask, admin: Visitor, village: Tenant, copy_id: object) -> None:
    """Let an officer put a copy in the village's place."""
    base = f"/desa/{village.id}/salinan"
    admin.submit(f"{base}/{copy_id}/bandingkan", form=base)
    settle(app)
    done = admin.submit(
        f"{base}/pembanding/gantikan",
        {"typed": village.name, "reason": "impor salah"},
        form=f"{base}/pembanding",
    )
    assert done.status_code == 303, done.text
    settle(app)


def test_letters_that_somebody_holds_stay_known(
    app: SigerFlask, officer: Officer, visit: Callable[[str], Visitor], make_village: Callable[[], Tenant]
) -> None:
    village, admin = make_village(), officer()
    before, waiting = an_issued_letter(app, village), a_letter(app, village)
    with app.app_context(), tenant_scope(village):
        key = SigningKey(kind="demo", holder_name="Kepala", added_by="Sari")
        db.session.add(key)
        db.session.commit()
        key_id = key.id
    copy = copy_now(app, village)
    since, asked = an_issued_letter(app, village), a_letter(app, village)
    with working(app, village):
        desk.cancel(before, "Salah orang")
        desk.issue(waiting, signing="wet")
        key = db.session.get_one(SigningKey, key_id)
        key.state, key.retired_at = "retired", now()
        db.session.commit()
    numbers = {one: letter_of(app, village, one).number for one in (before, waiting, since)}
    paper = pdf_of(app, village, since)
    set_back(app, admin, village, copy.id)
    kept = {one: letter_of(app, village, one) for one in numbers}
    assert {one: letter.number for one, letter in kept.items()} == numbers
    assert [kept[one].state for one in (before, waiting, since)] == ["cancelled", "issued", "issued"]
    assert kept[since].resident_id is None, "its resident was recorded after the copy"
    assert kept[waiting].resident_id is not None
    assert pdf_of(app, village, since) == paper
    with app.app_context(), tenant_scope(village):
        assert db.session.get(Letter, asked) is None, "what had no number is set back"
        steps = db.session.scalars(select(CaseStep.kind).where(CaseStep.subject_id == since)).all()
        assert "issued" in steps
        assert db.session.get_one(SigningKey, key_id).state == "retired"
    anybody = visit(f"{village.slug}.localhost")
    for one in (waiting, since):
        token = kept[one].token
        assert token is not None
        checked = anybody.get(f"/cek/{token_text(token)}")
        assert checked.status_code == 200
        assert numbers[one] in checked.text
    after = letter_of(app, village, an_issued_letter(app, village))
    assert after.number not in numbers.values()
