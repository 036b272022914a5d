"""Those who keep a village's register are told which people and households a merge brought without their number."""

from __future__ import annotations

import uuid

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.notifications import declare_event, notify
from app.core.notifications.models import Notification
from app.core.ui.formats import number
from app.extensions import db
from app.government.residents.withheld import count_to_check
from app.province.life.carrying import TELL_NUMBERS
from tenants import jobs

EVENT = "residents.numbers_withheld"
PERMISSION = "residents.edit"
PEOPLE, HOUSEHOLDS = "/penduduk?withheld=1", "/keluarga?withheld=1"

declare_event(
    EVENT,
    _l("NIK atau nomor KK perlu diperiksa sesudah penggabungan"),
    "{jumlah} perlu diperiksa nomornya",
    "Sesudah penggabungan desa, {jumlah} tercatat tanpa {nomor}: nomornya sudah dipakai yang lain di {desa}. Nomor itu "
    "tetap tersimpan di halaman masing-masing. Periksa dokumennya, lalu perbaiki yang salah.",
    ("in_app", "email"),
    "staff",
    {"jumlah": "berapa orang atau keluarga", "nomor": "NIK atau nomor KK"},
)


@jobs.job(TELL_NUMBERS, queue="default", timeout=120)
def tell_numbers(deed_id: str) -> None:
    """Tell the present village's staff, once for a merge, with a link to each list; nobody where all is in order."""
    key = uuid.UUID(deed_id)
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{TELL_NUMBERS}:{key}"))))
    told = select(Notification.id).where(Notification.event == EVENT, Notification.subject_id == key)
    if db.session.scalar(told.limit(1)) is None:
        people, homes = count_to_check()
        for count, said, what, link in (
            (people, f"{number(people)} orang", "NIK", PEOPLE),
            (homes, f"{number(homes)} keluarga", "nomor KK", HOUSEHOLDS),
        ):
            if count:
                notify(
                    EVENT,
                    permission=PERMISSION,
                    values={"jumlah": said, "nomor": what},
                    subject_kind="merge",
                    subject_id=key,
                    link=link,
                )
    db.session.commit()
