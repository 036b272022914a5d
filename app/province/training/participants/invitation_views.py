"""Invitations of an event on the province's host: who was invited and answered, inviting more, letters on paper."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.actors import acting
from app.core.documents import DocumentFailed
from app.core.forms import check
from app.core.permissions import requires
from app.core.ui.formats import file_day
from app.core.village.errors import Invalid, Missing
from app.province.announcements import audience as audiences
from app.province.announcements.schemas import typed_audience
from app.province.announcements.words import state_options
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import is_organiser, office, own_event, seen_event
from app.province.training.participants import exports, inviting, letters, lists, words
from app.province.training.participants.common_views import (
    as_download,
    as_pdf,
    here_of,
    pages,
    region_arg,
)
from app.province.training.participants.inviting import Reach
from app.province.training.participants.lists import InvitationFilter
from app.province.training.participants.models import TrainingInvitation
from app.province.training.participants.rules import Refused
from app.province.training.participants.schemas import InvitationForm
from tenants.models import TenantRow

AUDIENCE_FIELDS = {"scope", "regions", "villages", "village_text", "kind", "states", "system"}


@pages.get("/<uuid:event_id>/undangan")
@requires("training.view")
def invitations(event_id: uuid.UUID) -> str:
    """The villages that were invited and how far they are, fifty a page."""
    event = seen_event(event_id)
    here = here_of(event)
    wanted = InvitationFilter.from_args(request.args, here)
    after = request.args.get("sesudah", "").replace("\x00", "")[:20]
    lines, following = lists.invitations(event, wanted, after=after)
    kept: dict[str, Any] = {"event_id": event.id, **wanted.as_args(), **region_arg(here)}
    return render_template(
        "training_participants/invitations.html",
        event=event,
        here=here,
        wanted=wanted,
        lines=lines,
        tally=lists.invitation_tally(event, here.code),
        filters=list(words.ANSWER_FILTERS.items()),
        may_change=is_organiser(event),
        may_export=acting().may("indicators.export"),
        most_letters=letters.MOST_AT_ONCE,
        is_first=not after,
        kept=kept,
        next_url=url_for(".invitations", **kept, sesudah=following) if following else None,
        all_url=url_for(".invitations", event_id=event.id, **region_arg(here)),
    )


@pages.get("/<uuid:event_id>/undangan/unduh.<any(xlsx, csv):shape>")
@requires("indicators.export")
def invitations_export(event_id: uuid.UUID, shape: str) -> ResponseReturnValue:
    """The same list as a spreadsheet or as CSV."""
    event = seen_event(event_id)
    here = here_of(event)
    file = exports.export_invitations(event, InvitationFilter.from_args(request.args, here), shape)
    return as_download(file, f"undangan-{here.code}-{file_day()}", shape)


@pages.get("/<uuid:event_id>/undangan/surat.pdf")
@requires("training.view")
def letters_of_list(event_id: uuid.UUID) -> ResponseReturnValue:
    """The letters of the villages that the list's filter leaves, in one document to print."""
    event = seen_event(event_id)
    wanted = InvitationFilter.from_args(request.args, here_of(event))
    found, more = lists.invitations(event, wanted, limit=letters.MOST_AT_ONCE)
    back = url_for(".invitations", event_id=event.id)
    if more or not found:
        sentence = _(
            "Paling banyak %(most)s surat sekaligus. Saring dahulu per kecamatan.", most=letters.MOST_AT_ONCE
        )
        flash(sentence if more else _("Tidak ada undangan yang cocok dengan saringan ini."), "warning")
        return redirect(back, 303)
    return _letters(
        event, [(line.invitation, line.village) for line in found], f"undangan-{event.starts_on}", back
    )


@pages.get("/<uuid:event_id>/undangan/<uuid:village_id>/surat.pdf")
@requires("training.view")
def letter(event_id: uuid.UUID, village_id: uuid.UUID) -> ResponseReturnValue:
    """One village's letter."""
    event = seen_event(event_id)
    try:
        row = lists.invited_village(event, village_id, here_of(event))
    except Missing:
        abort(404)
    return _letters(event, [row], f"undangan-{row[1].code}", url_for(".invitations", event_id=event.id))


