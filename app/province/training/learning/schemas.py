"""What is valid in a question, a test's window, an issue of certificates: for forms and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from app.core.forms import Choice, Clock, Day, FormSchema, Line, Paragraphs, Tick
from app.core.village.errors import Invalid

PILLARS = ("government", "economy", "people", "adoption")
LETTERS = "ABCDE"
MOST_CHOICES = len(LETTERS)
LEAST_CHOICES = 2
LONGEST_REASON = 300
LABELS: dict[str, object] = {
    "pillar": _l("Pilar"),
    "topic": _l("Topik"),
    "words": _l("Pertanyaan"),
    "right": _l("Jawaban yang benar"),
    "explanation": _l("Pembahasan"),
    "pass_mark": _l("Nilai lulus"),
    "questions": _l("Soal"),
    "day": _l("Tanggal dibuka"),
    "clock": _l("Jam dibuka"),
    "attendance": _l("Paling sedikit hadir (persen sesi)"),
    "passed": _l("Lulus post-test"),
    "signer_name": _l("Nama penanda tangan"),
    "signer_title": _l("Jabatan penanda tangan"),
    "signer_number": _l("NIP"),
    "reason": _l("Alasan"),
    "title": _l("Judul"),
    "file": _l("Berkas"),
    "liked": _l("Yang paling bermanfaat"),
    "wished": _l("Saran untuk penyelenggara"),
    **{f"choice_{letter.lower()}": _l("Pilihan %(letter)s", letter=letter) for letter in LETTERS},
}


class QuestionForm(FormSchema):
    """A question as a form sends it: up to five choices, the right one by its letter."""

    pillar = Choice(required=True, choices=PILLARS)
    topic = Line(longest=80)
    words = Paragraphs(required=True, longest=600, shortest=5)
    choice_a = Line(required=True, longest=200)
    choice_b = Line(required=True, longest=200)
    choice_c = Line(longest=200)
    choice_d = Line(longest=200)
    choice_e = Line(longest=200)
    right = Choice(required=True, choices=tuple(LETTERS))
    explanation = Paragraphs(longest=1000)


class TrainingQuestionSchema(Schema):
    """A question as programs send it."""

    pillar = fields.String(required=True, validate=validate.OneOf(PILLARS))
    topic = Line(longest=80, load_default="")
    words = Paragraphs(required=True, longest=600, shortest=5)
    choices = fields.List(
        Line(required=True, longest=200),
        required=True,
        validate=validate.Length(LEAST_CHOICES, MOST_CHOICES),
    )
    right = fields.Integer(
        required=True, validate=validate.Range(0, MOST_CHOICES - 1),
        metadata={"description": "Which of the choices is right, from 0."},
    )  # fmt: skip
    explanation = Paragraphs(longest=1000, load_default="")


class WindowForm(FormSchema):
    """When a test opens: a day with its hour, or neither for now."""

    day = Day(allow_none=True, load_default=None)
    clock = Clock(allow_none=True, load_default=None)


class IssueForm(FormSchema):
    """Who gets a certificate, and who signs it."""

    attendance = fields.Integer(
        load_default=75,
        validate=validate.Range(1, 100, error=_l("Isi 1 sampai 100 persen.")),
        error_messages={"invalid": _l("Isi 1 sampai 100 persen."), "null": _l("Isi 1 sampai 100 persen.")},
    )
    passed = Tick()
    signer_name = Line(required=True, longest=80, shortest=3)
    signer_title = Line(required=True, longest=120, shortest=3)
    signer_number = Line(longest=40)


class MaterialForm(FormSchema):
    """What a material is called; its file stands beside it."""

    title = Line(required=True, longest=120, shortest=3)


class EvaluationForm(FormSchema):
    """What somebody writes into an evaluation besides the numbers."""

    liked = Paragraphs(longest=1000)
    wished = Paragraphs(longest=1000)


def question_of_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """A form's values as a question is kept: choices in their order, the right one by its place. Raises Invalid."""
    given = [values.get(f"choice_{letter.lower()}", "") for letter in LETTERS]
    choices = [text for text in given if text]
    if choices != given[: len(choices)]:
        raise Invalid("choice_c", _("Isi pilihan berurutan, tanpa ada yang dilewati."))
    right = LETTERS.index(values["right"])
    if right >= len(choices):
        raise Invalid("right", _("Pilihan dengan huruf ini kosong."))
    kept = {name: values.get(name, "") for name in ("pillar", "topic", "words", "explanation")}
    return {**kept, "choices": choices, "right": right}


def form_of_question(
    pillar: str, topic: str, words: str, choices: list[str], right: int, explanation: str
) -> dict[str, Any]:
    """A question as the form holds it."""
    typed: dict[str, Any] = {"pillar": pillar, "topic": topic, "words": words, "explanation": explanation}
    for letter, text in zip(LETTERS, choices, strict=False):
        typed[f"choice_{letter.lower()}"] = text
    return {**typed, "right": LETTERS[right]}
