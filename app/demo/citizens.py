"""Residents with an account in the demo, and the head's signature: through the services that they use themselves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from app.core.actors import Actor, acting_as
from app.core.casework.steps import add_step
from app.core.privacy.vault import open_vault
from app.core.signing.keys import make_demo_key, signing_keys
from app.core.village.models import Official
from app.demo.content import DemoResident, DemoSecrets
from app.demo.letters import set_back
from app.demo.pictures import scan
from app.extensions import db
from app.government.letters.desk import services as desk
from app.government.letters.models import Letter
from app.government.letters.signing.services import sign_letters
from app.government.residents.models import Household, Resident
from app.government.selfservice.accounts import activation, staffing
from app.government.selfservice.accounts.pins import MOST_WRONG_PINS, pin_problem
from app.government.selfservice.accounts.sign_in import CASE
from app.government.selfservice.kiosk.asking import kinds_on_kiosk
from app.government.selfservice.kiosk.devices import add_kiosk, kiosks, pair
from app.government.selfservice.models import PortalAccount
from tenants.models import now
from tenants.scope import current_tenant

ACTIVE, SIGNED = 6, 6
"""Residents with an account that works; letters of the desk that the head has signed electronically."""
SIGNED_FOR_RESIDENTS = 2
"""Letters that residents asked for themselves, which the head has signed as well."""


def open_accounts(people: Sequence[Any], keeper: Actor, secrets: DemoSecrets) -> int:
    """Open residents' accounts, one that waits for a clerk, one that is locked, one that got its code only.

    Returns how many were made; none where the village has some.
    """
    if db.session.scalar(select(PortalAccount.id).limit(1)) is not None:
        return 0
    known = _of_many_names([found for one in people if (found := _numbers(one))])[: ACTIVE + 3]
    for nik, kk, resident in known[:ACTIVE]:
        _activate(nik, kk, resident, keeper, secrets)
    if len(known) < ACTIVE + 3:
        return len(known)
    nik, kk, resident = known[ACTIVE]
    assert resident.birth_date is not None
    photo = scan("KARTU TANDA PENDUDUK", 3, as_pdf=False)
    activation.apply_with_photo(nik, kk, resident.birth_date, _pin(nik, resident, secrets), photo)
    nik, kk, resident = known[ACTIVE + 1]
    _activate(nik, kk, resident, keeper, secrets)
    _lock(resident.id)
    with acting_as(keeper):
        staffing.give_code(known[ACTIVE + 2][2].id)
    return len(known)


def pair_kiosk() -> None:
    """Pair a screen in the hall, as it stands in the list; its cookie is nobody's."""
    if kiosks():
        return
    kinds = [kind.code for kind in kinds_on_kiosk()]
    _id, code, _ends = add_kiosk("Kios lobi balai", prints=True, at_once=kinds[:2])
    pair(code)


def described(secrets: DemoSecrets, host: str) -> list[DemoResident]:
    """The residents whose account works, with what they sign in with, for whoever looks around."""
    query = (
        select(Resident)
        .join(PortalAccount, PortalAccount.resident_id == Resident.id)
        .where(PortalAccount.state == "active")
        .order_by(PortalAccount.id)
        .limit(ACTIVE)
    )
    vault = open_vault()
    found = []
    for resident in db.session.scalars(query):
        nik = vault.open_json(resident.box, f"resident:{resident.id}").get("nik", "")
        found.append(DemoResident(resident.name, nik, _pin(nik, resident, secrets), host))
    return found


def ask_from_phones(*, to_sign: bool = False) -> int:
    """Let residents with an account own some of the letters that were asked for by phone, and return how many.

    Args:
        to_sign: whether a head signs here: the letters of the first two wait for the electronic signature.
    """
    accounts = db.session.execute(
        select(PortalAccount.id, PortalAccount.resident_id, Resident.name)
        .join(Resident, Resident.id == PortalAccount.resident_id)
        .where(PortalAccount.state == "active")
        .order_by(PortalAccount.id)
    ).all()
    asked = 0
    wanted = (
        ("sktm", {"keperluan": "Pendaftaran beasiswa anak"}, "issued"),
        ("pengantar_skck", {"keperluan": "Melamar pekerjaan di Bandar Lampung"}, "submitted"),
    )
    for number, account in enumerate(accounts[:3]):
        actor = Actor(account.id, account.name, "", role_codes=("resident",))
        for code, values, state in wanted:
            with acting_as(actor):
                letter = desk.ask(
                    code, resident_id=account.resident_id, values=values, origin="online", account_id=account.id,
                    by_kind="resident",
                )  # fmt: skip
            asked += 1
            if state == "issued" and to_sign and number < SIGNED_FOR_RESIDENTS:
                desk.verify(letter.id, signing="local")
            elif state == "issued":
                desk.issue(letter.id, signing="wet")
                set_back(letter.id, now() - dt.timedelta(hours=4), now() - dt.timedelta(hours=3))
    return asked


