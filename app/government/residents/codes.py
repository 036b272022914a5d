"""The lists of the national population register: code → Indonesian word. The numbers are those of exchange files.

Domain: residents (the lists of the civil registry forms, Permendagri 109/2019 and 47/2016). Lists are code, not tables:
they are the same in every village and change by law. Words are shown through gettext.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SEX = {1: _l("Laki-laki"), 2: _l("Perempuan")}
RELIGION = {
    1: _l("Islam"), 2: _l("Kristen"), 3: _l("Katholik"), 4: _l("Hindu"), 5: _l("Budha"), 6: _l("Khonghucu"),
    7: _l("Kepercayaan terhadap Tuhan YME/lainnya"),
}  # fmt: skip
MARITAL_STATUS = {1: _l("Belum kawin"), 2: _l("Kawin"), 3: _l("Cerai hidup"), 4: _l("Cerai mati")}
RELATION = {
    1: _l("Kepala keluarga"), 2: _l("Suami"), 3: _l("Istri"), 4: _l("Anak"), 5: _l("Menantu"), 6: _l("Cucu"),
    7: _l("Orang tua"), 8: _l("Mertua"), 9: _l("Famili lain"), 10: _l("Pembantu"), 11: _l("Lainnya"),
}  # fmt: skip
EDUCATION = {
    1: _l("Tidak/belum sekolah"), 2: _l("Belum tamat SD"), 3: _l("Tamat SD"), 4: _l("SLTP"), 5: _l("SLTA"),
    6: _l("Diploma I/II"), 7: _l("Akademi/Diploma III/S. Muda"), 8: _l("Diploma IV/Strata I"), 9: _l("Strata II"),
    10: _l("Strata III"),
}  # fmt: skip
SCHOOLING = {
    1: _l("Belum masuk TK/kelompok bermain"), 2: _l("Sedang TK"), 3: _l("Tidak pernah sekolah"), 4: _l("Sedang SD"),
    5: _l("Tidak tamat SD"), 6: _l("Sedang SLTP"), 7: _l("Sedang SLTA"), 8: _l("Sedang D-1"), 9: _l("Sedang D-2"),
    10: _l("Sedang D-3"), 11: _l("Sedang S-1"), 12: _l("Sedang S-2"), 13: _l("Sedang S-3"), 14: _l("Sedang SLB A"),
    15: _l("Sedang SLB B"), 16: _l("Sedang SLB C"),
    17: _l("Tidak dapat membaca dan menulis huruf Latin/Arab"), 18: _l("Tidak sedang sekolah"),
}  # fmt: skip
BLOOD_TYPE = {
    1: "A", 2: "B", 3: "AB", 4: "O", 5: "A+", 6: "A-", 7: "B+", 8: "B-", 9: "AB+", 10: "AB-", 11: "O+", 12: "O-",
    13: _l("Tidak tahu"),
}  # fmt: skip
NATIONALITY = {1: _l("WNI"), 2: _l("WNA"), 3: _l("Dua kewarganegaraan")}
READING = {
    1: _l("Huruf Latin"), 2: _l("Huruf daerah"), 3: _l("Huruf Arab"), 4: _l("Huruf Arab dan Latin"),
    5: _l("Huruf Arab, Latin, dan daerah"), 6: _l("Tidak dapat membaca"),
}  # fmt: skip
DISABILITY = {
    1: _l("Fisik"), 2: _l("Netra/buta"), 3: _l("Rungu/wicara"), 4: _l("Mental/jiwa"), 5: _l("Fisik dan mental"),
    6: _l("Lainnya"), 7: _l("Tidak cacat"),
}  # fmt: skip
NOT_DISABLED = 7
ILLNESS = {
    1: _l("Jantung"), 2: _l("Lever"), 3: _l("Paru-paru"), 4: _l("Kanker"), 5: _l("Stroke"), 6: _l("Diabetes"),
    7: _l("Ginjal"), 8: _l("Malaria"), 9: _l("Kusta"), 10: _l("HIV/AIDS"), 11: _l("Gangguan jiwa"), 12: _l("TBC"),
    13: _l("Asma"), 14: _l("Tidak ada"),
}  # fmt: skip
CONTRACEPTION = {
    1: _l("Pil"), 2: _l("IUD"), 3: _l("Suntik"), 4: _l("Kondom"), 5: _l("Susuk KB"), 6: _l("Sterilisasi wanita"),
    7: _l("Sterilisasi pria"), 99: _l("Lainnya"), 100: _l("Tidak menggunakan"),
}  # fmt: skip
INSURANCE = {
    1: _l("Tidak/belum punya"), 2: _l("BPJS PBI"), 3: _l("BPJS non-PBI"), 4: _l("BPJS bantuan daerah"),
    99: _l("Lainnya"),
}  # fmt: skip
CARD = {1: _l("Belum"), 2: _l("KTP-el"), 3: _l("KIA")}
CARD_STATUS = {
    1: _l("Belum wajib"), 2: _l("Belum rekam"), 3: _l("Sudah rekam"), 4: _l("Kartu sudah dicetak"),
    5: _l("Siap cetak"), 6: _l("Kartu dikirim"), 7: _l("Dikirim untuk dicetak"), 8: _l("Kartu sudah diserahkan"),
}  # fmt: skip
VITAL_STATUS = {
    1: _l("Hidup"),
    2: _l("Mati"),
    3: _l("Pindah"),
    4: _l("Hilang"),
    6: _l("Pergi"),
    9: _l("Tidak valid"),
}
ALIVE, DEAD, MOVED, MISSING, LEFT, INVALID = 1, 2, 3, 4, 6, 9
RESIDENCE_STATUS = {1: _l("Tetap"), 2: _l("Tidak tetap"), 3: _l("Pendatang")}
PERMANENT, TEMPORARY, NEWCOMER = 1, 2, 3
MOVE_TARGET = {
    1: _l("Desa lain"),
    2: _l("Kecamatan lain"),
    3: _l("Kabupaten/kota lain"),
    4: _l("Provinsi lain"),
}
HEAD_OF_HOUSEHOLD = 1
WELFARE_CLASS = {
    1: _l("Keluarga prasejahtera"), 2: _l("Sejahtera I"), 3: _l("Sejahtera II"), 4: _l("Sejahtera III"),
    5: _l("Sejahtera III plus"),
}  # fmt: skip
HOUSE_CONDITION = {
    1: _l("Layak huni"), 2: _l("Rusak ringan"), 3: _l("Rusak sedang"), 4: _l("Rusak berat"), 5: _l("Tidak layak huni"),
}  # fmt: skip

_OCCUPATIONS = (
    _l("Belum/tidak bekerja"), _l("Mengurus rumah tangga"), _l("Pelajar/mahasiswa"), _l("Pensiunan"), _l("PNS"),
    _l("TNI"), _l("Polri"), _l("Perdagangan"), _l("Petani/pekebun"), _l("Peternak"), _l("Nelayan/perikanan"),
    _l("Industri"), _l("Konstruksi"), _l("Transportasi"), _l("Karyawan swasta"), _l("Karyawan BUMN"),
    _l("Karyawan BUMD"), _l("Karyawan honorer"), _l("Buruh harian lepas"), _l("Buruh tani/perkebunan"),
    _l("Buruh nelayan/perikanan"), _l("Buruh peternakan"), _l("Pembantu rumah tangga"), _l("Tukang cukur"),
    _l("Tukang listrik"), _l("Tukang batu"), _l("Tukang kayu"), _l("Tukang sol sepatu"), _l("Tukang las/pandai besi"),
    _l("Tukang jahit"), _l("Tukang gigi"), _l("Penata rias"), _l("Penata busana"), _l("Penata rambut"), _l("Mekanik"),
    _l("Seniman"), _l("Tabib"), _l("Paraji"), _l("Perancang busana"), _l("Penterjemah"), _l("Imam masjid"),
    _l("Pendeta"), _l("Pastor"), _l("Wartawan"), _l("Ustadz/mubaligh"), _l("Juru masak"), _l("Promotor acara"),
    _l("Anggota DPR RI"), _l("Anggota DPD"), _l("Anggota BPK"), _l("Presiden"), _l("Wakil presiden"),
    _l("Anggota Mahkamah Konstitusi"), _l("Anggota kabinet/kementerian"), _l("Duta besar"), _l("Gubernur"),
    _l("Wakil gubernur"), _l("Bupati"), _l("Wakil bupati"), _l("Walikota"), _l("Wakil walikota"),
    _l("Anggota DPRD provinsi"), _l("Anggota DPRD kabupaten/kota"), _l("Dosen"), _l("Guru"), _l("Pilot"),
    _l("Pengacara"), _l("Notaris"), _l("Arsitek"), _l("Akuntan"), _l("Konsultan"), _l("Dokter"), _l("Bidan"),
    _l("Perawat"), _l("Apoteker"), _l("Psikiater/psikolog"), _l("Penyiar televisi"), _l("Penyiar radio"), _l("Pelaut"),
    _l("Peneliti"), _l("Sopir"), _l("Pialang"), _l("Paranormal"), _l("Pedagang"), _l("Perangkat desa"),
    _l("Kepala desa"), _l("Biarawati"), _l("Wiraswasta"), _l("Lainnya"),
)  # fmt: skip
OCCUPATION = dict(enumerate(_OCCUPATIONS, start=1))

LISTS: dict[str, dict[int, object]] = {
    "sex": SEX, "religion": RELIGION, "marital_status": MARITAL_STATUS, "relation": RELATION, "education": EDUCATION,
    "schooling": SCHOOLING, "blood_type": BLOOD_TYPE, "nationality": NATIONALITY, "reading": READING,
    "disability": DISABILITY, "illness": ILLNESS, "contraception": CONTRACEPTION, "insurance": INSURANCE, "card": CARD,
    "card_status": CARD_STATUS, "vital_status": VITAL_STATUS, "residence_status": RESIDENCE_STATUS,
    "occupation": OCCUPATION, "welfare_class": WELFARE_CLASS, "house_condition": HOUSE_CONDITION,
}  # fmt: skip
"""Column of a resident or household → its list."""


def word(column: str, code: int | None) -> str:
    """The word of a code in the reader's language; empty for an unknown one."""
    found = LISTS[column].get(code) if code is not None else None
    return str(found) if found is not None else ""
