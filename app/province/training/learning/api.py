"""Learning for programs: the bank, tests, scores, material, evaluations, certificates, records of people."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response

from app.core.actors import current_actor
from app.core.api import ApiBlueprint, schema_of_page
from app.core.api.paging import page_after
from app.core.api.versions import IfMatch, etag
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.province.announcements.api import BYTES, answer_errors
from app.province.regions import region_contains
from app.province.training.events.services import Refused, office, own_event, seen_event
from app.province.training.learning import (
    answers,
    certificates,
    evaluation,
    exams,
    making,
    materials,
    questions,
)
from app.province.training.learning.api_schemas import (
    CertificateIssueSchema,
    CertificateQuery,
    CertificateRecordSchema,
    CertificateRevocationSchema,
    CertificatesIssuedSchema,
    EventMaterialsSchema,
    EventTestsSchema,
    PersonRecordSchema,
    QuestionQuery,
    QuestionRecordSchema,
    ScoreQuery,
    TestChoiceSchema,
    TestPaperResultSchema,
    TestPaperSchema,
    TestRecordSchema,
    TestScoreSchema,
    TestWindowSchema,
    TrainingEvaluationSchema,
    VillageMaterialsSchema,
)
from app.province.training.learning.certificates import CertificateSigner, Rule
from app.province.training.learning.exams import PHASES, Phase
from app.province.training.learning.models import TrainingTest
from app.province.training.learning.questions import QuestionFilter
from app.province.training.learning.record_views import seen_record
from app.province.training.learning.schemas import TrainingQuestionSchema
from app.province.training.learning.views import pdf_answer

learning_api = ApiBlueprint(
    "training-learning",
    __name__,
    audience="province",
    description="Question bank, tests, material, evaluations, certificates and people's records of training.",
)
village_learning_api = ApiBlueprint(
    "training-material",
    __name__,
    audience="village",
    description="Material of events that the village takes part in.",
)


@learning_api.route("/training/questions")
@requires("training.view")
@learning_api.arguments(QuestionQuery, location="query")
@learning_api.response(200, schema_of_page(QuestionRecordSchema))
def question_bank(query: dict[str, Any]) -> Any:
    """The questions that the account's office may use: its own and those of offices above it; newest first."""
    wanted = QuestionFilter(
        query.get("pillar", ""), query.get("search", "").replace("\x00", ""), query["retired"]
    )
    rows, after = questions.bank(office(), wanted, after=query.get("after"), limit=query["limit"])
    return page_after(rows, str(after) if after else None)


@learning_api.route("/training/questions", methods=["POST"])
@requires("training.manage")
@learning_api.arguments(TrainingQuestionSchema)
@learning_api.response(201, QuestionRecordSchema)
def add_question(values: dict[str, Any]) -> Any:
    """Add a question to the office's bank."""
    row = questions.write(values, office=office())
    return row, etag(row.row_version)


@learning_api.route("/training/questions/<uuid:question_id>")
@requires("training.view")
@learning_api.response(200, QuestionRecordSchema)
def one_question(question_id: uuid.UUID) -> Any:
    """One question."""
    row = questions.find(question_id, office())
    return row, etag(row.row_version)


@learning_api.route("/training/questions/<uuid:question_id>", methods=["PUT"])
@requires("training.manage")
@learning_api.arguments(IfMatch, location="headers")
@learning_api.arguments(TrainingQuestionSchema)
@learning_api.response(200, QuestionRecordSchema)
@learning_api.problems("PRECONDITION_FAILED")
def change_question(seen: dict[str, Any], values: dict[str, Any], question_id: uuid.UUID) -> Any:
    """Write a question of the own office anew. Tests that hold it stay as they are."""
    row = questions.change(question_id, values, office=office(), seen=seen["version"])
    return row, etag(row.row_version)


@learning_api.route("/training/events/<uuid:event_id>/tests")
@requires("training.view")
@learning_api.response(200, EventTestsSchema)
def event_tests(event_id: uuid.UUID) -> Any:
    """The tests of an event with what they came to; their questions for the organiser only."""
    event = seen_event(event_id)
    actor = current_actor()
    is_own = (
        region_contains(office(), event.region_code) and actor is not None and actor.may("training.manage")
    )
    tests = exams.tests_of(event.id)
    counts = answers.results(tests)
    return {"items": [_test(tests[phase], counts[phase], is_own) for phase in PHASES if phase in tests]}


