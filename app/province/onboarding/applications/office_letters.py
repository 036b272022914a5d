"""The letter to the office that decides: an application came in, or came back corrected. At once, to each officer."""

from __future__ import annotations

import uuid
from functools import partial

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select, update

from app.core.accounts.models import Account
from app.core.links import province_url
from app.core.mail import Letter, send_later, writes_letter
from app.extensions import db
from app.province.onboarding.applications import events, offices
from app.province.onboarding.applications.models import Application, ApplicationEvent
from tenants.models import TenantRow

LETTER = "onboarding.arrived"
TOLD = "office"
"""The key of the dated step of these letters; its note holds the accounts to which one went out."""


def tell_office(application: Application, row: TenantRow) -> None:
    """Ask in the open transaction for a letter to everybody who decides on an application that was sent in."""
    deciders = offices.deciders_on(row)
    if not deciders:
        return
    event = events.note(application, "mail", TOLD)
    for decider in deciders:
        send_later(LETTER, event.id, occasion=decider.account_id)


@writes_letter(LETTER)
def letter_to_office(event_id: uuid.UUID, _place: uuid.UUID | None, occasion: str) -> Letter | None:
    """The letter to one officer; None once it went out, or where the application does not wait any more."""
    account_id = uuid.UUID(occasion)
    query = (
        select(ApplicationEvent, Application, TenantRow, Account)
        .join(Application, Application.id == ApplicationEvent.application_id)
        .join(TenantRow, TenantRow.id == Application.tenant_id)
        .join(Account, Account.id == account_id)
        .where(ApplicationEvent.id == event_id, Application.state == "submitted", Account.is_active)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or occasion in row[0].note:
        return None
    _event, application, village, account = row
    name = f"{village.term} {village.name}"
    with force_locale(account.locale):
        subject = _("Pendaftaran menunggu keputusan: %(village)s", village=name)
        text = _(
            "Yth. %(name)s,\n\nPendaftaran %(village)s, Kecamatan %(district)s, sudah masuk dan menunggu keputusan "
            "kantor Anda. Pendaftarnya diberi tahu bahwa kantor Anda memeriksanya; sesudah tiga hari kerja "
            "pendaftaran ini terlambat.\n\nBuka di Siger (perlu masuk):\n%(link)s\n",
            name=account.name,
            village=name,
            district=village.district_name,
            link=province_url("onboarding.show", application_id=application.id),
        )
    key = f"onboarding-arrived-{event_id}-{account_id}"
    return Letter(account.email, str(subject), str(text), key, partial(_sent, event_id, occasion))


def _sent(event_id: uuid.UUID, account_id: str) -> None:
    """Note that a letter went out, so that a second run of its job sends none."""
    told = func.concat(ApplicationEvent.note, account_id, " ")
    db.session.execute(update(ApplicationEvent).where(ApplicationEvent.id == event_id).values(note=told))
    db.session.commit()
