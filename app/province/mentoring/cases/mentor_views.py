"""Mentors on the province's host: their list with loads, one of them with profile and villages, ending their work."""

from __future__ import annotations

import uuid
from typing import Any

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import file_day
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.announcements.services import Refused
from app.province.mentoring.cases import exports, forms, loads, queries, staffing, words
from app.province.mentoring.cases.loads import MentorLoad
from app.province.mentoring.cases.people import MANAGE
from app.province.mentoring.cases.queries import CaseFilter
from app.province.mentoring.cases.schemas import LABELS, ProfileForm, ReasonForm
from app.province.regions import frame_name, own_territory, refuse_region, seen_territory

pages = AudienceBlueprint("mentors", __name__, audience="province", url_prefix="/pendampingan/pendamping")


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of mentors call."""
    return {**forms.page_words(), "labels": LABELS, "frame_name": frame_name, "days": loads.DAYS}


@pages.get("")
@requires("mentoring.view")
def index() -> str:
    """The mentors of the region's offices with their load."""
    here = seen_territory(request.args.get("wilayah"))
    sections = [
        {"label": _("Papan"), "url": url_for("mentoring.index"), "current": False},
        {"label": _("Daftar"), "url": url_for("mentoring.listing"), "current": False},
        {"label": _("Pendamping"), "url": url_for(".index"), "current": True},
    ]
    return render_template(
        "mentoring/mentors.html",
        here=here,
        sections=sections,
        lines=loads.loads(here.code),
        without=loads.without_mentor(here.code),
        export_url=url_for(".export", wilayah=here.code if here.code != own_territory().code else None),
    )


@pages.get("/unduh")
@requires("mentoring.view")
def export() -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    here = seen_territory(request.args.get("wilayah"))
    file = exports.export_mentors(here)
    name = f"pendamping-{here.code}-{file_day()}.xlsx"
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/<uuid:account_id>")
@requires("mentoring.view")
def show(account_id: uuid.UUID) -> ResponseReturnValue:
    """One mentor: how to reach them, their load, villages and open cases."""
    return _page(_found(account_id))


@pages.post("/<uuid:account_id>")
@requires("mentoring.manage")
def keep(account_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the profile; somebody with the role who has none becomes a mentor by it."""
    one = _found(account_id)
    checked = check(ProfileForm(), request.form)
    if checked.errors:
        return _page(one, checked, 422)
    try:
        seen = forms.version() if one.has_profile else None
        staffing.keep_profile(account_id, checked.values, seen=seen)
        flash(_("Tersimpan. Desa yang didampingi melihatnya."), "success")
    except ChangedMeanwhile:
        flash(_("Orang lain menyimpan lebih dulu. Periksa lagi, lalu simpan."), "warning")
        return _page(_found(account_id), checked, 409)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", account_id=account_id), 303)


@pages.post("/<uuid:account_id>/desa")
@requires("mentoring.manage")
def villages(account_id: uuid.UUID) -> ResponseReturnValue:
    """Which villages the mentor stands by: those that are ticked, and further ones by their codes."""
    one = _found(account_id)
    own = own_territory().code
    ticked = {key for text in request.form.getlist("villages") if (key := forms.typed_uuid(text)) is not None}
    shown = {line.village.id: line for line in loads.standings(one.region_code, account_id)}
    codes = request.form.get("codes", "").replace("\x00", "").replace(",", " ").split()
    try:
        wanted = set(staffing.villages_in(own, ticked, codes[: staffing.MOST_VILLAGES]))
        mine = {key for key, line in shown.items() if line.mentor_id == account_id}
        drawn = {key for text in request.form.getlist("drawn") if (key := forms.typed_uuid(text)) is not None}
        fresh = wanted - mine - drawn
        taken = staffing.assign(fresh, account_id) if fresh else 0
        left = (mine & drawn) - wanted
        given_up = staffing.assign(left, None) if left else 0
        flash(_("%(taken)s desa ditambah, %(left)s dilepas.", taken=taken, left=given_up), "success")
    except Invalid as wrong:
        typed = {"codes": request.form.get("codes", ""), "villages": [str(key) for key in ticked]}
        return _page(one, Checked(typed, {}, {"codes": [str(wrong)]}), 422)
    except Refused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".show", account_id=account_id), 303)


@pages.route("/<uuid:account_id>/akhiri", methods=["GET", "POST"])
@requires("mentoring.manage")
def end(account_id: uuid.UUID) -> ResponseReturnValue:
    """Ask who follows and why, then end the mentor's work; open cases are handed over."""
    one = _found(account_id)
    if not one.is_active:
        abort(404)
    errors: dict[str, str] = {}
    typed = {"reason": "", "successor_id": ""}
    if request.method == "POST":
        typed = {
            "reason": request.form.get("reason", ""),
            "successor_id": request.form.get("successor_id", ""),
        }
        successor = forms.typed_uuid(typed["successor_id"])
        if successor is not None and not staffing.in_region(successor, own_territory().code):
            abort(404)
        try:
            reason: str = check(ReasonForm(), request.form).values.get("reason", "")
            count = staffing.end_mentor(account_id, successor_id=successor, reason=reason)
            flash(_("Selesai. %(count)s kasus terbuka diserahterimakan.", count=count), "success")
            return redirect(url_for(".show", account_id=account_id), 303)
        except Invalid as wrong:
            errors[wrong.field] = str(wrong)
        except Refused as refusal:
            errors["successor_id"] = str(refusal)
        except Missing:
            abort(404)
    others = [
        (str(key), _("%(name)s, %(count)s kasus terbuka", name=name, count=count))
        for key, name, _skills, count in staffing.choosable(own_territory().code)
        if key != account_id
    ]
    successors = [("", _("Kantor (tanpa pendamping)")), *others]
    page = render_template("mentoring/end.html", one=one, typed=typed, errors=errors, successors=successors)
    return make_response(page, 422 if errors else 200)


def _found(account_id: uuid.UUID) -> MentorLoad:
    """A mentor of the own region's offices; any other is not found, and asking is noted."""
    own = own_territory().code
    lines = loads.loads(own, account_id=account_id)
    if not lines:
        if code := staffing.office_of(account_id):
            refuse_region(code)
        abort(404)
    return lines[0]


def _page(one: MentorLoad, checked: Checked | None = None, status: int = 200) -> Response:
    may_manage = acting().may(MANAGE)
    typed = {
        "phone": one.phone,
        "skills": list(one.skills),
        "about": one.about,
        **(checked.typed if checked else {}),
    }
    wanted = CaseFilter(mentor=str(one.account_id))
    lines, following = queries.listed(wanted)
    villages = loads.standings(one.region_code, one.account_id)
    standing = [str(line.village.id) for line in villages if line.mentor_id == one.account_id]
    page = render_template(
        "mentoring/mentor.html",
        one=one,
        typed=typed,
        errors=checked.errors if checked else {},
        may_manage=may_manage,
        villages=villages,
        picked_ids={forms.typed_uuid(key) for key in typed.get("villages", standing)},
        lines=lines,
        more_url=url_for("mentoring.listing", **wanted.as_args()) if following else None,
        skills=[(skill, words.topic_word(skill)) for skill in words.SKILLS],
    )
    return make_response(page, status)
