"""Households that change without anybody coming or going: split, merge, dissolved, a new head."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from flask_babel import gettext as _

from app.government.residents import codes
from app.government.residents.events.deeds import Deed, Occasion, recording
from app.government.residents.events.relations import guess_relation
from app.government.residents.events.services.leaving import chosen
from app.government.residents.models import OPEN_STATES, Household, Resident

HEAD = codes.HEAD_OF_HOUSEHOLD


def split_household(
    member_ids: Collection[uuid.UUID],
    *,
    head_id: uuid.UUID | None,
    occasion: Occasion,
    kk: str = "",
    address: str = "",
    sub_area_id: uuid.UUID | None = None,
    relations: Mapping[uuid.UUID, int] | None = None,
    new_head_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Let members of one household (or people without one) form a new household.

    kk: the new card's number, empty when there is none yet. address, sub_area_id: of the new household, the old ones
    when not said. relations: each member's relation to the new head where it is not the usual one. new_head_id: the
    old household's new head when its head leaves.
    """
    with recording("split", occasion) as deed:
        people = chosen(deed, member_ids)
        deed.check_alive(people)
        old = deed.homes.get(people[0].household_id) if people[0].household_id else None
        if old is not None and not deed.members(old.id, but=member_ids):
            deed.wrong(
                "members",
                "everybody",
                _(
                    "Semua anggota dipilih, jadi tidak ada keluarga yang pecah. "
                    "Untuk nomor KK baru, ubah data keluarga."
                ),
            )
        head = _head_among(deed, people, head_id)
        if any(code == HEAD and person_id != head.id for person_id, code in (relations or {}).items()):
            deed.wrong("relations", "second_head", second_head(head))
        deed.check_card_free(kk)
        new_head = deed.choose_head(old, member_ids, new_head_id) if old else None
        deed.settle()
        area = sub_area_id or (old.sub_area_id if old else people[0].sub_area_id)
        card = {
            "kk": kk,
            "address": address or (old.address if old else ""),
            "sub_area_id": area,
            "head_id": head.id,
        }
        home = deed.writing.add_household("household_formed", card)
        _settle_in(deed, home, people, head, relations or {}, moved=sub_area_id is not None)
        if old is not None:
            deed.leave_behind(old, new_head, "household_closed", "dissolved")
    return deed.id


