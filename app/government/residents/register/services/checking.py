"""Between the rules and the services: what was accepted, what is refused, and what the database refuses by itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import Vault
from app.core.village.errors import ChangedMeanwhile, Missing
from app.extensions import db
from app.government.residents.models import SEALED_FIELDS, Resident
from app.government.residents.register.errors import Refused
from app.government.residents.register.known import known_about
from app.government.residents.register.labels import HEALTH_FIELDS, RESIDENT_LABELS
from app.government.residents.register.rules import HEALTH_CODE, Finding, findings

FIELDS = tuple(RESIDENT_LABELS)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A person's word that warnings were looked at. `codes`: those that they saw; None means whatever there is."""

    note: str
    codes: Collection[str] | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether this warning was accepted."""
        return bool(self.note.strip()) and (self.codes is None or finding.code in self.codes)


def values_of(resident: Resident, sealed: Mapping[str, str]) -> dict[str, Any]:
    """A resident as the rules and the forms know them: every field of the register by its name."""
    return {
        name: sealed.get(name, "") if name in SEALED_FIELDS else getattr(resident, name) for name in FIELDS
    }


def judge(
    wanted: Mapping[str, Any],
    vault: Vault,
    acceptance: Acceptance | None = None,
    *,
    stood: Mapping[str, Any] | None = None,
    resident_id: uuid.UUID | None = None,
) -> dict[str, Any]:
    """Check a resident's values against the rules; returns what an event's details note of accepted warnings.

    Args:
        wanted: all values as they shall stand; health fields that the person may not see are left out.
        stood: all values as they stand; a warning that held before is not asked again.

    Raises Refused for errors, and for warnings that were not accepted.
    """
    states = [wanted] if stood is None else [stood, wanted]
    known = known_about(states, resident_id, vault)
    before = {(f.code, f.resident_id) for f in findings(stood, known)} if stood is not None else set()
    found = [f for f in findings(wanted, known) if f.is_error or (f.code, f.resident_id) not in before]
    return settle(found, acceptance)


def settle(found: Sequence[Finding], acceptance: Acceptance | None) -> dict[str, Any]:
    """Refuse errors and warnings that nobody accepted; returns what an event's details note of the accepted ones."""
    left = [f for f in found if f.is_error or acceptance is None or not acceptance.covers(f)]
    if left:
        raise Refused(found)
    if not found or acceptance is None:
        return {}
    return {"accepted": sorted({f.code for f in found}), "note": without_numbers(acceptance.note)}


def without_health(values: Mapping[str, Any], given: Collection[str]) -> dict[str, Any]:
    """The values without those health fields that were not given: what a person may not see speaks no sentence."""
    return {name: value for name, value in values.items() if name not in HEALTH_FIELDS or name in given}


def without_health_codes(details: Mapping[str, Any]) -> dict[str, Any]:
    """A line's details for those who may not see health: the warnings accepted of it are left out."""
    told = {name: value for name, value in details.items() if name != "accepted"}
    left = [code for code in details.get("accepted") or () if not code.startswith(HEALTH_CODE)]
    return {**told, "accepted": left} if left else told


def without_numbers(text: str) -> str:
    """Free text as the log may keep it: numbers of 16 digits and contacts masked, at most 300 letters."""
    return " ".join(mask_personal(text).split())[:300]


@contextmanager
def refusal_undone(values: Mapping[str, Any] | None = None) -> Iterator[None]:
    """What was begun before a refusal is rolled back; what the database refuses by itself becomes the same sentences.

    `values` are those that were being written: when two clerks write one NIK at once, the second is told who holds it.
    """
    try:
        yield
    except (Refused, ChangedMeanwhile, Missing):
        db.session.rollback()
        raise
    except IntegrityError as error:
        db.session.rollback()
        found = _in_words(error, values or {})
        if found is None:
            raise
        raise Refused([found]) from error


def _in_words(error: IntegrityError, values: Mapping[str, Any]) -> Finding | None:
    state = getattr(error.orig, "sqlstate", "")
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
    if state == "23505" and name.startswith("uq_resident_nik_index"):
        return _holder_of_nik(values)
    if state == "23505" and name.startswith("uq_household_kk_index"):
        sentence = _("Nomor KK ini baru saja dipakai keluarga lain.")
        return Finding("error", "kk", "kk_taken", sentence)
    if state == "23503" and "sub_area_id" in name:
        return Finding(
            "error", "sub_area_id", "area_gone", _("Wilayah ini sudah tidak ada. Pilih yang lain.")
        )
    return None


def _holder_of_nik(values: Mapping[str, Any]) -> Finding:
    from app.core.privacy.vault import open_vault

    if values.get("nik"):
        known = known_about([{"nik": values["nik"]}], None, open_vault())
        for finding in findings({**values, "household_id": values.get("household_id")}, known):
            if finding.code in ("nik_taken", "two_households"):
                return finding
    return Finding("error", "nik", "nik_taken", _("NIK ini baru saja dipakai warga lain."))
