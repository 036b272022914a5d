"""What is valid in cases and in what is said of mentors: for forms and for programs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from marshmallow import Schema, fields, validate

from app.core.forms import Choice, FormSchema, Line, Paragraphs, Phone, Tick
from app.province.mentoring.cases.deeds import LONGEST_BODY, LONGEST_SUBJECT
from app.province.mentoring.cases.staffing import LONGEST_ABOUT
from app.province.mentoring.cases.words import OPEN, PRIORITIES, SKILLS, TOPICS

LONGEST_REASON = 500
LABELS: dict[str, object] = {
    "subject": _l("Yang perlu dibantu"),
    "body": _l("Pesan"),
    "topic": _l("Tentang"),
    "priority": _l("Prioritas"),
    "state": _l("Keadaan"),
    "stuck": _l("Pekerjaan kami terhenti karena ini"),
    "files": _l("Lampiran"),
    "village": _l("Desa"),
    "solution": _l("Apa yang menyelesaikannya"),
    "article_id": _l("Panduan yang menjawab"),
    "reason": _l("Alasan"),
    "phone": _l("Telepon"),
    "skills": _l("Keahlian"),
    "about": _l("Keterangan"),
    "mentor_id": _l("Pendamping"),
    "stays": _l("Ia mendampingi desa ini seterusnya, dengan kasus terbuka lainnya"),
    "successor_id": _l("Pengganti"),
    "villages": lazy_pgettext("many villages", "Desa"),
    "codes": _l("Kode wilayah desa lain"),
}
_TOPICS = tuple(TOPICS)
_PRIORITIES = tuple(PRIORITIES)


class AskForm(FormSchema):
    """A village's call for help."""

    subject = Line(required=True, longest=LONGEST_SUBJECT, shortest=5)
    body = Paragraphs(required=True, longest=LONGEST_BODY)
    topic = Choice(choices=_TOPICS)
    stuck = Tick()


class NewCaseForm(FormSchema):
    """A case that an officer or a mentor opens."""

    subject = Line(required=True, longest=LONGEST_SUBJECT, shortest=5)
    body = Paragraphs(required=True, longest=LONGEST_BODY)
    topic = Choice(choices=_TOPICS, load_default="other")
    priority = Choice(choices=_PRIORITIES, load_default="normal")


class MessageForm(FormSchema):
    """A message or a note."""

    body = Paragraphs(required=True, longest=LONGEST_BODY)


class ChangeForm(FormSchema):
    """State, priority and topic of a case."""

    state = Choice(choices=OPEN)
    priority = Choice(choices=_PRIORITIES)
    topic = Choice(choices=_TOPICS)


class SolveForm(FormSchema):
    """What solved a case."""

    solution = Paragraphs(required=True, longest=2000)


class ReasonForm(FormSchema):
    """Why something is done."""

    reason = Line(longest=LONGEST_REASON)


class ProfileForm(FormSchema):
    """What a mentor can do, and how to reach them."""

    phone = Phone()
    skills = fields.List(fields.String(validate=validate.OneOf(SKILLS)))
    about = Paragraphs(longest=LONGEST_ABOUT)


class NewCaseSchema(Schema):
    """A case as a program opens it."""

    village_code = fields.String(
        required=True,
        validate=validate.Regexp(r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$"),
        metadata={"description": "Its code of Kemendagri."},
    )
    subject = Line(required=True, longest=LONGEST_SUBJECT, shortest=5)
    body = Paragraphs(required=True, longest=LONGEST_BODY)
    topic = fields.String(load_default="other", validate=validate.OneOf(_TOPICS))
    priority = fields.String(load_default="normal", validate=validate.OneOf(_PRIORITIES))


class HelpCallSchema(Schema):
    """A village's call for help as a program sends it."""

    subject = Line(required=True, longest=LONGEST_SUBJECT, shortest=5)
    body = Paragraphs(required=True, longest=LONGEST_BODY)
    topic = fields.String(load_default="other", validate=validate.OneOf(_TOPICS))
    stuck = fields.Boolean(
        load_default=False, metadata={"description": "The village's work stands still: answered sooner."}
    )
    page = Line(longest=300, load_default="", metadata={"description": "Path of the page that it is about."})


class CaseMessageSchema(Schema):
    """A message as a program sends it."""

    body = Paragraphs(required=True, longest=LONGEST_BODY)


class CaseChangeSchema(Schema):
    """State, priority and topic; what is left out stays."""

    state = fields.String(validate=validate.OneOf(OPEN))
    priority = fields.String(validate=validate.OneOf(_PRIORITIES))
    topic = fields.String(validate=validate.OneOf(_TOPICS))


class CaseSolutionSchema(Schema):
    """What solved a case."""

    solution = Paragraphs(required=True, longest=2000)
    article_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The guide that answers it."}
    )
