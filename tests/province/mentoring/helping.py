"""Mentors, cases and what became of them, through the pages of both hosts and straight from the tables."""

from __future__ import annotations

import re
import uuid
from typing import Any

from sqlalchemy import select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.mentoring.cases import staffing
from app.province.mentoring.cases.models import MentoringCase, MentoringEntry
from tenants.scope import Tenant, platform_scope
from tests.support import people
from tests.support.uploads import send_form
from tests.support.visitors import Visitor

VERSION = re.compile(r'name="row_version" value="(\d+)"')
NASTY = '<script>alert("x")</script>'


def a_mentor(app: SigerFlask, *villages: Tenant, region: str | None = None, **columns: Any) -> people.Person:
    """A mentor of the first village's kecamatan (or of `region`) who stands by the villages, signed in."""
    code = region or villages[0].district_code
    person = people.officer_of(app, "mentor", code, **columns)
    with app.app_context(), platform_scope():
        values = {"phone": "0812-0000-1234", "skills": ["letters"], "about": "Bisa datang hari Rabu"}
        staffing.keep_profile(person.account_id, values)
        if villages:
            staffing.assign([village.id for village in villages], person.account_id)
    return person


def asked(clerk: Visitor, subject: str = "Surat tidak bisa dicetak", **values: Any) -> uuid.UUID:
    """A village's call for help, from the page that `halaman` names."""
    page = values.pop("halaman", "/surat")
    said = {
        "subject": subject,
        "body": "Tombol cetak tidak muncul.",
        "topic": "letters",
        "page": page,
        **values,
    }
    answer = send_form(clerk, "/pendampingan/minta", said)
    assert answer.status_code == 303, answer.text
    return uuid.UUID(answer.headers["Location"].rsplit("/", 1)[1])


def opened(
    officer: Visitor, village: Tenant, subject: str = "Penyiapan perlu ditemani", **values: Any
) -> uuid.UUID:
    """A case that somebody of the programme opened."""
    name = f"{village.code} {village.term} {village.name}"
    said = {
        "village": name,
        "subject": subject,
        "body": "Mari kita mulai.",
        "topic": "setup",
        "priority": "normal",
    }
    answer = send_form(officer, "/pendampingan/baru", {**said, **values})
    assert answer.status_code == 303, answer.text
    return uuid.UUID(answer.headers["Location"].rsplit("/", 1)[1])


def deed(person: Visitor, key: uuid.UUID, name: str, data: dict[str, Any] | None = None) -> Any:
    """Press a button on the page of a case."""
    page = f"/pendampingan/{key}"
    found = VERSION.search(person.get(page).text)
    version = {"row_version": found.group(1)} if found else {}
    return person.submit(f"{page}/{name}", {**version, **(data or {})}, form=page, follow_redirects=True)


def case(app: SigerFlask, key: uuid.UUID) -> MentoringCase:
    """The row of a case."""
    with app.app_context(), platform_scope():
        row = db.session.get(MentoringCase, key)
        assert row is not None
        db.session.expunge(row)
        return row


def change(app: SigerFlask, key: uuid.UUID, **values: Any) -> None:
    """Change a case's row behind the services' back."""
    with app.app_context(), platform_scope():
        db.session.execute(update(MentoringCase).where(MentoringCase.id == key).values(**values))
        db.session.commit()


def entries(app: SigerFlask, key: uuid.UUID) -> list[MentoringEntry]:
    """The lines of a case, oldest first."""
    with app.app_context(), platform_scope():
        query = select(MentoringEntry).where(MentoringEntry.case_id == key)
        rows = list(db.session.scalars(query.order_by(MentoringEntry.at, MentoringEntry.id)))
        db.session.expunge_all()
        return rows


def cases_of(app: SigerFlask, village: Tenant) -> list[MentoringCase]:
    """All cases of a village, oldest first."""
    with app.app_context(), platform_scope():
        query = select(MentoringCase).where(MentoringCase.tenant_id == village.id)
        rows = list(db.session.scalars(query.order_by(MentoringCase.id)))
        db.session.expunge_all()
        return rows


def noted(app: SigerFlask, action: str, object_id: object) -> list[PlatformAuditEntry]:
    """Entries of the platform's audit log about an object."""
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == action, PlatformAuditEntry.object_id == str(object_id)
        )
        rows = list(db.session.scalars(query))
        db.session.expunge_all()
        return rows
