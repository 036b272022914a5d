"""A village's address below our own host: which ones are free, and taking another one.

Functions run inside `platform_scope()`. The address that a village has left goes on leading to it for ever; nobody else
gets it. Who asks whether an address is free and then takes it calls `hold` first: two at once come one after the other.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select, update

from app.core import audit
from app.core.accounts.models import SingleUseToken
from app.core.links import village_host
from app.core.regions.models import Region
from app.core.regions.slugs import MAX_LABEL, is_reserved, slugify
from app.extensions import db
from tenants import registry
from tenants.errors import UnknownTenant
from tenants.models import Domain, TenantRow, now

SHORTEST = 3
SUGGESTIONS = 4

Claim = Callable[[str, uuid.UUID | None], bool]
"""Whether a slug is wished for by somebody else than this village, such as an application that is open."""

_SHAPE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_claims: list[Claim] = []


class AddressRefused(Exception):
    """The address can't be taken; the message is a sentence for the person who asked."""


def register_claim(claim: Claim) -> Claim:
    """Let a capability above the core say which addresses are wished for: `claim(slug, tenant_id) -> bool`."""
    if claim not in _claims:
        _claims.append(claim)
    return claim


def tidy(text: str) -> str:
    """An address as people type it (`Gisting Atas`, `gisting-atas.siger.id`) as the bare label that it means."""
    typed = "-".join(text.replace("\x00", "").lower().split())
    label = typed.removeprefix("https://").removeprefix("http://").rstrip("/.")
    return label.removesuffix("." + str(current_app.config["BASE_HOST"]))


def hold(slug: str) -> None:
    """Let others who want the same address wait until the open transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"address:{slug}"))))


def free(slug: str, tenant_id: uuid.UUID | None = None) -> str | None:
    """Why a village can't have this address, as a sentence; None when it can.

    A village's present address and those it has left are free for itself (`tenant_id`). At most four selects.
    """
    owner = db.session.scalar(select(Domain.tenant_id).where(Domain.host == slug)) or db.session.scalar(
        select(TenantRow.id).where(TenantRow.slug == slug)
    )
    if owner is not None and owner == tenant_id:
        return None
    wrong = misshapen(slug)
    if wrong is not None:
        return wrong
    if owner is not None:
        return str(_("Alamat “%(slug)s” sudah dipakai desa lain. Pilih alamat lain.", slug=slug))
    if is_reserved(slug) or _names_a_region(slug):
        return str(_("Alamat “%(slug)s” disimpan untuk keperluan lain. Pilih alamat lain.", slug=slug))
    if any(claim(slug, tenant_id) for claim in _claims):
        return str(
            _("Alamat “%(slug)s” sedang diminta dalam pendaftaran desa lain. Pilih alamat lain.", slug=slug)
        )
    return None


def misshapen(slug: str) -> str | None:
    """Why this can't be an address by its letters alone, as a sentence; None when it can."""
    if len(slug) < SHORTEST:
        return str(_("Alamat terlalu pendek: paling sedikit %(least)s huruf.", least=SHORTEST))
    if len(slug) > MAX_LABEL:
        return str(_("Alamat terlalu panjang: paling banyak %(most)s huruf.", most=MAX_LABEL))
    if not _SHAPE.fullmatch(slug):
        return str(
            _(
                "Alamat hanya berisi huruf kecil a–z, angka, dan tanda hubung tunggal, diawali huruf; "
                "contoh: gisting-atas."
            )
        )
    return None


def suggest(row: TenantRow) -> list[str]:
    """Some addresses that are free for a village, the best first: its name, then with kecamatan and kabupaten."""
    regency = row.regency_name.removeprefix("Kabupaten ").removeprefix("Kota ")
    wishes = [
        row.slug,
        slugify(row.name),
        slugify(f"{row.term} {row.name}"),
        slugify(f"{row.name} {row.district_name}"),
        slugify(f"{row.name} {regency}"),
        slugify(f"{row.term} {row.name} {row.district_name}"),
        slugify(f"{row.name} {row.district_name} {regency}"),
        slugify(f"{row.name} {row.code.rpartition('.')[2]}"),
        slugify(f"{row.name} {row.code.replace('.', '')}"),
    ]
    return _first_free(dict.fromkeys(wishes), row.id)


def change_slug(tenant_id: uuid.UUID, slug: str, *, by: str = "", keep_old: bool = True) -> None:
    """Give a village another address; the one before redirects from now on. Commits.

    Args:
        tenant_id: the village.
        slug: the new address, a bare label.
        by: who asked, for the log, where nobody is signed in.
        keep_old: False for a village that nobody could reach at its old address yet.

    Raises UnknownTenant, and AddressRefused with the sentence why.
    """
    move_slug(tenant_id, slug, by=by, keep_old=keep_old)
    db.session.commit()
    registry.hosts_changed()


def move_slug(tenant_id: uuid.UUID, slug: str, *, by: str = "", keep_old: bool = True) -> bool:
    """Like `change_slug`, in the open transaction; False when the village has this address already.

    Letters that are under way with a link to the old address stay good: links are bound to the new one with it.
    """
    hold(slug)
    query = select(TenantRow).where(TenantRow.id == tenant_id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownTenant(str(tenant_id))
    if row.slug == slug:
        return False
    wrong = free(slug, tenant_id=tenant_id)
    if wrong is not None:
        raise AddressRefused(wrong)
    before = row.slug
    _write(row, slug, keep_old=keep_old and row.schema_name is not None)
    row.row_version += 1
    if row.own_host is None:
        links_follow(village_host(before), village_host(slug))
    audit.record(
        "village.address_changed",
        object_type="village",
        object_id=row.id,
        summary=f"{row.term} {row.name}",
        details=audit.changes({"slug": before}, {"slug": slug}) | ({"by": by} if by else {}),
        tenant_id=row.id,
    )
    registry.announce_change()
    return True


def links_follow(before: str, after: str) -> None:
    """Bind single-use links that are under way to the host that their village has from now on (uncommitted)."""
    db.session.execute(
        update(SingleUseToken)
        .where(SingleUseToken.host == before, SingleUseToken.used_at.is_(None))
        .where(SingleUseToken.expires_at > now())
        .values(host=after)
        .execution_options(synchronize_session=False)
    )


def _write(row: TenantRow, slug: str, *, keep_old: bool) -> None:
    old = db.session.get(Domain, row.slug)
    if old is not None and old.tenant_id == row.id:
        old.is_primary, old.left_at = False, now()
        db.session.flush()
        if not keep_old:
            db.session.delete(old)
    again = db.session.get(Domain, slug)
    if again is None:
        db.session.add(Domain(host=slug, tenant_id=row.id, is_primary=True))
    else:
        again.is_primary, again.left_at = True, None
    row.slug = slug
    db.session.flush()


def _first_free(wishes: Iterable[str], tenant_id: uuid.UUID) -> list[str]:
    found: list[str] = []
    for wish in wishes:
        if len(found) < SUGGESTIONS and free(wish, tenant_id=tenant_id) is None:
            found.append(wish)
    return found


def _names_a_region(slug: str) -> bool:
    """Whether it is the name of a province, kabupaten or kota, with its word or without."""
    names = db.session.scalars(select(Region.name).where(Region.level <= 2))
    bare = (name.removeprefix("Kabupaten ").removeprefix("Kota ") for name in names)
    return any(slug in (known, f"kabupaten-{known}", f"kota-{known}") for known in map(slugify, bare))
