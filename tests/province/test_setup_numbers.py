"""The last numbers of the paper books can be corrected until a letter here bears a number above them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from app.core.ui.formats import ZONE
from app.extensions import db
from app.government.letters.books.continuing import incoming_last, outgoing_last
from app.government.letters.books.incoming_services import cancel_incoming, record_incoming
from app.government.letters.options import letter_options
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.province.test_setup_wizard import save
from tests.support.events import told
from tests.support.people import Person

Staff = Callable[..., Person]


def today() -> dt.date:
    return now().astimezone(ZONE).date()


def agenda(app: SigerFlask, village: Tenant) -> int:
    """Record a letter that came in today, and return its agenda number."""
    with app.app_context(), tenant_scope(village):
        values = {"sender": "Camat", "subject": "Undangan rapat", "received_on": today()}
        return record_incoming(values).sequence


def last_numbers(app: SigerFlask, village: Tenant) -> tuple[int, int]:
    """The last numbers of outgoing and incoming letters as the village's pages say them."""
    with app.app_context(), tenant_scope(village):
        year = today().year
        return outgoing_last(letter_options(), year).get("", 0), incoming_last(year)


@pytest.mark.parametrize(("corrected", "next_one"), [("12", 13), ("", 1), ("0", 1)])
def test_a_slip_in_the_last_agenda_number_is_corrected(
    app: SigerFlask, village: Tenant, staff: Staff, corrected: str, next_one: int
) -> None:
    clerk = staff(village)
    save(clerk, "nomor-surat", {"last": "137", "incoming": "99"})
    assert 'value="99"' in clerk.get("/persiapan/nomor-surat").text
    answer = save(clerk, "nomor-surat", {"last": "140", "incoming": corrected})
    assert answer.status_code == 303, told(answer)
    assert last_numbers(app, village) == (140, next_one - 1)
    assert agenda(app, village) == next_one


def test_a_number_that_a_letter_bears_stays_the_least(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    save(clerk, "nomor-surat", {"last": "5", "incoming": "20"})
    assert agenda(app, village) == 21
    for typed in ("20", "", "12"):
        refused = save(clerk, "nomor-surat", {"last": "6", "incoming": typed})
        assert refused.status_code == 422
        assert "Nomor 21 sudah terbit di sini tahun ini" in told(refused)
    assert last_numbers(app, village) == (5, 21)
    assert save(clerk, "nomor-surat", {"last": "6", "incoming": "50"}).status_code == 303
    assert save(clerk, "nomor-surat", {"last": "6", "incoming": "30"}).status_code == 303
    assert agenda(app, village) == 31


def test_a_cancelled_letter_keeps_its_agenda_number(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    save(clerk, "nomor-surat", {"incoming": "7"})
    with app.app_context(), tenant_scope(village):
        letter = record_incoming({"sender": "Camat", "subject": "Keliru", "received_on": today()})
        cancel_incoming(letter.id, "Salah catat")
        db.session.remove()
    assert save(clerk, "nomor-surat", {"incoming": "7"}).status_code == 422
    assert save(clerk, "nomor-surat", {"incoming": "8"}).status_code == 303
    assert agenda(app, village) == 9


def test_saving_outgoing_numbers_alone_leaves_the_agenda(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    save(clerk, "nomor-surat", {"last": "137", "incoming": "20"})
    assert save(clerk, "nomor-surat", {"last": "150"}).status_code == 303
    assert last_numbers(app, village) == (150, 20)
