"""What programs read and send of learning: the shapes of questions, tests, material, certificates and records."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.core.api import KeysetQuery
from app.core.api.paging import BEHIND
from app.core.forms import Line
from app.province.training.learning import exams
from app.province.training.learning.exams import PHASES
from app.province.training.learning.schemas import LONGEST_REASON, PILLARS, TrainingQuestionSchema


class QuestionRecordSchema(TrainingQuestionSchema):
    """A question of the bank."""

    id = fields.UUID()
    region_code = fields.String()
    is_active = fields.Boolean()
    row_version = fields.Integer()


class QuestionQuery(KeysetQuery):
    """Which questions."""

    pillar = fields.String(validate=validate.OneOf(PILLARS))
    search = fields.String(validate=validate.Length(max=80))
    retired = fields.Boolean(load_default=False)
    after = fields.UUID(metadata={"description": BEHIND})


class TestQuestionSchema(Schema):
    """A question as a test holds it."""

    id = fields.String()
    words = fields.String()
    choices = fields.List(fields.String())
    right = fields.Integer(metadata={"description": "The right choice, from 0; for the organiser only."})


class TestRecordSchema(Schema):
    """A test with what it came to."""

    phase = fields.String(validate=validate.OneOf(PHASES))
    state = fields.String(metadata={"description": "none, draft, waiting, open or closed."})
    pass_mark = fields.Integer()
    opens_at = fields.DateTime(allow_none=True)
    closes_at = fields.DateTime(allow_none=True)
    question_count = fields.Integer()
    count = fields.Integer(metadata={"description": "How many wrote it."})
    on_paper = fields.Integer()
    mean = fields.Float(allow_none=True, metadata={"description": "Percent of right answers."})
    passed = fields.Integer()
    questions = fields.List(fields.Nested(TestQuestionSchema))


class EventTestsSchema(Schema):
    """The tests of an event."""

    items = fields.List(fields.Nested(TestRecordSchema))


class TestChoiceSchema(Schema):
    """Which questions a test holds."""

    questions = fields.List(
        fields.UUID(), load_default=list, validate=validate.Length(max=exams.MOST_QUESTIONS)
    )
    drawn = fields.Dict(
        keys=fields.String(validate=validate.OneOf(PILLARS)),
        values=fields.Integer(validate=validate.Range(0, exams.MOST_QUESTIONS)),
        load_default=dict,
        metadata={"description": "Pillar → how many more to draw by chance."},
    )
    pass_mark = fields.Integer(load_default=exams.PASS_MARK, validate=validate.Range(0, 100))


class TestWindowSchema(Schema):
    """When a test opens."""

    at = fields.AwareDateTime(load_default=None, allow_none=True, metadata={"description": "None: now."})


class TestScoreSchema(Schema):
    """A participant's scores in percent."""

    participant_id = fields.UUID()
    name = fields.String()
    pre = fields.Integer(allow_none=True)
    post = fields.Integer(allow_none=True)


class ScoreQuery(KeysetQuery):
    """Which participants."""

    after = fields.UUID(metadata={"description": BEHIND})


class TestPaperSchema(Schema):
    """A paper that is typed in."""

    participant_id = fields.UUID(required=True)
    package = fields.String(required=True, validate=validate.OneOf(exams.PACKAGES))
    letters = Line(required=True, longest=200)


class TestPaperResultSchema(Schema):
    """What a paper came to."""

    right = fields.Integer()
    questions = fields.Integer()
    is_new = fields.Boolean()


class MaterialRecordSchema(Schema):
    """A material with its openings: by how many villages, how often."""

    id = fields.UUID()
    title = fields.String()
    file_name = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    villages = fields.Integer()
    times = fields.Integer()


class EventMaterialsSchema(Schema):
    """The materials of an event."""

    items = fields.List(fields.Nested(MaterialRecordSchema))


class VillageMaterialSchema(Schema):
    """A material as a village sees it."""

    id = fields.UUID()
    title = fields.String()
    file_name = fields.String()
    media_type = fields.String()
    size = fields.Integer()


class VillageMaterialsSchema(Schema):
    """The materials of an event."""

    items = fields.List(fields.Nested(VillageMaterialSchema))


class EvaluationRatedSchema(Schema):
    """Something that was rated."""

    label = fields.String()
    count = fields.Integer()
    mean = fields.Float()
    spread = fields.List(fields.Integer(), metadata={"description": "How many gave 1, 2, … 5."})


class TrainingEvaluationSchema(Schema):
    """What evaluations add up to; empty while too few evaluated."""

    count = fields.Integer()
    is_shown = fields.Boolean()
    aspects = fields.List(fields.Nested(EvaluationRatedSchema))
    speakers = fields.List(fields.Nested(EvaluationRatedSchema))


class CertificateRecordSchema(Schema):
    """A certificate."""

    id = fields.UUID()
    participant_id = fields.UUID()
    number = fields.String(attribute="number_text")
    name = fields.String()
    village = fields.String()
    state = fields.String(validate=validate.OneOf(["numbered", "made", "revoked"]))
    issued_at = fields.DateTime()
    issued_by = fields.String()
    revoked_at = fields.DateTime(allow_none=True)
    revoked_reason = fields.String(allow_none=True)


class CertificateQuery(KeysetQuery):
    """Which certificates."""

    state = fields.String(validate=validate.OneOf(["numbered", "made", "revoked"]))
    after = fields.Integer(validate=validate.Range(min=0, max=10**11), metadata={"description": BEHIND})


class CertificateIssueSchema(Schema):
    """Who gets a certificate, and who signs it."""

    attendance = fields.Integer(load_default=75, validate=validate.Range(1, 100))
    passed = fields.Boolean(load_default=False)
    signer_name = Line(required=True, longest=80, shortest=3)
    signer_title = Line(required=True, longest=120, shortest=3)
    signer_number = Line(longest=40, load_default="")


class CertificatesIssuedSchema(Schema):
    """How many certificates were numbered, and the run that makes them."""

    count = fields.Integer()
    run_id = fields.UUID(allow_none=True)


class CertificateRevocationSchema(Schema):
    """Why a certificate holds no more; everybody who checks it reads this."""

    reason = Line(required=True, longest=LONGEST_REASON)


class PersonRecordLineSchema(Schema):
    """One event of a person's record."""

    event_id = fields.UUID()
    title = fields.String()
    kind = fields.String()
    starts_on = fields.Date()
    ends_on = fields.Date()
    village = fields.String()
    position = fields.String()
    seat = fields.String()
    attended = fields.Integer()
    sessions = fields.Integer()
    pre = fields.Integer(allow_none=True, metadata={"description": "Percent of right answers."})
    post = fields.Integer(allow_none=True, metadata={"description": "Percent of right answers."})
    certificate = fields.String(allow_none=True)


class PersonRecordSchema(Schema):
    """A person's record as far as the account's region reaches."""

    id = fields.UUID()
    name = fields.String()
    sex = fields.String()
    elsewhere = fields.Integer(metadata={"description": "Lines outside of the account's region."})
    items = fields.List(fields.Nested(PersonRecordLineSchema))