def merge_households(
    member_ids: Collection[uuid.UUID],
    target_id: uuid.UUID,
    *,
    occasion: Occasion,
    relations: Mapping[uuid.UUID, int] | None = None,
    new_head_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Let members of one household (or people without one) join another; when all go, their household ends."""
    with recording("merge", occasion) as deed:
        if member_ids:
            deed.hold(member_ids, [target_id])
        people = chosen(deed, member_ids)
        deed.check_alive(people)
        home = deed.homes[target_id]
        if home.state not in OPEN_STATES:
            deed.wrong("target", "not_active", _("Keluarga tujuan sudah tidak aktif. Pilih keluarga lain."))
        if people[0].household_id == target_id:
            deed.wrong("target", "same_household", _("Mereka sudah menjadi anggota keluarga tujuan ini."))
        old = deed.homes.get(people[0].household_id) if people[0].household_id else None
        head = deed.head(target_id)
        new_heads = [person for person in people if (relations or {}).get(person.id) == HEAD]
        if new_heads and (head is not None or len(new_heads) > 1):
            deed.wrong("relations", "second_head", second_head(head or new_heads[0]))
        new_head = deed.choose_head(old, member_ids, new_head_id) if old else None
        deed.settle()
        _settle_in(deed, home, people, head, relations or {}, moved=True)
        if head is None:
            _take_over(deed, home)
        if old is not None:
            deed.leave_behind(old, new_head, "household_closed", "dissolved")
    return deed.id


def dissolve_household(
    household_id: uuid.UUID,
    *,
    occasion: Occasion,
    reason: str = "",
) -> uuid.UUID:
    """Record that a household ended; those who live stay counted and belong to no household until they join one."""
    with recording("dissolve", occasion) as deed:
        deed.hold(homes=[household_id])
        home = deed.homes[household_id]
        check_active(deed, home)
        people = deed.members(household_id)
        deed.check_alive(people)
        deed.settle()
        if not people:
            deed.about(_("keluarga tanpa anggota"))
        for person in people:
            values = {"household_id": None, "relation": None, "household_order": 0}
            deed.writing.change_resident("dissolve", person, values, deed.details(reason=reason))
            deed.about(person.name)
        deed.writing.change_household("dissolve", home, {"state": "dissolved"}, deed.details(reason=reason))
    return deed.id


def change_head(
    household_id: uuid.UUID,
    head_id: uuid.UUID | None,
    *,
    occasion: Occasion,
    relations: Mapping[uuid.UUID, int] | None = None,
) -> uuid.UUID:
    """Make another living member the head. `relations`: each member's relation to the new head, unchanged when unsaid;
    the old head becomes husband, wife, parent or other kin by what stood before when it is not said."""
    with recording("change_head", occasion) as deed:
        deed.hold(homes=[household_id])
        home = deed.homes[household_id]
        check_active(deed, home)
        members = deed.members(household_id)
        head = next((person for person in members if person.id == head_id), None)
        old = deed.head(household_id)
        if head is None:
            deed.wrong(
                "head_id",
                "not_a_member",
                _("Pilih kepala baru dari anggota yang masih hidup di sini."),
            )
        elif old is not None and old.id == head.id:
            deed.wrong(
                "head_id", "same_head", _("%(name)s sudah menjadi kepala keluarga ini.", name=head.name)
            )
        deed.settle_errors()
        assert head is not None
        deed.check_alive(members)
        deed.check_head(head, "head_id")
        said = dict(relations or {})
        if any(code == HEAD for person_id, code in said.items() if person_id != head.id):
            deed.wrong("relations", "second_head", second_head(head))
        deed.settle()
        before = head.relation
        deed.writing.change_resident("change_head", head, {"relation": HEAD}, deed.details())
        deed.about(head.name)
        for person in members:
            if person.id == head.id:
                continue
            usual = guess_relation(HEAD, before, person.sex) if person.relation == HEAD else person.relation
            relation = said.get(person.id, usual)
            if relation != person.relation:
                because = {"because": "change_head"}
                deed.writing.change_resident("correction", person, {"relation": relation}, because)
        deed.writing.change_household("change_head", home, {"head_id": head.id})
    return deed.id


def check_active(deed: Deed, home: Household) -> None:
    """Stop when a household has ended already, or has not begun."""
    if home.state == "empty":
        sentence = _("Keluarga ini belum mempunyai anggota. Tambahkan anggotanya, atau hapus keluarga ini.")
        deed.wrong("household_id", "empty", sentence)
        deed.settle_errors()
    if home.state != "active":
        deed.wrong("household_id", "not_active", _("Keluarga ini sudah tidak aktif."))
        deed.settle_errors()


def second_head(head: Resident) -> str:
    """The sentence about a household that has a head already."""
    return str(_("Keluarga ini sudah mempunyai kepala keluarga: %(name)s.", name=head.name))


def _head_among(deed: Deed, people: list[Resident], head_id: uuid.UUID | None) -> Resident:
    if head_id is None and len(people) == 1:
        head_id = people[0].id
    head = next((person for person in people if person.id == head_id), None)
    if head is None:
        deed.wrong("head_id", "head_needed", _("Pilih kepala keluarga baru dari anggota yang dipilih."))
        deed.settle_errors()
    assert head is not None
    deed.check_head(head, "head_id")
    return head


def _settle_in(
    deed: Deed,
    home: Household,
    people: list[Resident],
    head: Resident | None,
    relations: Mapping[uuid.UUID, int],
    *,
    moved: bool,
) -> None:
    """Make people members of a household; `moved`: they live in its area from now on."""
    before = head.relation if head else None
    details: dict[str, Any] = {"household": home.id}
    arrivals = {person.id for person in people}
    wanted = []
    for person in people:
        if head is not None and person.id == head.id:
            relation = HEAD
        elif head is not None and head.id in arrivals:
            relation = relations.get(person.id) or guess_relation(person.relation, before, person.sex)
        else:
            relation = relations.get(person.id) or guess_relation(None, None, person.sex)
        wanted.append((relation, person.birth_date))
    places = deed.places(home.id, wanted)
    for person, (relation, _born), place in zip(people, wanted, places, strict=True):
        values: dict[str, Any] = {"household_id": home.id, "relation": relation, "household_order": place}
        if moved and home.sub_area_id is not None:
            values["sub_area_id"] = home.sub_area_id
        deed.writing.change_resident(deed.kind, person, values, deed.details(**details))
        deed.about(person.name)


def _take_over(deed: Deed, home: Household) -> None:
    """A household without a head that somebody joined as its head knows them."""
    head = deed.head(home.id)
    if head is not None and home.head_id != head.id:
        deed.writing.change_household("change_head", home, {"head_id": head.id})
