"""What a village may change about its own line in the registry: its words, and which capabilities it uses.

The registry is the platform's: each function writes there in a short transaction of its own, then tells the village's
own log in a second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.core import audit
from app.core.capabilities import optional_capabilities
from app.core.forms import fingerprint
from app.core.public_pages import pages_changed
from app.core.regions.words import Words
from app.core.village import queries
from app.core.village.errors import ChangedMeanwhile
from app.extensions import db
from tenants.models import TenantRow
from tenants.registry import announce_change, hosts_changed
from tenants.scope import Tenant, current_tenant, platform_scope

WORDS = ("term", "head", "secretary", "council", "sub_area")


def words_of(tenant: Tenant) -> dict[str, str]:
    """A village's words as the registry holds them."""
    return {"term": tenant.term, **{key: tenant.word(key) for key in WORDS[1:]}}


def change_words(words: Words, *, expected: str | None = None) -> None:
    """Write the present village's own words, for all its hosts and workers at once.

    Saving them unchanged says that they were looked at. Raises ChangedMeanwhile.
    """
    after = {"term": words.term, **words.as_dict()}
    before = _write(after, expected)
    profile = queries.profile_for_change()
    profile.steps_done = [*profile.steps_done, *({"words"} - set(profile.steps_done))]
    if before != after:
        audit.record("village.words_changed", object_type="village", details=audit.changes(before, after))
        pages_changed()
    db.session.commit()


def _write(after: dict[str, str], expected: str | None) -> dict[str, str]:
    tenant = current_tenant()
    with platform_scope():
        row = _locked(tenant)
        before = {"term": row.term, **{key: row.words.get(key, "") for key in WORDS[1:]}}
        if expected is not None and fingerprint(before) != expected:
            raise ChangedMeanwhile(before)
        if before != after:
            row.term = after["term"]
            row.words = {key: after[key] for key in WORDS[1:]}
            _tell(row, "village.words_changed", before, after)
    return before


def switched_off(tenant: Tenant) -> set[str]:
    """Names of the optional capabilities that a village switched off."""
    return {name[1:] for name in tenant.modules if name.startswith("-")}


def switch_capabilities(on: Iterable[str]) -> None:
    """Keep the optional capabilities named in `on` and switch the others off, for the present village.

    Saving them unchanged says that they were looked at. Unknown names are left out.
    """
    tenant = current_tenant()
    optional = {capability.name for capability in optional_capabilities()}
    wanted_off = optional - set(on)
    with platform_scope():
        row = _locked(tenant)
        before = sorted(row.modules)
        others = [name for name in row.modules if name.removeprefix("-") not in optional]
        after = sorted([*others, *(f"-{name}" for name in wanted_off)])
        if before != after:
            row.modules = after
            _tell(row, "village.capabilities_changed", {"off": before}, {"off": after})
    profile = queries.profile_for_change()
    profile.steps_done = [*profile.steps_done, *({"capabilities"} - set(profile.steps_done))]
    if before != after:
        details = audit.changes({"off": before}, {"off": after})
        audit.record("village.capabilities_changed", object_type="village", details=details)
        pages_changed()
    db.session.commit()


def _locked(tenant: Tenant) -> TenantRow:
    return db.session.scalars(select(TenantRow).where(TenantRow.id == tenant.id).with_for_update()).one()


def _tell(row: TenantRow, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    row.row_version += 1
    announce_change()
    audit.record(
        action,
        object_type="village",
        object_id=row.id,
        summary=f"{row.term} {row.name}",
        details=audit.changes(before, after),
        tenant_id=row.id,
    )
    db.session.commit()
    hosts_changed()