@learning_api.route("/training/events/<uuid:event_id>/tests/<any(pre, post):phase>", methods=["PUT"])
@requires("training.manage")
@learning_api.arguments(TestChoiceSchema)
@learning_api.response(200, TestRecordSchema)
@learning_api.problems("CONFLICT")
def choose_questions(values: dict[str, Any], event_id: uuid.UUID, phase: Phase) -> Any:
    """Choose a test's questions, while it was not opened."""
    own_event(event_id)
    exams.choose(
        event_id,
        phase,
        values["questions"],
        office=office(),
        drawn=values["drawn"],
        pass_mark=values["pass_mark"],
    )
    return _told(event_id, phase)


@learning_api.route("/training/events/<uuid:event_id>/tests/<any(pre, post):phase>/open", methods=["POST"])
@requires("training.manage")
@learning_api.arguments(TestWindowSchema)
@learning_api.response(200, TestRecordSchema)
@learning_api.problems("CONFLICT")
def open_test(values: dict[str, Any], event_id: uuid.UUID, phase: Phase) -> Any:
    """Open a test now or at a moment; from then on its questions stay."""
    own_event(event_id)
    exams.open_test(event_id, phase, office=office(), at=values["at"])
    return _told(event_id, phase)


@learning_api.route("/training/events/<uuid:event_id>/tests/<any(pre, post):phase>/close", methods=["POST"])
@requires("training.manage")
@learning_api.response(200, TestRecordSchema)
def close_test(event_id: uuid.UUID, phase: Phase) -> Any:
    """Close a test."""
    own_event(event_id)
    exams.close_test(event_id, phase, office=office())
    return _told(event_id, phase)


@learning_api.route("/training/events/<uuid:event_id>/tests/<any(pre, post):phase>/papers", methods=["POST"])
@requires("training.manage")
@learning_api.arguments(TestPaperSchema)
@learning_api.response(200, TestPaperResultSchema)
@learning_api.problems("CONFLICT")
def enter_paper(values: dict[str, Any], event_id: uuid.UUID, phase: Phase) -> Any:
    """Type in a participant's paper; once more replaces what was typed before."""
    own_event(event_id)
    sent = answers.enter_paper(
        event_id, phase, values["participant_id"], values["package"], values["letters"], office=office()
    )
    return {"right": sent.row.right_count, "questions": sent.row.question_count, "is_new": sent.is_new}


@learning_api.route("/training/events/<uuid:event_id>/scores")
@requires("training.manage")
@learning_api.arguments(ScoreQuery, location="query")
@learning_api.response(200, schema_of_page(TestScoreSchema))
def scores(query: dict[str, Any], event_id: uuid.UUID) -> Any:
    """The participants who wrote a test, with their scores."""
    own_event(event_id)
    lines, after = answers.score_lines(event_id, after=query.get("after"), limit=query["limit"])
    return page_after(lines, str(after) if after else None)


@learning_api.route("/training/events/<uuid:event_id>/materials")
@requires("training.view")
@learning_api.response(200, EventMaterialsSchema)
def event_materials(event_id: uuid.UUID) -> Any:
    """The materials of an event with their openings."""
    return {"items": materials.materials_of(seen_event(event_id).id)}


@learning_api.route("/training/events/<uuid:event_id>/materials/<uuid:material_id>/file")
@requires("training.view")
@learning_api.response(200, BYTES, content_type="application/octet-stream")
def event_material_file(event_id: uuid.UUID, material_id: uuid.UUID) -> Response:
    """A material's file; people of offices are not counted."""
    return materials.answer_for_office(seen_event(event_id).id, material_id)


@learning_api.route("/training/events/<uuid:event_id>/evaluation")
@requires("training.view")
@learning_api.response(200, TrainingEvaluationSchema)
def event_evaluation(event_id: uuid.UUID) -> Any:
    """What participants thought of an event and its speakers, in sums."""
    return evaluation.results(seen_event(event_id))


@learning_api.route("/training/events/<uuid:event_id>/certificates")
@requires("training.view")
@learning_api.arguments(CertificateQuery, location="query")
@learning_api.response(200, schema_of_page(CertificateRecordSchema))
def event_certificates(query: dict[str, Any], event_id: uuid.UUID) -> Any:
    """The certificates of an event by number, as far as the account's region reaches."""
    event = seen_event(event_id)
    within = None if region_contains(office(), event.region_code) else office()
    rows, after = certificates.certificates_of(
        event.id, state=query.get("state", ""), after=query.get("after"), within=within, limit=query["limit"]
    )
    return page_after(rows, str(after) if after else None)


