"""The columns of the exchange format, and the headings under which villages' files have the same things.

The names are those of the workbook that most villages can export today (OpenSID's population format); what it lacks
follows under names of our own. Domain: residents ("Files that villages already have").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import lazy_gettext as _l

from app.core.spreadsheets import heading_key
from app.government.residents.register.labels import HEALTH_FIELDS, HOUSEHOLD_LABELS, RESIDENT_LABELS

Kind = Literal["resident", "household", "area"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a column can be: a field of a resident, of their household, or a part of where they live.

    name: a resident's field; `kk` or `household.<field>`; `area.<kind>` and `household.area.<kind>`; `household.key`
    tells households without a card number apart. heading: in the exchange format. also: other headings, as
    `heading_key` writes them.
    """

    name: str
    heading: str
    also: Sequence[str] = ()
    label: Any = None

    @property
    def field(self) -> str:
        """The name of the schema's field."""
        return self.name.rpartition(".")[2]

    @property
    def kind(self) -> Kind:
        """Whose it is."""
        if ".area." in f".{self.name}":
            return "area"
        return "household" if self.name == "kk" or self.name.startswith("household.") else "resident"

    @property
    def is_health(self) -> bool:
        """Whether it needs residents.view_health."""
        return self.name in HEALTH_FIELDS

    @property
    def words(self) -> str:
        """What it is called on screens."""
        if self.label is not None:
            return str(self.label)
        labels = HOUSEHOLD_LABELS if self.kind == "household" else RESIDENT_LABELS
        return str(labels.get(self.field, self.heading))


