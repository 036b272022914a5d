"""The steps of the wizard: their order, what each still needs, and how long the rest takes."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.province.onboarding.applications.models import Application

VILLAGE, APPLICANT, IDENTITY, ADDRESS, SUMMARY = "village", "applicant", "identity", "address", "summary"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the wizard: `endpoint` is its page, `minutes` what it takes most people."""

    key: str
    label: object
    endpoint: str
    minutes: int


STEPS = (
    Step(VILLAGE, _l("Desa Anda"), "apply.village", 1),
    Step(APPLICANT, _l("Siapa Anda"), "apply.applicant", 3),
    Step(IDENTITY, _l("Identitas desa"), "apply.identity", 1),
    Step(ADDRESS, _l("Alamat situs"), "apply.address", 1),
    Step(SUMMARY, _l("Periksa dan kirim"), "apply.summary", 1),
)
KEYS = tuple(step.key for step in STEPS)
ALL_MINUTES = sum(step.minutes for step in STEPS)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is: at the `number`th of `total` steps, with `minutes` to go, counted from its beginning."""

    number: int
    total: int
    minutes: int

    @property
    def sentence(self) -> str:
        """`Langkah 2 dari 5 · sekitar 6 menit lagi`."""
        where = _("Langkah %(number)s dari %(total)s", number=self.number, total=self.total)
        left = ngettext("sekitar %(num)s menit lagi", "sekitar %(num)s menit lagi", self.minutes)
        return f"{where} · {left}"


def progress(key: str) -> Progress:
    """How far somebody is who stands at the step `key`."""
    at = KEYS.index(key)
    return Progress(at + 1, len(STEPS), sum(step.minutes for step in STEPS[at:]))


def step(key: str) -> Step:
    """One step; raises ValueError for one that does not exist."""
    return STEPS[KEYS.index(key)]


def is_done(application: Application, key: str) -> bool:
    """Whether a step needs nothing more (the summary: was sent)."""
    if key == VILLAGE:
        return application.tenant_id is not None
    if key == APPLICANT:
        given = (
            application.applicant_name,
            application.applicant_title,
            application.phone,
            application.email,
        )
        return all(given) and application.letter_file_id is not None
    if key == IDENTITY:
        return IDENTITY in application.answers
    if key == ADDRESS:
        return application.slug is not None
    return application.submitted_at is not None


def next_step(application: Application) -> str:
    """The first step that still needs something; the summary when none does."""
    return next((key for key in KEYS if not is_done(application, key)), SUMMARY)


def following(key: str) -> str:
    """The step after another, in their order."""
    return KEYS[min(KEYS.index(key) + 1, len(KEYS) - 1)]
