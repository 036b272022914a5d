"""What the demo's villages say of themselves. Places are real; every person, number and sentence is invented."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.village.hours import Intervals, OpeningHours
from app.core.village.services import Person, Upload, VillageContent, fill_village
from app.demo.emblems import emblem
from tenants.models import TenantRow
from tenants.registry import load_tenant
from tenants.scope import tenant_scope

EXAMPLE = "Nama, nomor, dan foto di halaman ini hanya contoh untuk peragaan."


@dataclass(frozen=True, slots=True)
class Sketch:
    """A village in a line; the rest follows from it."""

    head: str
    secretary: str
    street: str
    motto: str
    about: str
    place: tuple[float, float]
    areas: tuple[str, ...]
    accent: str = ""


def _roman(count: int) -> tuple[str, ...]:
    numerals = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
    return tuple(f"Dusun {numeral}" for numeral in numerals[:count])


SKETCHES: dict[str, Sketch] = {
    "18.06.20.2001": Sketch(
        "Zulkarnain, S.Sos.",
        "Rosnawati",
        "Jalan Way Manis No. 4, Dusun I",
        "Manis air, manis budi",
        "Banjar Manis terletak di lereng timur Gisting, di antara kebun kopi dan kolam ikan warga. Mata air Way Manis "
        "mengairi sawah sepanjang tahun.",
        (-5.415668, 104.746629),
        _roman(4),
        "#1f5f8b",
    ),
    "18.06.20.2002": Sketch(
        "Marsudi",
        "Endang Lestari",
        "Jalan Raya Campang Km 3, Dusun II",
        "Bersama menanam, bersama memanen",
        "Campang dikenal dengan sayur-mayur dan pisang. Setiap Selasa dan Jumat hasil kebun dibawa ke pasar Gisting "
        "sebelum matahari terbit.",
        (-5.399213, 104.727087),
        _roman(6),
        "#2f6b3a",
    ),
    "18.06.20.2003": Sketch(
        "Hi. Mirza Pahlevi",
        "Siti Hawa",
        "Jalan Kuta Dalom No. 12, Dusun I",
        "Nemui nyimah, sakai sambayan",
        "Kuta Dalom adalah pekon tua yang menjaga rumah panggung dan bahasa Lampung. Sanggar tari pekon berlatih "
        "setiap Sabtu sore di sesat.",
        (-5.414752, 104.735179),
        _roman(3),
    ),
    "18.06.20.2004": Sketch(
        "Sutrisno",
        "Wiwin Winarsih",
        "Jalan Purwodadi Raya No. 20, Dusun III",
        "Guyub rukun",
        "Purwodadi dibuka pada tahun lima puluhan oleh para perintis dari Jawa. Kini warganya bertani kopi robusta dan "
        "beternak kambing.",
        (-5.426282, 104.738265),
        _roman(5),
    ),
    "18.06.20.2005": Sketch(
        "Supriyadi, S.E.",
        "Nining Rahayu",
        "Jalan Raya Gisting No. 88, Dusun II",
        "Maju berdagang, jujur melayani",
        "Gisting Bawah adalah pusat dagang kecamatan: pasar, terminal, dan deretan toko "
        "di sepanjang jalan lintas barat.",
        (-5.430031, 104.727466),
        _roman(8),
        "#a2431f",
    ),
    "18.06.20.2006": Sketch(
        "Sukirman, S.Sos.",
        "Wahyu Lestari, A.Md.",
        "Jalan Raya Gisting Atas, Dusun VIII Blok 11",
        "Rukun warganya, subur tanahnya, terbuka pemerintahannya",
        "Gisting Atas terletak di kaki Gunung Tanggamus, 700 meter di atas permukaan laut. "
        "Udara sejuk dan tanah vulkanik "
        "menjadikannya penghasil kopi, cabai, dan sayuran.\nSetiap pagi truk sayur berangkat ke Bandar Lampung; setiap "
        "sore warga berkumpul di lapangan Blok 11.",
        (-5.440299, 104.717854),
        _roman(10),
    ),
    "18.06.20.2007": Sketch(
        "Katiman",
        "Sulastri",
        "Jalan Sidokaton No. 7, Dusun I",
        "Satu kata, satu kerja",
        "Sidokaton berada di lembah utara Gisting. Irigasi Way Tebu memberi dua kali panen padi setahun.",
        (-5.412755, 104.703636),
        _roman(5),
        "#0f6b6b",
    ),
    "18.06.20.2008": Sketch(
        "Yusuf Efendi",
        "Herawati",
        "Jalan Landbaw Raya No. 31, Dusun II",
        "Belajar, bekerja, berbagi",
        "Landbaw menjadi rumah bagi beberapa sekolah dan pesantren. Pemuda pekon mengelola taman baca di balai dusun.",
        (-5.417872, 104.722398),
        _roman(6),
        "#5a3d8a",
    ),
    "18.06.20.2009": Sketch(
        "Ponimin",
        "Tri Astuti",
        "Jalan Permai Indah No. 2, Dusun I",
        "Permai alamnya, ramah orangnya",
        "Gisting Permai adalah pekon termuda di kecamatan ini, dengan kebun bunga "
        "dan jalur pendakian ke Gunung Tanggamus.",
        (-5.446473, 104.709699),
        _roman(4),
        "#8b2252",
    ),
    "18.08.11.2001": Sketch(
        "Hi. Raden Sanjaya",
        "Nurlela",
        "Jalan Negara Batin No. 1, Dusun I",
        "Piil pesenggiri, pegangan hidup",
        "Negara Batin adalah kampung induk kecamatan, tempat adat Way Kanan dijaga "
        "dan kantor-kantor kecamatan berdiri.",
        (-4.311562, 104.844678),
        _roman(6),
    ),
    "18.08.11.2002": Sketch(
        "Wagiman",
        "Suprihatin",
        "Jalan Poros Purwa Agung, Dusun II",
        "Tekun dan terbuka",
        "Purwa Agung hidup dari karet dan sawit rakyat. Kelompok tani kampung mengolah bokar menjadi lembaran asap.",
        (-4.417259, 104.830816),
        _roman(4),
        "#2f6b3a",
    ),
    "18.08.11.2003": Sketch(
        "Slamet Raharjo",
        "Umi Kulsum",
        "Jalan Purwa Negara No. 9, Dusun I",
        "Gotong royong setiap Jumat",
        "Purwa Negara terletak di tepi Way Umpu. Warga menanam singkong dan jagung di sela pohon karet muda.",
        (-4.382459, 104.803089),
        _roman(4),
    ),
    "18.08.11.2004": Sketch(
        "I Wayan Sudarma",
        "Ni Ketut Ariani",
        "Jalan Setia Negara No. 15, Dusun III",
        "Rukun dalam beda",
        "Setia Negara dihuni keluarga dari Jawa, Bali, dan Lampung yang saling menjaga hari raya satu sama lain.",
        (-4.422865, 104.804278),
        _roman(5),
        "#8a5a00",
    ),
    "18.08.11.2005": Sketch(
        "Suyatno",
        "Partini",
        "Jalan Sri Mulyo Raya, Dusun I",
        "Mulyo bareng-bareng",
        "Sri Mulyo punya embung yang menampung hujan untuk kebun sayur di musim kemarau.",
        (-4.420748, 104.862802),
        _roman(3),
        "#1f5f8b",
    ),
    "18.08.11.2006": Sketch(
        "Karyadi",
        "Winarti",
        "Jalan Sri Menanti, Dusun II",
        "Sabar menanam, sabar menanti",
        "Sri Menanti menanam karet, lada, dan nanas di tanah yang landai.",
        (-4.384545, 104.889634),
        _roman(3),
    ),
    "18.08.11.2007": Sketch(
        "Abdul Rohim",
        "Eli Yusnita",
        "Jalan Karta Jaya No. 3, Dusun I",
        "Karya nyata, desa jaya",
        "Karta Jaya berada di sisi timur kecamatan, dekat jalan ke Blambangan Umpu.",
        (-4.258768, 104.890187),
        _roman(4),
    ),
    "18.08.11.2008": Sketch(
        "Mulyono",
        "Sri Handayani",
        "Jalan Gisting Jaya No. 21, Dusun II",
        "Ingat asal, kejar maju",
        "Gisting Jaya didirikan keluarga yang pindah dari Gisting, Tanggamus, dan membawa nama kampungnya.",
        (-4.329425, 104.90904),
        _roman(5),
        "#2f6b3a",
    ),
    "18.08.11.2009": Sketch(
        "Sarmin",
        "Yuni Kartika",
        "Jalan Marga Jaya, Dusun I",
        "Satu marga, satu cita",
        "Marga Jaya adalah kampung karet dengan koperasi simpan pinjam yang aktif.",
        (-4.345507, 104.865974),
        _roman(3),
    ),
    "18.08.11.2010": Sketch(
        "Hadi Prayitno",
        "Lilis Suryani",
        "Jalan Bumi Jaya No. 6, Dusun II",
        "Bumi dijaga, warga sejahtera",
        "Bumi Jaya menata bank sampah dan kebun bibit di belakang balai kampung.",
        (-4.317071, 104.872003),
        _roman(4),
        "#0f6b6b",
    ),
    "18.08.11.2011": Sketch(
        "Tugiman",
        "Marlena",
        "Jalan Gedung Jaya, Dusun I",
        "Dari kebun ke meja",
        "Gedung Jaya menghasilkan singkong dan keripik yang dijual sampai Baturaja.",
        (-4.366333, 104.955607),
        _roman(3),
    ),
    "18.08.11.2012": Sketch(
        "Nyoman Gunawan",
        "Kadek Suarni",
        "Jalan Adi Jaya No. 11, Dusun I",
        "Adil memimpin, adil membagi",
        "Adi Jaya berada di ujung timur kecamatan, berbatas hutan tanaman.",
        (-4.337515, 104.971719),
        _roman(3),
        "#a2431f",
    ),
    "18.08.11.2013": Sketch(
        "Joko Susilo",
        "Ratna Ningsih",
        "Jalan Sari Jaya No. 5, Dusun II",
        "Sari bumi untuk anak cucu",
        "Sari Jaya menanam padi gogo dan beternak sapi di lahan bekas alang-alang.",
        (-4.333153, 104.937626),
        _roman(4),
    ),
    "18.08.11.2014": Sketch(
        "Imam Syafi'i",
        "Maimunah",
        "Jalan Negara Mulya, Dusun I",
        "Ilmu, amal, mulia",
        "Negara Mulya dikenal dengan madrasah dan perpustakaan kampung yang buka sampai malam.",
        (-4.396112, 104.86515),
        _roman(4),
        "#5a3d8a",
    ),
    "18.08.11.2015": Sketch(
        "Bachtiar Basri",
        "Rohana",
        "Jalan Kota Jawa No. 8, Dusun III",
        "Ragam asal, satu tujuan",
        "Kota Jawa tumbuh di simpang jalan; warganya berdagang hasil bumi dan sembako.",
        (-4.314931, 104.832325),
        _roman(5),
        "#3f4a5a",
    ),
}

FIRST = (
    "Ahmad", "Dewi", "Eko", "Fitri", "Gunawan", "Heni", "Irfan", "Junaidi", "Kartini", "Lukman", "Mardiana", "Nanang",
    "Oktavia", "Purnomo", "Ririn", "Samsudin", "Tarmizi", "Umar", "Vera", "Wulan", "Yanto", "Zaenal", "Agus", "Budi",
    "Citra", "Darmawan", "Erlina",
)  # fmt: skip
LAST = (
    "Hidayat", "Saputra", "Anggraini", "Wibowo", "Maulana", "Puspita", "Kurniawan", "Rahmawati", "Setiawan", "Utami",
    "Firmansyah", "Nurhayati", "Santoso", "Permatasari", "Hasan", "Yuliani", "Pratama", "Suryadi", "Mulyani",
    "Iskandar", "Safitri", "Nugroho", "Handayani",
)  # fmt: skip

UNFINISHED = ("18.06.20.2004", "18.08.11.2006")
"""Villages that stopped in the middle of their set-up: no logo, no areas yet."""


def fill_villages(rows: Sequence[TenantRow]) -> int:
    """Give the demo's villages what they say of themselves, those that say nothing yet; return how many were filled.

    Runs outside of any scope and commits village by village; safe to run again.
    """
    filled = 0
    for row in rows:
        if row.code in SKETCHES:
            with tenant_scope(load_tenant(row.id)):
                filled += fill_village(content_of(row.code))
    return filled


def staff_of(code: str) -> list[tuple[str, str]]:
    """Officials of the demo's village of this code below its head, the secretary first: name and office.

    Empty for a village that does not live in the demo.
    """
    if code not in SKETCHES:
        return []
    words = {"secretary": "Sekretaris"}
    people = _officials(SKETCHES[code], list(SKETCHES).index(code))
    return [(one.name, one.title or words[one.position]) for one in people if one.position != "head"]


def content_of(code: str) -> VillageContent:
    """What the demo's village of this code says of itself. Raises KeyError for another village."""
    sketch = SKETCHES[code]
    number = list(SKETCHES).index(code)
    finished = code not in UNFINISHED
    return VillageContent(
        identity={
            "motto": sketch.motto,
            "about": f"{sketch.about}\n{EXAMPLE}",
            "address": sketch.street,
            "postal_code": "35378" if code.startswith("18.06") else "34769",
            "phone": f"(072{9 if code.startswith('18.06') else 3}) 400{number + 1:02d}0",
            "whatsapp": f"0812-0000-{1000 + number * 37:04d}",
            "email": f"balai@{code.replace('.', '')}.desa.test",
            "location": sketch.place,
        },
        officials=_officials(sketch, number),
        areas={area: 2 + (number + n) % 3 for n, area in enumerate(sketch.areas)} if finished else {},
        hours=_hours(number),
        accent=sketch.accent,
        logo=Upload(emblem(number, sketch.accent), "logo-contoh.png") if finished else None,
    )


