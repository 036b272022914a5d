"""The programme's trainings in the demo: two as they happened, the others invented, every person invented.

10–12 October 2024: the Bimtek Smart Village in Bandar Lampung for officials of the pekon of Tanggamus, 19 of them
from the nine pekon of Gisting. 23 September 2023: the programme comes to the kampung of Negara Batin, Way Kanan.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

TANGGAMUS, WAY_KANAN, GISTING, NEGARA_BATIN = "18.06", "18.08", "18.06.20", "18.08.11"


@dataclass(frozen=True, slots=True)
class Part:
    """A session: its day counted from the first, hours, title, pillar, who speaks (names of `SPEAKERS`)."""

    day: int
    start: str
    end: str
    title: str
    pillar: str
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """An event. `on` is a date, or days from today; `villages` how many of which place send `each` people.

    `came` is the share of those who came, `before` and `after` the mean share of right answers; None without a test.
    `costs` are spent once it was held and planned before, `paid` are spent in any case. `signer` signs certificates.
    """

    key: str
    office: str
    kind: str
    title: str
    on: dt.date | int
    days: int
    venue: tuple[str, str, str, float, float, int]
    parts: tuple[Part, ...]
    villages: tuple[tuple[str, int, int], ...]
    description: str
    state: str = "done"
    citizens: bool = False
    came: float = 0.92
    before: float | None = None
    after: float | None = None
    capacity: int | None = None
    per_village: int | None = None
    quotas: tuple[tuple[str, int], ...] = ()
    budget: int | None = None
    costs: tuple[tuple[str, str, int], ...] = ()
    paid: tuple[tuple[str, str, int], ...] = ()
    tasks: tuple[tuple[str, str, int], ...] = ()
    opened_by: str = ""
    programme: str = ""
    reason: str | None = None
    invited: tuple[str, ...] = ()
    prepared: bool = False
    walk_ins: int = 0
    replaced: int = 0
    signer: tuple[str, str] | None = None
    material: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


SPEAKERS = {
    "hartono": ("Drs. Hartono Wibisono, M.M.", "Penyuluh pemerintahan desa", "Dinas PMDT Provinsi Lampung"),
    "melati": ("Melati Anggraini, S.Kom.", "Pelatih aplikasi", "Tim Smart Village"),
    "fauzan": ("Fauzan Azhari, S.STP.", "Analis tata kelola", "Dinas PMD Kabupaten Tanggamus"),
    "yulia": ("Yulia Permata, S.E.", "Pendamping usaha desa", "Tim Smart Village"),
    "rasyid": ("Abdul Rasyid, S.Sos.", "Kepala seksi pemerintahan", "Kecamatan Negara Batin"),
    "widya": ("Widya Ningrum, A.Md.", "Operator teladan", "Pekon Gisting Atas"),
    "nirmala": ("dr. Nirmala Hapsari", "Narasumber posyandu", "Dinas Kesehatan Kabupaten Tanggamus"),
}
AIMS = (
    Part(
        0,
        "08:30",
        "10:00",
        "Apa itu Smart Village: pemerintahan, ekonomi, warga",
        "government",
        ("hartono", "rasyid"),
    ),
    Part(0, "10:15", "12:00", "Tiga tujuan program dan manfaatnya bagi kampung", "people", ("hartono",)),
    Part(0, "13:00", "15:00", "Praktik memakai sistem: penduduk dan surat", "government", ("melati",)),
)
THREE_DAYS = (
    Part(0, "13:00", "14:00", "Pembukaan dan arah program", "government", ("fauzan",)),
    Part(0, "14:15", "17:00", "Data penduduk yang rapi dan aman", "government", ("melati", "hartono")),
    Part(1, "08:00", "12:00", "Surat dan layanan mandiri", "government", ("melati",)),
    Part(1, "13:00", "16:30", "Usaha warga dan lapak desa", "economy", ("yulia",)),
    Part(2, "08:00", "11:30", "Warga yang cakap digital", "people", ("hartono",)),
)
CLINIC = tuple(
    part
    for day in range(3)
    for part in (
        Part(day, "08:00", "12:00", "Surat: dari permohonan sampai terbit", "government", ("widya",)),
        Part(day, "13:00", "17:00", "Layanan mandiri: praktik dengan ponsel", "people", ("widya",)),
        Part(day, "19:00", "21:30", "Konsultasi malam untuk kader dan warga", "adoption", ("widya",)),
    )
)
ONE_DAY = (
    Part(0, "08:30", "12:00", "Data penduduk dan surat", "government", ("melati",)),
    Part(0, "13:00", "16:00", "Layanan mandiri dan warga digital", "people", ("hartono",)),
)
HALL = {
    "bandar": ("Ruang pertemuan di Bandar Lampung", "Bandar Lampung", "18.71", -5.4291, 105.2610, 120),
    "negara": (
        "Balai Kecamatan Negara Batin",
        "Negara Batin, Way Kanan",
        NEGARA_BATIN,
        -4.4380,
        104.7240,
        150,
    ),
    "gisting": ("Aula Kecamatan Gisting", "Jalan Raya Gisting", GISTING, -5.4380, 104.7230, 80),
    "kotaagung": (
        "Aula Islamic Center Kota Agung",
        "Kota Agung, Tanggamus",
        "18.06.01",
        -5.4980,
        104.6240,
        200,
    ),
    "pringsewu": ("Aula Pendopo Pringsewu", "Pringsewu", "18.10", -5.3582, 104.9744, 250),
    "kalianda": ("Aula Sebuku, Kalianda", "Kalianda", "18.01", -5.7384, 105.5920, 250),
    "gunungsugih": ("Aula Nuwo Balak, Gunung Sugih", "Gunung Sugih", "18.02", -4.9640, 105.2050, 250),
    "sukadana": ("Aula Atas Sukadana", "Sukadana", "18.07", -5.0590, 105.5510, 250),
    "menggala": ("Gedung serbaguna Menggala", "Menggala", "18.05", -4.4720, 105.2480, 200),
    "krui": ("Gedung pertemuan Krui", "Krui", "18.13", -5.1930, 103.9300, 150),
}
FOLLOW_UP = (
    ("Rapikan data penduduk tanpa NIK", "Lengkapi atau tandai sebabnya di menu Penduduk.", 30),
    ("Terbitkan sepuluh surat lewat sistem", "Dari permohonan sampai nomor keluar.", 45),
    ("Buka akun layanan mandiri untuk 20 warga", "Di balai, atau dari ponsel warga.", 60),
)
KADER_TASKS = (
    ("Catat penimbangan bulan ini di ponsel", "Bersama bidan desa, pada hari posyandu.", 30),
    ("Latih satu kader lain di pekon", "Tulis nama dan tanggalnya di catatan.", 75),
)
PROGRAMMES = {
    "bimtek": (
        "18", "Bimtek Smart Village", 2024,
        "Setiap desa memakai sistemnya sendiri untuk melayani, berusaha, dan belajar.",
    ),
    "kader": (
        "18.06", "Kader digital Tanggamus", 2026,
        "Setiap pekon punya dua kader yang mencatat dengan ponsel dan melatih warga di sekitarnya.",
    ),
}  # fmt: skip
"""Office, title, year, aim."""
BOOK, SLIDES, EXERCISE = "Buku panduan peserta", "Paparan narasumber", "Lembar latihan: surat dan penduduk"
DECREE, REPORT = "Surat keputusan panitia", "Laporan pelaksanaan"
PROVINCE_HEAD = ("Drs. Zainuri Halim, M.M.", "Kepala Dinas Pemberdayaan Masyarakat, Desa, dan Transmigrasi")
TANGGAMUS_HEAD = ("Ir. Mardiana Yusuf, M.T.", "Kepala Dinas PMD Kabupaten Tanggamus")
TODAY = "pekan-klinik"
"""The key of the event that is always held in these days: it began yesterday, and has a door today and tomorrow."""
STORIES = (
    Story(
        "negara-batin-2023", NEGARA_BATIN, "socialisation", "Sosialisasi Smart Village Kecamatan Negara Batin",
        dt.date(2023, 9, 23), 1, HALL["negara"], AIMS, ((NEGARA_BATIN, 99, 5),),
        "Program diperkenalkan kepada pemerintah kampung dan warga: apa itu Smart Village, tiga tujuannya, dan cara "
        "memakai sistem di baliknya.",
        citizens=True, came=0.88, budget=14_500_000,
        costs=(("meals", "Makan dan kudapan", 6_800_000), ("material", "Buku panduan", 2_900_000),
               ("travel", "Perjalanan narasumber", 3_400_000)),
        opened_by="Camat Negara Batin", walk_ins=4, material=("Paparan: apa itu Smart Village", BOOK),
        documents=("Undangan camat kepada kampung", REPORT),
    ),
    Story(
        "bimtek-2024", TANGGAMUS, "bimtek", "Bimtek Smart Village Kabupaten Tanggamus", dt.date(2024, 10, 10), 3,
        HALL["bandar"], THREE_DAYS, ((GISTING, 9, 2), (TANGGAMUS, 52, 1)),
        "Aparatur pekon se-Kabupaten Tanggamus; 19 orang dari sembilan pekon Kecamatan Gisting. Peserta meminta agar "
        "diulang, diperluas ke semua pekon, dan dilanjutkan dengan pendampingan teknis di lapangan.",
        came=1.0, before=0.46, after=0.79, budget=186_000_000,
        costs=(("other", "Dua malam, 71 peserta", 92_300_000), ("meals", "Tiga hari", 38_400_000),
               ("speakers", "Honor dan perjalanan", 24_000_000), ("material", "Modul dan sertifikat", 9_200_000)),
        tasks=FOLLOW_UP, opened_by="Sekretaris Dinas PMD Kabupaten Tanggamus", programme="bimtek",
        signer=TANGGAMUS_HEAD, material=(BOOK, SLIDES, EXERCISE), documents=(DECREE, REPORT),
    ),
    Story(
        "pringsewu", "18", "bimtek", "Bimtek Smart Village Kabupaten Pringsewu", -425, 1, HALL["pringsewu"], ONE_DAY,
        (("18.10", 58, 2),), "Angkatan pertama bagi pekon di Pringsewu.", before=0.44, after=0.74, budget=74_000_000,
        costs=(("meals", "116 peserta", 17_400_000), ("speakers", "Honor dan perjalanan", 15_000_000),
               ("venue", "Sewa aula", 12_500_000)), programme="bimtek", replaced=2, documents=(REPORT,),
        signer=PROVINCE_HEAD, material=(BOOK, EXERCISE),
    ),
    Story(
        "lampung-selatan", "18", "bimtek", "Bimtek Smart Village Kabupaten Lampung Selatan", -330, 1,
        HALL["kalianda"], ONE_DAY, (("18.01", 76, 2),), "Angkatan kedua; desa pesisir didahulukan.", came=0.86,
        before=0.42, after=0.70, budget=96_000_000,
        costs=(("meals", "152 peserta", 22_800_000), ("speakers", "Honor", 18_000_000)), programme="bimtek",
        walk_ins=3, replaced=3,
    ),
    Story(
        "lampung-tengah", "18", "bimtek", "Bimtek Smart Village Kabupaten Lampung Tengah", -260, 1,
        HALL["gunungsugih"], ONE_DAY, (("18.02", 84, 2),), "Angkatan ketiga.", came=0.83, before=0.47, after=0.72,
        budget=104_000_000, costs=(("meals", "168 peserta", 25_200_000), ("speakers", "Honor", 18_000_000)),
        programme="bimtek", replaced=2,
    ),
    Story(
        "way-kanan", WAY_KANAN, "bimtek", "Bimtek lanjutan Kabupaten Way Kanan", -205, 1, HALL["negara"], ONE_DAY,
        ((WAY_KANAN, 40, 2), (NEGARA_BATIN, 6, 1)), "Bagi kampung yang sudah mengikuti sosialisasi.", before=0.51,
        after=0.77, budget=52_000_000, costs=(("meals", "86 peserta", 12_900_000),), tasks=FOLLOW_UP[:2],
        material=(BOOK,),
    ),
    Story(
        "lampung-timur", "18", "bimtek", "Bimtek Smart Village Kabupaten Lampung Timur", -150, 1, HALL["sukadana"],
        ONE_DAY, (("18.07", 66, 2),), "Angkatan keempat.", came=0.8, before=0.43, after=0.69, budget=88_000_000,
        costs=(("meals", "132 peserta", 19_800_000), ("speakers", "Honor", 16_000_000)), programme="bimtek",
    ),
    Story(
        "kader", TANGGAMUS, "cadre_training", "Pelatihan kader posyandu digital", -62, 1, HALL["kotaagung"],
        (Part(0, "08:30", "15:00", "Mencatat di ponsel, melaporkan dengan rapi", "people", ("nirmala", "melati")),),
        ((TANGGAMUS, 34, 1), (GISTING, 9, 2)), "Kader pekon mencatat dengan ponsel.", citizens=True, before=0.55,
        after=0.83, budget=31_000_000,
        costs=(("meals", "52 kader", 5_200_000), ("speakers", "Honor narasumber", 4_500_000),
               ("travel", "Uang jalan kader", 7_800_000)), programme="kader", signer=TANGGAMUS_HEAD, walk_ins=2,
        replaced=1, material=("Kartu langkah: mencatat penimbangan",), tasks=KADER_TASKS,
    ),
    Story(
        "kunjungan", "18.13", "study_visit", "Kunjungan belajar ke Pekon Gisting Atas", -33, 1, HALL["gisting"],
        (Part(0, "09:00", "14:00", "Pelayanan surat dari dekat", "government", ("widya",)),), (("18.13", 12, 2),),
        "Peratin dan juru tulis dari Pesisir Barat melihat cara pekon bekerja sehari-hari.", came=0.95,
        budget=18_000_000, costs=(("travel", "Dua bus", 9_500_000), ("meals", "24 peserta", 2_400_000)),
    ),
    Story(
        TODAY, GISTING, "cadre_training", "Pekan klinik layanan Kecamatan Gisting", -1, 3, HALL["gisting"], CLINIC,
        ((GISTING, 9, 4),), "Belajar sambil mengerjakan surat sungguhan dari pekon masing-masing. Datang pada sesi "
        "yang cocok; malam hari untuk kader dan warga.", state="open", citizens=True, came=0.7, before=0.49,
        prepared=True, capacity=32, per_village=5, budget=9_600_000,
        costs=(("meals", "Konsumsi hari kedua dan ketiga", 3_200_000),),
        paid=(("meals", "Konsumsi hari pertama", 1_600_000), ("material", "Cetak lembar latihan", 450_000)),
        walk_ins=2, replaced=1, material=(EXERCISE,), documents=("Daftar perlengkapan",),
    ),
    Story(
        "pekan-ini", NEGARA_BATIN, "socialisation", "Sosialisasi lanjutan: warga dan layanan mandiri", 3, 1,
        HALL["negara"],
        (Part(0, "08:30", "11:30", "Akun warga: dari kode sampai surat pertama", "people", ("rasyid",)),
         Part(0, "13:00", "15:00", "Pengaduan: dijawab dan diumumkan", "government", ("rasyid",))),
        ((NEGARA_BATIN, 11, 3),), "Kampung membawa dua warga yang akan mengajari tetangganya.", state="open",
        citizens=True, capacity=60, per_village=4, budget=11_000_000, invited=(NEGARA_BATIN,),
        costs=(("meals", "60 peserta", 4_200_000),), paid=(("material", "Poster langkah-langkah", 750_000),),
    ),
    Story(
        "lanjutan", TANGGAMUS, "bimtek", "Bimtek lanjutan: semua pekon Tanggamus", 24, 2, HALL["kotaagung"],
        (Part(0, "08:30", "12:00", "Menutup bulan: laporan yang selalu cocok", "government", ("melati",)),
         Part(0, "13:00", "16:00", "Usaha warga di lapak pekon", "economy", ("yulia",)),
         Part(1, "08:30", "12:00", "Melatih warga di pekon sendiri", "people", ("hartono",))),
        ((GISTING, 8, 2), (TANGGAMUS, 30, 1)),
        "Permintaan peserta Bimtek 2024: diulang dan diperluas ke semua pekon.", state="open", capacity=120,
        per_village=3, quotas=((GISTING, 12), ("18.06.01", 20)), budget=140_000_000, invited=(TANGGAMUS,),
        costs=(("other", "Penginapan satu malam, 120 peserta", 66_000_000), ("meals", "Dua hari", 30_000_000),
               ("speakers", "Honor dan perjalanan", 18_000_000)),
        paid=(("venue", "Uang muka aula", 7_500_000),), programme="bimtek", prepared=True, replaced=1,
        material=(BOOK,), documents=(DECREE,),
    ),
    Story(
        "kader-dua", TANGGAMUS, "cadre_training", "Pelatihan kader posyandu digital, angkatan kedua", 24, 2,
        HALL["kotaagung"],
        (Part(0, "09:00", "15:00", "Mencatat di ponsel, melaporkan dengan rapi", "people", ("nirmala", "melati")),
         Part(1, "13:00", "15:30", "Membaca grafik pertumbuhan", "people", ("nirmala",))),
        ((TANGGAMUS, 12, 1),), "Bagi pekon yang kadernya belum dilatih.", state="open", citizens=True, capacity=60,
        per_village=2, budget=28_000_000, invited=(GISTING, "18.06.01"), costs=(("meals", "60 kader", 6_000_000),),
        programme="kader",
    ),
    Story(
        "dibatalkan", "18", "bimtek", "Bimtek Smart Village Kabupaten Tulang Bawang", 9, 1, HALL["menggala"], ONE_DAY,
        (("18.05", 10, 2),), "Angkatan kelima.", state="cancelled", reason="Gedung dipakai untuk posko banjir; "
        "tanggal baru diumumkan kemudian.", capacity=150, programme="bimtek", budget=92_000_000,
        paid=(("venue", "Uang muka gedung (dikembalikan sebagian)", 2_000_000),),
    ),
    Story(
        "konsep", "18", "bimtek", "Bimtek Smart Village Kabupaten Pesisir Barat", 58, 1, HALL["krui"], ONE_DAY, (),
        "Angkatan keenam, menunggu anggaran.", state="draft", capacity=120, programme="bimtek", budget=80_000_000,
        costs=(("meals", "120 peserta", 18_000_000), ("speakers", "Honor", 16_000_000)),
    ),
)  # fmt: skip
