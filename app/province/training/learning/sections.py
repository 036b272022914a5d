"""What learning adds to a participant's own page and to an event's page in villages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.province.training.learning import answers, certificates, evaluation, exams, materials
from app.province.training.learning.exams import Phase, State
from app.province.training.learning.materials import Material
from app.province.training.learning.models import TrainingAnswers, TrainingCertificate
from app.province.training.participants import page, village_page
from app.province.training.participants.page import OwnPage
from app.province.training.participants.village_page import VillageEvent


@dataclass(frozen=True, slots=True)
class ExamSection:
    """A test on a participant's page: open, over or to come; what they sent, and their percent where it may be told."""

    phase: Phase
    state: State
    questions: int
    sent: TrainingAnswers | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class VillageCertificate:
    """A certificate of somebody whom a village sent."""

    id: object
    name: str
    number: str
    is_valid: bool


def exam_section(own: OwnPage, phase: Phase) -> ExamSection | None:
    """A test once it is open; None before. The score of the test before is told when that after was sent."""
    test = exams.tests_of(own.event.id).get(phase)
    state = exams.state_of(test)
    if test is None or state in ("none", "draft"):
        return None
    sent = answers.answers_of(own.seat.id)
    mine = sent.get(phase)
    if mine is None and (state == "waiting" or (phase == "pre" and "post" in sent)):
        return None
    told = mine is not None and "post" in sent
    return ExamSection(
        phase, state, len(test.questions), mine, answers.percent_of(mine) if told and mine else None
    )


def material_section(own: OwnPage) -> list[Material] | None:
    """The materials of an event that is not called off."""
    if own.event.state == "cancelled":
        return None
    return materials.materials_of(own.event.id) or None


def evaluation_section(own: OwnPage) -> dict[str, bool] | None:
    """Whether the participant may evaluate, or did."""
    if own.event.state == "cancelled":
        return None
    done = evaluation.has_evaluated(own.seat.id)
    return {"done": done} if done or evaluation.is_open(own.event) else None


def certificate_section(own: OwnPage) -> TrainingCertificate | None:
    """The participant's certificate once it is made."""
    found = certificates.certificate_of(own.seat.id)
    return found if found is not None and found.sha256 is not None else None


def village_material_section(own: VillageEvent) -> list[Material] | None:
    """The materials of an event for a village's page."""
    if own.event.state not in ("open", "done"):
        return None
    return materials.materials_of(own.event.id) or None


def village_certificate_section(own: VillageEvent) -> list[VillageCertificate] | None:
    """The certificates of those whom the village sent."""
    rows = certificates.village_certificates(own.event.id, own.village.id)
    found = [
        VillageCertificate(row.id, row.name, row.number_text, row.state == "made")
        for row in rows
        if row.sha256 is not None
    ]
    return found or None


def add_sections() -> None:
    """Add them (at start)."""
    of_participants: tuple[tuple[int, str, Callable[[OwnPage], object | None]], ...] = (
        (20, "pre", partial(exam_section, phase="pre")),
        (30, "materials", material_section),
        (40, "post", partial(exam_section, phase="post")),
        (50, "evaluation", evaluation_section),
        (60, "certificate", certificate_section),
    )
    for order, name, read in of_participants:
        page.add_section(order, f"training_learning/public/_{name}.html", read)
    village_page.add_section(30, "training_learning/_village_materials.html", village_material_section)
    village_page.add_section(60, "training_learning/_village_certificates.html", village_certificate_section)
