"""What a photo says of itself: when and where it was taken, by its EXIF notes (JEITA CP-3451). Anybody can write them.

The notes are small and come from outside, so they are read by bounds that are checked at every step and never by the
library that decodes pictures; what can't be read is not said.
"""

from __future__ import annotations

import datetime as dt
import math
import struct
from dataclasses import dataclass

from app.core.ui.formats import ZONE

MOST_BYTES = 70_000
"""A segment of a JPEG holds 65,535 bytes."""
MOST_ENTRIES = 200

_EXIF_POINTER, _GPS_POINTER = 0x8769, 0x8825
_TAKEN, _CHANGED, _OFFSET = 0x9003, 0x0132, 0x9011
_SOUTH_NORTH, _LATITUDE, _WEST_EAST, _LONGITUDE = 1, 2, 3, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}


@dataclass(frozen=True, slots=True)
class PhotoSays:
    """When and where a photo was taken as it says itself: WGS 84 degrees; None where it says nothing."""

    taken_at: dt.datetime | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, where it says both."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


NOTHING = PhotoSays()


def photo_says(data: bytes) -> PhotoSays:
    """What a JPEG, or the notes alone that a phone cut out of one (`Exif…`), says; NOTHING for anything else."""
    notes = data if data.startswith(b"Exif\x00\x00") else _notes_of(data)
    try:
        return _read(notes[6:MOST_BYTES]) if notes else NOTHING
    except (struct.error, ValueError, IndexError, OverflowError, ZeroDivisionError):
        return NOTHING


def _notes_of(data: bytes) -> bytes:
    """The segment APP1 of a JPEG, empty where there is none before its pixels."""
    place = 2
    while data.startswith(b"\xff\xd8") and place + 4 <= len(data) and data[place] == 0xFF:
        kind, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if kind == 0xDA or length < 2:
            break
        body = data[place + 4 : place + 2 + length]
        if kind == 0xE1 and body.startswith(b"Exif\x00\x00"):
            return body
        place += 2 + length
    return b""


def _read(tiff: bytes) -> PhotoSays:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or struct.unpack_from(f"{order}H", tiff, 2)[0] != 42:
        return NOTHING
    first = _entries(tiff, order, struct.unpack_from(f"{order}I", tiff, 4)[0])
    more = _entries(tiff, order, _whole(first.get(_EXIF_POINTER), order))
    gps = _entries(tiff, order, _whole(first.get(_GPS_POINTER), order))
    latitude = _degrees(gps.get(_LATITUDE), gps.get(_SOUTH_NORTH), order, b"S", 90)
    longitude = _degrees(gps.get(_LONGITUDE), gps.get(_WEST_EAST), order, b"W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        latitude = longitude = None
    return PhotoSays(_moment(more.get(_TAKEN) or first.get(_CHANGED), more.get(_OFFSET)), latitude, longitude)


def _entries(tiff: bytes, order: str, place: int) -> dict[int, bytes]:
    """The values of a directory by their tags, as bytes."""
    if not 8 <= place <= len(tiff) - 2:
        return {}
    found: dict[int, bytes] = {}
    count = min(struct.unpack_from(f"{order}H", tiff, place)[0], MOST_ENTRIES)
    for number in range(count):
        at = place + 2 + 12 * number
        if at + 12 > len(tiff):
            break
        tag, kind, amount = struct.unpack_from(f"{order}HHI", tiff, at)
        size = _SIZES.get(kind, 0) * amount
        if not 0 < size <= 1000:
            continue
        start = at + 8 if size <= 4 else struct.unpack_from(f"{order}I", tiff, at + 8)[0]
        value = tiff[start : start + size]
        if len(value) == size:
            found[tag] = value
    return found


def _whole(value: bytes | None, order: str) -> int:
    return int(struct.unpack(f"{order}I", value)[0]) if value and len(value) == 4 else 0


def _degrees(value: bytes | None, side: bytes | None, order: str, negative: bytes, most: int) -> float | None:
    if value is None or len(value) != 24:
        return None
    numbers = struct.unpack(f"{order}6I", value)
    parts = [
        above / below if below else 0.0 for above, below in zip(numbers[::2], numbers[1::2], strict=True)
    ]
    found = parts[0] + parts[1] / 60 + parts[2] / 3600
    if not math.isfinite(found) or found > most:
        return None
    return round(-found if (side or b"").startswith(negative) else found, 6)


def _moment(value: bytes | None, offset: bytes | None) -> dt.datetime | None:
    """When it was taken; None for no time, and for the first and last year of the calendar, which no zone can turn."""
    if value is None:
        return None
    said = value.split(b"\x00")[0].decode("ascii", "replace").strip()
    try:
        found = dt.datetime.strptime(said, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the zone follows, if it is known
        zone = _zone(offset) if offset is not None else ZONE
    except (ValueError, IndexError):
        return None
    return found.replace(tzinfo=zone) if dt.MINYEAR < found.year < dt.MAXYEAR else None


def _zone(offset: bytes) -> dt.tzinfo:
    sign, hours, minutes = chr(offset[0]), int(offset[1:3]), int(offset[4:6])
    away = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-away if sign == "-" else away)
