"""What is valid in an article and in what readers say about one: for forms and for programs."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from app.core.forms import Choice, FormSchema, Line, Paragraphs, Tick
from app.province.knowledge.reading import endpoint_of, is_endpoint
from app.province.knowledge.words import AUDIENCES, CATEGORIES

LONGEST_BODY = 20_000
LONGEST_REMARK = 500
MOST_PAGES = 60
LABELS: dict[str, object] = {
    "audience": _l("Untuk siapa"),
    "category": _l("Bagian"),
    "title": _l("Judul"),
    "summary": _l("Ringkasan"),
    "body": _l("Isi"),
    "pages": _l("Halaman yang dijelaskan"),
    "position": _l("Urutan"),
    "picture": _l("Gambar"),
    "description": _l("Yang terlihat di gambar"),
}


class Pages(fields.Field[list[str]]):
    """Pages, one a line: an address that was copied, or the name of an endpoint. Loads endpoints, each once."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[str]:
        lines = value if isinstance(value, list) else str(value or "").replace("\x00", "").split("\n")
        found: list[str] = []
        for line in (str(one).strip() for one in lines):
            if not line:
                continue
            path = (
                "/" + line.split("/", 3)[3]
                if line.startswith(("http://", "https://")) and line.count("/") > 2
                else line
            )
            name = endpoint_of(path) if path.startswith("/") else line if is_endpoint(line) else None
            if name is None:
                raise ValidationError(_("Tidak ada halaman di alamat ini: %(line)s", line=line[:80]))
            found.append(name)
        if len(found) > MOST_PAGES:
            raise ValidationError(_("Paling banyak %(most)s halaman.", most=MOST_PAGES))
        return list(dict.fromkeys(found))


class Position(Line):
    """A place in a list, 1 to 999; empty is 100."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = super()._deserialize(str(value), attr, data, **options)
        if not text:
            return 100
        if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text)):
            raise ValidationError(_("Tulis angka 1 sampai 999."))
        return int(text)


class ArticleForm(FormSchema):
    """An article as a form sends it."""

    audience = Choice(required=True, choices=tuple(AUDIENCES))
    category = Choice(required=True, choices=tuple(CATEGORIES))
    title = Line(required=True, longest=120, shortest=5)
    summary = Line(required=True, longest=240)
    body = Paragraphs(required=True, longest=LONGEST_BODY)
    pages = Pages(load_default=list)
    position = Position()


class OpinionForm(FormSchema):
    """Whether an article was useful, and what was missed."""

    useful = Tick()
    words = Paragraphs(longest=LONGEST_REMARK)


class ArticleNewSchema(Schema):
    """An article as programs write it; `body` is in the small markup of articles, and may be left out of no field."""

    audience = fields.String(required=True, validate=validate.OneOf(tuple(AUDIENCES)))
    category = fields.String(required=True, validate=validate.OneOf(tuple(CATEGORIES)))
    title = Line(required=True, longest=120, shortest=5)
    summary = Line(required=True, longest=240)
    body = Paragraphs(required=True, longest=LONGEST_BODY)
    pages = fields.List(
        fields.String(validate=validate.Length(max=120)),
        load_default=list,
        validate=validate.Length(max=MOST_PAGES),
    )
    position = fields.Integer(load_default=100, validate=validate.Range(1, 999))


class StateSchema(Schema):
    """What becomes of an article."""

    state = fields.String(required=True, validate=validate.OneOf(["published", "withdrawn"]))


class OpinionSchema(Schema):
    """What a reader says about an article."""

    useful = fields.Boolean(required=True)
    words = Paragraphs(longest=LONGEST_REMARK, load_default="")


class ArticleLineSchema(Schema):
    """An article in a list."""

    slug = fields.String(required=True)
    audience = fields.String(required=True)
    category = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    pages = fields.List(
        fields.String(), required=True, metadata={"description": "Endpoints of the pages that it explains."}
    )
    updated_at = fields.AwareDateTime(required=True)


class ArticleSchema(ArticleLineSchema):
    """An article with its text, in the small markup of articles."""

    body = fields.String(required=True)


class KeptArticleSchema(ArticleSchema):
    """An article as its writers hold it."""

    id = fields.UUID(required=True)
    state = fields.String(required=True)
    position = fields.Integer(required=True)
    is_own = fields.Boolean(
        required=True,
        metadata={"description": "The programme's own text, which new shipped texts leave alone."},
    )
    updated_by = fields.String(required=True)
    row_version = fields.Integer(required=True)
