"""The dry run: each row against the registry, all of them with a handful of selects. Nothing is written here."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import force_locale
from marshmallow import ValidationError, fields
from sqlalchemy import or_, select

from app.core.accounts.places import region_contains
from app.core.addresses import services as addresses
from app.core.forms import Email, canonical_email
from app.core.regions.models import Region
from app.core.regions.slugs import is_reserved, slugify
from app.extensions import db
from app.province.officers import offices_of
from app.province.onboarding.applications.models import (
    OPEN_STATES,
    Application,
    ApprovalRule,
    BlockedApplicant,
)
from app.province.onboarding.applications.offices import deciders_at
from app.province.onboarding.applications.schemas import MobilePhone, PersonName, Words
from app.province.onboarding.bulk.columns import CLOSED, FIELDS
from app.province.onboarding.bulk.pending import Deciding, Pending, objection
from app.province.onboarding.invitations.models import OnboardingInvitation
from app.province.regions import REGENCY
from tenants.models import Domain, TenantRow

CODE = re.compile(r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$")
_DIGITS = re.compile(r"^(\d{2})(\d{2})(\d{2})(\d{4})$")
LONGEST = 300
WARNING_CODES = frozenset({"name", "district", "regency", "shared_email", "application", "invited"})

_CONTACT = PersonName()
_TITLE = Words(longest=80)
_EMAIL = Email()
_PHONE = MobilePhone()


@dataclass(slots=True)
class CheckedRow:
    """A row with what was found. `findings` as in `BulkRow.findings`."""

    number: int
    values: dict[str, str]
    tenant_id: uuid.UUID | None = None
    findings: list[list[Any]] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """`error` when anything forbids it, `warning` when anything is to be known, else `ok`."""
        if any(code not in WARNING_CODES for _column, code, _named in self.findings):
            return "error"
        return "warning" if self.findings else "ok"

    def find(self, column: str, code: str, **named: Any) -> None:
        """Note a finding; what forbids the row stands first."""
        at = len(self.findings)
        if code not in WARNING_CODES:
            at = next((n for n, one in enumerate(self.findings) if one[1] in WARNING_CODES), at)
        self.findings.insert(at, [column, code, named])


@dataclass(frozen=True, slots=True)
class Registry:
    """What is known of the villages and addresses that a file names."""

    villages: Mapping[str, TenantRow]
    holders: Mapping[uuid.UUID, Pending]
    """Village → the application that holds it."""
    invited: Collection[uuid.UUID]
    owners: Mapping[str, uuid.UUID]
    """Address → the village that has it, or has left it."""
    wished: Mapping[str, uuid.UUID | None]
    regions: Collection[str]
    blocked: Mapping[str, tuple[str, str]]
    """E-mail or phone → its kind and the reason."""
    levels: Mapping[str, int]
    """Kabupaten → the lowest level that decides there, where it was set."""
    staffed: Collection[str]
    """Offices above villages that hold an application in which somebody decides."""
    decides_for: str
    """The region for whose office the sender decides on applications."""


def check_rows(
    rows: Sequence[Sequence[Any]], places: Mapping[str, int], region_code: str, decides_for: str = ""
) -> list[CheckedRow]:
    """Check the rows of a file. Inside a platform scope; ten selects, however many rows there are.

    Args:
        rows: `[row number, [cells…]]` as `read_table` gives them. places: column → its place.
        region_code: of the office that sent it.
        decides_for: the region for whose office the sender decides on applications; empty when they don't.
    """
    with force_locale("id"):
        found = [_read(row, places) for row in rows]
        known = _registry(found, decides_for)
        by_code: dict[str, int] = {}
        by_slug: dict[str, int] = {}
        for one in found:
            _check_village(one, known, region_code, by_code)
            _check_contact(one, known)
            _check_address(one, known, by_slug)
        _tell_shared([one for one in found if one.verdict != "error"])
        return found


def _read(row: Sequence[Any], places: Mapping[str, int]) -> CheckedRow:
    number, cells = int(row[0]), row[1]
    one = CheckedRow(number, dict.fromkeys(FIELDS, ""))
    for column, at in places.items():
        cell = cells[at] if at < len(cells) else None
        if isinstance(cell, dict):
            one.find(column, "formula")
        elif cell is not None:
            one.values[column] = " ".join(str(cell).replace("\x00", "").split())[:LONGEST].removeprefix("'")
    values = one.values
    digits = _DIGITS.match(values["code"])
    if digits:
        values["code"] = ".".join(digits.groups())
    if values["phone"].isdigit() and values["phone"].startswith("8"):
        # A spreadsheet took the number for one and dropped its first zero.
        values["phone"] = f"0{values['phone']}"
    values["slug"] = addresses.tidy(values["slug"])
    for column, kind in (("contact", _CONTACT), ("title", _TITLE), ("email", _EMAIL), ("phone", _PHONE)):
        _tidy(one, column, kind)
    return one


def _tidy(one: CheckedRow, column: str, kind: fields.Field[Any]) -> None:
    if not one.values[column]:
        return
    try:
        one.values[column] = str(kind.deserialize(one.values[column]))
    except ValidationError as error:
        said = error.messages
        one.find(column, "wrong", sentence=" ".join(map(str, said if isinstance(said, list) else [said])))


def _registry(found: Sequence[CheckedRow], decides_for: str) -> Registry:
    codes = {one.values["code"] for one in found if CODE.match(one.values["code"])}
    villages = {
        row.code: row for row in db.session.scalars(select(TenantRow).where(TenantRow.code.in_(codes)))
    }
    ids = [row.id for row in villages.values()]
    slugs = {one.values["slug"] for one in found if one.values["slug"]}
    open_ones = db.session.execute(
        select(
            Application.tenant_id, Application.state, Application.applicant_name, Application.email,
            Application.phone, Application.slug,
        )
        .where(Application.state.in_(OPEN_STATES))
        .where(or_(Application.tenant_id.in_(ids), Application.slug.in_(slugs)))
    ).all()  # fmt: skip
    holders = {
        one.tenant_id: Pending(one.state, one.applicant_name, one.email, one.phone)
        for one in open_ones
        if one.tenant_id
    }
    held = [row for row in villages.values() if row.id in holders]
    levels = db.session.execute(
        select(ApprovalRule.region_code, ApprovalRule.level)
        .where(ApprovalRule.region_code.in_({row.regency_code for row in held}))
    )  # fmt: skip
    present = select(TenantRow.slug, TenantRow.id).where(TenantRow.slug.in_(slugs))
    ever = select(Domain.host, Domain.tenant_id).where(Domain.host.in_(slugs))
    owners = {slug: owner for query in (present, ever) for slug, owner in db.session.execute(query)}
    living = select(OnboardingInvitation.tenant_id).where(
        OnboardingInvitation.tenant_id.in_(ids), OnboardingInvitation.ended_at.is_(None)
    )
    people = [(one.values["email"], one.values["phone"]) for one in found]
    people += [(canonical_email(one.email), one.phone) for one in holders.values()]
    named = {value for pair in people for value in pair if value}
    blocked = db.session.execute(
        select(BlockedApplicant.value, BlockedApplicant.kind, BlockedApplicant.reason)
        .where(BlockedApplicant.value.in_(named))
    )  # fmt: skip
    return Registry(
        villages=villages,
        holders=holders,
        invited=set(db.session.scalars(living)),
        owners=owners,
        wished={row.slug: row.tenant_id for row in open_ones if row.slug},
        regions=_region_names(),
        blocked={value: (kind, reason) for value, kind, reason in blocked},
        levels={one.region_code: one.level for one in levels},
        staffed=deciders_at({code for row in held for code in offices_of(row).values()}),
        decides_for=decides_for,
    )


def _region_names() -> set[str]:
    names = db.session.scalars(select(Region.name).where(Region.level <= 2))
    bare = {slugify(name.removeprefix("Kabupaten ").removeprefix("Kota ")) for name in names}
    return bare | {f"{word}-{name}" for word in ("kabupaten", "kota") for name in bare}


def _check_village(one: CheckedRow, known: Registry, region_code: str, by_code: dict[str, int]) -> None:
    code = one.values["code"]
    if not code:
        return one.find("code", "no_code")
    if not CODE.match(code):
        return one.find("code", "bad_code", typed=code)
    row = known.villages.get(code)
    if row is None or not region_contains(region_code, code):
        return one.find("code", "unknown" if row is None else "outside", typed=code)
    first = by_code.setdefault(code, one.number)
    if first != one.number:
        return one.find("code", "repeated", row=first)
    one.tenant_id = row.id
    if row.schema_name is not None:
        one.find("code", "prepared")
    elif row.state in CLOSED:
        one.find("code", "closed")
    elif row.software is not None:
        one.find("code", "software", name=row.software)
    pending = known.holders.get(row.id)
    if pending is not None:
        _check_pending(one, row, pending, known)
    elif row.id in known.invited:
        one.find("code", "invited")
    _compare(one, row)
    return None


def _check_pending(one: CheckedRow, row: TenantRow, pending: Pending, known: Registry) -> None:
    by = Deciding(known.decides_for, known.levels.get(row.regency_code, REGENCY), known.staffed)
    named = (canonical_email(pending.email), pending.phone)
    blocked = next((known.blocked[value][1] for value in named if value in known.blocked), "")
    refused = objection(pending, row, one.values["email"], by=by, blocked=blocked)
    code, words = refused or ("application", {"who": pending.who})
    one.find("code", code, **words)


def _compare(one: CheckedRow, row: TenantRow) -> None:
    typed = slugify(one.values["name"])
    if typed and typed not in (slugify(row.name), slugify(f"{row.term} {row.name}")):
        one.find("name", "name", name=f"{row.term} {row.name}")
    district = slugify(one.values["district"]).removeprefix("kecamatan-")
    if district and district != slugify(row.district_name):
        one.find("district", "district", name=row.district_name)
    regency = slugify(one.values["regency"])
    said = slugify(row.regency_name)
    if regency and regency not in (said, said.removeprefix("kabupaten-"), said.removeprefix("kota-")):
        one.find("regency", "regency", name=row.regency_name)


def _check_contact(one: CheckedRow, known: Registry) -> None:
    values = one.values
    wrong = {column for column, _code, _named in one.findings}
    if not values["contact"] and not values["email"] and not wrong & {"contact", "email"}:
        return one.find("contact", "empty")
    for column in ("contact", "email"):
        if not values[column] and column not in wrong:
            one.find(column, "required")
    for column in ("email", "phone"):
        if values[column] in known.blocked:
            one.find(column, "blocked", what=str(FIELDS[column][0]), reason=known.blocked[values[column]][1])
    return None


def _tell_shared(taken: Sequence[CheckedRow]) -> None:
    """Say of the villages that can be prepared which ones one person would manage; refused rows do not count."""
    emails = Counter(one.values["email"] for one in taken)
    for one in taken:
        if (count := emails[one.values["email"]]) > 1:
            one.find("email", "shared_email", count=count)


def _check_address(one: CheckedRow, known: Registry, by_slug: dict[str, int]) -> None:
    slug = one.values["slug"]
    if not slug or one.tenant_id is None:
        return None
    first = by_slug.setdefault(slug, one.number)
    if first != one.number:
        return one.find("slug", "slug_repeated", slug=slug, row=first)
    owner = known.owners.get(slug)
    if owner == one.tenant_id:
        return None
    shape = addresses.misshapen(slug)
    if shape is not None:
        return one.find("slug", "slug_shape", sentence=shape)
    if owner is not None:
        return one.find("slug", "slug_taken", slug=slug)
    if is_reserved(slug) or slug in known.regions:
        return one.find("slug", "slug_reserved", slug=slug)
    if known.wished.get(slug, one.tenant_id) != one.tenant_id:
        one.find("slug", "slug_wished", slug=slug)
    return None