def sign_some(head: Actor, passphrase: str) -> int:
    """Give the head a certificate of the demo's own authority and sign some of the letters that wait."""
    official_id = db.session.scalar(
        select(Official.id).where(Official.position == "head").order_by(Official.sort_order).limit(1)
    )
    if official_id is None or signing_keys():
        return 0
    key_id = make_demo_key(official_id, passphrase).id
    waiting = list(
        db.session.scalars(
            select(Letter.id).where(Letter.state == "verified", Letter.signing == "local").order_by(Letter.id)
        )
    )
    asked_for = select(Letter.id).where(Letter.id.in_(waiting), Letter.account_id.is_not(None))
    own = set(db.session.scalars(asked_for))
    chosen = [*own, *[one for one in waiting if one not in own][:SIGNED]]
    with acting_as(head):
        if chosen:
            sign_letters(chosen, key_id, passphrase)
    return len(chosen)


def count_accounts() -> int:
    """How many residents of the present village have an account of any state."""
    return int(db.session.scalar(select(func.count()).select_from(PortalAccount)) or 0)


def _of_many_names(found: list[tuple[str, str, Resident]]) -> list[tuple[str, str, Resident]]:
    """People of different first names first, so that nobody confuses them."""
    seen: set[str] = set()
    first: list[tuple[str, str, Resident]] = []
    others: list[tuple[str, str, Resident]] = []
    for person in found:
        name = person[2].name.split()[0]
        (others if name in seen else first).append(person)
        seen.add(name)
    return [*first, *others]


def _activate(nik: str, kk: str, resident: Resident, keeper: Actor, secrets: DemoSecrets) -> None:
    with acting_as(keeper):
        code, _ends = staffing.give_code(resident.id)
    assert resident.birth_date is not None
    activation.activate(
        nik, kk, resident.birth_date, code, _pin(nik, resident, secrets), user_agent="Android"
    )


def _lock(resident_id: uuid.UUID) -> None:
    """What ten wrong PINs in a row leave behind, without ten of their slow hashes a village."""
    locked = update(PortalAccount).where(PortalAccount.resident_id == resident_id)
    account_id = db.session.execute(
        locked.values(state="locked", failed=MOST_WRONG_PINS, locked_at=now()).returning(PortalAccount.id)
    ).scalar_one()
    add_step(CASE, account_id, "locked", by_kind="system", by_name="")
    db.session.commit()


def _numbers(person: Any) -> tuple[str, str, Resident] | None:
    """A resident's NIK and card number; None for whoever lacks one of them."""
    resident: Resident = db.session.get_one(Resident, person.id)
    if resident.household_id is None or resident.nik_index is None:
        return None
    household = db.session.get_one(Household, resident.household_id)
    vault = open_vault()
    nik = vault.open_json(resident.box, f"resident:{resident.id}").get("nik", "")
    kk = vault.open_json(household.box, f"household:{household.id}").get("kk", "")
    return (nik, kk, resident) if nik and kk and not staffing.what_is_missing(resident) else None


def _pin(nik: str, resident: Resident, secrets: DemoSecrets) -> str:
    """A PIN that stays the same from run to run and that the rules accept."""
    for turn in range(50):
        pin = secrets.pin(f"{current_tenant().code}:{resident.id}:{turn}")
        if pin_problem(pin, nik, resident.birth_date) is None:
            return pin
    raise RuntimeError("no PIN was found")


def passphrase_of(secrets: DemoSecrets, tenant_id: uuid.UUID) -> str:
    """What opens the head's certificate in a demo village."""
    return secrets.password(f"signature:{tenant_id}")
