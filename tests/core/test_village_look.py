"""Logo, colour and letterhead; capabilities that are switched off; and settings while Redis is away."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Callable, Iterator

import pytest
from flask import Blueprint, Response, jsonify
from PIL import Image

from app import create_app
from app.core import capabilities
from app.core.api import ApiBlueprint
from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import Capability, MenuEntry
from app.core.hosting import SigerFlask
from app.core.permissions import anonymous
from app.core.village import queries
from app.extensions import cache, db
from tenants.models import TenantFile
from tenants.registry import find_tenant
from tenants.scope import Tenant, tenant_scope
from tests.support import servers
from tests.support.images import SVG, bomb, picture
from tests.support.people import Person, staff_member
from tests.support.uploads import send_form

Staff = Callable[..., Person]
LOOK = "/pengaturan/tampilan"


def stamp(person: Person, path: str = LOOK) -> str:
    found = re.search(r'name="stamp" value="([0-9a-f]+)"', person.get(path).text)
    assert found
    return found.group(1)


def send_look(person: Person, **data: object):  # type: ignore[no-untyped-def]
    return send_form(person, LOOK, {"stamp": stamp(person), "accent": "", **data})


def test_a_logo_is_kept_shown_and_replaced(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    assert send_look(clerk, logo=(picture(alpha=True), "logo.png")).status_code == 303
    first = re.search(r'src="(/berkas/[0-9a-f-]+/kecil)"', clerk.get("/").text)
    assert first
    small, whole = clerk.get(first.group(1)), clerk.get(first.group(1).removesuffix("/kecil"))
    assert len(small.data) < 6000
    assert whole.content_type == "image/png"
    assert send_look(clerk, logo=(picture("JPEG"), "baru.jpg")).status_code == 303
    second = re.search(r'src="(/berkas/[0-9a-f-]+/kecil)"', clerk.get("/").text)
    assert second
    assert second.group(1) != first.group(1)
    assert clerk.get(first.group(1)).status_code == 404
    assert send_look(clerk, remove_logo="1").status_code == 303
    assert "/berkas/" not in clerk.get("/").text
    with app.app_context(), tenant_scope(village):
        assert db.session.query(TenantFile).count() == 0


def test_a_letterhead_image_is_for_staff_alone(
    village: Tenant, staff: Staff, visit: Callable[[str], Person]
) -> None:
    clerk = staff(village)
    assert send_look(clerk, letterhead=(picture(size=(1600, 300)), "kop.png")).status_code == 303
    found = re.search(r'src="(/berkas/[0-9a-f-]+)"', clerk.get(LOOK).text)
    assert found
    assert clerk.get(found.group(1)).headers["Cache-Control"] == "private, no-cache"
    assert visit(f"{village.slug}.localhost").get(found.group(1)).status_code == 303


@pytest.mark.parametrize(
    ("field", "size", "sentence"),
    [
        ("logo", (1, 1), "Logo paling kecil 64 × 64 piksel"),
        ("logo", (4000, 80), "sisi panjangnya paling banyak tiga kali"),
        ("letterhead", (1599, 300), "paling sedikit 1.600 piksel"),
        ("letterhead", (4000, 10), "2 sampai 12 kali tingginya"),
        ("letterhead", (1600, 2000), "2 sampai 12 kali tingginya"),
    ],
)
def test_an_image_of_the_wrong_shape_is_refused_with_what_the_page_demands(
    village: Tenant, staff: Staff, field: str, size: tuple[int, int], sentence: str
) -> None:
    clerk = staff(village)
    assert sentence in clerk.get(LOOK).text
    image = io.BytesIO()
    Image.new("RGB", size, "white").save(image, "PNG")
    answer = send_look(clerk, **{field: (image.getvalue(), "gambar.png")})
    assert answer.status_code == 422
    assert f"Gambar ini {size[0]} × {size[1]} piksel." in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert "/berkas/" not in clerk.get(LOOK).text


@pytest.mark.parametrize("field", ["logo", "letterhead"])
@pytest.mark.parametrize(
    ("data", "sentence"),
    [(SVG, "Hanya gambar PNG"), (picture()[:150], "rusak atau terpotong"), (bomb(), "40 juta piksel")],
    ids=["svg", "truncated", "bomb"],
)
def test_an_image_that_is_no_good_is_told_beside_its_field(
    app: SigerFlask, village: Tenant, staff: Staff, field: str, data: bytes, sentence: str
) -> None:
    answer = send_look(staff(village), letterhead_lines="PEMERINTAH PEKON", **{field: (data, "gambar.png")})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert "PEMERINTAH PEKON" in answer.text
    with app.app_context(), tenant_scope(village):
        assert queries.profile().letterhead_lines == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"accent": "merah"}, "Pilih warna dari daftar"),
        ({"accent": "own", "own_accent": "#12345"}, "Pilih warna dari daftar"),
        ({"accent": "#fff;}body{"}, "Pilih warna dari daftar"),
        ({"letterhead_lines": "\n".join("abcdef")}, "paling banyak lima baris"),
        ({"letterhead_lines": "x" * 91}, "paling banyak 90 huruf"),
    ],
)
def test_a_look_that_can_not_be_is_told(
    village: Tenant, staff: Staff, data: dict[str, str], sentence: str
) -> None:
    answer = send_look(staff(village), **data)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_ones_own_colour_is_drawn_in_readable_shades(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    assert send_look(clerk, accent="own", own_accent="#FFD700").status_code == 303
    page = clerk.get(LOOK).text
    assert 'value="own" checked' in page
    assert 'value="#ffd700"' in page
    sample = clerk.get(f"{LOOK}/contoh/ffd700.svg")
    assert sample.content_type.startswith("image/svg+xml")
    assert clerk.get(f"{LOOK}/contoh/zzzzzz.svg").status_code == 404


def test_the_letterhead_follows_from_the_registry_until_it_is_written(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    assert f"KECAMATAN {village.region_path[0].upper()}" in clerk.get(LOOK).text
    send_look(clerk, letterhead_lines="Pekon Contoh\n\n  Alamat   baru ")
    page = clerk.get(LOOK).text
    assert "Alamat baru" in page
    assert f"KECAMATAN {village.region_path[0].upper()}" not in page


@pytest.fixture
def app_with_option(
    urls: servers.DatabaseUrls, app: SigerFlask, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SigerFlask]:
    """The application with a capability that a village may switch off."""
    blueprint: Blueprint = AudienceBlueprint("trial", __name__, audience="village", url_prefix="/uji-coba")

    @blueprint.get("")
    @anonymous
    def trial() -> str:
        return "fitur uji coba"

    programs = ApiBlueprint("trials", __name__, audience="village", description="Only for tests.")

    @programs.route("/trials")
    @anonymous
    def trials() -> Response:
        """What is tried."""
        return jsonify([])

    known = dict(capabilities._capabilities)
    capabilities.register(
        Capability(
            "trial",
            "Fitur uji coba",
            "core",
            (blueprint,),
            (MenuEntry("village", "", "Uji coba", "trial.trial", "layers", "village.view", 5),),
            optional=True,
            description="Hanya untuk diuji.",
            api_blueprints=(programs,),
        )
    )
    number = servers.worker_number()
    optional = create_app(servers.settings_for(urls, number, f"w{number}_"))
    optional.register_blueprint(blueprint)
    yield optional
    capabilities._capabilities.clear()
    capabilities._capabilities.update(known)
    with optional.app_context():
        db.engine.dispose()


def test_a_capability_that_is_switched_off_is_not_there(app_with_option: SigerFlask, village: Tenant) -> None:
    clerk = staff_member(app_with_option, village)
    path = "/pengaturan/fitur"
    assert clerk.get("/uji-coba").text == "fitur uji coba"
    assert "Hanya untuk diuji." in clerk.get(path).text
    assert clerk.get("/api/v1/trials").json == []
    assert 'href="/uji-coba"' in clerk.get("/beranda").text
    others = [one.name for one in capabilities.optional_capabilities() if one.name != "trial"]
    assert clerk.submit(path, {"on": others}).status_code == 303
    assert clerk.get("/uji-coba").status_code == 404
    gone = clerk.get("/api/v1/trials")
    assert (gone.status_code, gone.content_type) == (404, "application/problem+json")
    start = clerk.get("/beranda")
    assert start.status_code == 200
    assert 'href="/uji-coba"' not in start.text
    with app_with_option.app_context():
        assert find_tenant(village.code).modules == {"-trial"}
    assert clerk.submit(path, {"on": [*others, "trial"]}).status_code == 303
    assert clerk.get("/uji-coba").status_code == 200
    assert clerk.get("/api/v1/trials").status_code == 200
    assert 'href="/uji-coba"' in clerk.get("/beranda").text


@pytest.fixture
def app_without_redis(urls: servers.DatabaseUrls, app: SigerFlask) -> Iterator[SigerFlask]:
    """The application with a Redis address at which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    number = servers.worker_number()
    lonely = create_app(
        servers.settings_for(urls, number, f"w{number}_", redis_url=f"redis://127.0.0.1:{closed}/0")
    )
    yield lonely
    with lonely.app_context():
        db.engine.dispose()
    cache.configure(app.config["REDIS_URL"])


def test_without_redis_settings_open_and_save(app_without_redis: SigerFlask, village: Tenant) -> None:
    clerk = staff_member(app_without_redis, village)
    path = "/pengaturan/identitas"
    assert clerk.get("/beranda").status_code == 200
    answer = clerk.submit(path, {"stamp": stamp(clerk, path), "motto": "Tetap jalan", "address": "Jalan 1"})
    assert answer.status_code == 303
    assert "Tetap jalan" in clerk.get("/").text
    words = {"term": "Tiyuh", "head": "Kepalo Tiyuh", "secretary": "Juru Tulis", "sub_area": "Suku"}
    path = "/pengaturan/istilah"
    assert clerk.submit(path, {"stamp": stamp(clerk, path), **words}).status_code == 303
    with app_without_redis.app_context():
        assert find_tenant(village.code).term == "Tiyuh"


def test_a_body_over_the_limit_is_told(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    answer = send_form(clerk, LOOK, {"logo": (bytes(7 * 1024 * 1024), "besar.png")})
    assert answer.status_code == 413
    assert "perkecil berkasnya" in answer.text
