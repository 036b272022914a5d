"""The set-up checklist: what a village still has to do before it is ready, each step with why it matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.accounts.models import Account, Membership
from app.core.village import queries
from app.core.village.models import Official, SubArea, VillageProfile
from app.extensions import db
from tenants.scope import current_tenant, platform_scope


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step: its name, what to do, why, where, and whether it is done."""

    key: str
    label: object
    why: object
    action: object
    endpoint: str
    permission: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Office:
    """What there is in a village's office: officials in office, sub-areas (not RW and RT), people with accounts."""

    officials: int
    areas: int
    accounts: int
    done: dict[str, bool]


def setup_steps(office: Office | None = None) -> list[SetupStep]:
    """The steps of the present village with what is done, in the order in which they are best taken."""
    return _steps((office or look_around()).done)


def setup_progress(steps: Sequence[SetupStep] | None = None) -> tuple[int, int]:
    """How many steps are done, and of how many (indicator adoption.setup_progress is their ratio)."""
    known = setup_steps() if steps is None else steps
    return sum(step.is_done for step in known), len(known)


def look_around() -> Office:
    """Count what there is: one select in the village's scope, one in the platform's (accounts)."""
    today = queries.today()
    in_office = select(func.count()).select_from(Official).where(queries.in_office(today))
    row = db.session.execute(
        select(
            VillageProfile.address,
            VillageProfile.phone,
            VillageProfile.whatsapp,
            VillageProfile.logo_file_id,
            VillageProfile.steps_done,
            in_office.scalar_subquery().label("officials"),
            in_office.where(Official.position == "head").scalar_subquery().label("heads"),
            select(func.count()).where(SubArea.kind == "sub_area").scalar_subquery().label("areas"),
        ).limit(1)
    ).one()
    accounts = _accounts()
    done = {
        "identity": bool(row.address and (row.phone or row.whatsapp)),
        "words": "words" in row.steps_done,
        "look": row.logo_file_id is not None,
        "hours": "hours" in row.steps_done,
        "officials": row.heads > 0,
        "sub_areas": row.areas > 0,
        "accounts": accounts > 1,
        "capabilities": "capabilities" in row.steps_done,
    }
    return Office(row.officials, row.areas, accounts, done)


def _accounts() -> int:
    """How many people may work in the present village."""
    tenant_id = current_tenant().id
    query = (
        select(func.count(Account.id.distinct()))
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.tenant_id == tenant_id, Account.is_active)
    )
    with platform_scope():
        return db.session.scalar(query) or 0


def _steps(done: dict[str, bool]) -> list[SetupStep]:
    tenant = current_tenant()
    area = tenant.word("sub_area") or "Dusun"
    texts: list[tuple[str, object, object, object, str, str]] = [
        (
            "identity",
            _l("Lengkapi alamat dan kontak"),
            _l("Warga yang membuka halaman depan langsung tahu ke mana datang dan siapa yang dihubungi."),
            _l("Lengkapi"),
            "village.identity",
            "village.settings",
        ),
        (
            "words",
            _l("Periksa istilah: %(term)s, %(head)s", term=tenant.term, head=tenant.word("head")),
            _l("Istilah ini dipakai di semua layar dan surat, jadi harus sesuai sebutan setempat."),
            _l("Periksa"),
            "village.words",
            "village.settings",
        ),
        (
            "look",
            _l("Pasang logo dan kop surat"),
            _l("Logo kabupaten tampil di halaman depan dan di setiap surat yang dicetak."),
            _l("Pasang logo"),
            "village.look",
            "village.settings",
        ),
        (
            "hours",
            _l("Periksa jam layanan"),
            _l("Warga tidak datang sia-sia; halaman depan memberi tahu kantor sedang buka atau tutup."),
            _l("Periksa"),
            "village.hours",
            "village.settings",
        ),
        (
            "officials",
            _l("Isi %(head)s dan perangkat", head=tenant.word("head")),
            _l("Nama dan jabatan dipakai untuk tanda tangan surat dan tampil bagi warga."),
            _l("Isi perangkat"),
            "officials.index",
            "officials.manage",
        ),
        (
            "sub_areas",
            _l("Susun %(area)s, RW, dan RT", area=area),
            _l("Penduduk dan keluarga nanti dicatat menurut wilayah ini."),
            _l("Susun wilayah"),
            "sub_areas.index",
            "sub_areas.manage",
        ),
        (
            "accounts",
            _l("Undang satu rekan kerja"),
            _l("Bila satu orang berhalangan, pelayanan tetap jalan. Setiap orang memakai akunnya sendiri."),
            _l("Undang"),
            "village_people.index",
            "accounts.manage",
        ),
        (
            "capabilities",
            _l("Lihat fitur yang tersedia"),
            _l("Matikan yang belum dipakai supaya menu tetap ringkas."),
            _l("Lihat fitur"),
            "village.capabilities",
            "capabilities.manage",
        ),
    ]
    return [SetupStep(key, label, why, action, endpoint, permission, done[key])
            for key, label, why, action, endpoint, permission in texts]  # fmt: skip
