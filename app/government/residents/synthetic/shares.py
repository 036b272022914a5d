"""What a village of Lampung is made of: ages, schooling, work, houses, as shares.

The shares are rounded to the shape of what BPS publishes for the province (age groups: census of 2020 and its long
form; work: Sakernas; housing and insurance: Susenas). They make data that looks right; they are no statistics.
"""

from __future__ import annotations

AGE_BANDS = (7.7, 8.5, 8.5, 8.3, 8.2, 8.0, 7.7, 7.5, 7.1, 6.4, 5.7, 4.9, 3.8, 2.8, 1.8, 1.2, 0.7, 0.5)
"""Shares of the ages 0–4, 5–9, … 80–84, 85 and over, in percent of all."""
MEN_SHARE = 0.512
"""105 men to 100 women."""

MARRIED = {
    1: (
        (19, 0.0),
        (22, 0.14),
        (25, 0.42),
        (30, 0.74),
        (35, 0.9),
        (60, 0.955),
        (70, 0.9),
        (80, 0.8),
        (200, 0.62),
    ),
    2: (
        (18, 0.0),
        (20, 0.28),
        (22, 0.5),
        (25, 0.72),
        (30, 0.89),
        (45, 0.94),
        (55, 0.87),
        (65, 0.72),
        (75, 0.48),
        (200, 0.24),
    ),
}
"""By sex: up to which age, the share of those who are married."""
NEVER_MARRIED_AFTER = 45
"""From here on who is not married is widowed or divorced, but for a few."""

MORTALITY = (
    (1, 14.0),
    (5, 1.5),
    (15, 0.5),
    (30, 1.0),
    (45, 2.4),
    (55, 6.0),
    (65, 14.0),
    (75, 34.0),
    (200, 95.0),
)
"""Deaths among 1,000 people up to this age in a year: about 6 among 1,000 of all ages."""

# Education on the card by year of birth: up to which year, weights of the codes 1 to 10.
EDUCATION = (
    (1950, (30, 22, 38, 6, 3, 0, 0.4, 0.4, 0.1, 0)),
    (1965, (9, 14, 47, 15, 12, 0.4, 0.8, 1.6, 0.2, 0)),
    (1980, (2, 6, 39, 25, 22, 0.7, 1.4, 3.4, 0.4, 0.02)),
    (1990, (0.8, 2.2, 23, 29, 36, 0.8, 2, 5.6, 0.5, 0.03)),
    (2000, (0.5, 1, 9, 24, 52, 0.6, 2.4, 9.6, 0.6, 0)),
    (2100, (0.4, 0.8, 5, 19, 66, 0.2, 1.1, 7.2, 0, 0)),
)

# Occupations of men and of women who work, by weight; farmers and coffee growers are one code on the card.
WORK_MEN = {
    9: 46.0, 20: 9.0, 19: 8.0, 88: 11.0, 15: 6.5, 84: 4.0, 8: 2.0, 3: 0.0, 26: 1.8, 27: 1.2, 81: 2.2, 14: 0.8, 35: 1.2,
    10: 0.9, 11: 0.6, 13: 0.8, 12: 0.5, 5: 1.1, 65: 0.9, 18: 0.8, 6: 0.25, 7: 0.3, 85: 0.5, 41: 0.15, 45: 0.2, 29: 0.3,
    25: 0.25, 30: 0.2, 24: 0.15, 16: 0.3, 28: 0.05, 74: 0.15, 37: 0.05, 64: 0.05, 46: 0.05,
}  # fmt: skip
WORK_WOMEN = {
    9: 34.0, 20: 8.0, 19: 4.0, 88: 13.0, 15: 8.0, 84: 11.0, 8: 4.0, 65: 5.5, 18: 3.0, 5: 2.0, 73: 1.2, 74: 1.0, 23: 2.5,
    30: 1.6, 32: 0.4, 34: 0.4, 46: 0.4, 85: 0.3, 12: 0.5, 38: 0.1, 64: 0.1,
}  # fmt: skip
OF_STUDY = frozenset((5, 65, 73, 74, 64))
"""Work that needs a diploma."""

BLOOD = ((1, 15), (2, 17), (3, 5), (4, 25), (5, 1), (7, 1), (11, 2), (13, 34))
DISABILITIES = ((1, 38), (2, 15), (3, 19), (4, 20), (5, 4), (6, 4))
ILLNESSES = ((1, 13), (5, 11), (6, 26), (7, 6), (12, 10), (13, 20), (3, 6), (4, 3), (11, 4), (2, 1))
CONTRACEPTION = ((3, 46), (1, 20), (5, 15), (2, 9), (4, 3), (6, 5), (99, 2))
DECILES = ((1, 8), (2, 10), (3, 12), (4, 14), (5, 14), (6, 13), (7, 11), (8, 9), (9, 6), (10, 3))

# Kecamatan of Lampung, Java, Bali and Sumatra in which people who moved here had their NIK issued.
ELSEWHERE = (
    "180601", "180602", "180608", "180109", "180120", "180212", "180301", "180406", "180510", "180702", "180811",
    "180905", "181003", "181204", "187101", "187109", "187201", "330212", "330510", "331103", "331409", "340211",
    "350612", "351807", "352011", "320410", "321011", "360205", "510803", "160410", "167104", "317305", "127106",
)  # fmt: skip
BIRTH_PLACES = (
    "KOTA AGUNG", "TALANG PADANG", "PRINGSEWU", "KALIANDA", "METRO", "LIWA", "KOTABUMI", "BLAMBANGAN UMPU", "MENGGALA",
    "SUKADANA", "GEDONG TATAAN", "BANDAR LAMPUNG", "TANJUNG KARANG", "BATURAJA", "PALEMBANG", "JAKARTA", "CILACAP",
    "KEBUMEN", "WONOGIRI", "SRAGEN", "BANTUL", "BLITAR", "MADIUN", "NGAWI", "CIANJUR", "BANDUNG", "SERANG", "SINGARAJA",
    "MEDAN", "PADANG", "BANYUMAS", "PACITAN",
)  # fmt: skip
STREETS = (
    "Jalan Melati", "Jalan Mawar", "Jalan Kenanga", "Jalan Merdeka", "Jalan Masjid", "Jalan Balai Desa", "Jalan Kopi",
    "Jalan Lada", "Jalan Sawah", "Jalan Sekolah", "Jalan Pasar", "Gang Damai", "Gang Rukun", "Jalan Cempaka",
)  # fmt: skip
