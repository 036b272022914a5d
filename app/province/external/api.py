"""The API that villages' own systems push to, each with a key of its own."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from flask_login import current_user

from app.core.api import ApiBlueprint
from app.core.permissions import requires
from app.extensions import counted_address, limiter
from app.province.external.schemas import ANSWER_EXAMPLE, EXAMPLE, AnswerSchema, PushHeaders, PushSchema
from app.province.external.services.keys import PUSH, KeyActor
from app.province.external.services.receiving import KeyUsedOtherwise, OtherVillage, receive

MOST_BYTES = 256 * 1024
PER_KEY = "60 per minute"
PER_ADDRESS = "6000 per minute"
"""One system may serve a whole province from one address; keys are counted one by one."""

push_api = ApiBlueprint(
    "external",
    __name__,
    audience="province",
    description="Figures from villages that run other software. Each village has keys of its own (`desa_…`), made by"
    " the province or the kabupaten; they are sent as bearer tokens and open nothing else.",
    has_own_limits=True,
)


def shown_key() -> str:
    """What requests are counted by: a digest of the key, whether somebody made it or not."""
    given = request.headers.get("Authorization", "").partition(" ")[2].strip()
    return hashlib.blake2s(given.encode("utf-8", "replace"), digest_size=12).hexdigest()


limiter.limit(PER_ADDRESS, key_func=counted_address)(push_api)
limiter.limit(PER_KEY, key_func=shown_key)(push_api)


@push_api.before_request  # type: ignore[untyped-decorator]
def _bound_the_body() -> None:
    """A village's month is some kilobytes; nothing larger is read."""
    request.max_content_length = MOST_BYTES


@push_api.route("/external/values", methods=["POST"])
@requires(PUSH)
@push_api.arguments(PushHeaders, location="headers")
@push_api.arguments(PushSchema, example=EXAMPLE)
@push_api.response(200, AnswerSchema, example=ANSWER_EXAMPLE)
@push_api.problems("BAD_REQUEST", "CONFLICT", "REQUEST_ENTITY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
def push(headers: dict[str, Any], sent: dict[str, Any]) -> Any:
    """Take a village's figures of a month.

    Valid values are taken even when others are refused; the answer names both, each refused one with its place, its
    code and the reason. When what holds them is wrong (the month, the village, the header) nothing is taken. Values
    replace those of the same month and code; codes that are not sent stay. Figures that this platform works out itself
    are refused: `adoption.live`, `adoption.setup_progress`, `adoption.mentoring_open`, `literacy.score`,
    `readiness.*`, `training.*`.

    A key may send 60 deliveries a minute. A body has at most 256 KB.
    """
    actor = current_user._get_current_object()
    assert isinstance(actor, KeyActor)
    body = request.get_data(cache=True)
    try:
        answer, is_repeated = receive(actor, headers["key"], hashlib.sha256(body).digest(), sent)
    except OtherVillage:
        abort(403, _("Kunci ini hanya untuk desa %(code)s.", code=actor.village_code))
    except KeyUsedOtherwise:
        abort(409, _("Idempotency-Key ini sudah dipakai untuk kiriman yang isinya lain. Pakai yang baru."))
    return answer, {"Idempotent-Replay": "true"} if is_repeated else {}
