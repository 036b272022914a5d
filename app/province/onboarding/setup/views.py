"""The set-up's pages on the village's host: the overview, one page a step, each saved by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.accounts.errors import NotAllowed
from app.core.accounts.views.village_people import role_options
from app.core.actors import acting
from app.core.capabilities import optional_capabilities
from app.core.files.services import file_path
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check, fingerprint
from app.core.permissions import requires
from app.core.spreadsheets import SpreadsheetRefused
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES
from app.core.ui.formats import ZONE
from app.core.village import forms, queries
from app.core.village import services as village
from app.core.village.errors import ChangedMeanwhile, Invalid
from app.core.village.hours import OpeningHours
from app.core.village.schemas import HoursSchema, LookSchema, SubAreasSchema
from app.core.village.services.cover import COVER_SHAPE, cover_id
from app.core.village.services.profile import LOGO_SHAPE, identity_values, look_values
from app.core.village.services.registry import switched_off
from app.core.village.setup import KEYS
from app.core.village.views.common import Difference, differences, form_context, upload
from app.government.letters.books.continuing import continue_numbers, incoming_last, outgoing_last
from app.government.letters.options import letter_options
from app.government.letters.types.registry import letter_types
from app.government.residents.imports import queries as imports
from app.government.residents.imports import services as importing
from app.province.onboarding.setup import schemas, services
from app.province.onboarding.setup.village_pages import go_on, pages, standing, step_page
from tenants.models import now
from tenants.scope import current_tenant


@pages.get("")
@requires("village.view")
def index() -> str:
    """All steps: what is done, what was put off, where it goes on."""
    here = standing(acting())
    done, total = here.progress
    return render_template(
        "setup/index.html", here=here, done=done, total=total, next=here.following(), opened=here.has_opened
    )


@pages.post("/lewati/<string(maxlength=40):key>")
@requires("village.view")
def skip(key: str) -> ResponseReturnValue:
    """Put a step off; it stays on the list."""
    if key not in KEYS or key == "live":
        abort(404)
    if not acting().may(standing(acting()).step(key).permission):
        abort(403)
    services.note(key, "skipped", acting())
    flash(_("Dilewati dulu. Langkah ini tetap ada di daftar."), "info")
    return go_on(acting(), key)


# --- address and contact ---------------------------------------------------------------------------------------------


@pages.get("/identitas")
@requires("village.view")
def identity() -> ResponseReturnValue:
    """Where the office is, how it is reached, and when it is open."""
    return _identity_page()


@pages.post("/identitas")
@requires("village.settings")
def save_identity() -> ResponseReturnValue:
    """Check and write contact and hours; who comes second sees both versions. Without the hours' fields they stay."""
    checked = check(schemas.ContactSchema(), request.form)
    hours = check(HoursSchema(), request.form) if "mon_opens" in request.form else None
    if not checked.is_valid or (hours is not None and not hours.is_valid):
        return _identity_page(checked, hours, status=422)
    try:
        village.change_identity(checked.values, expected=request.form.get("stamp", ""))
    except ChangedMeanwhile as other:
        theirs = forms.identity_form(other.present)
        found = differences(schemas.CONTACT_LABELS, theirs, checked.typed)
        return _identity_page(checked, hours, found, 409)
    if hours is not None:
        closed = OpeningHours.from_json(queries.profile().opening_hours).closed
        try:
            village.change_hours(
                replace(hours.values["hours"], closed=closed), expected=request.form.get("hours_stamp", "")
            )
        except ChangedMeanwhile as other:
            found = differences(forms.week_labels(), forms.hours_form(other.present), hours.typed)
            return _identity_page(checked, hours, found, 409)
    services.note("identity", "done", acting())
    return _saved("identity")