@pages.get("/<uuid:event_id>/undangan/baru")
@requires("training.manage")
def new_invitations(event_id: uuid.UUID) -> ResponseReturnValue:
    """An empty form: which villages."""
    event = own_event(event_id)
    if event.state != "open":
        said = _("Buka dulu kegiatan ini, baru desa dapat diundang.")
        over = _("Kegiatan ini sudah selesai atau dibatalkan, jadi tidak ada lagi yang diundang.")
        flash(said if event.state == "draft" else over, "warning")
        return redirect(url_for(".invitations", event_id=event_id), 303)
    return _form(event, {"scope": "all", "regions": [], "villages": [], "states": []}, {})


@pages.post("/<uuid:event_id>/undangan/baru")
@requires("training.manage")
def invite(event_id: uuid.UUID) -> ResponseReturnValue:
    """Look at how many villages that is, or (with `kirim`) invite them."""
    event = own_event(event_id)
    checked = check(InvitationForm(), request.form)
    if not checked.is_valid:
        return _form(event, checked.typed, checked.errors, status=422)
    try:
        wanted = inviting.wanted_of(typed_audience(checked.values), event)
        if "kirim" not in request.form:
            return _form(
                event,
                checked.typed,
                {},
                reach=inviting.reach(wanted, event),
                said=inviting.said(wanted, event),
            )
        total, told = inviting.invite(
            event.id,
            wanted,
            office=office(),
            by=acting().name,
            letter_number=checked.values["letter_number"],
        )
    except Invalid as wrong:
        return _form(event, checked.typed, {wrong.field: [str(wrong)]}, status=422)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".invitations", event_id=event_id), 303)
    except Missing:
        abort(404)
    flash(ngettext("%(num)s desa diundang.", "%(num)s desa diundang.", total), "success")
    if told < total:
        flash(
            _("%(count)s di antaranya belum disiapkan di Siger: cetak suratnya.", count=total - told), "info"
        )
    return redirect(url_for(".invitations", event_id=event_id), 303)


@pages.post("/<uuid:event_id>/undangan/hitung")
@requires("training.manage")
def count_villages(event_id: uuid.UUID) -> ResponseReturnValue:
    """How many villages the form means now, as a fragment."""
    event = own_event(event_id)
    checked = check(InvitationForm(), request.form)
    found, problem = Reach(0, 0, 0), ""
    if checked.is_valid:
        try:
            found = inviting.reach(inviting.wanted_of(typed_audience(checked.values), event), event)
        except Invalid as wrong:
            problem = str(wrong)
    else:
        problem = " ".join(sentence for said in checked.errors.values() for sentence in said)
    return render_template("training_participants/_reach.html", reach=found, problem=problem)


def _letters(
    event: TrainingEvent, found: list[tuple[TrainingInvitation, TenantRow]], name: str, back: str
) -> ResponseReturnValue:
    try:
        return as_pdf(letters.letter_pdf(event, found), name)
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return redirect(back, 303)


def _form(
    event: TrainingEvent,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    reach: Reach | None = None,
    said: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "training_participants/invite.html",
        event=event,
        typed=typed,
        errors=errors,
        reach=reach or _reach_of(event, typed, errors),
        said=said,
        tree=audiences.region_tree(event.region_code),
        village_choices=audiences.villages_of(event.region_code),
        state_choices=state_options(),
    )
    return make_response(page, status)


def _reach_of(event: TrainingEvent, typed: dict[str, Any], errors: dict[str, list[str]]) -> Reach | None:
    """How many villages the form means as it stands; None while something is wrong in it."""
    if AUDIENCE_FIELDS & set(errors):
        return None
    try:
        return inviting.reach(inviting.wanted_of(typed, event), event)
    except (Invalid, ValueError):
        return None
