"""Residents, households and sub-areas that go over from one village to another, within one transaction of the owner.

In the village that they leave, each line of the ledger takes them out as one who moves away, under a kind of its own
that no clerk can take back; in the other they come in the same way: both monthly reports add up. The village that they
leave keeps its records as it keeps those of everybody who moved: letters and history stay readable. What is personal is
opened and sealed anew under the other village's key, and found by its blind indexes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from app.core.privacy.vault import Vault
from app.government.residents import codes, derive
from app.government.residents.imports.rows import EVENT_COLUMNS, HOUSEHOLD_COLUMNS, RESIDENT_COLUMNS
from app.government.residents.writing import next_month, plain, today
from app.province.life.choosing import Chosen, counts
from app.province.life.following import choose_head, take_out_number
from app.province.life.lines import Occasion, cell, entry_of, line
from app.province.life.owner import Connection, Row, raise_register, run, table
from tenants.ids import uuid7
from tenants.models import now

LEFT_KIND, HOME_LEFT_KIND = "handed_over", "household_handed_over"
CAME_KIND, HOME_CAME_KIND = "taken_over", "household_taken_over"
AREA_COLUMNS = (
    "id",
    "parent_id",
    "kind",
    "name",
    "head_name",
    "head_phone",
    "sort_order",
    "row_version",
    "created_at",
)
DOCUMENT_COLUMNS = (
    "id", "resident_id", "household_id", "kind", "title", "media_type", "size", "sha256", "key_id", "added_by",
    "created_at",
)  # fmt: skip


class DoesNotAddUp(Exception):
    """What stands after the move is not what stood before; the message says which counts."""


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two villages: `name` with its own word before it."""

    tenant_id: uuid.UUID
    schema: str
    name: str
    district_code: str


@dataclass(slots=True)
class Moved:
    """What was done. `numbers_taken`, `cleared`: people who came without their NIK and households without their card's
    number, since another bears it there; `new_heads`: households whose head stands there already."""

    residents: int = 0
    households: int = 0
    areas: int = 0
    documents: int = 0
    duplicates: int = 0
    numbers_taken: int = 0
    cleared: int = 0
    new_heads: int = 0
    document_ids: dict[str, str] = field(default_factory=dict)


