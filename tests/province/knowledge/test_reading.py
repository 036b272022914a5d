"""Reading the help centre: who is shown what, search, the help of a page, what readers think of an article."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.knowledge.models import GuideArticle, GuideReading, GuideRemark
from app.province.mentoring.cases.models import MentoringCase
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.people import Person
from tests.support.visitors import Visitor

HTML = "<b>Wayan</b> & co <script>alert(1)</script>"


def article(app: SigerFlask, slug: str, **changes: Any) -> GuideArticle:
    """An article by its slug, with some columns changed."""
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(GuideArticle).where(GuideArticle.slug == slug)).one()
        for name, value in changes.items():
            setattr(row, name, value)
        db.session.commit()
        return row


def counted(app: SigerFlask, slug: str) -> tuple[int, int, int]:
    """How often an article was opened, found useful and found useless."""
    with app.app_context(), platform_scope():
        columns = [
            func.coalesce(func.sum(getattr(GuideReading, n)), 0) for n in ("opened", "useful", "useless")
        ]
        query = select(*columns).join(GuideArticle, GuideArticle.id == GuideReading.article_id)
        row = db.session.execute(query.where(GuideArticle.slug == slug)).one()
        return int(row[0]), int(row[1]), int(row[2])


def test_each_kind_of_reader_is_shown_their_articles(
    village: Tenant,
    staff: Callable[..., Person],
    officer: Callable[..., Person],
    visit: Callable[[str], Visitor],
) -> None:
    clerk, above = staff(village).get("/panduan").text, officer().get("/panduan").text
    for page in (clerk, above):
        assert "Membuat surat untuk warga di loket" in page
        assert "Mengirim pengaduan dan melihat jawabannya" in page
    assert "Membaca indeks kesiapan" in above
    assert "Membaca indeks kesiapan" not in clerk
    assert staff(village).get("/panduan/membaca-kesiapan").status_code == 404
    public = visit(f"{village.slug}.localhost").get("/panduan/warga").text
    assert "Mengirim pengaduan dan melihat jawabannya" in public
    assert "Membuat surat untuk warga di loket" not in public
    assert visit(f"{village.slug}.localhost").get("/panduan/warga/membuat-surat").status_code == 404


def test_the_council_reads_too_and_strangers_are_led_on(
    village: Tenant, staff: Callable[..., Person], visit: Callable[[str], Visitor], province: Visitor
) -> None:
    assert staff(village, role="council").get("/panduan").status_code == 200
    stranger = visit(f"{village.slug}.localhost")
    assert stranger.get("/panduan").location == "/panduan/warga"
    assert stranger.get("/panduan/warga-meminta-surat").location == "/panduan/warga/warga-meminta-surat"
    assert "/masuk" in stranger.get("/panduan/membuat-surat").location
    assert "/masuk" in province.get("/panduan").location
    assert (
        province.get("/panduan/warga").status_code == 404
        or "/masuk" in province.get("/panduan/warga").location
    )


def test_a_withdrawn_article_is_gone_for_everybody(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], visit: Callable[[str], Visitor]
) -> None:
    article(app, "warga-meminta-surat", state="withdrawn")
    assert staff(village).get("/panduan/warga-meminta-surat").status_code == 404
    assert visit(f"{village.slug}.localhost").get("/panduan/warga/warga-meminta-surat").status_code == 404
    assert "Meminta surat dari ponsel" not in staff(village).get("/panduan?q=meminta+surat").text


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("impor", "Memasukkan data penduduk dari berkas"),
        ("tanda tang", "Menandatangani surat"),
        ("SURAT NOMOR", "Mengatur nomor surat dan janji layanan"),
        ("menandatangni", "Menandatangani surat"),
    ],
)
def test_search_finds_whole_begun_and_misspelt_words(
    village: Tenant, staff: Callable[..., Person], asked: str, first: str
) -> None:
    page = staff(village).get("/panduan", query_string={"q": asked}).text
    results = page[page.index('id="hasil"') :]
    assert first in results


@pytest.mark.parametrize("asked", ["zzzzqqqq", "'; drop table --", "a & | ! ( :*", "\x00", "%", "<script>"])
def test_search_takes_anything(village: Tenant, staff: Callable[..., Person], asked: str) -> None:
    answer = staff(village).get("/panduan", query_string={"q": asked})
    assert answer.status_code == 200
    assert "<script>" not in answer.text.replace("<script type", "")


def test_every_page_of_staff_leads_to_its_help(
    village: Tenant, staff: Callable[..., Person], officer: Callable[..., Person]
) -> None:
    clerk = staff(village)
    for path, endpoint in (
        ("/penduduk/impor", "imports.index"),
        ("/pengaturan/identitas", "village.identity"),
    ):
        assert f"/panduan/halaman?dari={endpoint}" in clerk.get(path).text
    assert "/panduan/halaman?dari=province.index" in officer().get("/").text
    answer = clerk.get("/panduan/halaman?dari=imports.index")
    assert answer.location == "/panduan/mengimpor-penduduk"
    near = clerk.get("/panduan/halaman?dari=imports.cancel").text
    assert "paling dekat" in near
    assert "Memasukkan data penduduk dari berkas" in near
    nowhere = clerk.get("/panduan/halaman?dari=tidak.ada")
    assert nowhere.status_code == 200
    assert "Belum ada panduan khusus" in nowhere.text
    assert clerk.get("/panduan/halaman").status_code == 200


def test_help_adds_no_query_to_a_page(
    village: Tenant,
    staff: Callable[..., Person],
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    clerk = staff(village)
    clerk.get("/pengaturan/identitas")
    with count_queries(at_most=30) as asked:
        assert "page-help" in clerk.get("/pengaturan/identitas").text
    assert not [statement for statement in asked if "guide" in statement]


def test_the_pages_of_the_help_centre_ask_little(
    village: Tenant,
    staff: Callable[..., Person],
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    clerk = staff(village)
    clerk.get("/panduan")
    for path in (
        "/panduan",
        "/panduan?q=surat",
        "/panduan/membuat-surat",
        "/panduan/halaman?dari=imports.cancel",
    ):
        with count_queries(at_most=100) as asked:
            clerk.get(path)
        assert len([statement for statement in asked if "guide" in statement]) <= 3, path


def test_links_lead_only_where_the_reader_may_go(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], officer: Callable[..., Person]
) -> None:
    body = "[Impor](page:imports.index) [Jalan](page:/penduduk) [Luar](page://jahat.test) [Tak ada](page:/tidak/ada)"
    article(app, "membuat-surat", body=body)
    secretary = staff(village).get("/panduan/membuat-surat").text
    assert '<a href="/penduduk/impor">Impor</a>' in secretary
    assert '<a href="/penduduk">Jalan</a>' in secretary
    assert "jahat.test" not in secretary
    assert "<b>Tak ada</b>" in secretary
    council = staff(village, role="council").get("/panduan/membuat-surat").text
    assert "<b>Impor</b>" in council
    assert "<b>Impor</b>" in officer().get("/panduan/membuat-surat").text


def test_html_in_an_article_is_text(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], visit: Callable[[str], Visitor]
) -> None:
    article(app, "warga-meminta-surat", title=HTML, summary=HTML, body=f"{HTML}\n\n## {HTML}\n\n- **{HTML}**")
    for answer in (
        staff(village).get("/panduan/warga-meminta-surat"),
        staff(village).get("/panduan"),
        visit(f"{village.slug}.localhost").get("/panduan/warga/warga-meminta-surat"),
    ):
        assert "<script>alert" not in answer.text
        assert "<b>Wayan</b>" not in answer.text
        assert "&lt;script&gt;" in answer.text


def test_opinions_are_counted_and_remarks_kept_without_a_name(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    clerk, before = staff(village), counted(app, "membuat-surat")
    path = "/panduan/membuat-surat"
    clerk.submit(f"{path}/pendapat", {"useful": "1"}, form=path)
    words = f"{HTML} NIK 1806201708800001"
    answer = clerk.submit(
        f"{path}/pendapat", {"useful": "0", "words": words}, form=path, follow_redirects=True
    )
    assert "Terima kasih" in answer.text
    opened, useful, useless = counted(app, "membuat-surat")
    assert (useful - before[1], useless - before[2]) == (1, 1)
    assert opened - before[0] >= 2
    with app.app_context(), platform_scope():
        remark = db.session.scalars(select(GuideRemark).order_by(GuideRemark.id.desc())).first()
        assert remark is not None
        assert remark.tenant_id == village.id
        assert "1806201708800001" not in remark.words
        assert "<b>Wayan</b>" in remark.words
    long = clerk.submit(f"{path}/pendapat", {"useful": "0", "words": "x" * 501}, form=path)
    assert long.status_code == 422
    assert "Terlalu panjang" in long.text


def test_residents_say_what_they_think_and_programs_are_forgotten(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    resident, before = visit(f"{village.slug}.localhost"), counted(app, "warga-meminta-surat")
    path = "/panduan/warga/warga-meminta-surat/pendapat"
    assert path in resident.get("/panduan/warga/warga-meminta-surat").text
    assert resident.submit(path, {"useful": "1"}).location == f"{path}/terima-kasih"
    assert resident.get(f"{path}/terima-kasih").status_code == 200
    assert resident.submit(path, {"useful": "1", "situs": "http://iklan.test"}).status_code == 303
    assert counted(app, "warga-meminta-surat")[1] - before[1] == 1
    assert resident.post(path, {"useful": "1"}).status_code == 400


def test_public_pages_are_kept_hold_no_cookie_and_are_searched(
    village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    resident = visit(f"{village.slug}.localhost")
    for path in ("/panduan/warga", "/panduan/warga/warga-meminta-surat", "/panduan/warga?bahasa=en"):
        answer = resident.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text
        assert len(answer.data) < 60_000
    assert "Panduan" in resident.get("/").text
    page = resident.get("/panduan/warga/cari?q=pengaduan").text
    assert "/panduan/warga/warga-mengirim-pengaduan" in page
    assert "Membuat surat untuk warga di loket" not in resident.get("/panduan/warga/cari?q=surat").text


def test_shipped_pictures_are_sent_for_ever_and_other_names_are_unknown(
    village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    reader = visit(f"{village.slug}.localhost")
    answer = reader.get("/panduan/gambar/layanan-mandiri-depan.webp")
    assert answer.status_code == 200
    assert answer.content_type == "image/webp"
    assert "immutable" in answer.headers["Cache-Control"]
    for name in ("tidak-ada", "..%2f..%2fmodels", "%00"):
        assert reader.get(f"/panduan/gambar/{name}.webp").status_code == 404


def test_what_is_asked_most_comes_out_of_mentoring(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], officer: Callable[..., Person]
) -> None:
    row = article(app, "mengimpor-penduduk")
    with app.app_context(), platform_scope():
        db.session.add_all(
            MentoringCase(
                tenant_id=village.id, origin="village", subject="Impor gagal", topic="residents",
                respond_by=now(), due_at=now(), opened_by="Uji", article_id=chosen,
            )
            for chosen in (row.id, row.id, None)
        )  # fmt: skip
        db.session.commit()
    page = staff(village).get("/panduan").text
    asked = page[page.index("Paling sering ditanyakan") :]
    assert asked.index("Memasukkan data penduduk dari berkas") < asked.index("kali ditanyakan")
    kept = officer().get("/panduan/kelola").text
    assert "Ditanyakan, belum ada panduannya" in kept


def test_who_asks_for_help_is_first_shown_what_the_guides_say_about_the_page(
    village: Tenant, staff: Callable[..., Person]
) -> None:
    clerk = staff(village)
    asking = clerk.get("/pendampingan/minta?halaman=/penduduk/impor").text
    assert "Mungkin sudah dijawab di Panduan" in asking
    assert 'href="/panduan/mengimpor-penduduk"' in asking
    for nowhere in ("", "?halaman=/penduduk/tidak-ada", "?halaman=https://contoh.test/"):
        assert "Mungkin sudah dijawab" not in clerk.get(f"/pendampingan/minta{nowhere}").text


def test_a_village_reads_which_article_answered_its_case(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    row = article(app, "mengatur-nomor-surat", title=HTML)
    case_id = uuid7()
    with app.app_context(), platform_scope():
        db.session.add(
            MentoringCase(
                id=case_id, tenant_id=village.id, origin="village", subject="Nomor surat", topic="letters",
                state="solved", respond_by=now(), due_at=now(), opened_by="Sekretaris", article_id=row.id,
            )
        )  # fmt: skip
        db.session.commit()
    clerk = staff(village)
    page = clerk.get(f"/pendampingan/{case_id}").text
    assert 'href="/panduan/mengatur-nomor-surat"' in page
    assert "&lt;b&gt;Wayan&lt;/b&gt;" in page
    assert "<b>Wayan" not in page
    article(app, "mengatur-nomor-surat", state="withdrawn")
    assert "/panduan/mengatur-nomor-surat" not in clerk.get(f"/pendampingan/{case_id}").text
