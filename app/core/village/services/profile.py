"""Changing what a village says of itself: identity, look, opening hours. Each function is one transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import structlog
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import audit
from app.core.files.images import ImageRefused, Shape, Size
from app.core.files.services import discard_file, store_image
from app.core.files.storage import StorageAway
from app.core.forms import fingerprint
from app.core.public_pages import pages_changed
from app.core.village import queries
from app.core.village.errors import ChangedMeanwhile, Invalid
from app.core.village.hours import OpeningHours
from app.core.village.models import HOURS, VillageProfile
from app.extensions import db
from tenants.models import now

log = structlog.get_logger(__name__)

IDENTITY = ("motto", "about", "address", "postal_code", "phone", "whatsapp", "email", "latitude", "longitude")
LOGO_PX, LOGO_SMALL = 640, Size(96, max_bytes=6_000)
LETTERHEAD_PX = 2000
LOGO_SHAPE = Shape(
    64, 64, 1 / 3, 3,
    _l("Logo paling kecil 64 × 64 piksel, dan sisi panjangnya paling banyak tiga kali sisi pendeknya."),
)  # fmt: skip
LETTERHEAD_SHAPE = Shape(
    1600, 130, 2, 12, _l("Lebar gambar kop paling sedikit 1.600 piksel, dan 2 sampai 12 kali tingginya.")
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    data: bytes
    file_name: str


def identity_values(profile: VillageProfile) -> dict[str, Any]:
    """The identity as it stands."""
    return {name: getattr(profile, name) for name in IDENTITY}


def look_values(profile: VillageProfile) -> dict[str, Any]:
    """Colour, letterhead and images as they stand."""
    return {
        "accent": profile.accent,
        "letterhead_lines": list(profile.letterhead_lines),
        "logo_file_id": str(profile.logo_file_id or ""),
        "letterhead_file_id": str(profile.letterhead_file_id or ""),
    }


def change_identity(values: dict[str, Any], *, expected: str | None = None) -> None:
    """Write a valid identity (see IdentitySchema).

    Args:
        values: the fields of IdentitySchema; `location` is a pair of latitude and longitude, or None.
        expected: fingerprint of the values that the person saw; None writes whatever stands.
    Raises:
        ChangedMeanwhile: somebody else saved another identity since.
    """
    values = dict(values)
    if "location" in values:
        values["latitude"], values["longitude"] = values.pop("location") or (None, None)
    profile = queries.profile_for_change()
    before = identity_values(profile)
    _guard(before, expected)
    for name in IDENTITY:
        if name in values:
            setattr(profile, name, values[name])
    _finish(profile, "village.identity_changed", before, identity_values(profile))


def change_look(
    values: dict[str, Any],
    *,
    logo: Upload | None = None,
    letterhead: Upload | None = None,
    expected: str | None = None,
) -> None:
    """Write colour and letterhead (see LookSchema), and keep, replace or remove the two images.

    Raises ChangedMeanwhile; Invalid, naming `logo` or `letterhead`, for what is no good image.
    """
    profile = queries.profile_for_change()
    before = look_values(profile)
    _guard(before, expected)
    profile.accent = values["accent"]
    profile.letterhead_lines = values["letterhead_lines"]
    replaced = []
    if logo is not None or values.get("remove_logo"):
        replaced.append(profile.logo_file_id)
        profile.logo_file_id = None
    if letterhead is not None or values.get("remove_letterhead"):
        replaced.append(profile.letterhead_file_id)
        profile.letterhead_file_id = None
    if logo is not None:
        profile.logo_file_id = keep_image(
            logo, "logo", LOGO_SHAPE, max_px=LOGO_PX, small=LOGO_SMALL, printed=True
        )
    if letterhead is not None:
        profile.letterhead_file_id = keep_image(
            letterhead, "letterhead", LETTERHEAD_SHAPE, max_px=LETTERHEAD_PX, printed=True, public=False
        )
    db.session.flush()
    for file_id in replaced:
        discard_file(file_id)
    _finish(profile, "village.look_changed", before, look_values(profile))


def change_hours(hours: OpeningHours, *, expected: str | None = None) -> None:
    """Write the opening hours: from now on they were checked, so everybody is told. Raises ChangedMeanwhile."""
    profile = queries.profile_for_change()
    before = dict(profile.opening_hours)
    _guard(before, expected)
    profile.opening_hours = hours.as_json()
    if not profile.are_hours_checked:
        _tick(profile, HOURS)
        audit.record("village.step_done", object_type="village", summary=HOURS)
        _show(profile)
    _finish(profile, "village.hours_changed", before, dict(profile.opening_hours))


def tick_step(step: str) -> None:
    """Note that a step of the set-up was looked at, where looking is all there is to do."""
    profile = queries.profile_for_change()
    if step not in profile.steps_done:
        _tick(profile, step)
        audit.record("village.step_done", object_type="village", summary=step)
    db.session.commit()


def _tick(profile: VillageProfile, step: str) -> None:
    if step not in profile.steps_done:
        profile.steps_done = [*profile.steps_done, step]


def _guard(present: dict[str, Any], expected: str | None) -> None:
    if expected is not None and fingerprint(present) != expected:
        raise ChangedMeanwhile(present)


def _finish(profile: VillageProfile, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    if before != after:
        audit.record(action, object_type="village", details=audit.changes(before, after))
        _show(profile)
    db.session.commit()


def _show(profile: VillageProfile) -> None:
    profile.row_version += 1
    profile.updated_at = now()
    pages_changed()


def keep_image(
    upload: Upload,
    purpose: str,
    shape: Shape,
    *,
    max_px: int,
    small: Size | None = None,
    printed: bool = False,
    public: bool = True,
) -> uuid.UUID:
    """Keep an uploaded image of the present village and return its id.

    Raises Invalid, naming the form's field `purpose`, with a sentence why the image is not taken.
    """
    try:
        row = store_image(
            upload.data,
            file_name=upload.file_name,
            purpose=purpose,
            max_px=max_px,
            small=small,
            image_format="PNG" if printed else "WEBP",
            is_public=public,
            shape=shape,
        )
    except ImageRefused as refused:
        raise Invalid(purpose, refused) from refused
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        sentence = _(
            "Tempat penyimpanan gambar sedang tidak terjangkau. Simpan tanpa gambar dahulu, lalu coba lagi."
        )
        raise Invalid(purpose, sentence) from away
    db.session.flush()
    return row.id
