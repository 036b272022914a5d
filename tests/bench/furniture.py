"""What a village that works with the house has entered: contact, eight officials, four dusun with three RT each."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from tests.bench.house import House

MARK = "Bersama membangun desa"
ABOUT = (
    "Sebagian besar warga hidup dari kopi, lada, dan sawah. Pasar desa buka setiap Rabu dan Sabtu.\n"
    "Kantor melayani surat pengantar, keterangan usaha, dan pengaduan. Bawalah KTP dan kartu keluarga."
)
OFFICIALS = (
    ("Ahmad Subarkah", "Kepala Desa", "head"),
    ("Siti Rohmah", "Sekretaris", "secretary"),
    ("Wayan Sudarta", "Bendahara", "treasurer"),
    ("Nurhayati", "Kasi Pemerintahan", "section"),
    ("Edi Suprapto", "Kasi Kesejahteraan", "section"),
    ("Lestari Handayani", "Kasi Pelayanan", "section"),
    ("Rudi Hartono", "Kepala Dusun I", "sub_area"),
    ("Sumiati", "Kepala Dusun II", "sub_area"),
)
SUB_AREA = "INSERT INTO sub_area (id, parent_id, kind, name, sort_order, created_at) VALUES (%s, %s, %s, %s, %s, now())"
BATCH = 100


def furnish(house: House) -> None:
    """Fill every village that has nothing yet, so that what is measured is not an empty page."""
    with house.owner() as conn:
        names = [
            row[0]
            for row in conn.execute(
                "SELECT schema_name FROM platform.tenant WHERE schema_name IS NOT NULL ORDER BY 1"
            )
        ]
        empty = (
            [name for name in names if not _is_furnished(conn, name)]
            if not _last_is_furnished(conn, names)
            else []
        )
        for start in range(0, len(empty), BATCH):
            with conn.transaction(), conn.pipeline():
                for name in empty[start : start + BATCH]:
                    _fill(conn, name)


def _last_is_furnished(conn: psycopg.Connection, names: list[str]) -> bool:
    return bool(names) and _is_furnished(conn, names[0]) and _is_furnished(conn, names[-1])


def _is_furnished(conn: psycopg.Connection, schema: str) -> bool:
    query = sql.SQL("SELECT motto FROM {}.village_profile").format(sql.Identifier(schema))
    row = conn.execute(query).fetchone()
    return row is not None and row[0] == MARK


def _fill(conn: psycopg.Connection, schema: str) -> None:
    conn.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
    conn.execute(
        "UPDATE village_profile SET motto = %s, about = %s, address = 'Jalan Raya 12', phone = '0729-123456', "
        "whatsapp = '081234567890', email = 'kantor@desa.example', latitude = -5.43, longitude = 104.72",
        (MARK, ABOUT),
    )
    for number, (name, title, position) in enumerate(OFFICIALS):
        conn.execute(
            "INSERT INTO official (id, name, title, position, period_from, sort_order, is_public, created_at) "
            "VALUES (%s, %s, %s, %s, '2024-01-02', %s, true, now())",
            (uuid.uuid4(), name, title, position, number),
        )
    for number in range(4):
        dusun = uuid.uuid4()
        conn.execute(SUB_AREA, (dusun, None, "sub_area", f"Dusun {number + 1}", number))
        for rt in range(3):
            conn.execute(SUB_AREA, (uuid.uuid4(), dusun, "rt", f"{3 * number + rt + 1:03}", rt))
