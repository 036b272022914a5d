"""Settings → web address: the village's address and its own domains."""

from __future__ import annotations

import uuid

from flask import (
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.accounts import crossing
from app.core.accounts.errors import NotAllowed
from app.core.actors import acting
from app.core.addresses import own, proof, words
from app.core.addresses.domains import DAYS_OF_DOUBT, DAYS_TO_PROVE
from app.core.addresses.models import SERVED, DomainClaim
from app.core.addresses.names import shown
from app.core.addresses.services import AddressRefused
from app.core.blueprints import AudienceBlueprint
from app.core.language import chosen_language
from app.core.links import host_of, host_origin, village_host
from app.core.permissions import anonymous, requires
from app.core.security import present_host
from app.core.ui.leaving import go_to
from app.extensions import limiter
from tenants.registry import load_tenant
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("addresses", __name__, audience="village")
public = AudienceBlueprint("address_proof", __name__, audience="public")

LOOKS = "12 per minute"


@blueprint.get("/pengaturan/domain")
@requires("village.settings")
def index() -> ResponseReturnValue:
    """The village's address, what it left, and its own domains."""
    if request.args.get("tersimpan"):
        flash(_("Perubahan tersimpan."), "success")
        return redirect(url_for(".index"), 303)
    return _page()


@blueprint.post("/pengaturan/domain/alamat")
@requires("village.settings")
def change() -> ResponseReturnValue:
    """Take another address below our own host, and go on there."""
    typed = request.form.get("slug", "")[:200]
    if not request.form.get("sure"):
        sentence = _("Centang dahulu bahwa Anda sudah membaca akibatnya.")
        return _page({"slug": typed}, {"sure": sentence}, 422)
    try:
        changed = own.change_address(typed)
    except AddressRefused as refused:
        return _page({"slug": typed}, {"slug": str(refused)}, 422)
    if not changed:
        flash(_("Alamat itu sudah dipakai desa ini. Tidak ada yang berubah."), "info")
        return redirect(url_for(".index"), 303)
    return _go_on()


@blueprint.post("/pengaturan/domain")
@requires("village.settings")
def add() -> ResponseReturnValue:
    """Add a domain that the village owns."""
    typed = request.form.get("host", "")[:300]
    try:
        claim = own.add_domain(typed)
    except AddressRefused as refused:
        return _page({"host": typed}, {"host": str(refused)}, 422)
    return redirect(url_for(".show", claim_id=claim.id), 303)


@blueprint.post("/pengaturan/domain/alamat-siger")
@requires("village.settings")
def back_to_label() -> ResponseReturnValue:
    """Make the address below our own host the village's address again."""
    own.choose(None)
    return _go_on()


@blueprint.get("/pengaturan/domain/<uuid:claim_id>")
@requires("village.settings")
def show(claim_id: uuid.UUID) -> str:
    """One domain: how it is proved, and how it stands."""
    claim = _claim(claim_id)
    return render_template("addresses/domain.html", **_facts(claim))


@blueprint.get("/pengaturan/domain/<uuid:claim_id>/keadaan")
@requires("village.settings")
def standing(claim_id: uuid.UUID) -> Response:
    """How a domain stands, as a fragment that asks again while a look is under way."""
    claim = _claim(claim_id)
    response = make_response(render_template("addresses/_standing.html", **_facts(claim)))
    if not _is_looked_at(claim):
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/pengaturan/domain/<uuid:claim_id>/periksa")
@requires("village.settings")
@limiter.limit(LOOKS)
def look(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Look for the proof now."""
    own.look_now(_claim(claim_id))
    return redirect(url_for(".show", claim_id=claim_id), 303)


@blueprint.post("/pengaturan/domain/<uuid:claim_id>/utama")
@requires("village.settings")
def choose(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Make a proved domain the village's address, and go on there."""
    try:
        own.choose(_claim(claim_id))
    except AddressRefused as refused:
        flash(str(refused), "warning")
        return redirect(url_for(".show", claim_id=claim_id), 303)
    return _go_on()


@blueprint.route("/pengaturan/domain/<uuid:claim_id>/hapus", methods=["GET", "POST"])
@requires("village.settings")
def remove(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take a domain away."""
    claim = _claim(claim_id)
    if request.method == "GET":
        return make_response(render_template("addresses/remove.html", **_facts(claim)))
    own.remove(claim)
    if present_host() == claim.host:
        return _go_on()
    flash(_("%(host)s dihapus.", host=shown(claim.host)), "success")
    return redirect(url_for(".index"), 303)


@public.get(proof.FILE_PATH)
@anonymous
def proof_file() -> ResponseReturnValue:
    """The proof of the domain that this request came to, once it leads here: so the weekly look finds it again."""
    found = [
        claim for claim in own.addresses().claims if claim.host == present_host() and claim.state in SERVED
    ]
    if not found:
        abort(404)
    return Response(found[0].token + "\n", content_type="text/plain; charset=utf-8")


def _page(
    typed: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    found = own.addresses()
    tenant = current_tenant()
    page = render_template(
        "addresses/index.html",
        found=found,
        typed=typed or {},
        errors=errors or {},
        present=host_origin(host_of(tenant)),
        label=village_host(found.slug),
        label_of=village_host,
        states=words.STATES,
        shown=shown,
        served=SERVED,
    )
    return make_response(page, status)


def _facts(claim: DomainClaim) -> dict[str, object]:
    return {
        "claim": claim,
        "name": shown(claim.host),
        "state": words.STATES[claim.state],
        "findings": words.said(claim.error),
        "method": words.METHODS.get(claim.method, ""),
        "record": f"{proof.RECORD}.{claim.host}",
        "value": f"{proof.VALUE}{claim.token}",
        "file": f"http://{claim.host}{proof.FILE_PATH}",
        "is_chosen": current_tenant().own_host == claim.host,
        "is_served": claim.state in SERVED,
        "looked_at": _is_looked_at(claim),
        "label": village_host(current_tenant().slug),
        "records": [
            ("AAAA" if address.version == 6 else "A", address)
            for address in current_app.config["PUBLIC_ADDRESSES"]
        ],
        "days": DAYS_TO_PROVE,
        "doubt_days": DAYS_OF_DOUBT,
    }


def _is_looked_at(claim: DomainClaim) -> bool:
    """Whether a look that somebody asked for is still under way."""
    return claim.asked_at is not None and (claim.checked_at is None or claim.checked_at < claim.asked_at)


def _claim(claim_id: uuid.UUID) -> DomainClaim:
    claim = own.domain(claim_id)
    if claim is None:
        abort(404)
    return claim


def _go_on() -> ResponseReturnValue:
    """Lead to this page at the village's present address, signed in there by a ticket where the person may be.

    Cookies stay with their host, so the language and that something was saved go along in the address.
    """
    here = load_tenant(current_tenant().id)
    page = url_for(".index")
    if host_of(here) == present_host():
        flash(_("Perubahan tersimpan."), "success")
        return redirect(page, 303)
    page = url_for("preferences.language", code=chosen_language(), next=url_for(".index", tersimpan="1"))
    try:
        return go_to(crossing.cross(acting(), here.id, page))
    except NotAllowed:
        return go_to(host_origin(host_of(here)) + page)
