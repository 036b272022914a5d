"""What is open when people go over to another village: letters in progress, complaints, residents' accounts.

A plan counts it, so that it can be finished before. What is left when the deed is carried out comes to its end in the
same transaction, in states that the rules of letters, complaints and accounts know, with their steps and their lines in
the village's log: no clerk meets a letter that can't be issued any more. An account goes along with its resident.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from psycopg import sql

from app.core.audit.recording import presentable
from app.core.privacy.masking import mask_personal
from app.government.complaints.services import SUBJECT as COMPLAINT
from app.government.complaints.words import OPEN as OPEN_COMPLAINTS
from app.government.letters.desk.boxes import in_clear
from app.government.letters.desk.life import SUBJECT as LETTER
from app.government.letters.models import APPLICANT_ORIGINS, OPEN_STATES
from app.government.selfservice.accounts.sign_in import CASE as ACCOUNT
from app.government.selfservice.models import PortalAccount
from app.province.life.models import VillageDeed
from app.province.life.moving import Moving
from app.province.life.owner import Connection, Row, run, table
from tenants.ids import uuid7

NAMES = ("letters", "complaints", "accounts", "accounts_ended")
GOING_ALONG = ("active", "locked", "invited")
"""States of accounts that go along with their resident; an application with a photo is asked for anew."""
GONE, CAME = "gone_over", "came_over"
"""The steps of an account in the village that it leaves and in the one that it comes to."""

_IN_PROGRESS = sql.SQL(
    "(l.state = ANY(%(open)s) OR l.state = 'draft' AND l.origin <> ALL(%(phones)s)) AND (%(everybody)s "
    "OR l.resident_id = ANY(%(people)s) OR l.resident_id IS NULL AND l.account_id IN "
    "(SELECT id FROM {account} WHERE resident_id = ANY(%(people)s)))"
)
"""Letters `l` that somebody works on or waits for, also what the desk has begun; a phone's draft is theirs alone."""


def counted(
    conn: Connection,
    schema: str,
    residents: Sequence[uuid.UUID],
    *,
    everybody: bool = False,
    staying: Collection[uuid.UUID] = (),
) -> dict[str, int]:
    """How much is open of these residents, by `NAMES`.

    Args:
        everybody: the village is left by all: letters and complaints of strangers count too.
        staying: residents who are not entered anew in the other village, so that their accounts end.
    """
    account = table(schema, "portal_account")
    values = {**_chosen(residents, everybody), "staying": list(staying), "along": list(GOING_ALONG),
              "waiting": list(OPEN_COMPLAINTS)}  # fmt: skip
    row = run(
        conn,
        "SELECT (SELECT count(*) FROM {letter} l WHERE {in_progress}) AS letters, "
        "(SELECT count(*) FROM {complaint} WHERE state = ANY(%(waiting)s) "
        "AND (%(everybody)s OR resident_id = ANY(%(people)s))) AS complaints, "
        "count(*) FILTER (WHERE state = ANY(%(along)s) AND resident_id <> ALL(%(staying)s)) AS accounts, "
        "count(*) FILTER (WHERE state <> ALL(%(along)s) OR resident_id = ANY(%(staying)s)) AS accounts_ended "
        "FROM {account} WHERE state <> 'closed' AND resident_id = ANY(%(people)s)",
        values,
        letter=table(schema, "letter"),
        complaint=table(schema, "complaint"),
        account=account,
        in_progress=_IN_PROGRESS.format(account=account),
    ).fetchone()
    assert row is not None
    return dict(row)


def still_open(deed: VillageDeed) -> dict[str, int]:
    """What a deed's page tells, by `NAMES`: of those who are chosen; once done, what came of it."""
    chosen = set(deed.plan.get("chosen", ()))
    picked = [area.get("open", {}) for area in deed.plan.get("areas", ()) if area["id"] in chosen]
    if deed.state == "done":
        picked = [deed.result.get("open", {})]
    elif deed.kind == "merge":
        picked = [deed.plan.get("open", {})]
    return {name: sum(one.get(name, 0) for one in picked) for name in NAMES}


