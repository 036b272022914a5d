"""What a village does with its letter types: copying, making, writing, activating, switching. Each deed commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.actors import current_actor
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.government.letters.models import Letter, LetterType
from app.government.letters.options import RESERVED_CODES
from app.government.letters.types.editing import Fault, faults, name_from
from app.government.letters.types.kinds import LetterKind, definition_of
from app.government.letters.types.registry import SWITCHES, listed_type
from app.government.letters.types.shipped import shipped_kinds
from tenants.models import now

MOST_OWN = 200
"""Types that a village may make, so that the list stays one page."""
NEW_BODY = """Yang bertanda tangan di bawah ini, {{sebutan_kepala}} {{desa}}, Kecamatan {{kecamatan}}, {{kabupaten}}, menerangkan dengan sebenarnya bahwa:

: Nama | **{{nama}}**
: NIK | {{nik}}
: Tempat, tanggal lahir | {{ttl}}
: Alamat | {{alamat_lengkap}}

Demikian surat keterangan ini dibuat dengan sebenarnya untuk dipergunakan sebagaimana mestinya.
"""  # noqa: E501 - a paragraph of the letter is one line


class NotReady(ValueError):
    """A draft can't be activated; `faults` say why, each with its line."""

    def __init__(self, found: Sequence[Fault]) -> None:
        super().__init__(found[0].sentence)
        self.faults = list(found)


def change_shipped(code: str) -> None:
    """Begin a village's own version of a shipped type: a draft, while the shipped one stays in use. Raises Missing."""
    kind = shipped_kinds().get(code)
    if kind is None:
        raise Missing(code)
    row = _row(code) or _added(code, kind)
    data = dict(row.definition or {})
    if "live" not in data and "draft" not in data:
        row.base_code, row.base_version = code, int(kind.version)
        row.title, row.classification = kind.title, kind.classification
        row.definition = {**data, "draft": {**definition_of(kind), "body": kind.body}}
        _touch(row)
        _tell("letter_type.copied", row)
    db.session.commit()


def copy_type(code: str, title: str) -> str:
    """Make a type of the village's own from any other, as a draft, and return its code. Raises Missing, Invalid."""
    source = listed_type(code)
    if source.broken:
        raise Missing(code)
    plain = shipped_kinds().get(code)
    kind = plain if plain is not None and not source.kind.is_own else source.kind
    definition = {**definition_of(kind), "title": title, "name": title, "group": kind.group}
    base = plain.code if plain else ""
    return _new(title, definition, kind.body, base, int(plain.version) if plain else None)


def new_type(title: str) -> str:
    """Make a type from nothing, as a draft, and return its code. Raises Invalid."""
    definition: dict[str, Any] = {
        "title": title, "name": "", "summary": "", "classification": "470", "group": "desa", "about": "living",
        "validity_days": None, "signer": "head", "layout": "letter", "online": False, "frequent": False,
        "for_strangers": False, "fields": [], "requirements": [],
    }  # fmt: skip
    return _new(title, definition, NEW_BODY, "", None)


def save_draft(code: str, seen: int, definition: Mapping[str, Any], body: str) -> None:
    """Keep what is written, right or wrong; what is in use stays. Raises Missing, ChangedMeanwhile."""
    row = _seen(code, seen)
    row.definition = {**(row.definition or {}), "draft": {**definition, "body": body}}
    if "live" not in row.definition:
        row.title, row.classification = str(definition["title"]), str(definition["classification"])
    _touch(row)
    _tell("letter_type.drafted", row)
    db.session.commit()


def activate(code: str, seen: int, definition: Mapping[str, Any], body: str) -> int:
    """Put a version into use and return its number; letters that were issued keep theirs.

    Raises:
        NotReady: it has faults, or a sample of it can't be set. Missing, ChangedMeanwhile.
    """
    found = faults(code, definition, body)
    if found:
        raise NotReady(found)
    row = _seen(code, seen)
    data = dict(row.definition or {})
    if "live" in data:
        row.version += 1
    if code in shipped_kinds():
        row.base_version = int(shipped_kinds()[code].version)
    row.definition = {key: data[key] for key in data if key not in ("draft", "switches")} | {
        "live": dict(definition)
    }
    row.body, row.state = body, "active"
    row.title, row.classification = str(definition["title"]), str(definition["classification"])
    _touch(row)
    _tell("letter_type.activated", row, {"version": f"desa-{row.version}"})
    db.session.commit()
    return row.version


