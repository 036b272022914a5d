"""What complaints are about, how they stand, and what their people are told: the words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

CATEGORIES = {
    "road": _l("Jalan dan jembatan"),
    "water": _l("Air bersih dan drainase"),
    "light": _l("Listrik dan lampu jalan"),
    "waste": _l("Sampah dan kebersihan"),
    "service": _l("Pelayanan kantor"),
    "aid": _l("Bantuan sosial"),
    "health": _l("Kesehatan"),
    "school": _l("Pendidikan"),
    "safety": _l("Keamanan dan ketertiban"),
    "land": _l("Tanah dan batas"),
    "funds": _l("Dana dan pembangunan desa"),
    "other": _l("Lainnya"),
}
STATES = {
    "received": _l("Diterima"),
    "in_progress": _l("Ditangani"),
    "answered": _l("Dijawab"),
    "closed": _l("Selesai"),
    "rejected": _l("Tidak dapat diproses"),
}
TONES = {
    "received": "warning",
    "in_progress": "info",
    "answered": "success",
    "closed": "neutral",
    "rejected": "error",
}
OPEN = ("received", "in_progress")
STEPS = {
    "received": _l("Pengaduan diterima"),
    "assigned": _l("Diserahkan kepada petugas"),
    "in_progress": _l("Mulai ditangani"),
    "answered": _l("Dijawab"),
    "answered_privately": _l("Dijawab secara pribadi"),
    "published": _l("Diumumkan di situs desa"),
    "withdrawn": _l("Ditarik dari situs desa"),
    "closed": _l("Ditutup sebagai selesai"),
    "rejected": _l("Tidak dapat diproses"),
    "rated": _l("Dinilai oleh pelapor"),
}
RATINGS = {
    1: _l("Tidak puas"),
    2: _l("Kurang puas"),
    3: _l("Cukup"),
    4: _l("Puas"),
    5: _l("Sangat puas"),
}
LABELS = {
    "category": _l("Tentang apa"),
    "title": _l("Judul singkat"),
    "text": _l("Ceritakan"),
    "place": _l("Tempat"),
    "sub_area_id": _l("Wilayah"),
    "point": _l("Titik di peta"),
    "photos": _l("Foto"),
    "name": _l("Nama"),
    "contact": _l("Nomor WhatsApp atau surel"),
    "answer": _l("Jawaban"),
    "public_title": _l("Judul untuk umum"),
    "public_text": _l("Isi untuk umum"),
    "reason": _l("Alasan"),
    "rating": _l("Nilai"),
}
