"""What the fields of a resident and a household are called on screens, in files' refusals and in comparisons."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

RESIDENT_LABELS = {
    "nik": _l("NIK"),
    "name": _l("Nama lengkap"),
    "sex": _l("Jenis kelamin"),
    "birth_place": _l("Tempat lahir"),
    "birth_date": _l("Tanggal lahir"),
    "religion": _l("Agama"),
    "blood_type": _l("Golongan darah"),
    "nationality": _l("Kewarganegaraan"),
    "ethnic_group": _l("Suku"),
    "household_id": _l("Keluarga"),
    "relation": _l("Hubungan dalam keluarga"),
    "marital_status": _l("Status perkawinan"),
    "father_name": _l("Nama ayah"),
    "father_nik": _l("NIK ayah"),
    "mother_name": _l("Nama ibu"),
    "mother_nik": _l("NIK ibu"),
    "registered_address": _l("Alamat di kartu keluarga"),
    "current_address": _l("Alamat tinggal sekarang"),
    "sub_area_id": lazy_pgettext("where a resident lives", "Wilayah"),
    "latitude": _l("Lintang"),
    "longitude": _l("Bujur"),
    "residence_status": _l("Status kependudukan"),
    "vital_status": _l("Status dasar"),
    "vital_on": _l("Tanggal status dasar"),
    "education": _l("Pendidikan dalam KK"),
    "schooling": _l("Pendidikan yang sedang ditempuh"),
    "occupation": _l("Pekerjaan"),
    "reading": _l("Kemampuan membaca"),
    "birth_certificate": _l("Nomor akta kelahiran"),
    "marriage_certificate": _l("Nomor akta perkawinan"),
    "married_on": _l("Tanggal perkawinan"),
    "divorce_certificate": _l("Nomor akta perceraian"),
    "divorced_on": _l("Tanggal perceraian"),
    "passport": _l("Nomor paspor"),
    "passport_expires_on": _l("Paspor berlaku sampai"),
    "kitas": _l("Nomor KITAS/KITAP"),
    "card": _l("Kartu identitas"),
    "card_status": _l("Status rekam"),
    "card_tag": _l("Tag ID kartu"),
    "disability": _l("Disabilitas"),
    "illness": _l("Penyakit menahun"),
    "contraception": _l("Alat KB"),
    "pregnant": _l("Sedang hamil"),
    "insurance": _l("Jaminan kesehatan"),
    "insurance_number": _l("Nomor jaminan kesehatan"),
    "phone": _l("Nomor ponsel"),
    "email": _l("Surel"),
    "notes": _l("Catatan"),
}
"""Every field of a resident, in the order of its form."""

HOUSEHOLD_LABELS = {
    "kk": _l("Nomor KK"),
    "issued_on": _l("Tanggal terbit KK"),
    "address": _l("Alamat"),
    "sub_area_id": lazy_pgettext("where a resident lives", "Wilayah"),
    "welfare_class": _l("Tahap keluarga sejahtera"),
    "welfare_decile": _l("Desil kesejahteraan"),
    "house_condition": _l("Keadaan rumah"),
}
"""Every field of a household, in the order of its form."""

HEALTH_FIELDS = ("disability", "illness", "contraception", "pregnant")
"""Specific personal data (Law 27/2022, Art. 4(2)): absent without residents.view_health."""

FORM_LABELS = {
    **RESIDENT_LABELS,
    "happened_on": _l("Terhitung sejak"),
    "accept_note": _l("Alasan"),
}
"""What the errors of a resident's form are listed under."""
HOUSEHOLD_FORM_LABELS = {**HOUSEHOLD_LABELS, "happened_on": _l("Terhitung sejak")}
"""What the errors of a household's form are listed under."""
