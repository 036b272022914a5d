"""Mentors of the demo and what villages asked them. Invented, every one."""

from __future__ import annotations

from dataclasses import dataclass

HERO = "18.06.20.2006"
"""Gisting Atas, the village that is shown first."""
MENTORS = (
    # mailbox (None: an account without a password), name, office, kecamatan or kabupaten, how many villages, skills
    ("pendamping", "Eka Wulandari", "18.06.20", "18.06.20", 9, ("letters", "residents", "services")),
    ("pendamping.negarabatin", "Sigit Prabowo", "18.08.11", "18.08.11", 15, ("residents", "accounts")),
    (None, "Nadia Safitri", "18.06", "18.06.01", 14, ("letters", "training")),
    (None, "Rendi Firmansyah", "18.10", "18.10", 44, ("services", "site")),
    (None, "Dian Puspasari", "18.01", "18.01", 48, ("residents", "letters")),
    (None, "Agung Nugroho", "18.02", "18.02", 46, ("residents", "figures")),
    (None, "Mira Handayani", "18.07", "18.07", 42, ("letters", "site")),
    (None, "Fajar Ramadhan", "18.03", "18.03", 40, ("residents", "setup")),
    (None, "Rika Amelia", "18.09", "18.09", 40, ("services", "accounts")),
    (None, "Bayu Aditya", "18.04", "18.04", 36, ("setup", "devices")),
    (None, "Yessi Marlina", "18.08", "18.08", 30, ("letters", "adoption")),
    (None, "Andi Kurniawan", "18.06", "18.06", 40, ("adoption", "setup")),
    (None, "Ratu Komala", "18.05", "18.05", 26, ("setup", "letters")),
    (None, "Hafiz Maulana", "18.11", "18.11", 24, ("residents", "devices")),
    (None, "Desta Wiranata", "18.12", "18.12", 24, ("site", "services")),
    (None, "Melda Oktarina", "18.13", "18.13", 30, ("letters", "accounts")),
    (None, "Teguh Santosa", "18.71", "18.71", 28, ("figures", "services")),
)
ABOUT = {
    "Eka Wulandari": "Di Gisting setiap Selasa dan Kamis; hari lain lewat telepon pukul 08.00–16.00.",
    "Sigit Prabowo": "Berkeliling lima belas kampung, tiga kampung sepekan.",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A case: what was asked, from which page, how it ended, what was written (side, words, hours later).

    `guide` is the slug of the article that answered it; `village` the code of the village that asked.
    """

    subject: str
    topic: str
    state: str
    days: float
    said: tuple[tuple[str, str, float], ...]
    priority: str = "normal"
    page: tuple[str, str] | None = None
    solution: str = ""
    level: int = 3
    guide: str = ""
    village: str = ""
    note: str = ""


ASKS = (
    Ask("Ekspor XLSX berisi NIK tertutup", "residents", "solved", 5,
        (("village", "Kami perlu NIK lengkap untuk Dukcapil, yang keluar hanya bintang.", 0),
         ("programme", "Itu perlu hak melihat identitas. Sekretaris dapat memberikannya di Pengaturan → Akun.", 2.5),
         ("village", "Sudah bisa, terima kasih.", 5)),
        page=("/penduduk", "Penduduk"), solution="Hak melihat identitas diberikan kepada operator.",
        guide="mengelola-akun-dan-peran", village=HERO),
    Ask("Impor ditolak: NIK 1.80E+15", "residents", "in_progress", 2,
        (("village", "Semua baris ditolak. Berkasnya dari komputer kantor lama.", 0),
         ("programme", "Kolom NIK tersimpan sebagai angka. Ubah menjadi teks, lalu kirim lagi; langkahnya ada di "
          "Panduan “Memasukkan data penduduk dari berkas”.", 3),
         ("village", "Sudah diubah, tinggal 12 baris yang ditolak karena tanggal lahir.", 26),
         ("programme", "Tulis tanggalnya hari-bulan-tahun, lalu kirim lagi. Yang tersisa kita periksa bersama saat "
          "kunjungan.", 28)),
        page=("/penduduk/impor", "Impor penduduk"), guide="mengimpor-penduduk", village=HERO),
    Ask("Foto di halaman muka terbalik", "site", "closed", 40,
        (("village", "Foto dari ponsel miring.", 0), ("programme", "Unggah ulang; kini diputar otomatis.", 6)),
        priority="low", solution="Diunggah ulang, sekarang tegak.", guide="mengatur-halaman-publik", village=HERO),
    Ask("Warga lupa PIN dan terkunci", "services", "waiting", 1.2,
        (("village", "Tiga warga terkunci sesudah salah PIN.", 0),
         ("programme", "Petugas layanan dapat membuka dan memberi kode baru. Sudah dicoba?", 1)),
        page=("/akun-warga", "Akun warga"), guide="mengelola-akun-warga"),
    Ask("Kepala pekon berhalangan, surat menumpuk", "letters", "open", 0.4,
        (("village", "Sembilan surat menunggu. Siapa yang dapat menandatangani?", 0),), priority="high",
        page=("/surat/tanda-tangan", "Tanda tangan"), guide="menandatangani-surat"),
    Ask("Sinyal hilang setiap sore", "devices", "in_progress", 26,
        (("village", "Dari pukul tiga halaman tidak terbuka.", 0),
         ("programme", "Kami teruskan ke kabupaten untuk penguat sinyal.", 20)), level=2,
        note="Menara terdekat di Gisting Bawah; minta Dinas Kominfo mengukur."),
    Ask("Nomor surat lanjut dari buku lama", "letters", "solved", 9,
        (("village", "Surat terakhir tahun ini nomor 117 di buku. Bagaimana agar lanjut ke 118?", 0),
         ("programme", "Isi nomor terakhir di Pengaturan surat; saya tunjukkan saat kunjungan.", 4)),
        page=("/surat", "Surat"), solution="Nomor terakhir diisi 117.", guide="mengatur-nomor-surat"),
    Ask("Pelatihan ulang untuk operator baru", "training", "open", 3.6,
        (("village", "Operator kami berganti bulan ini; yang lama sudah pindah kerja.", 0),), level=2),
    Ask("Laporan bulan lalu belum ditutup", "figures", "solved", 8,
        (("village", "Jumlah penduduk berbeda satu dengan laporan kecamatan.", 0),
         ("programme", "Ada kelahiran yang dicatat dengan tanggal bulan ini. Ubah tanggal kejadiannya.", 5),
         ("village", "Cocok sekarang.", 9)), solution="Tanggal kelahiran dibetulkan.", guide="mencatat-peristiwa"),
    Ask("Nama jalan salah di kop surat", "letters", "in_progress", 1.5,
        (("village", "Kop masih memakai alamat kantor lama.", 0),
         ("programme", "Ubah alamat di Pengaturan → Identitas, kop mengikuti. Sudah terlihat?", 7)),
        page=("/pengaturan/identitas", "Identitas desa"), guide="mengatur-halaman-publik"),
    Ask("Pengaduan tanpa nomor pengadu", "services", "closed", 64,
        (("village", "Bagaimana membalas pengaduan yang tidak meninggalkan nomor?", 0),
         ("programme", "Jawaban tetap terlihat dengan nomor tiket pengaduan; pengadu membukanya sendiri.", 9)),
        solution="Jawaban ditulis di pengaduan.", guide="menjawab-pengaduan"),
    Ask("Tablet kios tidak mau dipasang", "devices", "solved", 11,
        (("village", "Kode di layar kios selalu ditolak.", 0),
         ("programme", "Kode hanya berlaku sebentar. Buat kode baru tepat di depan tabletnya.", 3)),
        page=("/kios", "Kios"), solution="Kode baru dibuat, kios terpasang.", guide="memasang-kios"),
)  # fmt: skip
"""What is going on now; `days` ago it was asked."""
PAST = (
    Ask("Sekretaris tidak menerima surel undangan", "accounts", "closed", 0,
        (("village", "Undangan akun tidak masuk surel.", 0),
         ("programme", "Alamatnya salah satu huruf. Undangan dikirim ulang.", 3)),
        solution="Undangan dikirim ke alamat yang benar.", guide="mengelola-akun-dan-peran"),
    Ask("Kartu keluarga pecah menjadi dua", "residents", "closed", 0,
        (("village", "Anak menikah, kartu keluarga baru sudah terbit.", 0),
         ("programme", "Pakai Keluarga baru, lalu pindahkan anggotanya; riwayatnya tetap.", 11)),
        solution="Keluarga baru dibuat dan anggota dipindahkan.", guide="menambah-keluarga"),
    Ask("Surat usaha tidak ada di daftar", "letters", "closed", 0,
        (("village", "Warga perlu keterangan usaha, jenisnya tidak tampil.", 0),
         ("programme", "Jenisnya belum dinyalakan. Buka Jenis surat, lalu nyalakan.", 2)),
        solution="Jenis surat dinyalakan.", guide="mengatur-jenis-surat"),
    Ask("Nomor surat lanjut dari buku lama", "letters", "closed", 0,
        (("village", "Bagaimana agar nomor lanjut dari buku?", 0),
         ("programme", "Isi nomor terakhir di Pengaturan surat.", 5)),
        solution="Nomor terakhir diisi.", guide="mengatur-nomor-surat"),
    Ask("Penduduk ganda sesudah impor", "residents", "closed", 0,
        (("village", "Ada 14 nama yang muncul dua kali.", 0),
         ("programme", "Impor memberi tahu baris yang mirip. Gabungkan dari daftar “mungkin ganda”.", 16)),
        solution="Empat belas nama digabung.", guide="mengimpor-penduduk"),
    Ask("Warga lupa PIN", "services", "closed", 0,
        (("village", "Lima warga lupa PIN.", 0), ("programme", "Buat kode baru di Akun warga; PIN lama gugur.", 2)),
        solution="Kode baru diberikan di balai.", guide="mengelola-akun-warga"),
    Ask("Tanda tangan elektronik ditolak", "letters", "closed", 0,
        (("village", "Frasa sandi kepala selalu salah.", 0),
         ("programme", "Huruf besar-kecil dibedakan. Setelah dicoba bersama lewat telepon, berhasil.", 8)),
        solution="Frasa sandi diketik dengan benar.", guide="menandatangani-surat"),
    Ask("Kematian tercatat pada orang yang salah", "residents", "closed", 0,
        (("village", "Salah memilih nama saat mencatat kematian.", 0),
         ("programme", "Batalkan peristiwanya dari riwayat, lalu catat pada orang yang benar.", 1.5)),
        priority="high", solution="Peristiwa dibatalkan dan dicatat ulang.", guide="mencatat-peristiwa"),
)  # fmt: skip
"""What was asked in the months before, in any village; when is drawn."""
ANSWERS = {
    "dormant": "Saya menelepon sekretarisnya; perangkat berganti dan operator baru belum punya akun.",
    "setup_stuck": "Tinggal langkah pejabat dan wilayah. Dikerjakan bersama lewat telepon pekan ini.",
    "index_fell": "Penurunan dari surat yang lewat janji; antrean tanda tangan sedang dibereskan.",
    "task_overdue": "Sudah diingatkan; tugasnya dikerjakan sesudah posyandu.",
}
"""What mentors and officers answered to cases that a rule opened."""
VISITS = (
    ("Mendampingi surat pertama lewat sistem", "Tiga surat terbit; sekretaris mengerjakan sendiri.",
     "Membuka layanan mandiri untuk warga."),
    ("Membersihkan data penduduk", "46 penduduk tanpa NIK dilengkapi dari kartu keluarga.",
     "Sisanya didatangi kepala dusun."),
    ("Melatih operator baru", "Latihan mencatat kelahiran, kematian, dan pindah.", "Menutup bulan bersama."),
    ("Membuka akun warga di posyandu", "Sembilan belas warga mengaktifkan akun di ponselnya.",
     "Kader melanjutkan di dusun yang jauh."),
    ("Menata halaman depan", "Foto balai, jam pelayanan, dan nomor WhatsApp diisi.",
     "Mengumumkan alamatnya di grup RT."),
)  # fmt: skip
"""Aim, what was done, next step."""
OPINIONS = (
    ("mengimpor-penduduk", "Tolong beri contoh berkas untuk LibreOffice juga."),
    ("mengatur-nomor-surat", "Kalau tahun berganti, apakah nomor mulai dari satu lagi?"),
    ("mengelola-akun-warga", "Gambarnya jelas, tetapi belum ada langkah bila warga tidak punya ponsel."),
    ("mencatat-peristiwa", "Langkah pindah satu keluarga sekaligus belum ada."),
)
"""Article and what a reader missed in it."""
