"""Mentors, cases and their threads."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.capabilities import Capability, MenuEntry, Task
from app.province.mentoring.cases import digest, jobs, words
from app.province.mentoring.cases.api import case_api, village_case_api
from app.province.mentoring.cases.figures import INDICATORS
from app.province.mentoring.cases.mentor_views import pages as mentor_pages
from app.province.mentoring.cases.views import pages
from app.province.mentoring.cases.village_views import pages as village_pages
from app.province.mentoring.cases.waiting import own_badge, unread_badge, unread_words

__all__ = ["capability", "digest", "jobs"]

MENU = (
    MenuEntry(
        "province",
        _l("Program"),
        _l("Pendampingan"),
        "mentoring.index",
        "handshake",
        "mentoring.view",
        30,
        own_badge,
    ),
    MenuEntry(
        "village",
        "",
        _l("Pendampingan"),
        "village_mentoring.index",
        "handshake",
        "village.view",
        17,
        unread_badge,
    ),
)
TASKS = (
    Task(
        "mentoring_unread",
        unread_badge,
        unread_words,
        "village_mentoring.index",
        "village.view",
        "handshake",
        order=62,
    ),
)

describe_actions(
    "province",
    {
        "mentor.kept": _l("menyimpan keterangan pendamping"),
        "mentor.assigned": _l("menentukan pendamping desa"),
        "mentor.ended": _l("mengakhiri tugas pendamping"),
        "mentoring.opened": _l("membuka kasus pendampingan"),
        "mentoring.written": _l("menulis di kasus pendampingan"),
        "mentoring.noted": _l("mencatat di kasus pendampingan"),
        "mentoring.changed": _l("mengubah kasus pendampingan"),
        "mentoring.assigned": _l("menyerahkan kasus pendampingan"),
        "mentoring.handed_over": _l("menyerahterimakan kasus pendampingan"),
        "mentoring.escalated": _l("menaikkan kasus pendampingan"),
        "mentoring.solved": _l("menyelesaikan kasus pendampingan"),
        "mentoring.closed": _l("menutup kasus pendampingan"),
        "mentoring.reopened": _l("membuka lagi kasus pendampingan"),
    },
)
describe_actions(
    "village",
    {
        "mentoring.asked": _l("meminta bantuan pendamping"),
        "mentoring.answered": _l("menulis di kasus pendampingan"),
        "mentoring.confirmed": _l("memastikan kasus pendampingan selesai"),
        "mentoring.exported": _l("mengunduh daftar kasus pendampingan"),
    },
)
describe_fields(
    {
        "origin": _l("Asal"),
        "rule": _l("Aturan"),
        "topic": _l("Tentang"),
        "priority": _l("Prioritas"),
        "level": _l("Tingkat"),
        "skills": _l("Keahlian"),
        "cases": _l("Kasus"),
        "prioritas": _l("Prioritas"),
        "topik": _l("Topik"),
        "asal": _l("Asal"),
        "pendamping": _l("Pendamping"),
        "lihat": _l("Tampilan"),
    }
)
describe_values("priority", {key: said.label for key, said in words.PRIORITIES.items()})
describe_values("topic", words.TOPICS)
describe_values("origin", words.ORIGINS)
describe_values("rule", words.RULES)

capability = Capability(
    name="mentoring_cases",
    label=_l("Pendampingan"),
    pillar="province",
    blueprints=(pages, mentor_pages, village_pages),
    menu=MENU,
    api_blueprints=(case_api, village_case_api),
    indicators=INDICATORS,
    tasks=TASKS,
    deeds=("mentoring",),
)
