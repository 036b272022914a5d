"""Files of residents, and the way they take through the import's pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from app.core.hosting import SigerFlask
from tests.support.uploads import send_form
from tests.support.visitors import Visitor
from tests.support.work import settle

HEADER = [
    "alamat", "dusun", "rw", "rt", "nama", "no_kk", "nik", "sex", "tempatlahir", "tanggallahir", "agama_id",
    "pendidikan_kk_id", "pekerjaan_id", "status_kawin", "kk_level", "warganegara_id", "nama_ayah", "nama_ibu",
    "golongan_darah_id", "status_dasar",
]  # fmt: skip
_HERE = ["JALAN DAMAR 3", "Suka Maju", "001", "002"]
FAMILY: list[list[Any]] = [
    [*_HERE, "BUDI SANTOSO", "1806200101150001", "1806201705800011", 1, "GISTING", "1980-05-17", 1, 5, 9, 2, 1, 1,
     "SANTOSO", "RATNA", 13, 1],
    [*_HERE, "SITI AMINAH", "1806200101150001", "1806204902830012", 2, "METRO", "1983-02-09", 1, 5, 2, 2, 3, 1,
     "AHMAD", "SUMI", 13, 1],
    [*_HERE, "ANI LESTARI", "1806200101150001", "1806207008120013", 2, "GISTING", "2012-08-30", 1, 2, 3, 1, 4, 1,
     "BUDI SANTOSO", "SITI AMINAH", 13, 1],
]  # fmt: skip
"""A family in the workbook that most villages can export."""


def row(cells: Sequence[Any], **changes: Any) -> list[Any]:
    """A row of the family with other cells, named by their headings."""
    other = list(cells)
    for name, value in changes.items():
        other[HEADER.index(name)] = value
    return other


def upload(app: SigerFlask, clerk: Visitor, data: bytes, name: str = "penduduk.xlsx") -> str:
    """Send a file and have it read; returns the path of its page."""
    answer = send_form(clerk, "/penduduk/impor", {"file": (data, name)})
    assert answer.status_code == 303, answer.text[:2000]
    settle(app)
    return str(answer.headers["Location"])


def chosen(clerk: Visitor, url: str) -> dict[str, str]:
    """What the mapping form offers: name of the select → chosen target."""
    found = {}
    for name, options in re.findall(r'<select class="select" id="column-\d+" name="(column-\d+)">(.*?)</select>',
                                    clerk.get(url).text, re.S):  # fmt: skip
        picked = re.search(r'value="([^"]*)" selected', options)
        found[name] = picked[1] if picked else ""
    return found


def choose(app: SigerFlask, clerk: Visitor, url: str, changes: dict[str, str] | None = None) -> None:
    """Take what the form offers, with changes, and have the rows checked."""
    answer = clerk.submit(f"{url}/kolom", {**chosen(clerk, url), **(changes or {})}, form=url)
    assert answer.status_code == 303, answer.text[:2000]
    settle(app)


def send(app: SigerFlask, clerk: Visitor, data: bytes, name: str = "penduduk.xlsx") -> str:
    """Send a file up to its preview; returns the path of its page."""
    url = upload(app, clerk, data, name)
    choose(app, clerk, url)
    return url


def applying(clerk: Visitor, url: str, **values: Any) -> dict[str, Any]:
    """The form that applies the preview."""
    version = re.search(r'name="row_version" value="(\d+)"', clerk.get(url).text)
    return {
        "row_version": version[1] if version else "",
        "happened_on": "",
        "make_areas": "1",
        "note": "diperiksa",
        **values,
    }


def apply(app: SigerFlask, clerk: Visitor, url: str, **values: Any) -> None:
    """Apply what the preview shows, warnings included."""
    clerk.submit(f"{url}/terapkan", applying(clerk, url, **values), form=url)
    settle(app)


def carry_out(
    app: SigerFlask, clerk: Visitor, data: bytes, name: str = "penduduk.xlsx", **values: Any
) -> str:
    """The whole way of a file; returns the path of its page."""
    url = send(app, clerk, data, name)
    apply(app, clerk, url, **values)
    return url


def tab(clerk: Visitor, url: str, kind: str) -> str:
    """A tab of the preview."""
    return clerk.get(f"{url}?lihat={kind}").text
