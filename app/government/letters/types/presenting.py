"""What the pages of letter types show."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.government.letters.types.classification import classifications
from app.government.letters.types.editing import Fault, columns_text
from app.government.letters.types.fields import PERSON_LABELS
from app.government.letters.types.kinds import (
    ABOUT,
    COLUMN_KINDS,
    FIELD_KINDS,
    GROUPS,
    LAYOUTS,
    PERSON_PARTS,
    SIGNERS,
    USUAL_PARTS,
    WHEN,
    BrokenKind,
    Field,
    LetterKind,
    kind_from,
)
from app.government.letters.types.merging import HOLDER, LETTER, VILLAGE, field_labels
from app.government.letters.types.registry import Listed
from app.government.letters.types.shipped import shipped_kinds
from tenants.scope import current_tenant

MOST_CHANGES = 60


def grouped(listed: Sequence[Listed], text: str = "") -> list[tuple[str, list[Listed]]]:
    """Types under their headings; `text` leaves those whose name, title, code or classification holds it."""
    wanted = text.casefold().strip()
    found: dict[str, list[Listed]] = {}
    for one in listed:
        kind = one.kind
        if wanted in f"{kind.label} {kind.title} {kind.code} {kind.classification} {kind.summary}".casefold():
            found.setdefault(kind.group, []).append(one)
    order = [*GROUPS, *(group for group in found if group not in GROUPS)]
    return [(str(GROUPS.get(group, group)), found[group]) for group in order if group in found]


def origin_tag(listed: Listed) -> tuple[str, str]:
    """How a type came to be, as a word and the tone of its tag."""
    words = {
        "shipped": (_("bawaan"), "neutral"),
        "copied": (_("bawaan, diubah"), "info"),
        "own": (_("buatan sendiri"), "info"),
    }
    label, tone = words[listed.origin]
    return str(label), tone


def settings_of(kind: LetterKind) -> list[dict[str, Any]]:
    """What a type says of itself, as a list of details."""
    days = kind.validity_days
    return [
        {"label": _("Judul"), "value": kind.title},
        {"label": _("Klasifikasi"), "value": kind.classification},
        {"label": _("Tentang"), "value": ABOUT[kind.about]},
        {"label": _("Penanda tangan"), "value": dict(signer_choices())[kind.signer]},
        {"label": _("Bentuk"), "value": LAYOUTS[kind.layout]},
        {"label": _("Berlaku"), "value": _("%(days)s hari", days=days) if days else _("tanpa batas waktu")},
        {"label": _("Orang dari luar desa"), "value": _("boleh") if kind.for_strangers else _("tidak")},
        {"label": _("Versi"), "value": kind.version},
    ]


def signer_choices() -> list[tuple[str, str]]:
    """Who may sign, in the village's own words."""
    tenant = current_tenant()
    return [(key, tenant.word(key) or str(label)) for key, label in SIGNERS.items()]


def merge_groups(definition: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The merge fields that the editor offers, by group: (name, what it stands for)."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    own: list[tuple[str, str]] = []
    for field in fields_of(definition):
        own += field_labels(field).items()
    if own:
        groups.append((str(_("Isian surat ini")), own))
    if definition.get("about") != "none":
        groups.append((str(_("Pemegang surat")), _words(HOLDER)))
    groups.append((str(_("Desa")), _words(VILLAGE)))
    groups.append((str(_("Surat")), _words(LETTER)))
    return groups


def fields_of(definition: Mapping[str, Any]) -> tuple[Field, ...]:
    """Those fields of a draft that can be read."""
    readable: list[Field] = []
    for one in definition.get("fields") or ():
        try:
            whole = kind_from(
                {"title": "-", "classification": "-", "fields": [one]},
                code="",
                version="",
                is_own=True,
                body="",
            )
        except BrokenKind:
            continue
        readable += whole.fields
    return tuple(readable)


def editor_words(definition: Mapping[str, Any], faults: Sequence[Fault]) -> dict[str, Any]:
    """Choices, merge fields and faults of the editor's page."""
    by_field: dict[str, list[str]] = {}
    for fault in faults:
        by_field.setdefault(fault.field, []).append(fault.sentence)
    return {
        "definition": definition,
        "faults": faults,
        "errors": by_field,
        "body_faults": [fault for fault in faults if fault.field == "body"],
        "merge_groups": merge_groups(definition),
        "groups": [(key, str(label)) for key, label in GROUPS.items()],
        "abouts": [(key, str(label)) for key, label in ABOUT.items()],
        "signers": signer_choices(),
        "layouts": [(key, str(label)) for key, label in LAYOUTS.items()],
        "date_bounds": [(key, str(label)) for key, label in WHEN.items()],
        "field_kinds": [(key, str(label)) for key, label in FIELD_KINDS.items()],
        "column_kinds": COLUMN_KINDS,
        "person_parts": [(part, str(PERSON_LABELS[part])) for part in PERSON_PARTS],
        "usual_parts": USUAL_PARTS,
        "classification_codes": classifications(),
        "columns_text": columns_text,
    }


def shipped_changes(listed: Listed) -> list[tuple[str, str]]:
    """How the shipped text differs from the village's: lines with `+` (only shipped) or `-` (only the village's)."""
    base = shipped_kinds().get(listed.row.base_code) if listed.row is not None else None
    if base is None or not listed.kind.is_own:
        return []
    lines = difflib.unified_diff(listed.kind.body.splitlines(), base.body.splitlines(), lineterm="", n=0)
    changed = [(line[0], line[1:]) for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return [line for line in changed if line[1].strip()][:MOST_CHANGES]


def _words(labels: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(label)) for name, label in labels.items()]