def discard(code: str, seen: int) -> bool:
    """Throw the draft away; of a type that was never in use nothing is left. Returns whether the type still exists.

    Raises Missing, ChangedMeanwhile.
    """
    row = _seen(code, seen)
    data = {key: value for key, value in (row.definition or {}).items() if key != "draft"}
    stays = "live" in data or code in shipped_kinds()
    _tell("letter_type.draft_discarded", row)
    if stays:
        row.definition = data or None
        if "live" not in data:
            row.base_version = None
        _touch(row)
    else:
        db.session.delete(row)
    db.session.commit()
    return stays


def restore(code: str, seen: int) -> bool:
    """Use the shipped type again in place of the village's version: True, the type still exists.

    Raises Missing, ChangedMeanwhile.
    """
    row = _seen(code, seen)
    if code not in shipped_kinds():
        raise Missing(code)
    _tell("letter_type.restored", row, {"version": f"desa-{row.version}"})
    row.definition, row.body, row.base_version, row.state = None, None, None, "active"
    row.version += 1
    _touch(row)
    db.session.commit()
    return True


def remove(code: str, seen: int) -> bool:
    """Remove a type of the village's own that no letter was written of: False, it is gone.

    Raises Missing, ChangedMeanwhile, Invalid.
    """
    row = _seen(code, seen)
    if code in shipped_kinds():
        raise Missing(code)
    if db.session.scalar(select(Letter.id).where(Letter.type_code == code).limit(1)) is not None:
        sentence = _("Sudah ada surat dari jenis ini, jadi tidak dapat dihapus. Nonaktifkan saja.")
        raise Invalid("title", str(sentence))
    _tell("letter_type.removed", row)
    db.session.delete(row)
    db.session.commit()
    return False


def switch(code: str, name: str, on: bool) -> None:
    """Switch a type on or off (`active`), or offer it online or at the kiosk (`online`, `frequent`). Raises Missing."""
    if name not in ("active", *SWITCHES):
        raise Missing(name)
    row = _row(code)
    if row is None:
        kind = shipped_kinds().get(code)
        if kind is None:
            raise Missing(code)
        row = _added(code, kind)
    data = dict(row.definition or {})
    if name == "active":
        if code not in shipped_kinds() and "live" not in data:
            raise Invalid(
                "title", str(_("Jenis surat ini belum pernah diaktifkan. Buka lalu aktifkan dari sana."))
            )
        row.state = "active" if on else "off"
    else:
        row.definition = {**data, "switches": {**data.get("switches", {}), name: on}}
    _touch(row)
    _tell("letter_type.switched", row, {name: on})
    db.session.commit()


def _new(title: str, definition: dict[str, Any], body: str, base: str, version: int | None) -> str:
    rows = set(db.session.scalars(select(LetterType.code)))
    if len(rows - set(shipped_kinds())) >= MOST_OWN:
        raise Invalid(
            "title",
            str(_("Sudah ada %(most)s jenis surat buatan sendiri. Hapus yang tidak dipakai.", most=MOST_OWN)),
        )
    name, taken = name_from(title), rows | set(shipped_kinds()) | RESERVED_CODES
    code = next(
        code for n in range(1, MOST_OWN + 2) if (code := name if n == 1 else f"{name}_{n}") not in taken
    )
    row = LetterType(
        code=code,
        base_code=base,
        base_version=version,
        title=title,
        classification=str(definition["classification"]),
        definition={"draft": {**definition, "body": body}},
        state="draft",
        updated_by=_who(),
    )
    db.session.add(row)
    _tell("letter_type.added", row)
    db.session.commit()
    return code


def _added(code: str, kind: LetterKind) -> LetterType:
    """The row in which a village keeps what it says of a shipped type."""
    row = LetterType(
        code=code,
        base_code=code,
        title=kind.title,
        classification=kind.classification,
        state="active",
        row_version=0,
    )
    db.session.add(row)
    return row


def _row(code: str) -> LetterType | None:
    if "\x00" in code:
        return None
    return db.session.scalar(select(LetterType).where(LetterType.code == code).with_for_update())


def _seen(code: str, seen: int) -> LetterType:
    row = _row(code)
    if row is None:
        raise Missing(code)
    if row.row_version != seen:
        raise ChangedMeanwhile({"updated_by": row.updated_by, "row_version": row.row_version})
    return row


def _touch(row: LetterType) -> None:
    row.row_version = (row.row_version or 0) + 1
    row.updated_by, row.updated_at = _who(), now()


def _who() -> str:
    actor = current_actor()
    return actor.name if actor else ""


def _tell(action: str, row: LetterType, details: dict[str, Any] | None = None) -> None:
    audit.record(
        action, object_type="letter_type", object_id=row.code, summary=row.title or row.code, details=details
    )
