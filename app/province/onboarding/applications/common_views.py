"""What the wizard's pages share: their blueprint, how often they are asked, the frame, answers that nobody keeps."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, current_app, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.blueprints import AudienceBlueprint
from app.core.files.scans import MOST_BYTES
from app.core.village.errors import Missing
from app.province.onboarding.applications import search, services, steps
from app.province.onboarding.applications.models import Application
from tenants.models import TenantRow

pages = AudienceBlueprint("apply", __name__, audience="open", url_prefix="/daftar")

TOKEN = "/<string(maxlength=64):token>"

PER_ADDRESS = "240 per minute; 3000 per hour"
PER_ADDRESS_SEARCH = "60 per minute; 900 per hour"
PER_ADDRESS_STARTS = "15 per 10 minutes; 100 per day"
PER_ADDRESS_SENDS = "30 per 10 minutes; 200 per day"
"""A whole kecamatan may sit behind one address when its villages are registered together."""

MOST_BODY = 25 * 1024 * 1024
"""Of the step with the letter: a photo of any phone and what was typed, so that the page can answer with all of it."""
MOST_DRAINED = 64 * 1024 * 1024
FROM_SUMMARY = "ringkasan"

STANDINGS: dict[str, Any] = {
    "live": _l("Sudah memakai Siger."),
    "noted": _l(
        "Tercatat sudah memakai Siger, tetapi situsnya belum ada di sini. Hubungi Dinas PMD kabupaten."
    ),
    "applied": _l(
        "Sudah didaftarkan; pendaftarannya sedang diperiksa. Tanyakan kepada kepala desa atau sekretaris."
    ),
    "coming": _l("Sudah disetujui dan sedang disiapkan. Perangkat desanya menerima undangan lewat surel."),
    "nobody": _l(
        "Sudah disiapkan, tetapi belum ada perangkat desanya yang diundang. Minta Dinas PMD kabupaten atau provinsi "
        "mengundang Anda; tidak perlu mendaftar."
    ),
    "software": _l(
        "Memakai sistem informasi lain. Hubungi Dinas PMD kabupaten bila ingin berpindah ke Siger."
    ),
    "suspended": _l("Layanannya sedang dihentikan sementara. Hubungi Dinas PMD kabupaten."),
    "archived": _l("Tidak lagi memakai Siger dan datanya diarsipkan. Hubungi Dinas PMD kabupaten."),
}
"""Where a village stands, as everybody may know it; nothing is said of the people in it."""


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages call."""
    return {
        "steps": steps.STEPS,
        "all_minutes": steps.ALL_MINUTES,
        "standings": STANDINGS,
        "most_megabytes": MOST_BYTES // (1024 * 1024),
        "most_body_megabytes": MOST_BODY // (1024 * 1024),
        "most_found": search.MOST_FOUND,
    }


@pages.url_value_preprocessor
def allow_letter(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let the step with the letter be larger than other forms, for whom the page with it was drawn."""
    if endpoint == "apply.save_applicant" and current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        request.max_content_length = MOST_BODY


@pages.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Response:
    """Say that the file was too large; the rest of the body is read away, so that the page arrives."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)
    return private(render_template("onboarding/public/too_large.html", back_url=request.path), 413)


def own(token: str) -> Application:
    """The application whose address was asked for; an address that is nobody's gets the page that says so."""
    try:
        return services.resume(token)
    except Missing:
        abort(unknown_link())


def unknown_link() -> Response:
    """The page of a link that leads nowhere (any more), with the way to a new one."""
    return private(render_template("onboarding/public/unknown.html"), 404)


def private(html: str, status: int = 200) -> Response:
    """An answer that nobody keeps, that no search engine lists, and whose address no other site is told."""
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def came_from_summary() -> bool:
    """Whether the step was opened from the summary, to which it leads back."""
    return request.values.get(FROM_SUMMARY) == "1"


def after(key: str, token: str) -> str:
    """Where a saved step leads: back to the summary when it was opened from there, else to the next one."""
    following = steps.SUMMARY if came_from_summary() else steps.following(key)
    return url_for(steps.step(following).endpoint, token=token)


def drawn(
    template: str, application: Application, token: str, key: str, status: int = 200, **more: Any
) -> Response:
    """A step's page."""
    html = render_template(
        f"onboarding/public/{template}.html",
        application=application,
        token=token,
        key=key,
        progress=steps.progress(key),
        from_summary=came_from_summary(),
        **more,
    )
    return private(html, status)


def titles_of(row: TenantRow | None) -> dict[str, str]:
    """Who may apply for a village, in its own words."""
    words = row.words if row else {}
    term = row.term if row else "Desa"
    return {
        "head": words.get("head") or f"Kepala {term}",
        "secretary": words.get("secretary") or f"Sekretaris {term}",
        "operator": f"Operator {term}",
    }
