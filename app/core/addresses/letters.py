"""Letters to those who look after a village's settings: what became of a domain, and where the village is found now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_babel import force_locale, format_datetime
from flask_babel import gettext as _
from sqlalchemy import select

from app.core.accounts.loading import held_role
from app.core.accounts.models import Account, Membership, VillageRole
from app.core.addresses import words
from app.core.addresses.models import DomainClaim
from app.core.addresses.names import shown
from app.core.links import host_of, host_origin
from app.core.mail import Letter, send_later, writes_letter
from app.extensions import db
from tenants.models import TenantRow, now

SETTINGS = "village.settings"
PAGE = "/pengaturan/domain"

Text = Callable[[dict[str, Any]], tuple[str, str]]


def keepers_of(tenant_id: UUID) -> list[UUID]:
    """The accounts that may change a village's settings: active, came already (inside a platform scope)."""
    query = (
        select(Membership, VillageRole)
        .join(Account, Account.id == Membership.account_id)
        .join(VillageRole, VillageRole.id == Membership.village_role_id, isouter=True)
        .where(Membership.tenant_id == tenant_id)
        .where(Account.is_active, Account.password_hash.is_not(None), Membership.invited_name.is_(None))
    )
    found = (
        m.account_id for m, own in db.session.execute(query) if SETTINGS in held_role(m, own).permissions
    )
    return list(dict.fromkeys(found))


def tell_managers(kind: str, claim: DomainClaim) -> None:
    """Ask in the open transaction for letters about a domain, one to each of those who look after the settings."""
    for account_id in keepers_of(claim.tenant_id):
        send_later(kind, account_id, claim.tenant_id, occasion=claim.id)


def tell_of_address(tenant_id: UUID, *, but: UUID | None = None) -> None:
    """Ask in the open transaction for letters that tell where a village is found from now on."""
    for account_id in keepers_of(tenant_id):
        if account_id != but:
            send_later("address_changed", account_id, tenant_id)


def _proved(facts: dict[str, Any]) -> tuple[str, str]:
    return (
        _("%(host)s terbukti milik %(village)s", **facts),
        _(
            "Halo %(name)s,\n\n%(host)s terbukti milik %(village)s. Situs desa dapat dibuka di sana begitu domain itu "
            "mengarah ke Siger.\n\nAgar menjadi alamat utama, pilih “Jadikan alamat utama” di:\n%(link)s\n\n"
            "Biarkan catatan TXT atau berkas bukti tetap terpasang: kami memeriksanya setiap minggu.\n",
            **facts,
        ),
    )


def _doubted(facts: dict[str, Any]) -> tuple[str, str]:
    return (
        _("Bukti %(host)s hilang: pasang lagi dalam 7 hari", **facts),
        _(
            "Halo %(name)s,\n\nBukti bahwa %(host)s milik %(village)s tidak ditemukan lagi. %(why)s\n\n"
            "Situs masih terbuka di sana selama 7 hari. Pasang lagi buktinya menurut petunjuk di:\n%(link)s\n\n"
            "Bila tidak, domain itu dilepas. Alamat desa di Siger tetap berlaku dan data tidak berubah.\n",
            **facts,
        ),
    )


def _expired(facts: dict[str, Any]) -> tuple[str, str]:
    return (
        _("%(host)s belum terbukti dalam 14 hari", **facts),
        _(
            "Halo %(name)s,\n\nDalam 14 hari kami belum menemukan bukti bahwa %(host)s milik %(village)s. %(why)s\n\n"
            "Tidak ada yang berubah pada situs desa. Tambahkan lagi domain itu kapan saja di:\n%(link)s\n",
            **facts,
        ),
    )


def _lost(facts: dict[str, Any]) -> tuple[str, str]:
    return (
        _("%(host)s tidak lagi mengarah ke %(village)s", **facts),
        _(
            "Halo %(name)s,\n\n%(host)s tidak lagi mengarah ke situs %(village)s. %(why)s\n\n"
            "Situs desa tetap terbuka di %(address)s dan data tidak berubah.\n\n"
            "Tambahkan lagi domain itu di:\n%(link)s\n",
            **facts,
        ),
    )


TEXTS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "domain_proved": (_proved, ("proved",)),
    "domain_doubted": (_doubted, ("doubted",)),
    "domain_expired": (_expired, ("expired",)),
    "domain_lost": (_lost, ("lost",)),
}
"""Kind of letter → its text, and the states in which it still says what is so."""


def _about_domain(kind: str) -> None:
    text, states = TEXTS[kind]

    @writes_letter(kind)
    def write(account_id: UUID, tenant_id: UUID | None, occasion: str) -> Letter | None:
        claim = db.session.get(DomainClaim, UUID(occasion))
        if claim is None or claim.state not in states:
            return None
        return _letter(kind, account_id, claim.tenant_id, text, claim)


for _kind in TEXTS:
    _about_domain(_kind)


@writes_letter("address_changed")
def _address_changed(account_id: UUID, tenant_id: UUID | None, _occasion: str) -> Letter | None:
    assert tenant_id is not None
    return _letter("address_changed", account_id, tenant_id, _moved, None)


def _moved(facts: dict[str, Any]) -> tuple[str, str]:
    return (
        _("%(village)s kini beralamat di %(address)s", **facts),
        _(
            "Halo %(name)s,\n\nSejak %(moment)s %(village)s beralamat di:\n%(address)s\n\n"
            "Alamat lama tetap mengarah ke sana, juga dari kode QR pada surat yang sudah terbit. "
            "Masuklah sekali lagi di alamat baru dengan surel dan kata sandi yang sama.\n",
            **facts,
        ),
    )


def _letter(
    kind: str, account_id: UUID, tenant_id: UUID, text: Text, claim: DomainClaim | None
) -> Letter | None:
    account, row = db.session.get(Account, account_id), db.session.get(TenantRow, tenant_id)
    if account is None or row is None or not account.is_active:
        return None
    address = host_origin(host_of(row))
    with force_locale(account.locale):
        facts = {
            "name": account.name,
            "village": f"{row.term} {row.name}",
            "address": address,
            "link": f"{address}{PAGE}",
            "moment": format_datetime(now(), "d MMMM yyyy HH.mm"),
            "host": shown(claim.host) if claim else "",
            "why": " ".join(words.said(claim.error)) if claim else "",
        }
        subject, body = text(facts)
    about = claim.id if claim else row.row_version
    return Letter(account.email, str(subject), str(body), f"{kind}-{about}-{account.id}-{now():%Y%m%d}")