class Moving:
    """One move; both registers are held (`owner.hold_register`) before it is made.

    Args:
        source, target: the two villages with their vaults.
        effective_on: the day from which they belong to the other village.
        regulation: the number of the regulation, which stands with each line of the ledger.
        by: who does it, as lines and documents name them.
        duplicates: ids of residents who stand in the target too: they leave, and are not entered twice.
        numbers_taken: ids of residents whose NIK another person of the target bears: they are entered without it.
        withheld: numbers that an earlier move took out, by the id of who had them, with where they came from.
    """

    def __init__(
        self,
        conn: Connection,
        source: tuple[Place, Vault],
        target: tuple[Place, Vault],
        *,
        effective_on: dt.date,
        regulation: str,
        by: str,
        duplicates: Iterable[uuid.UUID] = (),
        numbers_taken: Iterable[uuid.UUID] = (),
        withheld: Mapping[uuid.UUID, tuple[str, str]] | None = None,
    ) -> None:
        self.conn = conn
        self.source, self.source_vault = source
        self.target, self.target_vault = target
        self.effective_on, self.regulation, self.by = effective_on, regulation, by
        self.duplicates, self.numbers_taken = frozenset(duplicates), frozenset(numbers_taken)
        self.withheld = dict(withheld or {})
        self.moment = now()
        self.occasion = Occasion(uuid7(), effective_on, today(), self.moment, by)
        self.moved = Moved()
        self.ids: dict[uuid.UUID, uuid.UUID] = {}
        self.areas: dict[uuid.UUID, uuid.UUID] = {}
        self.home_areas: dict[uuid.UUID, uuid.UUID | None] = {}

    def carry_out(self, chosen: Chosen) -> Moved:
        """Move everybody who was chosen. Raises DoesNotAddUp (the caller rolls back), SealBroken, UnknownKey."""
        before = self._counted()
        self._move_areas(chosen.areas)
        homes = self._rows("household", chosen.households)
        people = self._rows("resident", chosen.residents)
        self._name_anew(homes, people)
        entered = [row for row in people if row["id"] not in self.duplicates]
        lived_in = {row["household_id"] for row in entered}
        coming = [row for row in homes if row["state"] == "empty" or row["id"] in lived_in]
        self._take_out(homes, people)
        self._bring_in(coming, entered)
        self._move_documents(entered, coming)
        raise_register(self.conn, self.source.schema)
        raise_register(self.conn, self.target.schema)
        self.moved.duplicates = len(people) - len(entered)
        self._check(before, people=len(people), homes=sum(row["state"] == "active" for row in homes),
                    entered=len(entered), came=sum(row["state"] == "active" for row in coming))  # fmt: skip
        return self.moved

    def _counted(self) -> tuple[int, int, int, int]:
        return (*counts(self.conn, self.source.schema), *counts(self.conn, self.target.schema))

    def _check(
        self, before: tuple[int, int, int, int], *, people: int, homes: int, entered: int, came: int
    ) -> None:
        """Nobody is lost and nobody is there twice: else nothing of it stands."""
        expected = (before[0] - people, before[1] - homes, before[2] + entered, before[3] + came)
        after = self._counted()
        if after != expected:
            raise DoesNotAddUp(
                f"{after} people and households stand after the move, {expected} were expected"
            )

    def _rows(self, name: str, ids: Sequence[uuid.UUID]) -> list[Row]:
        return run(
            self.conn,
            "SELECT * FROM {table} WHERE id = ANY(%s) ORDER BY id",
            (list(ids),),
            table=table(self.source.schema, name),
        ).fetchall()

    def _name_anew(self, homes: Sequence[Row], people: Sequence[Row]) -> None:
        """Ids stay as they are, but for those that the other village knows already from an earlier move."""
        for name, rows in (("household", homes), ("resident", people)):
            ids = [row["id"] for row in rows]
            known = run(
                self.conn,
                "SELECT id FROM {table} WHERE id = ANY(%s)",
                (ids,),
                table=table(self.target.schema, name),
            )
            taken = {row["id"] for row in known}
            self.ids |= {key: uuid7() if key in taken else key for key in ids}

    # -- areas ------------------------------------------------------------------------------------------------------

    def _move_areas(self, area_ids: Sequence[uuid.UUID]) -> None:
        """Enter the areas there, from above to below; one whose name stands there is named after its village."""
        rows = self._rows("sub_area", area_ids)
        there = run(
            self.conn,
            "SELECT id, parent_id, kind, lower(name) AS name FROM {area}",
            area=table(self.target.schema, "sub_area"),
        ).fetchall()
        ids = {row["id"] for row in there}
        names = {(row["parent_id"], row["kind"], row["name"]) for row in there}
        self.areas = {row["id"]: uuid7() if row["id"] in ids else row["id"] for row in rows}
        ordered = sorted(rows, key=lambda row: ("sub_area", "rw", "rt").index(row["kind"]))
        fresh = []
        for row in ordered:
            parent, name = self.areas.get(row["parent_id"]), row["name"]
            if (parent, row["kind"], name.lower()) in names:
                name = f"{name} ({self.source.name})"
            fresh.append(
                {**row, "id": self.areas[row["id"]], "parent_id": parent, "name": name, "row_version": 1}
            )
        self.moved.areas = self._copy("sub_area", AREA_COLUMNS, fresh)

    # -- the village that they leave ----------------------------------------------------------------------------------

    def _take_out(self, homes: Sequence[Row], people: Sequence[Row]) -> None:
        schema = self.source.schema
        month = self._month(schema)
        latest = self._latest_months(homes, people)
        same_district = self.source.district_code == self.target.district_code
        details = {
            "target": 1 if same_district else 2,
            "destination": self.target.name,
            "decree": self.regulation,
        }
        lines: list[Row] = []
        for home in homes:
            counted = home["state"] == "active"
            lines.append(
                line(
                    self.occasion, self.source_vault, HOME_LEFT_KIND, None, home["id"],
                    max(month, latest.get(home["id"], month)),
                    out=(derive.HOUSEHOLD_CELL, home["sub_area_id"]) if counted else None, into=None,
                    version=home["row_version"] + 1, details=details,
                    kept={"before": {"state": home["state"]}, "after": {"state": "left"}},
                )
            )  # fmt: skip
        for person in people:
            day = self._day_of(person)
            before = {"vital_status": codes.ALIVE, "vital_on": plain(person["vital_on"])}
            lines.append(
                line(
                    self.occasion, self.source_vault, LEFT_KIND, person["id"], person["household_id"],
                    max(month, latest.get(person["id"], month)), out=(cell(person), person["sub_area_id"]),
                    into=None, version=person["row_version"] + 1, details=details,
                    kept={"before": before, "after": {"vital_status": codes.MOVED, "vital_on": plain(day)}}, day=day,
                )
            )  # fmt: skip
        run(
            self.conn,
            "UPDATE {home} SET state = 'left', row_version = row_version + 1, updated_at = %s WHERE id = ANY(%s)",
            (self.moment, [row["id"] for row in homes]),
            home=table(schema, "household"),
        )
        run(
            self.conn,
            "UPDATE {person} SET vital_status = %s, vital_on = greatest(%s, birth_date), "
            "row_version = row_version + 1, updated_at = %s WHERE id = ANY(%s)",
            (codes.MOVED, self.effective_on, self.moment, [row["id"] for row in people]),
            person=table(schema, "resident"),
        )
        self._copy("life_event", EVENT_COLUMNS, lines, schema=schema)

    def _day_of(self, person: Row) -> dt.date:
        """The day from which somebody belongs to the other village: nobody moved before being born."""
        born: dt.date | None = person["birth_date"]
        return max(self.effective_on, born) if born else self.effective_on

    def _latest_months(self, homes: Sequence[Row], people: Sequence[Row]) -> dict[uuid.UUID, dt.date]:
        """The last month in which each of them counts, so that no cell falls below zero in between."""
        found = run(
            self.conn,
            "SELECT coalesce(resident_id, household_id) AS id, max(month) AS month FROM {event} "
            "WHERE undone_at IS NULL AND (from_cell IS NOT NULL OR to_cell IS NOT NULL) AND "
            "(resident_id = ANY(%s) OR resident_id IS NULL AND household_id = ANY(%s)) GROUP BY 1",
            ([row["id"] for row in people], [row["id"] for row in homes]),
            event=table(self.source.schema, "life_event"),
        )
        return {row["id"]: row["month"] for row in found}

    # -- the village that they come to --------------------------------------------------------------------------------

    def _bring_in(self, homes: Sequence[Row], people: Sequence[Row]) -> None:
        month = self._month(self.target.schema)
        details = {"origin": self.source.name, "decree": self.regulation}
        taken = self._taken_cards()
        heads = {row["id"] for row in people}
        fresh_homes, fresh_people, lines = [], [], []
        follows = []
        for home in homes:
            row, sealed, out = self._home(home, taken, heads)
            fresh_homes.append(row)
            counted = row["state"] == "active"
            if out is not None:
                numbers = {"kk": out[0]}
                sealed = {**sealed, **numbers}
                follows.append(take_out_number(self.occasion, self.target_vault, row, month, numbers, out[1]))
            lines.append(
                line(
                    self.occasion, self.target_vault, HOME_CAME_KIND, None, row["id"], month, out=None,
                    into=(derive.HOUSEHOLD_CELL, row["sub_area_id"]) if counted else None, version=1,
                    details=details, kept=entry_of(row, HOUSEHOLD_COLUMNS, sealed),
                )
            )  # fmt: skip
        for person in people:
            row, sealed, out = self._person(person)
            fresh_people.append(row)
            if out is not None:
                numbers = {"nik": out[0]}
                sealed = {**sealed, **numbers}
                follows.append(take_out_number(self.occasion, self.target_vault, row, month, numbers, out[1]))
            lines.append(
                line(
                    self.occasion, self.target_vault, CAME_KIND, row["id"], row["household_id"], month, out=None,
                    into=(cell(row), row["sub_area_id"]), version=1, details=details,
                    kept=entry_of(row, RESIDENT_COLUMNS, sealed), day=self._day_of(person),
                )
            )  # fmt: skip
        follows += self._new_heads(homes, fresh_homes, fresh_people, month)
        self.moved.households = self._copy("household", HOUSEHOLD_COLUMNS, fresh_homes)
        self.moved.residents = self._copy("resident", RESIDENT_COLUMNS, fresh_people)
        self._copy("life_event", EVENT_COLUMNS, [*lines, *follows])

    def _new_heads(
        self, homes: Sequence[Row], fresh_homes: Sequence[Row], fresh_people: Sequence[Row], month: dt.date
    ) -> list[Row]:
        """Another head for each household whose own is known in the target and was not entered."""
        members: dict[uuid.UUID, list[Row]] = defaultdict(list)
        for person in fresh_people:
            members[person["household_id"]].append(person)
        lines: list[Row] = []
        for home, row in zip(homes, fresh_homes, strict=True):
            if home["head_id"] in self.duplicates and members[row["id"]]:
                lines += choose_head(self.occasion, self.target_vault, row, members[row["id"]], month)
                self.moved.new_heads += 1
        return lines

    def _taken_cards(self) -> set[bytes]:
        """Blind indexes of card numbers that stand in the target among households that somebody may join."""
        found = run(
            self.conn,
            "SELECT kk_index FROM {home} WHERE kk_index IS NOT NULL AND state IN ('active', 'empty')",
            home=table(self.target.schema, "household"),
        )
        return {bytes(row["kk_index"]) for row in found}

    def _home(
        self, home: Row, taken: set[bytes], heads: set[uuid.UUID]
    ) -> tuple[Row, Mapping[str, str], tuple[str, str] | None]:
        """A household's row there, what its box holds, and a number that it may not have with where it came from."""
        key = self.ids[home["id"]]
        known: dict[str, str] = dict(self.source_vault.open_json(home["box"], f"household:{home['id']}"))
        out = self.withheld.get(home["id"])
        index = self.target_vault.index("kk", known["kk"]) if known.get("kk") else None
        if index is not None and index in taken:
            out, index = (known.pop("kk"), self.source.name), None
            self.moved.cleared += 1
        area = self.areas.get(home["sub_area_id"])
        self.home_areas[home["id"]] = area
        row = {
            **home,
            "id": key,
            "kk_index": index,
            "box": self.target_vault.seal_json(known, f"household:{key}") if known else None,
            "head_id": self.ids[home["head_id"]] if home["head_id"] in heads else None,
            "sub_area_id": area,
            "row_version": 1,
            "updated_at": self.moment,
        }
        return row, known, out

    def _person(self, person: Row) -> tuple[Row, Mapping[str, str], tuple[str, str] | None]:
        """A resident's row there, with the same as of a household."""
        key = self.ids[person["id"]]
        known: dict[str, str] = dict(self.source_vault.open_json(person["box"], f"resident:{person['id']}"))
        home_id = person["household_id"] if person["household_id"] in self.home_areas else None
        area = self.areas.get(person["sub_area_id"])
        if area is None and home_id is not None:
            area = self.home_areas[home_id]
        out = self.withheld.get(person["id"])
        if person["id"] in self.numbers_taken:
            out = (known.pop("nik"), self.source.name)
            self.moved.numbers_taken += 1
        nik = known.get("nik", "")
        row = {
            **person,
            "id": key,
            "household_id": self.ids[home_id] if home_id else None,
            "sub_area_id": area,
            "nik_index": self.target_vault.index("nik", nik) if nik else None,
            "nik_state": derive.nik_state(nik),
            "box": self.target_vault.seal_json(known, f"resident:{key}") if known else None,
            "row_version": 1,
            "updated_at": self.moment,
        }
        row["missing_count"] = derive.missing_count({**{k: row.get(k) for k in derive.REQUIRED}, "nik": nik})
        return row, known, out

    # -- documents ----------------------------------------------------------------------------------------------------

    def _move_documents(self, people: Sequence[Row], homes: Sequence[Row]) -> None:
        """Enter the rows of scans there; their objects were copied before, or are by the caller (`document_ids`)."""
        found = run(
            self.conn,
            "SELECT * FROM {document} WHERE resident_id = ANY(%s) OR resident_id IS NULL AND household_id = ANY(%s)",
            ([row["id"] for row in people], [row["id"] for row in homes]),
            document=table(self.source.schema, "resident_document"),
        ).fetchall()
        there = run(
            self.conn,
            "SELECT id FROM {document} WHERE id = ANY(%s)",
            ([row["id"] for row in found],),
            document=table(self.target.schema, "resident_document"),
        )
        taken = {row["id"] for row in there}
        fresh = []
        for row in found:
            key = uuid7() if row["id"] in taken else row["id"]
            self.moved.document_ids[str(row["id"])] = str(key)
            person, home = self.ids.get(row["resident_id"]), self.ids.get(row["household_id"])
            fresh.append(
                {
                    **row,
                    "id": key,
                    "resident_id": person,
                    "household_id": home,
                    "key_id": self.target_vault.key_id,
                }
            )
        renamed = {old: new for old, new in self.moved.document_ids.items() if old != new}
        for old, new in renamed.items():
            run(
                self.conn,
                "UPDATE {person} SET photo_document_id = %s WHERE photo_document_id = %s AND id = ANY(%s)",
                (new, old, [self.ids[row["id"]] for row in people]),
                person=table(self.target.schema, "resident"),
            )
        self.moved.documents = self._copy("resident_document", DOCUMENT_COLUMNS, fresh)

    # -- both ---------------------------------------------------------------------------------------------------------

    def _month(self, schema: str) -> dt.date:
        """The month in which lines count: that of the day, or the first one that is not closed."""
        row = run(
            self.conn, "SELECT max(month) AS month FROM {month}", month=table(schema, "population_month")
        ).fetchone()
        closed = row["month"] if row else None
        month = self.effective_on.replace(day=1)
        return max(month, next_month(closed)) if closed else month

    def _copy(self, name: str, columns: Sequence[str], rows: Sequence[Row], *, schema: str = "") -> int:
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            table(schema or self.target.schema, name), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.conn.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([row[column] for column in columns])
        return len(rows)
