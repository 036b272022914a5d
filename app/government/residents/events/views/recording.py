"""Recording an event: which kind, about whom, and the form of that kind."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.forms import Checked, FormSchema, check
from app.core.permissions import requires
from app.core.village.errors import Missing
from app.government.residents.browse.areas import area_book
from app.government.residents.codes import LISTS, RELATION, word
from app.government.residents.events import forms, kinds, queries, schemas
from app.government.residents.events.deeds import FORM_USED, Occasion, Repeated, digest
from app.government.residents.events.views.deeds import blueprint
from app.government.residents.register.errors import Refused
from app.government.residents.register.schemas import Nik
from app.government.residents.writing import today
from tenants.ids import uuid7

_NEED_A_PERSON = ("birth", "death", "missing", "left", "return", "change_residence", "change_nationality")
"""Forms that are about one person first; the others are content with a household."""


@blueprint.get("/catat")
@requires("residents.events")
def new() -> ResponseReturnValue:
    """Choose the kind (`jenis`), then the person (`penduduk`) or household (`keluarga`), then the form."""
    kind = request.args.get("jenis", "")
    if kind not in kinds.RECORDED:
        return _choose_kind()
    subject = _subject(kind)
    if subject is None:
        return _choose_person(kind)
    return _form(kind, subject)


@blueprint.post("/cari")
@requires("residents.events")
def find() -> ResponseReturnValue:
    """Find a person by all digits of a NIK, which never stands in an address; `jenis` says for which form."""
    kind = request.form.get("jenis", "")
    if kind not in kinds.RECORDED:
        abort(404)
    typed = request.form.get("nik", "")
    checked = check(_NikOnly(), request.form)
    if not checked.is_valid or not checked.values.get("nik"):
        sentence = " ".join(checked.errors.get("nik", [])) or _("Tulis ke-16 angka NIK.")
        return _choose_person(kind, error=sentence, typed=typed, status=422)
    found = queries.find_by_nik(checked.values["nik"], kind)
    if len(found) == 1:
        return redirect(url_for("life_events.new", jenis=kind, penduduk=found[0].id), 303)
    return _choose_person(kind, found=found, asked=True)


@blueprint.post("/catat")
@requires("residents.events")
def record() -> ResponseReturnValue:
    """Check and record; warnings come back with a field for a note that accepts them."""
    kind = request.args.get("jenis", "")
    if kind not in kinds.RECORDED:
        abort(404)
    subject = _subject(kind)
    if subject is None:
        return _choose_person(kind)
    if request.form.get("more"):
        return _form(kind, subject, check(schemas.SCHEMAS[kind](), request.form), more=True)
    checked = check(schemas.SCHEMAS[kind](), request.form)
    people = _arrivals(request.form) if kind == "move_in" else []
    if not checked.is_valid or any(not person.is_valid for person in people):
        known = checked.values.get("target_id")
        target = queries.subject(None, known) if known is not None else None
        return _form(kind, subject, checked, people=people, target=target, status=422)
    relations = schemas.relation_codes(request.form)
    target = None
    if kind == "merge":
        checked, target, asking = _chosen_target(subject, checked, relations)
        if asking is not None:
            return asking
    values = checked.values
    occasion = Occasion(
        values["happened_on"],
        values.get("reported_on"),
        values.get("note", ""),
        values.get("deed_id"),
        _content(kind, subject, values, people, relations),
    )
    try:
        deed_id = forms.run(kind, subject, values, [p.values for p in people], relations, occasion)
    except Missing:
        abort(404)
    except Repeated:
        deed_id = values["deed_id"]
    except Refused as refused:
        return _form(
            kind, _subject(kind) or subject, checked, refused, people=people, target=target, status=422
        )
    return redirect(url_for("life_events.show", deed_id=deed_id, baru=1), 303)


class _NikOnly(FormSchema):
    nik = Nik()


def _uuid(name: str) -> uuid.UUID | None:
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(404)


def _subject(kind: str) -> queries.Subject | None:
    """Whom the address names; None when nobody is named yet, or a household where a person is needed."""
    person_id, household_id = _uuid("penduduk"), _uuid("keluarga")
    if kind == "move_in" and person_id is None and household_id is None:
        return queries.Subject()
    if person_id is None and (household_id is None or kind in _NEED_A_PERSON):
        return None
    found = queries.subject(person_id, household_id, absent=kind == "return")
    if found is None:
        abort(404)
    if found.home is None and kind in ("dissolve", "change_head", "move_in"):
        return None
    return found


def _choose_kind() -> str:
    person, household = _uuid("penduduk"), _uuid("keluarga")
    choices = [
        {
            "kind": kind,
            "label": kinds.kind_word(kind),
            "about": kinds.ABOUT[kind],
            "icon": kinds.ICONS[kind],
            "url": url_for("life_events.new", jenis=kind, penduduk=person, keluarga=household),
        }
        for kind in kinds.RECORDED
    ]
    return render_template("residents/event_kinds.html", choices=choices)


def _choose_person(
    kind: str,
    *,
    found: list[queries.Found] | None = None,
    error: str = "",
    typed: str = "",
    asked: bool = False,
    status: int = 200,
) -> Response:
    name = request.args.get("cari", "").replace("\x00", "").strip()[:100]
    household_id = _uuid("keluarga")
    if found is None:
        if household_id is not None:
            found = queries.find_members(household_id, kind)
        else:
            found = queries.find_people(name, kind) if name else []
    if kind == "birth":
        found = [person for person in found if person.sex == 2]
    areas = area_book() if found else None
    rows = [
        {
            "url": url_for("life_events.new", jenis=kind, penduduk=person.id),
            "name": person.name,
            "birth_date": person.birth_date,
            "status": word("vital_status", person.vital_status),
            "area": areas.way(person.sub_area_id) if areas else "",
            "nik": person.nik,
        }
        for person in found
    ]
    page = render_template(
        "residents/event_person.html",
        kind=kind,
        heading=kinds.kind_word(kind),
        rows=rows,
        name=name,
        asked=asked or bool(name) or household_id is not None,
        most=queries.MOST_FOUND,
        error=error,
        typed=typed,
    )
    return make_response(page, status)


def _form(
    kind: str,
    subject: queries.Subject,
    checked: Checked | None = None,
    refused: Refused | None = None,
    *,
    people: list[Checked] | None = None,
    targets: list[tuple[uuid.UUID, str, str]] | None = None,
    target: queries.Subject | None = None,
    more: bool = False,
    status: int = 200,
) -> Response:
    errors: dict[str, list[str]] = dict(checked.errors) if checked and not more else {}
    warnings: list[str] = []
    for finding in refused.findings if refused else ():
        if finding.is_error:
            errors.setdefault(finding.field, []).append(str(finding.sentence))
        else:
            warnings.append(str(finding.sentence))
    typed = dict(checked.typed) if checked else {}
    if refused and any(finding.code == FORM_USED for finding in refused.findings):
        del typed["deed_id"]
    arrivals = people if people is not None else (_arrivals(request.form) if more else [])
    shown = forms.shown_arrivals(subject, [person.typed for person in arrivals], more=more)
    for number, person in enumerate(arrivals):
        for name, sentences in person.errors.items():
            if not more:
                errors.setdefault(name if number == 0 else f"{name}_{number + 1}", []).extend(sentences)
    areas = area_book()
    page = render_template(
        "residents/event_form.html",
        kind=kind,
        heading=kinds.kind_word(kind),
        about=kinds.ABOUT[kind],
        subject=subject,
        values={**forms.defaults(kind, subject), "deed_id": str(uuid7()), **typed},
        errors=errors,
        warnings=warnings,
        labels={**forms.labels(kind), **{f"relation_{one.id}": one.name for one in subject.members}},
        arrivals=shown,
        can_add=len(shown) < schemas.MOST_ARRIVALS,
        targets=targets or [],
        target=target,
        relations={**forms.proposed_relations(subject, target), **forms.typed_relations(request.form)},
        lists=LISTS,
        relation_options=[("", _("Pilih hubungan") if kind == "merge" else _("Otomatis")), *RELATION.items()],
        about_member=forms.about,
        kinds=kinds,
        word=word,
        today=today(),
        members=forms.member_options(subject),
        heads=forms.head_options(kind, subject),
        fathers=forms.father_options(subject),
        needs_head=forms.may_need_head(kind, subject),
        areas=[("", _("Pilih wilayah")), *areas.options],
        area_ways=areas,
        action=url_for(
            "life_events.record",
            **_kept(),
        ),
    )
    return make_response(page, status)


def _arrivals(form: Any) -> list[Checked]:
    """The people of the form of arrivals: the first, and each further one of whom something was written."""
    found = []
    for number in range(1, schemas.MOST_ARRIVALS + 1):
        end = "" if number == 1 else f"_{number}"
        own = {name: form.get(f"{name}{end}", "") for name in schemas.ArrivalSchema().fields}
        if number == 1 or own["name"].strip() or own["nik"].strip():
            found.append(check(schemas.ArrivalSchema(), _as_form(own)))
    return found


def _as_form(values: dict[str, str]) -> Any:
    from werkzeug.datastructures import MultiDict

    return MultiDict(values)


def _content(
    kind: str,
    subject: queries.Subject,
    values: dict[str, Any],
    people: list[Checked],
    relations: dict[uuid.UUID, int],
) -> str:
    """What the form says, but for its id and the note: who, and what happened to them."""
    own = {name: value for name, value in values.items() if name not in ("deed_id", "note", "target")}
    about = (subject.person.id if subject.person else None, subject.home.id if subject.home else None)
    told = sorted((str(member), relation) for member, relation in relations.items())
    return digest(kind, about, own, [person.values for person in people], told)


def _chosen_target(
    subject: queries.Subject, checked: Checked, relations: dict[uuid.UUID, int]
) -> tuple[Checked, queries.Subject | None, Response | None]:
    """The household that members join, once it was shown and confirmed; until then the page that asks."""
    if request.form.get("retarget"):
        cleared = {**checked.typed, "target_id": "", "target": ""}
        return checked, None, _form("merge", subject, Checked(cleared, checked.values))
    targets: list[tuple[uuid.UUID, str, str]] = []
    if checked.values.get("target_id") is None:
        checked, targets = _target(checked)
    target_id = checked.values.get("target_id")
    if target_id is None:
        return checked, None, _form("merge", subject, checked, targets=targets, status=422)
    target = queries.subject(None, target_id)
    if target is None:
        abort(404)
    if request.form.get("confirmed") != str(target_id):
        return checked, target, _form("merge", subject, checked, target=target)
    for member in checked.values.get("members", ()):
        if member not in relations:
            sentence = _("Pilih hubungannya dengan kepala keluarga tujuan.")
            checked = checked.with_error(f"relation_{member}", sentence)
    asking = None if checked.is_valid else _form("merge", subject, checked, target=target, status=422)
    return checked, target, asking


def _target(checked: Checked) -> tuple[Checked, list[tuple[uuid.UUID, str, str]]]:
    """The household that a card's number or a head's name means; several are offered for choosing."""
    text = checked.values.get("target", "")
    if not text:
        return checked.with_error("target", _("Tulis nomor KK atau nama kepala keluarga tujuan.")), []
    found = queries.find_households(text)
    if not found:
        return checked.with_error("target", _("Keluarga seperti itu tidak ditemukan.")), []
    if len(found) == 1:
        typed = {**checked.typed, "target_id": str(found[0][0])}
        return Checked(typed, {**checked.values, "target_id": found[0][0]}), found
    return checked.with_error("target_id", _("Pilih keluarga yang dimaksud.")), found


def _kept() -> dict[str, Any]:
    """What the address says of the event, for the address that the form is sent to."""
    return {name: request.args[name] for name in ("jenis", "penduduk", "keluarga") if name in request.args}
