"""What villages are called: the presets by kabupaten, from which every village may depart."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A village's own words. `council` is empty where the law knows none (kelurahan)."""

    term: str
    head: str
    secretary: str
    council: str
    sub_area: str

    def as_dict(self) -> dict[str, str]:
        """The words without `term`, as the registry keeps them."""
        words = asdict(self)
        del words["term"]
        return words


PEKON_SOUTH = Words("Pekon", "Kepala Pekon", "Juru Tulis", "Badan Hippun Pemekonan (BHP)", "Dusun")
PEKON_WEST = Words("Pekon", "Peratin", "Juru Tulis", "Lembaga Himpun Pekon (LHP)", "Pemangku")
KAMPUNG = Words(
    "Kampung", "Kepala Kampung", "Sekretaris Kampung", "Badan Permusyawaratan Kampung (BPK)", "Dusun"
)
TIYUH = Words("Tiyuh", "Kepalo Tiyuh", "Juru Tulis", "Badan Permusyawaratan Tiyuh (BPT)", "Suku")
DESA = Words("Desa", "Kepala Desa", "Sekretaris Desa", "Badan Permusyawaratan Desa (BPD)", "Dusun")
KELURAHAN = Words("Kelurahan", "Lurah", "Sekretaris Kelurahan", "", "Lingkungan")

BY_REGENCY: dict[str, Words] = {
    "18.01": DESA,
    "18.02": KAMPUNG,
    "18.03": DESA,
    "18.04": PEKON_WEST,
    "18.05": KAMPUNG,
    "18.06": PEKON_SOUTH,
    "18.07": DESA,
    "18.08": KAMPUNG,
    "18.09": DESA,
    "18.10": PEKON_SOUTH,
    "18.11": DESA,
    "18.12": TIYUH,
    "18.13": PEKON_WEST,
}


def village_kind(code: str) -> str:
    """`kelurahan` or `desa` by the last group of the code (1xxx kelurahan, 2xxx desa whatever its local name)."""
    return "kelurahan" if code.rsplit(".", 1)[1].startswith("1") else "desa"


def words_for(code: str) -> Words:
    """The preset of a village by its code."""
    return KELURAHAN if village_kind(code) == "kelurahan" else BY_REGENCY.get(code[:5], DESA)
