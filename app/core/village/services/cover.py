"""The cover of a village's front page: one wide picture, kept among the village's choices."""

from __future__ import annotations

import uuid

from flask_babel import lazy_gettext as _l

from app.core import audit
from app.core.files.images import Shape, Size
from app.core.files.services import discard_file
from app.core.public_pages import pages_changed
from app.core.village.options import choose_options, options_of
from app.core.village.services.profile import Upload, keep_image
from app.extensions import db

OPTIONS = "look"
COVER_PX, COVER_SMALL = 1600, Size(960, max_bytes=28_000)
"""What the front page shows weighs at most 28 kB: a phone on a bad line pays for it."""
COVER_SHAPE = Shape(
    800, 300, 1.3, 4,
    _l("Gambar sampul paling kecil 800 × 300 piksel dan mendatar: lebarnya 1,3 sampai 4 kali tingginya."),
)  # fmt: skip


def cover_id() -> uuid.UUID | None:
    """The file of the present village's cover, None where there is none."""
    kept = options_of(OPTIONS).get("cover")
    return uuid.UUID(kept) if isinstance(kept, str) and kept else None


def change_cover(upload: Upload | None, *, remove: bool = False) -> None:
    """Put up another cover, or take it down; nothing happens without either. Commits.

    Raises Invalid, naming `cover`, for what is no good image.
    """
    if upload is None and not remove:
        return
    before = choose_options(OPTIONS, {}).get("cover") or ""
    if upload is None and not before:
        db.session.rollback()
        return
    after = (
        str(keep_image(upload, "cover", COVER_SHAPE, max_px=COVER_PX, small=COVER_SMALL)) if upload else ""
    )
    choose_options(OPTIONS, {"cover": after})
    discard_file(uuid.UUID(before) if before else None)
    audit.record(
        "village.look_changed",
        object_type="village",
        details=audit.changes({"cover": before}, {"cover": after}),
    )
    pages_changed()
    db.session.commit()