def _officials(sketch: Sketch, number: int) -> list[Person]:
    def name(turn: int) -> str:
        return f"{FIRST[(number * 5 + turn) % len(FIRST)]} {LAST[(number * 7 + turn * 3) % len(LAST)]}"

    began = {"period_from": dt.date(2019 + number % 5, 1 + number % 12, 14)}
    people = [
        Person(
            sketch.head,
            "head",
            fields={**began, "period_until": dt.date(2027 + number % 5, 1 + number % 12, 13)},
        ),
        Person(sketch.secretary, "secretary", signs_for=sketch.head, fields=began),
        Person(name(0), "treasurer", "Kepala Urusan Keuangan", fields=began),
        Person(name(1), "section", "Kepala Seksi Pemerintahan", signs_for=sketch.head, fields=began),
        Person(name(2), "section", "Kepala Seksi Kesejahteraan", fields=began),
        Person(name(3), "section", "Kepala Seksi Pelayanan", signs_for=sketch.secretary, fields=began),
    ]
    for turn, area in enumerate(sketch.areas[:4]):
        people.append(Person(name(4 + turn), "sub_area", f"Kepala {area}", fields={"is_public": turn < 4}))
    return people


def _hours(number: int) -> OpeningHours:
    early, late = dt.time(7, 30 if number % 2 else 45), dt.time(15, 0 if number % 3 else 30)
    noon = ((early, dt.time(12)), (dt.time(13), late))
    friday: Intervals = ((early, dt.time(11, 30)),)
    saturday: Intervals = ((dt.time(8), dt.time(11)),) if number % 4 == 1 else ()
    year = dt.date.today().year  # noqa: DTZ011 - the year alone
    closed = {dt.date(year, 12, 25): "Hari Natal", dt.date(year + 1, 1, 1): "Tahun Baru"}
    return OpeningHours((noon, noon, noon, noon, friday, saturday, ()), closed)