def settle(
    conn: Connection, deed: Row, moving: Moving, residents: Sequence[uuid.UUID], *, everybody: bool
) -> dict[str, int]:
    """Bring to its end what is open of residents who went over; returns how much, by `NAMES`.

    Called in the deed's transaction, after they were moved. A merge (`everybody`) ends all letters and complaints.
    """
    closing = _Closing(conn, deed, moving, residents, everybody)
    letters = closing.letters()
    complaints = closing.complaints() if everybody else 0
    accounts, ended = closing.accounts()
    return dict(zip(NAMES, (letters, complaints, accounts, ended), strict=True))


def reason_of(source: str, target: str, regulation: str, *, everybody: bool) -> str:
    """Why something was closed, as its applicant reads it."""
    whose = f"{source} bergabung" if everybody else "Penduduk beralih"
    return f"{whose} ke {target}; ajukan lagi di sana. Dasar: {regulation}"


class _Closing:
    """Closes what is open in the village that is left, in the words of its own rules."""

    def __init__(
        self, conn: Connection, deed: Row, moving: Moving, residents: Sequence[uuid.UUID], everybody: bool
    ) -> None:
        self.conn, self.deed, self.moving = conn, deed, moving
        self.schema = moving.source.schema
        self.values = _chosen(residents, everybody)
        self.reason = reason_of(
            moving.source.name, moving.target.name, moving.regulation, everybody=everybody
        )

    def letters(self) -> int:
        """Cancel letters in progress, as `letters.desk.life.cancel` does; whoever has a number keeps it."""
        found = run(
            self.conn,
            "UPDATE {letter} l SET state = 'cancelled', reason = %(reason)s, closed_at = %(at)s, updated_at = %(at)s, "
            "row_version = row_version + 1 WHERE {in_progress} RETURNING id, title, holder_name, number",
            {**self.values, "reason": in_clear(self.reason), "at": self.moving.moment},
            letter=table(self.schema, "letter"),
            in_progress=_IN_PROGRESS.format(account=table(self.schema, "portal_account")),
        ).fetchall()
        self._step(LETTER, "cancelled", [row["id"] for row in found])
        for row in found:
            row["label"] = " · ".join(row[name] for name in ("title", "holder_name", "number") if row[name])
        self._record("letter.cancelled", LETTER, [(row["id"], row["label"], row["title"]) for row in found])
        return len(found)

    def complaints(self) -> int:
        """Say of complaints that wait for an answer why there will be none, as `complaints.handling.reject` does."""
        found = run(
            self.conn,
            "UPDATE {complaint} SET state = 'rejected', closed_at = %(at)s, updated_at = %(at)s, "
            "row_version = row_version + 1 WHERE state = ANY(%(waiting)s) RETURNING id, title",
            {"waiting": list(OPEN_COMPLAINTS), "at": self.moving.moment},
            complaint=table(self.schema, "complaint"),
        ).fetchall()
        self._step(COMPLAINT, "rejected", [row["id"] for row in found])
        self._record("complaint.rejected", COMPLAINT, [(row["id"], row["title"], "") for row in found])
        return len(found)

    def accounts(self) -> tuple[int, int]:
        """Take accounts along; returns how many go and how many end. Nobody stays signed in."""
        account = table(self.schema, "portal_account")
        found = run(
            self.conn,
            "SELECT * FROM {account} WHERE state <> 'closed' AND resident_id = ANY(%(people)s) ORDER BY id FOR UPDATE",
            self.values,
            account=account,
        ).fetchall()
        run(
            self.conn,
            "UPDATE {session} SET ended_at = %s WHERE ended_at IS NULL AND account_id = ANY(%s)",
            (self.moving.moment, [row["id"] for row in found]),
            session=table(self.schema, "portal_session"),
        )
        going = self._going(found)
        _insert(self.conn, self.moving.target.schema, "portal_account", [self._entered(row) for row in going])
        ids = [row["id"] for row in going]
        run(
            self.conn,
            "UPDATE {account} SET state = 'closed', failed = 0, pin_hash = NULL, code_hash = NULL, "
            "code_expires_at = NULL, box = NULL, card_index = NULL, updated_at = %s, row_version = row_version + 1 "
            "WHERE id = ANY(%s)",
            (self.moving.moment, ids),
            account=account,
        )
        self._step(ACCOUNT, GONE, [row["id"] for row in found])
        self._step(ACCOUNT, CAME, ids, schema=self.moving.target.schema)
        return len(going), len(found) - len(going)

    def _going(self, found: Sequence[Row]) -> list[Row]:
        """The accounts that can go: their resident stands there with the NIK, and their id, under which alone a PIN
        holds, is free there."""
        names = {name: table(self.moving.target.schema, name) for name in ("portal_account", "resident")}
        taken = run(
            self.conn,
            "SELECT id FROM {portal_account} WHERE id = ANY(%s)",
            ([row["id"] for row in found],),
            **names,
        )
        known = run(
            self.conn,
            "SELECT id FROM {resident} WHERE nik_index IS NOT NULL AND id = ANY(%s)",
            ([self.moving.ids[row["resident_id"]] for row in found],),
            **names,
        )
        ids, here = {row["id"] for row in taken}, {row["id"] for row in known}
        return [
            row
            for row in found
            if row["state"] in GOING_ALONG
            and row["resident_id"] not in self.moving.duplicates
            and self.moving.ids[row["resident_id"]] in here
            and row["id"] not in ids
        ]

    def _entered(self, row: Row) -> Row:
        """An account as it stands there: its resident by the id that holds there, its box under the other key."""
        source, target, bound = (
            self.moving.source_vault,
            self.moving.target_vault,
            f"portal_account:{row['id']}",
        )
        kept = source.open_json(bytes(row["box"]), bound) if row["box"] else {}
        index = target.index("card", kept["card_tag"]) if kept.get("card_tag") else None
        if index is not None and self._is_card_taken(index):
            kept, index = {name: text for name, text in kept.items() if name != "card_tag"}, None
        fresh = {
            **row,
            "resident_id": self.moving.ids[row["resident_id"]],
            "card_index": index,
            "box": target.seal_json(kept, bound) if kept else None,
            "preferences": json.dumps(row["preferences"]),
            "row_version": 1,
            "updated_at": self.moving.moment,
        }
        return {column.name: fresh[column.name] for column in PortalAccount.__table__.columns}

    def _is_card_taken(self, index: bytes) -> bool:
        account = table(self.moving.target.schema, "portal_account")
        found = run(self.conn, "SELECT 1 FROM {account} WHERE card_index = %s", (index,), account=account)
        return found.fetchone() is not None

    def _step(self, subject: str, kind: str, ids: Sequence[uuid.UUID], *, schema: str = "") -> None:
        """Add a step to each of these cases, which says why and by which deed."""
        note = mask_personal(self.reason)
        if subject == ACCOUNT:
            note = f"{self.moving.source.name} → {self.moving.target.name} ({self.moving.regulation})"
        rows = [
            {
                "id": uuid7(), "subject_kind": subject, "subject_id": key, "kind": kind, "at": self.moving.moment,
                "by_kind": "system", "by_name": "", "note": note, "is_public": True,
                "details": json.dumps({"deed": str(self.deed["id"])}),
            }
            for key in ids
        ]  # fmt: skip
        _insert(self.conn, schema or self.schema, "case_step", rows)

    def _record(self, action: str, kind: str, found: Sequence[tuple[uuid.UUID, str, str]]) -> None:
        """Write the village's log, as `owner.note` does: in the name of the officer who let the deed run."""
        rows = []
        for key, summary, letter_type in found:
            details = {"officer": True, "reason": mask_personal(self.reason)}
            kept = presentable({**details, **({"letter_type": letter_type} if letter_type else {})})
            rows.append(
                {
                    "id": uuid7(), "at": self.moving.moment, "actor_id": self.deed["asked_by"],
                    "actor_name": self.deed["asked_by_name"], "action": action, "object_type": kind,
                    "object_id": str(key), "summary": presentable(summary), "details": json.dumps(kept), "address": "",
                }
            )  # fmt: skip
        _insert(self.conn, self.schema, "audit_entry", rows)


def _chosen(residents: Sequence[uuid.UUID], everybody: bool) -> dict[str, Any]:
    return {
        "people": list(residents),
        "everybody": everybody,
        "open": list(OPEN_STATES),
        "phones": list(APPLICANT_ORIGINS),
    }


def _insert(conn: Connection, schema: str, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Enter rows that have the same columns."""
    if not rows:
        return
    columns = list(rows[0])
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        table(schema, name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder() * len(columns)),
    )
    with conn.cursor() as cursor:
        cursor.executemany(statement, [[row[column] for column in columns] for row in rows])