def _identity_page(
    checked: Checked | None = None,
    hours: Checked | None = None,
    conflict: list[Difference] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    profile = queries.profile()
    present, week = identity_values(profile), dict(profile.opening_hours)
    stale = checked is not None and conflict is None
    shown = form_context(checked, forms.identity_form(present))
    of_week = form_context(hours, forms.hours_form(week))
    return step_page(
        "identity", acting(), status,
        stamp=request.form.get("stamp", "") if stale else fingerprint(present),
        hours_stamp=request.form.get("hours_stamp", "") if stale else fingerprint(week),
        conflict=conflict, labels={**schemas.CONTACT_LABELS, **forms.week_labels()}, days=forms.weekdays(),
        are_hours_checked=profile.are_hours_checked,
        values={**of_week["values"], **shown["values"]}, errors={**shown["errors"], **of_week["errors"]},
    )  # fmt: skip


# --- officials -------------------------------------------------------------------------------------------------------


@pages.get("/perangkat")
@requires("village.view")
def officials() -> ResponseReturnValue:
    """Several officials on one page, the head and the secretary first."""
    return _officials_page({})


@pages.post("/perangkat")
@requires("officials.manage")
def save_officials() -> ResponseReturnValue:
    """Check all rows, then add them."""
    rows, errors = schemas.official_rows(request.form)
    if errors:
        return _officials_page(errors)
    try:
        added = services.add_officials(rows, acting())
    except Invalid as wrong:
        return _officials_page({wrong.field: [str(wrong)]})
    flash(ngettext("%(num)s perangkat tersimpan.", "%(num)s perangkat tersimpan.", added), "success")
    return go_on(acting(), "officials")


def _officials_page(errors: dict[str, list[str]]) -> ResponseReturnValue:
    lines = queries.official_lines()
    held = {line.official.position for line in lines if line.is_in_office}
    first = [position for position in ("head", "secretary") if position not in held]
    rest = ["treasurer", *["section"] * 5, *["sub_area"] * 8]
    usual = [*first, *rest][: schemas.OFFICIAL_ROWS]
    rows = [
        {
            **{name: request.form.get(f"{name}-{n}", "") for name in ("name", "title")},
            "position": request.form.get(f"position-{n}", usual[n]),
        }
        for n in range(schemas.OFFICIAL_ROWS)
    ]
    labels = {f"{name}-{n}": f"{_('Baris %(n)s', n=n + 1)}, {forms.OFFICIAL_LABELS[name]}"
              for n in range(schemas.OFFICIAL_ROWS) for name in ("name", "title", "position")}  # fmt: skip
    return step_page(
        "officials", acting(), 422 if errors else 200, lines=lines, rows=rows, errors=errors, labels=labels,
        positions=forms.position_options(),
    )  # fmt: skip


# --- sub-areas -------------------------------------------------------------------------------------------------------


@pages.get("/wilayah")
@requires("village.view")
def sub_areas() -> ResponseReturnValue:
    """The names of the sub-areas, one a line."""
    return _areas_page({}, "")


@pages.post("/wilayah")
@requires("sub_areas.manage")
def save_sub_areas() -> ResponseReturnValue:
    """Check and add what is new."""
    typed = request.form.copy()
    typed["kind"] = "sub_area"
    checked = check(SubAreasSchema(), typed)
    if not checked.is_valid:
        return _areas_page(checked.errors, request.form.get("names", ""))
    try:
        added = services.add_areas(checked.values["names"], acting())
    except Invalid as wrong:
        return _areas_page({wrong.field: [str(wrong)]}, request.form.get("names", ""))
    flash(ngettext("%(num)s wilayah tersimpan.", "%(num)s wilayah tersimpan.", added), "success")
    return go_on(acting(), "sub_areas")


def _areas_page(errors: dict[str, list[str]], typed: str) -> ResponseReturnValue:
    areas = [area for area in queries.standing_sub_areas() if area.kind == "sub_area"]
    return step_page(
        "sub_areas", acting(), 422 if errors else 200, areas=areas, typed=typed, errors=errors,
        labels={"names": _("Nama %(area)s, satu per baris", area=current_tenant().word("sub_area") or "Dusun")},
    )  # fmt: skip


# --- residents -------------------------------------------------------------------------------------------------------


@pages.get("/penduduk")
@requires("village.view")
def residents() -> ResponseReturnValue:
    """Three ways to bring the residents along."""
    return _residents_page()


@pages.post("/penduduk")
@requires("residents.import")
def save_residents() -> ResponseReturnValue:
    """Hand a file to the residents' import, which shows what it would do before it does anything."""
    actor = acting()
    if not actor.may("residents.view_identity"):
        abort(403)
    if request.form.get("way") == "by_hand":
        services.note("residents", "done", actor)
        return _saved("residents")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _residents_page(_("Pilih berkasnya dahulu, atau lewati langkah ini dulu."), 422)
    asker = importing.Asker(actor.account_id, actor.name, actor.may("residents.view_health"))
    try:
        import_id = importing.start_import(sent.stream.read(MAX_UPLOAD_BYTES + 1), sent.filename, asker)
    except SpreadsheetRefused as refused:
        return _residents_page(str(refused), 422)
    except StorageAway:
        return _residents_page(
            _("Penyimpanan berkas sedang tidak dapat dihubungi. Berkas belum disimpan; coba lagi nanti."), 503
        )
    services.note("residents", "started", actor)
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _residents_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    runs = imports.imports(1) if acting().may("residents.import") else []
    return step_page("residents", acting(), status, error=error, run=runs[0].run if runs else None)


# --- letter numbers --------------------------------------------------------------------------------------------------


@pages.get("/nomor-surat")
@requires("village.view")
def numbers() -> ResponseReturnValue:
    """The last numbers of the year in the paper books."""
    return _numbers_page({})


@pages.post("/nomor-surat")
@requires("letters.settings")
def save_numbers() -> ResponseReturnValue:
    """Let the next letters go on after these numbers."""
    outgoing, incoming, errors = schemas.last_numbers(request.form)
    if errors:
        return _numbers_page(errors)
    known = {code for code, _label in _counts()}
    try:
        continue_numbers(
            {scope: last for scope, last in outgoing.items() if scope in known}, incoming, year=_year()
        )
    except Invalid as wrong:
        return _numbers_page({wrong.field: [str(wrong)]})
    except ChangedMeanwhile:
        return _numbers_page(
            {
                "last": [
                    _("Orang lain baru saja menyimpan pengaturan ini. Periksa isian Anda, lalu simpan lagi.")
                ]
            }
        )
    services.note("numbers", "done", acting())
    return _saved("numbers")


def _numbers_page(errors: dict[str, list[str]]) -> ResponseReturnValue:
    last = outgoing_last(letter_options(), _year())
    rows = []
    for code, label in _counts():
        name = f"last.{code}" if code else "last"
        value = request.form.get(name, last.get(code) or "")
        rows.append({"name": name, "label": label, "value": value})
    rows.append({"name": "incoming", "label": _("Surat masuk (buku agenda)"),
                 "value": request.form.get("incoming", incoming_last(_year()) or "")})  # fmt: skip
    labels = {row["name"]: row["label"] for row in rows}
    return step_page(
        "numbers", acting(), 422 if errors else 200, rows=rows, errors=errors, labels=labels, year=_year()
    )


def _counts() -> list[tuple[str, str]]:
    """What is counted by itself: all outgoing letters together, or each type."""
    if letter_options().number_scope == "village":
        return [("", str(_("Surat keluar")))]
    return [(kind.code, kind.label) for kind in letter_types()]


def _year() -> int:
    return now().astimezone(ZONE).year


# --- capabilities ----------------------------------------------------------------------------------------------------


@pages.get("/fitur")
@requires("village.view")
def capabilities() -> ResponseReturnValue:
    """What the village uses, and what it does not."""
    off = switched_off(current_tenant())
    return step_page("capabilities", acting(), optional=optional_capabilities(), off=off)


@pages.post("/fitur")
@requires("capabilities.manage")
def save_capabilities() -> ResponseReturnValue:
    """Switch capabilities on and off."""
    village.switch_capabilities(request.form.getlist("on"))
    services.note("capabilities", "done", acting())
    return _saved("capabilities")


# --- look ------------------------------------------------------------------------------------------------------------


@pages.get("/tampilan")
@requires("village.view")
def look() -> ResponseReturnValue:
    """Logo, colour, cover."""
    return _look_page()


@pages.post("/tampilan")
@requires("village.settings")
def save_look() -> ResponseReturnValue:
    """Check and write the look; the letterhead stays as it is."""
    checked = check(LookSchema(), request.form)
    if not checked.is_valid:
        return _look_page(checked, status=422)
    values = {**checked.values, "letterhead_lines": list(queries.profile().letterhead_lines)}
    try:
        village.change_look(values, logo=upload("logo"), expected=request.form.get("stamp", ""))
        village.change_cover(upload("cover"), remove=checked.values["remove_cover"])
    except Invalid as wrong:
        return _look_page(checked.with_error(wrong.field, wrong), status=422)
    except ChangedMeanwhile as other:
        theirs = forms.look_form(other.present)
        labels = {name: forms.LOOK_LABELS[name] for name in ("accent", "own_accent")}
        return _look_page(checked, differences(labels, theirs, checked.typed), 409)
    services.note("look", "done", acting())
    return _saved("look")


def _look_page(checked: Any = None, conflict: Any = None, status: int = 200) -> ResponseReturnValue:
    profile = queries.profile()
    present = look_values(profile)
    stale = checked is not None and conflict is None
    return step_page(
        "look", acting(), status,
        stamp=request.form.get("stamp", "") if stale else fingerprint(present),
        conflict=conflict, accents=forms.ACCENT_NAMES, labels=forms.LOOK_LABELS,
        demands={"logo": LOGO_SHAPE.demand, "cover": COVER_SHAPE.demand},
        logo_url=profile.logo_file_id and file_path(profile.logo_file_id),
        cover_url=queries.photo_path(cover_id()),
        **form_context(checked, forms.look_form(present)),
    )  # fmt: skip


# --- colleagues ------------------------------------------------------------------------------------------------------


@pages.get("/rekan")
@requires("village.view")
def accounts() -> ResponseReturnValue:
    """Several colleagues at once, each with a role."""
    return _accounts_page({})


@pages.post("/rekan")
@requires("accounts.manage")
def save_accounts() -> ResponseReturnValue:
    """Check all rows, then invite."""
    rows, errors = schemas.colleague_rows(request.form)
    if errors:
        return _accounts_page(errors)
    try:
        sent = services.invite(rows, acting())
    except NotAllowed:
        abort(403)
    except Invalid as wrong:
        return _accounts_page({wrong.field: [str(wrong)]})
    flash(ngettext("%(num)s undangan dikirim.", "%(num)s undangan dikirim.", sent), "success")
    return go_on(acting(), "accounts")


def _accounts_page(errors: dict[str, list[str]]) -> ResponseReturnValue:
    usual = ("village_head", "operator", "operator", "treasurer", "section_staff")
    rows = [
        {"email": request.form.get(f"email-{n}", ""), "name": request.form.get(f"name-{n}", ""),
         "role": request.form.get(f"role-{n}", usual[n])}
        for n in range(schemas.COLLEAGUE_ROWS)
    ]  # fmt: skip
    words = {"email": _("Surel"), "name": _("Nama"), "role": _("Peran")}
    labels = {f"{name}-{n}": f"{_('Baris %(n)s', n=n + 1)}, {word}"
              for n in range(schemas.COLLEAGUE_ROWS) for name, word in words.items()}  # fmt: skip
    may = acting().may("accounts.manage")
    return step_page(
        "accounts", acting(), 422 if errors else 200, rows=rows, errors=errors, labels=labels, words=words,
        roles=role_options() if may else [],
    )  # fmt: skip


def _saved(key: str) -> ResponseReturnValue:
    flash(_("Tersimpan."), "success")
    return go_on(acting(), key)
