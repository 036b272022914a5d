"""Training as figures of villages: written for all of them at once out of the programme's own tables (`rollup`)."""

from __future__ import annotations

from app.core.indicators.declarations import Indicator

EVENTS = "training.events"
PARTICIPANTS = "training.participants"
WOMEN = "training.women_share"
CERTIFIED = "training.certified"
LITERACY = "literacy.score"

INDICATORS = (
    Indicator(
        EVENTS, "Pelatihan yang diikuti", "Trainings attended", "count", "people", None, period="flow",
        definition="Pelatihan yang berakhir dalam bulan itu dan dihadiri sedikitnya satu orang dari desa; untuk "
        "wilayah: jumlah keikutsertaan desanya, jadi satu pelatihan dengan sembilan desa terhitung sembilan.",
        definition_en="Trainings that ended within the month and that at least one person of the village came to; of a "
        "region: how often its villages took part, so a training with nine villages counts nine.",
    ),
    Indicator(
        PARTICIPANTS, "Peserta pelatihan yang hadir", "Participants who came to trainings", "people", "people", None,
        period="flow",
        definition="Orang yang dikirim desa dan tercatat hadir pada sedikitnya satu sesi pelatihan yang berakhir dalam "
        "bulan itu; yang mengikuti dua pelatihan terhitung dua.",
        definition_en="People sent by the village who were noted as present at one session or more of a training that "
        "ended within the month; who attended two trainings counts twice.",
    ),
    Indicator(
        WOMEN, "Perempuan di antara peserta pelatihan", "Women among participants", "percent", "people", None,
        direction="neutral", period="flow", rollup="ratio",
        definition="Bagian perempuan dari peserta yang hadir pada pelatihan yang berakhir dalam bulan itu.",
        definition_en="Share of women among those who came to trainings that ended within the month.",
    ),
    Indicator(
        CERTIFIED, "Sertifikat pelatihan yang terbit", "Training certificates issued", "count", "people", None,
        period="flow",
        definition="Sertifikat yang terbit dalam bulan itu untuk peserta dari desa dan tidak dicabut.",
        definition_en="Certificates issued within the month to participants of the village and not revoked.",
    ),
    Indicator(
        LITERACY, "Nilai literasi digital", "Digital literacy score", "score", "people", None, rollup="ratio",
        definition="Rata-rata nilai (0–100) tes sesudah pelatihan yang dijawab peserta dari desa dalam 12 bulan sampai "
        "akhir bulan itu; untuk wilayah: rata-rata semua jawabannya.",
        definition_en="Mean score (0–100) of the tests after trainings that participants of the village wrote in the "
        "12 months up to the end of the month; of a region: the mean of all that were written.",
    ),
)  # fmt: skip
WRITTEN = tuple(one.code for one in INDICATORS)
"""The codes that `rollup` writes; nobody else may tell them."""