TARGETS: tuple[Target, ...] = (
    Target("registered_address", "alamat", ("alamat kk", "alamat ktp", "jalan", "alamat sesuai kk", "alamat lengkap")),
    Target("area.sub_area", "dusun", ("nama dusun", "pemangku", "lingkungan", "suku dusun", "kampung", "banjar"),
           _l("Dusun, pemangku, suku, atau lingkungan")),
    Target("area.rw", "rw", ("no rw", "nomor rw"), _l("RW")),
    Target("area.rt", "rt", ("no rt", "nomor rt"), _l("RT")),
    Target("name", "nama", ("nama lengkap", "nama penduduk", "nama lgkp", "nama warga", "name")),
    Target("kk", "no_kk", ("nomor kk", "kk", "nokk", "no kartu keluarga", "nomor kartu keluarga", "no kk lama")),
    Target("nik", "nik", ("no nik", "nomor nik", "no induk kependudukan", "nomor induk kependudukan", "no ktp",
                          "nik ktp")),
    Target("sex", "sex", ("jenis kelamin", "jk", "kelamin", "l p", "lp", "jenis kel", "jenis klmin", "gender",
                          "jns kelamin")),
    Target("birth_place", "tempatlahir", ("tempat lahir", "tmpt lhr", "tmp lahir", "tmpt lahir", "kota lahir")),
    Target("birth_date", "tanggallahir", ("tanggal lahir", "tgl lahir", "tgl lhr", "tgllahir", "tanggal lhr")),
    Target("religion", "agama_id", ("agama",)),
    Target("education", "pendidikan_kk_id", ("pendidikan", "pendidikan kk", "pendidikan dalam kk",
                                             "pendidikan terakhir",
                                             "pddk akhir", "pendidikan akhir")),
    Target("schooling", "pendidikan_sedang_id", ("pendidikan sedang", "pendidikan sedang ditempuh", "sekolah sekarang",
                                                 "pendidikan yang sedang ditempuh")),
    Target("occupation", "pekerjaan_id", ("pekerjaan", "jenis pekerjaan", "jenis pkrjn", "kerja", "jns pekerjaan")),
    Target("marital_status", "status_kawin", ("status perkawinan", "stat kwn", "status pernikahan", "kawin",
                                              "status nikah", "stat kawin")),
    Target("relation", "kk_level", ("shdk", "hubungan dalam keluarga", "hubungan keluarga", "stat hbkel", "shdrt",
                                    "status hubungan dalam keluarga", "hubungan", "hub keluarga", "hubungan kk",
                                    "status hubungan", "hubungan dengan kepala keluarga")),
    Target("nationality", "warganegara_id", ("kewarganegaraan", "warga negara", "warganegara", "wn")),
    Target("father_nik", "ayah_nik", ("nik ayah",)),
    Target("father_name", "nama_ayah", ("ayah", "nama lgkp ayah", "nama lengkap ayah", "nama bapak")),
    Target("mother_nik", "ibu_nik", ("nik ibu",)),
    Target("mother_name", "nama_ibu", ("ibu", "nama lgkp ibu", "nama lengkap ibu", "nama ibu kandung")),
    Target("blood_type", "golongan_darah_id", ("golongan darah", "gol darah", "goldar", "gol drh", "gol")),
    Target("birth_certificate", "akta_lahir", ("no akta lahir", "nomor akta lahir", "akta kelahiran",
                                               "no akta kelahiran",
                                               "no akte lahir", "akte lahir", "nomor akta kelahiran")),
    Target("passport", "dokumen_pasport", ("paspor", "no paspor", "nomor paspor", "dokumen paspor", "no pasport")),
    Target("passport_expires_on", "tanggal_akhir_paspor", ("tgl akhir paspor", "tanggal akhir pasport",
                                                           "paspor berlaku sampai", "tgl berakhir paspor")),
    Target("kitas", "dokumen_kitas", ("kitas", "no kitas", "nomor kitas", "kitas kitap", "no kitas kitap")),
    Target("marriage_certificate", "akta_perkawinan", ("no akta perkawinan", "no akta kawin", "akta kawin",
                                                       "buku nikah",
                                                       "no akta nikah", "akta nikah", "nomor akta perkawinan")),
    Target("married_on", "tanggalperkawinan", ("tanggal perkawinan", "tgl kawin", "tgl perkawinan", "tanggal nikah",
                                               "tanggal kawin")),
    Target("divorce_certificate", "akta_perceraian", ("no akta perceraian", "no akta cerai", "akta cerai",
                                                      "nomor akta perceraian")),
    Target("divorced_on", "tanggalperceraian", ("tanggal perceraian", "tgl cerai", "tgl perceraian", "tanggal cerai")),
    Target("disability", "cacat_id", ("cacat", "disabilitas", "jenis cacat", "penyandang cacat",
                                        "penyandang disabilitas")),
    Target("contraception", "cara_kb_id", ("cara kb", "kb", "akseptor kb", "alat kb")),
    Target("pregnant", "hamil", ("sedang hamil", "status kehamilan", "kehamilan")),
    Target("card", "ktp_el", ("ktp elektronik", "e ktp", "ektp", "kartu identitas", "identitas elektronik")),
    Target("card_status", "status_rekam", ("status rekam ktp", "rekam ktp", "perekaman")),
    Target("current_address", "alamat_sekarang", ("alamat tinggal", "alamat domisili", "domisili",
                                                  "alamat tinggal sekarang")),
    Target("vital_status", "status_dasar", ("status hidup", "status penduduk dasar")),
    Target("ethnic_group", "suku", ("etnis", "suku bangsa", "suku etnis")),
    Target("card_tag", "tag_id_card", ("tag id kartu", "tag id")),
    Target("insurance", "id_asuransi", ("asuransi", "jaminan kesehatan", "jenis asuransi", "asuransi kesehatan")),
    Target("insurance_number", "no_asuransi", ("nomor asuransi", "no bpjs", "nomor bpjs", "no jaminan kesehatan",
                                               "nomor jaminan kesehatan")),
    Target("latitude", "lat", ("latitude", "lintang")),
    Target("longitude", "lng", ("longitude", "bujur", "lon", "long")),
    Target("residence_status", "status_penduduk", ("status kependudukan", "status tinggal", "status penduduk id")),
    Target("vital_on", "tanggal_status_dasar", ("tgl status dasar", "tanggal peristiwa", "tgl peristiwa")),
    Target("illness", "sakit_menahun_id", ("sakit menahun", "penyakit menahun", "penyakit")),
    Target("reading", "kemampuan_membaca", ("baca huruf", "dapat membaca huruf", "kemampuan membaca huruf")),
    Target("phone", "telepon", ("no hp", "hp", "nomor hp", "no telepon", "nomor telepon", "telpon", "no telp",
                                "whatsapp",
                                "no wa", "handphone", "nomor ponsel")),
    Target("email", "surel", ("email", "e mail", "alamat email", "alamat surel")),
    Target("notes", "catatan", ("keterangan", "ket")),
    Target("household.order", "no_urut_kk", ("urutan kk", "urutan dalam kk", "no urut dalam kk"),
           _l("Urutan dalam kartu keluarga")),
    Target("household.key", "kelompok_keluarga", (), _l("Kelompok keluarga tanpa nomor KK")),
    Target("household.address", "alamat_keluarga", (), _l("Alamat keluarga")),
    Target("household.area.sub_area", "dusun_keluarga", (), _l("Dusun keluarga")),
    Target("household.area.rw", "rw_keluarga", (), _l("RW keluarga")),
    Target("household.area.rt", "rt_keluarga", (), _l("RT keluarga")),
    Target("household.issued_on", "tgl_cetak_kk", ("tanggal kk", "tanggal terbit kk", "tgl terbit kk",
                                                   "tanggal cetak kk")),
    Target("household.welfare_class", "kelas_sosial", ("tahap keluarga sejahtera", "keluarga sejahtera")),
    Target("household.welfare_decile", "desil", ("desil kesejahteraan", "desil dtks")),
    Target("household.house_condition", "kondisi_rumah", ("keadaan rumah", "kelayakan rumah")),
)  # fmt: skip
"""Every column of the exchange format, in its order."""

BY_NAME = {target.name: target for target in TARGETS}
OWN_HEADINGS = ("alasan penolakan", "baris semula", "reason for rejection", "original row")
"""Columns that the workbook of rejected rows adds, in each language; a file that is sent again has them and they mean
nothing."""
MUST_HAVE = ("name", "sex")
"""Without these columns nobody can be entered."""


def _by_heading() -> dict[str, str]:
    found: dict[str, str] = {}
    for target in TARGETS:
        found[heading_key(target.heading)] = target.name
    for target in TARGETS:
        for heading in target.also:
            found.setdefault(heading_key(heading), target.name)
    return found


BY_HEADING = _by_heading()
"""Heading as `heading_key` writes it → name of the target."""
