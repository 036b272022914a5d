"""What people of the demo ask for and what comes in by post: believable, and nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """A letter that somebody asks for: its type, and what is typed into it."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


WANTED = (
    Wanted("sktm", {"keperluan": "Keringanan biaya berobat di RSUD Batin Mangunang"}),
    Wanted("keterangan_usaha", {
        "nama_usaha": "Keripik Pisang Bu Tini", "jenis_usaha": "Makanan ringan", "sejak": "2021",
        "alamat_usaha": "Di rumah sendiri", "keperluan": "Pengajuan KUR di bank",
    }),
    Wanted("pengantar_skck", {"keperluan": "Melamar pekerjaan"}),
    Wanted("domisili", {
        "sejak": "2017", "alamat_domisili": "", "keperluan": "Membuka rekening bank",
    }),
    Wanted("pengantar_ktp", {"jenis": "baru", "alasan": "Sudah berusia 17 tahun", "nomor_laporan": ""}),
    Wanted("pengantar_umum", {"keperluan": "Mengurus surat pindah sekolah anak", "tujuan": "UPT Dinas Pendidikan"}),
    Wanted("sktm", {"keperluan": "Pendaftaran beasiswa KIP Kuliah"}),
    Wanted("keterangan_usaha", {
        "nama_usaha": "Bengkel Motor Jaya Abadi", "jenis_usaha": "Perbengkelan", "sejak": "2016",
        "alamat_usaha": "Tepi jalan utama", "keperluan": "Mengikuti program pembinaan UMKM",
    }),
    Wanted("pengantar_skck", {"keperluan": "Mendaftar calon anggota TNI"}),
    Wanted("pengantar_kk", {"alasan": "penambahan anggota keluarga", "keterangan": "Kelahiran anak kedua"}),
    Wanted("biodata_penduduk", {"keperluan": "Perbaikan data kepesertaan BPJS"}),
    Wanted("sktm", {"keperluan": "Keringanan daya listrik"}),
    Wanted("domisili_usaha", {
        "nama_usaha": "Kopi Bubuk Lereng Tanggamus", "jenis_usaha": "Penggilingan kopi", "sejak": "2019",
        "alamat_usaha": "Blok 3", "jabatan": "Pemilik", "nomor_akta": "",
    }),
    Wanted("pengantar_umum", {"keperluan": "Meminjam balai untuk resepsi", "tujuan": "Ketua RT setempat"}),
)  # fmt: skip
"""Asked for one after another; a type that a village does not offer any more is left out."""

PAPER = (
    ("400", "Surat Keterangan Tidak Mampu"), ("500", "Surat Keterangan Usaha"), ("300", "Surat Pengantar SKCK"),
    ("470", "Surat Keterangan Domisili"), ("471", "Surat Pengantar KTP Elektronik"), ("470", "Surat Pengantar"),
    ("471", "Surat Pengantar Kartu Keluarga"), ("474.2", "Surat Pengantar Nikah"), ("475", "Surat Pengantar Pindah"),
    ("145", "Surat Pengantar Izin Keramaian"), ("472", "Surat Keterangan Kelahiran"),
)  # fmt: skip
"""What the paper book of the year holds, from before its letters were written here: classification and title."""

REJECTED = (
    (
        "keterangan_usaha",
        "Usaha belum berjalan saat petugas meninjau lokasi. Ajukan lagi setelah usaha dibuka.",
    ),
    ("domisili", "Foto KTP tidak terbaca. Mohon kirim ulang dengan cahaya yang cukup."),
)
CANCELLED = ("sktm", "Dibatalkan atas permintaan pemohon; data penghasilan dibetulkan lebih dahulu.")

STARS = (5, 5, 4, 5, 3, 4, 5, 5, 4, 5)
COMMENTS = ("Cepat, tidak perlu menunggu lama.", "Petugasnya ramah.", "", "Bisa dari rumah, sangat membantu.")


@dataclass(frozen=True, slots=True)
class Post:
    """A letter that came in: days ago it was received, and what became of it (`received`, `disposed`, `done`)."""

    days: int
    sender: str
    number: str
    subject: str
    urgency: str = "ordinary"
    state: str = "done"
    instruction: str = "handle"
    words: str = ""
    due_in: int | None = None
    report: str = ""


POST = (
    Post(1, "Kantor Kecamatan", "005/412/KEC/{year}", "Undangan rapat koordinasi pencegahan stunting", "urgent",
         "received"),
    Post(2, "Dinas Pemberdayaan Masyarakat dan Desa", "140/1187/PMD/{year}",
         "Permintaan data perangkat dan kelembagaan desa", "very_urgent", "received", due_in=3),
    Post(4, "Puskesmas", "441/98/PKM/{year}", "Jadwal posyandu dan pembagian vitamin A", "ordinary", "disposed",
         "announce", "Umumkan lewat grup RT dan papan balai.", 3),
    Post(6, "Dinas Kependudukan dan Pencatatan Sipil", "470/2210/DUKCAPIL/{year}",
         "Layanan jemput bola perekaman KTP elektronik", "urgent", "disposed", "coordinate",
         "Siapkan tempat, meja, dan daftar warga yang belum rekam.", 5),
    Post(9, "Polsek", "B/77/XI/{year}", "Imbauan ronda dan keamanan lingkungan", "ordinary", "done", "announce", "",
         None, "Sudah disampaikan pada pertemuan RT."),
    Post(14, "SD Negeri 1", "421/31/SD/{year}", "Permohonan pinjam tenda untuk kemah siswa", "ordinary", "done",
         "handle", "", None, "Tenda dipinjamkan tiga hari; surat serah terima dibuat."),
    Post(20, "Badan Pertanahan Nasional", "620/145/BPN/{year}", "Penyuluhan pendaftaran tanah sistematis lengkap",
         "ordinary", "done", "attend", "", None, "Dihadiri kepala dusun; bahan penyuluhan disimpan di arsip."),
)  # fmt: skip
