"""How a village takes to the platform, read from what its staff did.

A staff action is an entry of the village's audit log with an actor; what a visitor of the province does during a
support visit, or an officer to the village as a whole (a split), is not the village's own work and does not count.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Numeric, and_, case, cast, distinct, func, not_, select
from sqlalchemy.dialects.postgresql import array

from app.core.audit.models import TenantAuditEntry as Entry
from app.core.capabilities import capabilities
from app.core.indicators.declarations import Indicator, Period, Value
from app.extensions import db

LIVE = "adoption.live"
STAFF_ACTIVE_7D = "adoption.staff_active_7d"
STAFF_ACTIVE_30D = "adoption.staff_active_30d"
LAST_ACTIVITY = "adoption.last_activity"
RECORDS_CHANGED_30D = "adoption.records_changed_30d"

RECORDS = ("records", "people")
"""Where an audit entry's details say how many records it changed, when these are not one."""
READING = "(viewed|printed|exported|downloaded)$"
"""Endings of actions that change nothing."""


def by_own_staff() -> ColumnElement[bool]:
    """The condition that an audit entry was made by the village's own staff."""
    return and_(Entry.actor_id.is_not(None), not_(Entry.details.has_any(array(["support_visit", "officer"]))))


def _staff_since(period: Period, days: int) -> Value:
    query = select(func.count(distinct(Entry.actor_id))).where(
        by_own_staff(), Entry.at > period.moment - dt.timedelta(days=days)
    )
    return Value(float(db.session.scalar(query) or 0))


def _staff_active_7d(period: Period) -> Value:
    return _staff_since(period, 7)


def _staff_active_30d(period: Period) -> Value:
    return _staff_since(period, 30)


def _last_activity(period: Period) -> Value | None:
    last = last_activity()
    return Value(last.timestamp()) if last else None


def _records_changed_30d(period: Period) -> Value:
    """How many records the entries of 30 days changed: one each, or as many as an entry says (an import of many)."""
    since = period.moment - dt.timedelta(days=30)
    many = [
        (func.jsonb_typeof(Entry.details[name]) == "number", cast(Entry.details[name], Numeric))
        for name in RECORDS
    ]
    query = select(func.sum(case(*many, else_=1))).where(
        by_own_staff(), Entry.at > since, not_(Entry.action.regexp_match(READING))
    )
    return Value(float(db.session.scalar(query) or 0))


def last_activity() -> dt.datetime | None:
    """The last staff action of the village of the present scope (UTC), None when there was none yet."""
    newest = select(Entry.at).where(by_own_staff()).order_by(Entry.at.desc()).limit(1)
    return db.session.scalar(newest)


def active_weeks(moment: dt.datetime, weeks: int = 12) -> int:
    """In how many of the last `weeks` weeks, counted back from `moment`, the village's staff did anything."""
    age = func.extract("epoch", moment - Entry.at)
    query = select(func.count(distinct(func.floor(age / (7 * 86400))))).where(
        by_own_staff(), Entry.at > moment - dt.timedelta(weeks=weeks), Entry.at <= moment
    )
    return db.session.scalar(query) or 0


def _modules_used(period: Period) -> Value:
    """How many capabilities the staff worked with in 30 days, told by the first words of their actions."""
    capability_of = {word: one.name for one in capabilities() for word in one.deeds}
    query = select(func.split_part(Entry.action, ".", 1)).distinct()
    words = db.session.scalars(query.where(by_own_staff(), Entry.at > period.moment - dt.timedelta(days=30)))
    return Value(float(len({capability_of[word] for word in words if word in capability_of})))


ADOPTION = (
    Indicator(
        LIVE, "Desa yang memakai", "Live villages", "yes_no", "adoption", None,
        definition="Desa yang penyiapannya pernah selesai dan yang tidak ditangguhkan atau diarsipkan, juga bila "
        "akhir-akhir ini sepi.",
        definition_en="Villages whose set-up was finished once and that are neither suspended nor archived, even if "
        "nothing happened there lately.",
        daily=True,
    ),
    Indicator(
        STAFF_ACTIVE_7D, "Perangkat yang bekerja 7 hari ini", "Staff active in 7 days", "people", "adoption",
        _staff_active_7d,
        definition="Akun perangkat desa sendiri yang tercatat berbuat sesuatu dalam 7 hari terakhir; kunjungan bantuan "
        "dari provinsi tidak dihitung.",
        definition_en="Accounts of the village's own staff with any recorded action in the last 7 days; support visits "
        "of the province do not count.",
        daily=True,
    ),
    Indicator(
        STAFF_ACTIVE_30D, "Perangkat yang bekerja 30 hari ini", "Staff active in 30 days", "people", "adoption",
        _staff_active_30d,
        definition="Akun perangkat desa sendiri yang tercatat berbuat sesuatu dalam 30 hari terakhir.",
        definition_en="Accounts of the village's own staff with any recorded action in the last 30 days.",
    ),
    Indicator(
        LAST_ACTIVITY, "Terakhir dipakai", "Last activity", "date", "adoption", _last_activity, rollup="max",
        definition="Kapan perangkat desa terakhir tercatat berbuat sesuatu; untuk wilayah: desa yang paling baru.",
        definition_en="When the village's staff last did anything that is recorded; of a region: the latest village.",
    ),
    Indicator(
        RECORDS_CHANGED_30D, "Catatan yang diubah 30 hari ini", "Records changed in 30 days", "count", "adoption",
        _records_changed_30d,
        definition="Catatan yang ditambah atau diubah perangkat dalam 30 hari terakhir; impor dihitung sebanyak "
        "catatannya, melihat dan mencetak tidak dihitung.",
        definition_en="Records that staff added or changed in the last 30 days; an import counts as many as it "
        "brought, reading and printing do not count.",
        daily=True,
    ),
    Indicator(
        "adoption.modules_used", "Bagian aplikasi yang dipakai 30 hari ini", "Modules used in 30 days", "count",
        "adoption", _modules_used,
        definition="Berapa bagian aplikasi (profil desa, penduduk, surat, layanan mandiri, pengaduan, …) yang "
        "dikerjakan perangkat dalam 30 hari terakhir.",
        definition_en="In how many parts of the application (profile, residents, letters, self-service, complaints, "
        "…) staff worked in the last 30 days.",
    ),
)  # fmt: skip
"""`adoption.last_activity` is a moment in seconds since 1970 (UTC)."""
