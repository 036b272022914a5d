"""Formats, icons, assets, templates: what every page stands on, checked without a database."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, render_template
from flask_babel import Babel, force_locale

from app.core.ui import FrontEndNotBuilt, asset_url, formats, register_ui, tiles
from app.core.ui import assets as assets_module
from app.core.ui import icon as draw_icon

APP = Path(__file__).parents[2] / "app"
TEMPLATES = sorted(APP.glob("**/templates/**/*.html"))
MORNING = dt.datetime(2026, 11, 22, 2, 14, tzinfo=dt.UTC)
FILTERS = ["rupiah", "rupiah_singkat", "angka", "persen", "tanggal", "waktu", "jam", "lalu"]
ERRORS = ["400", "403", "404", "409", "413", "429", "500", "503", "unknown_host", "suspended", "archived"]
VILLAGE = {
    "name": "Gisting <Atas>", "term": "Pekon", "district": "Gisting", "regency": "Kabupaten Tanggamus",
    "code": "18.06.20.2006", "address": "Jalan Raya", "phone": "0729 310018", "email": "balai@contoh.test",
    "opening_hours_text": "Senin–Jumat 08.00–15.00 WIB", "logo_url": None, "accent_url": None,
}  # fmt: skip


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Flask:
    """An application that has the templates and nothing else: no database, no session store."""
    built = tmp_path / "dist"
    built.mkdir()
    names = ["src/public.css", "src/staff.css", "src/staff.js", "src/charts.js", "sprite.svg", "favicon.svg"]
    entries = ", ".join(
        f'"{name}": {{"file": "assets/{Path(name).stem}-abc{Path(name).suffix}"}}' for name in names
    )
    (built / "manifest.json").write_text("{" + entries + "}", encoding="utf-8")
    monkeypatch.setattr(assets_module, "BUILT", built)
    app = Flask("bare", static_folder=None)
    Babel(app, default_locale="id")
    register_ui(app)
    app.secret_key = "only-for-this-test"
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    return app


def in_locale(bare: Flask, locale: str, text: str, **values: object) -> str:
    with bare.test_request_context("/"), force_locale(locale):
        return bare.jinja_env.from_string(text).render(**values)


@pytest.mark.parametrize(
    ("locale", "text", "value", "shown"),
    [
        ("id", "{{ v|rupiah }}", 1234567, "Rp1.234.567"),
        ("en", "{{ v|rupiah }}", Decimal("1234567"), "Rp1.234.567"),
        ("id", "{{ v|angka }}", 1234.5, "1.234,5"),
        ("en", "{{ v|angka }}", 1234.5, "1,234.5"),
        ("id", "{{ v|angka(2) }}", 3, "3,00"),
        ("id", "{{ v|persen }}", 0.714, "71%"),
        ("id", "{{ v|persen(1) }}", 0.714, "71,4%"),
        ("id", "{{ v|tanggal }}", dt.date(2026, 8, 17), "17 Agustus 2026"),
        ("en", "{{ v|tanggal }}", dt.date(2026, 8, 17), "17 August 2026"),
        ("id", "{{ v|waktu }}", MORNING, "22 November 2026 09.14 WIB"),
        ("en", "{{ v|waktu }}", MORNING, "22 November 2026 09:14 WIB"),
        ("id", "{{ v|jam }}", dt.time(8, 0), "08.00 WIB"),
        ("id", "{{ v|tanggal }}", dt.datetime(2026, 11, 21, 18, 0, tzinfo=dt.UTC), "22 November 2026"),
        *[("id", "{{ v|" + name + " }}", None, "–") for name in FILTERS],
    ],
)  # fmt: skip
def test_figures_are_written_the_way_people_read_them(
    bare: Flask, locale: str, text: str, value: object, shown: str
) -> None:
    assert in_locale(bare, locale, text, v=value) == shown


def test_a_recent_moment_is_told_by_its_distance(bare: Flask) -> None:
    with bare.test_request_context("/"):
        assert formats.ago(MORNING, MORNING + dt.timedelta(minutes=5)) == "5 menit yang lalu"
        assert formats.ago(MORNING, MORNING + dt.timedelta(days=90)) == "22 November 2026"


def test_tiles_cover_every_kabupaten_once() -> None:
    assert len(tiles.PLACES) == 15
    assert len({(place.row, place.column) for place in tiles.PLACES.values()}) == 15


@pytest.mark.parametrize(
    ("share", "step"),
    [(None, 0), (0, 0), (0.01, 1), (0.2, 1), (0.21, 2), (0.6, 3), (0.8, 4), (0.81, 5), (1, 5), (1.2, 5)],
)  # fmt: skip
def test_a_larger_share_has_a_deeper_colour(share: float | None, step: int) -> None:
    assert tiles.step_of(share) == step


def test_an_unbuilt_front_end_says_what_to_do(
    bare: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assets_module, "BUILT", tmp_path / "nowhere")
    with bare.app_context():
        with pytest.raises(FrontEndNotBuilt, match="make assets"):
            asset_url("public.css")
        assert asset_url("public.css", required=False) == ""


def test_a_file_outside_the_build_says_what_to_do(bare: Flask) -> None:
    with bare.app_context(), pytest.raises(FrontEndNotBuilt, match=r"no file 'other.css'.*make assets"):
        asset_url("other.css")


def test_an_icon_is_hidden_unless_it_says_something(bare: Flask) -> None:
    with bare.app_context():
        assert 'aria-hidden="true"' in draw_icon("menu")
        assert 'role="img" aria-label="&lt;Selesai&gt;"' in draw_icon("check", label="<Selesai>")


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    known = {"siger"} | {
        line for line in (APP / "frontend" / "icons.txt").read_text().split("\n") if line[:1] != "#"
    }
    named = {
        (path.name, name)
        for path in [*TEMPLATES, *APP.glob("**/*.py")]
        for name in re.findall(
            r'\bicon\("([\w-]+)"|\bicon(?:_name)?="([\w-]+)"', path.read_text(encoding="utf-8")
        )
        for name in name
        if name
    }
    assert {entry for entry in named if entry[1] not in known} == set()


INLINE = re.compile(
    r"<style|\sstyle=|\son\w+=\"|javascript:|<script(?![^>]*\ssrc=)|hx-on|hx-vals=.js:", re.IGNORECASE
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(APP)))
def test_no_template_has_inline_script_or_style(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert INLINE.findall(text) == []


@pytest.mark.parametrize("locale", ["id", "en"])
@pytest.mark.parametrize("name", ERRORS)
def test_error_pages_need_neither_database_nor_build(
    bare: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, locale: str
) -> None:
    monkeypatch.setattr(assets_module, "BUILT", tmp_path / "nowhere")
    with bare.test_request_context("/"), force_locale(locale):
        page = render_template(f"ui/errors/{name}.html", reference="0197-3f2a")
    assert page.count("<h1>") == 1
    assert "0197-3f2a" in page
    assert page.count("<dd>") == 2


def test_the_style_guide_renders_every_macro(bare: Flask) -> None:
    with bare.test_request_context("/"):
        page = render_template(
            "ui/styleguide.html", moment=MORNING, page_url=lambda number: f"?page={number}", menu=[], who=None,
            region={"name": "Provinsi Lampung", "office": "Dinas PMDT"},
        )  # fmt: skip
    assert page.count("<h1>") == 1
    assert 'aria-describedby="f-name-help f-name-error"' in page
    assert "tile-row-4 tile-column-4 tile-step-1" in page


def test_a_public_page_is_cacheable_and_escapes_names(bare: Flask) -> None:
    with bare.test_request_context("/"):
        page = render_template("ui/base_public.html", village=VILLAGE, menu=[], sign_in_url="/sign-in")
    assert "<script" not in page
    assert "csrf" not in page
    assert "Gisting &lt;Atas&gt;" in page
    assert "Kecamatan Gisting · Kabupaten Tanggamus" in page
    assert "<title>Pekon Gisting" in re.sub(r"\s+", " ", page)


def test_what_was_typed_comes_back_escaped(bare: Flask) -> None:
    text = '{% import "ui/macros/form.html" as form %}{{ form.field("name", "Nama", value, error="Terlalu panjang.") }}'
    shown = in_locale(bare, "id", text, value='"><script>alert(1)</script>')
    assert "<script>" not in shown
    assert 'value="&#34;&gt;&lt;script&gt;' in shown
    assert 'aria-invalid="true"' in shown


def test_a_password_never_comes_back(bare: Flask) -> None:
    text = '{% import "ui/macros/form.html" as form %}{{ form.field("secret", "Sandi", "hunter2", type="password") }}'
    assert "hunter2" not in in_locale(bare, "id", text)


@pytest.mark.parametrize(
    "path", ["//evil.test", "/\\evil.test", "https://evil.test", "evil", "", "/\r\nSet-Cookie: a=b"]
)
def test_a_choice_leads_back_to_this_host_only(bare: Flask, path: str) -> None:
    from app.core.ui.views import _way_back

    assert _way_back(path) == "/"
    assert _way_back("/akun?page=2") == "/akun?page=2"