@learning_api.route("/training/events/<uuid:event_id>/certificates", methods=["POST"])
@requires("training.manage")
@learning_api.arguments(CertificateIssueSchema)
@learning_api.response(200, CertificatesIssuedSchema)
@learning_api.problems("CONFLICT")
def issue_certificates(values: dict[str, Any], event_id: uuid.UUID) -> Any:
    """Number certificates for everybody who earned one and has none; a run makes them. Asking twice is once."""
    own_event(event_id)
    signer = CertificateSigner(values["signer_name"], values["signer_title"], values["signer_number"])
    count, run_id = certificates.issue(
        event_id, Rule(values["attendance"], values["passed"]), signer, office=office()
    )
    return {"count": count, "run_id": run_id}


@learning_api.route("/training/events/<uuid:event_id>/certificates/<uuid:certificate_id>/file")
@requires("training.view")
@learning_api.response(200, BYTES, content_type="application/pdf")
def certificate_file(event_id: uuid.UUID, certificate_id: uuid.UUID) -> Response:
    """A certificate's PDF as it was made."""
    event = seen_event(event_id)
    within = None if region_contains(office(), event.region_code) else office()
    row = certificates.certificate(event.id, certificate_id, within=within)
    return pdf_answer(making.file_of(row), making.file_name(row))


@learning_api.route(
    "/training/events/<uuid:event_id>/certificates/<uuid:certificate_id>/revoke", methods=["POST"]
)
@requires("training.manage")
@learning_api.arguments(CertificateRevocationSchema)
@learning_api.response(200, CertificateRecordSchema)
@learning_api.problems("CONFLICT")
def revoke_certificate(values: dict[str, Any], event_id: uuid.UUID, certificate_id: uuid.UUID) -> Any:
    """Withdraw a certificate: its number stays, its QR code says that it holds no more."""
    own_event(event_id)
    certificates.revoke(event_id, certificate_id, values["reason"], office=office())
    return certificates.certificate(event_id, certificate_id)


@learning_api.route("/training/people/<uuid:person_id>/record")
@requires("training.view")
@learning_api.response(200, PersonRecordSchema)
def person_record(person_id: uuid.UUID) -> Any:
    """A person's record across events and villages, as far as the account's region reaches."""
    record = seen_record(person_id)
    items = [
        {
            "event_id": one.event.id,
            "title": one.event.title,
            "kind": one.event.kind,
            "starts_on": one.event.starts_on,
            "ends_on": one.event.ends_on,
            "village": one.village,
            "position": one.position,
            "seat": one.seat,
            "attended": one.attended,
            "sessions": one.sessions,
            "pre": _percent(one.pre),
            "post": _percent(one.post),
            "certificate": one.certificate.number_text if one.certificate else None,
        }
        for one in record.lines
    ]
    person = record.person
    return {
        "id": person.id,
        "name": person.name,
        "sex": person.sex,
        "elsewhere": record.elsewhere,
        "items": items,
    }


@village_learning_api.route("/training/events/<uuid:event_id>/materials")
@requires("village.view")
@village_learning_api.response(200, VillageMaterialsSchema)
def village_event_materials(event_id: uuid.UUID) -> Any:
    """The materials of an event that invited the village or where its people take part."""
    return {"items": materials.village_materials(event_id)}


@village_learning_api.route("/training/events/<uuid:event_id>/materials/<uuid:material_id>/file")
@requires("village.view")
@village_learning_api.response(200, BYTES, content_type="application/octet-stream")
def village_material_file(event_id: uuid.UUID, material_id: uuid.UUID) -> Response:
    """A material's file; fetching it is counted for the village."""
    actor = current_actor()
    assert actor is not None
    return materials.open_for_village(event_id, material_id, actor)


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _told(event_id: uuid.UUID, phase: Phase) -> dict[str, Any]:
    test = exams.test_of(event_id, phase)
    return _test(test, answers.results({phase: test})[phase], True)


def _test(test: TrainingTest, counts: answers.PhaseResult, with_questions: bool) -> dict[str, Any]:
    return {
        "phase": test.phase,
        "state": exams.state_of(test),
        "pass_mark": test.pass_mark,
        "opens_at": test.opens_at,
        "closes_at": test.closes_at,
        "question_count": len(test.questions),
        "count": counts.count,
        "on_paper": counts.on_paper,
        "mean": counts.mean,
        "passed": counts.passed,
        "questions": test.questions if with_questions else [],
    }


def _refused(error: Refused) -> Response:
    return problem(409, "Conflict", str(error))


answer_errors(learning_api, village_learning_api)
for _blueprint in (learning_api, village_learning_api):
    _blueprint.register_error_handler(Refused, _refused)
