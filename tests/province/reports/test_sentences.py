"""The report's sentences are right for none, one, all, fewer, more, and where nothing is known."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask_babel import force_locale

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import indicator
from app.province.attention import Attention, Found, NeedsHelp, Reason
from app.province.figures import Figure
from app.province.readiness.indicators import INDEX
from app.province.regions import Territory
from app.province.reports import sentences
from app.province.reports.content import Content, KeyFigure, Live
from tenants.ids import uuid7
from tenants.models import now

NONE = Live(None, None, 302)


@pytest.fixture(autouse=True)
def _indonesian(app: SigerFlask) -> Iterator[None]:
    with app.test_request_context(), force_locale("id"):
        yield


@pytest.mark.parametrize(
    ("live", "said"),
    [
        (Live(12, 4, 302), "12 dari 302 desa di X memakai Siger (4%); naik 8 sejak bulan lalu."),
        (Live(1, 1, 302), "1 dari 302 desa di X memakai Siger (0,3%); sama dengan bulan lalu."),
        (Live(5, 7, 10), "5 dari 10 desa di X memakai Siger (50%); turun 2 sejak bulan lalu."),
        (
            Live(0, None, 302),
            "Belum ada satu pun dari 302 desa di X yang memakai Siger; bulan lalu belum ada angkanya.",
        ),
        (Live(0, 0, 1), "Satu-satunya desa di X belum memakai Siger; sama dengan bulan lalu."),
        (Live(1, 0, 1), "Satu-satunya desa di X memakai Siger; naik 1 sejak bulan lalu."),
        (Live(1202, 1201, 1202), "Semua 1.202 desa di X memakai Siger; naik 1 sejak bulan lalu."),
        (NONE, "Belum ada angka pemakaian desa di X untuk Oktober 2026."),
        (Live(0, 0, 0), ""),
    ],
)
def test_how_many_use_it(live: Live, said: str) -> None:
    assert sentences.about_live(live, "desa", "X", "Oktober 2026") == said


def content(**changes: object) -> Content:
    """A region of nine desa of which nothing is known."""
    nothing = Content(
        territory=Territory("18.06.20", "Kecamatan Gisting"), month=dt.date(2026, 10, 1), made_at=now(), as_of=None,
        demo=0, live={"desa": Live(None, None, 9), "kelurahan": Live(None, None, 0)}, states=None, curve=[], parts=[],
        key_figures=[], villages=[], told={}, columns=[], working=0, others=Counter(), classes=Counter(),
        help=Attention([], dict.fromkeys(Reason, 0), 0, 0),
    )  # fmt: skip
    return replace(nothing, **changes)  # type: ignore[arg-type]


def test_a_region_of_which_nothing_is_known_says_so() -> None:
    assert sentences.summary(content()) == [
        "Belum ada angka pemakaian desa di Kecamatan Gisting untuk Oktober 2026.",
        "Indeks kesiapan belum dapat dihitung: belum cukup angka dari desa.",
        "Tidak ada desa yang saat ini perlu bantuan.",
    ]


def test_the_index_is_told_with_its_class_and_its_change() -> None:
    key = KeyFigure("Kesiapan", indicator(INDEX), Figure(64.6, told=3), Figure(66.4, told=2))
    said = sentences.summary(content(key_figures=[key], classes=Counter({"siap": 2, "mulai": 1})))
    assert (
        "Indeks kesiapan rata-rata 65 dari 100 (Siap), dari 3 desa; turun 1 angka sejak bulan lalu." in said
    )


def test_who_needs_help_is_told_with_every_reason() -> None:
    since = now() - dt.timedelta(days=41, hours=1)
    reasons = [
        Found(Reason.DORMANT, since),
        Found(Reason.PROMISE, amount=0.3),
        Found(Reason.FALLEN, amount=12),
    ]
    one = NeedsHelp(
        uuid7(), "18.06.20.2001", "Pekon X", "Gisting", "Tanggamus", "desa", "dormant", None, reasons
    )
    counts = {**dict.fromkeys(Reason, 0), Reason.DORMANT: 1, Reason.PROMISE: 1, Reason.FALLEN: 1}
    assert (
        sentences.about_reasons(one)
        == "Diam 41 hari; hanya 30% surat tepat waktu; indeks kesiapan turun 12 angka dalam tiga bulan"
    )
    said = sentences.summary(content(help=Attention([one], counts, 1, 1)))[-1]
    assert said.startswith("1 desa perlu bantuan: 1 diam,")
    assert said.endswith("(satu desa dapat punya beberapa sebab).")


def test_the_digest_knows_figures_from_moments() -> None:
    before = content(live={"desa": Live(3, 1, 9), "kelurahan": Live(0, 0, 0)})
    later = replace(before, made_at=before.made_at + dt.timedelta(days=3), as_of=now())
    assert later.digest() == before.digest()
    assert (
        replace(before, live={"desa": Live(4, 1, 9), "kelurahan": Live(0, 0, 0)}).digest() != before.digest()
    )
