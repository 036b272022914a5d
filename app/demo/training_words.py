"""What stands in the demo's tests and lists: questions, names of people who do not exist, what they said."""

from __future__ import annotations

QUESTIONS = (
    ("government", "Siapa yang boleh melihat NIK seorang warga di sistem?",
     ("Siapa saja di kantor", "Hanya yang diberi hak untuk itu", "Semua warga"), 1,
     "NIK tertutup bagi yang tidak memerlukannya, dan setiap pembukaan tercatat."),
    ("government", "Apa yang terjadi bila dua petugas mengubah data yang sama bersamaan?",
     ("Yang terakhir menang", "Data terkunci seharian", "Yang kedua melihat kedua versi dan memilih"), 2, ""),
    ("government", "Bagaimana nomor surat keluar diberikan?",
     ("Urut tanpa ada yang hilang", "Diketik sendiri", "Acak"), 0,
     "Nomor diambil saat surat terbit, jadi buku agenda selalu urut."),
    ("government", "Apa guna kode QR pada surat?", ("Hiasan", "Memeriksa keaslian surat", "Menyimpan NIK"), 1, ""),
    ("government", "Warga datang tanpa NIK. Apa yang dilakukan?",
     ("Ditolak", "Dicatat tanpa NIK lalu dilengkapi", "Diberi NIK sementara"), 1,
     "Tidak seorang pun ditolak; yang belum lengkap masuk daftar “tanpa NIK”."),
    ("government", "Dari mana jumlah penduduk pada laporan bulanan berasal?",
     ("Dari catatan peristiwa", "Dari hitungan tangan", "Dari sensus terakhir"), 0, ""),
    ("economy", "Apa yang membuat usaha warga mudah ditemukan?",
     ("Foto dan nomor yang benar", "Nama yang panjang", "Harga yang disembunyikan"), 0, ""),
    ("economy", "Apa itu NIB?", ("Nomor Induk Berusaha", "Nilai Indeks Belanja", "Nota Izin Bongkar"), 0, ""),
    ("people", "Kata sandi yang baik itu …",
     ("Tanggal lahir", "Panjang dan tidak dipakai di tempat lain", "Sama untuk semua"), 1, ""),
    ("people", "Seseorang meminta kode yang masuk ke ponsel Anda. Yang benar:",
     ("Diberikan bila ia petugas", "Tidak pernah diberikan", "Diberikan bila mendesak"), 1,
     "Petugas yang sungguh tidak pernah meminta kode."),
    ("people", "Sinyal hilang saat mengisi permohonan surat. Apa yang terjadi?",
     ("Isian tersimpan dan terkirim kemudian", "Harus mulai lagi", "Permohonan batal"), 0, ""),
    ("adoption", "Kapan sebuah desa dianggap tidak aktif?",
     ("Sehari tanpa kegiatan", "30 hari tanpa kegiatan", "Setahun tanpa kegiatan"), 1, ""),
)  # fmt: skip
"""Pillar, words, choices, which one is right (from 0), why."""
POSITIONS = (
    "Kaur umum",
    "Kasi pelayanan",
    "Sekretaris",
    "Kasi pemerintahan",
    "Operator",
    "Kaur keuangan",
    "Kader",
)
MEN = (
    "Ahmad", "Bambang", "Dedi", "Eko", "Fajar", "Gunawan", "Hendri", "Imam", "Joni", "Kurnia", "Maulana", "Nanang",
    "Rizal", "Slamet", "Taufik", "Wahyu", "Yusuf", "Zainal", "Arif", "Samsul",
)  # fmt: skip
WOMEN = (
    "Aisyah", "Dewi", "Eka", "Fitri", "Hartati", "Indah", "Kartika", "Lestari", "Maryam", "Nurhayati", "Puspita",
    "Rina", "Siti", "Tuti", "Umi", "Wulandari", "Yanti", "Zubaidah", "Ratih", "Susi",
)  # fmt: skip
FAMILY = (
    "Saputra", "Hidayat", "Wijaya", "Setiawan", "Rahman", "Siregar", "Pratama", "Susanto", "Nugroho", "Hasan",
    "Maulidin", "Ramadhan", "Kusuma", "Anwar", "Firmansyah", "Utomo", "Santoso", "Hakim", "Effendi", "Mahendra",
)  # fmt: skip
LIKED = (
    "Praktiknya langsung dengan data desa sendiri.", "Narasumber sabar menjawab satu per satu.",
    "Contoh suratnya sesuai kebutuhan.", "Bertemu operator desa lain, jadi tahu kendala mereka juga.",
    "Buku panduannya mudah diikuti.", "", "", "", "",
)  # fmt: skip
WISHED = (
    "Waktu praktik ditambah.", "Sinyal di gedung kurang.", "Tolong diulang di kecamatan.",
    "Perlu pendampingan di lapangan sesudahnya.", "Operator dan sekretaris dilatih terpisah.", "", "", "", "",
)  # fmt: skip
WOMEN_FIRST = frozenset({
    "Rosnawati", "Endang", "Siti", "Wiwin", "Nining", "Wahyu", "Sulastri", "Herawati", "Tri", "Nurlela", "Suprihatin",
    "Umi", "Ni", "Partini", "Winarti", "Eli", "Sri", "Yuni", "Lilis", "Marlena", "Kadek", "Ratna", "Maimunah",
    "Rohana", "Dewi", "Fitri", "Heni", "Kartini", "Mardiana", "Oktavia", "Ririn", "Vera", "Wulan", "Citra", "Erlina",
})  # fmt: skip
"""First names of women among the officials of villages that live in the demo."""
