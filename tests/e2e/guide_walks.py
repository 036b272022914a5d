"""Follows the steps of an article as a reader would, by the words that stand on the screens.

A step is one thing: `open` a path of the actor's host, `click` a button or link by its words (`in` the menu or the
main part), `row` opens a row of a list, `card` a card that says something, `fill` a field by its label `with` words,
`choose` an `option`, `tick` a box, `unfold` what is folded, `attach` a `file`, `see` words, `wait` for them while a
job works, `as` somebody else, `picture` takes one (`top` of the page, on a `phone`). Some name a whole habit
(`sign_in`, `papers`, `members`, `accept`, …), see `DEEDS`.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

import typst
from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, expect

from app.government.residents.writing import today
from app.province.knowledge.shipped import PICTURES, Shipped
from tests.e2e.axe import PAINTED
from tests.e2e.browsing import DESKTOP, HEIGHTS, PHONE, Windows
from tests.e2e.house import PROVINCE, House, Login
from tests.support.figures import month as this_month
from tests.support.images import picture as photo
from tests.support.residents import a_nik
from tests.support.workbooks import xlsx

PICTURE_BYTES = 30_000
PICTURE_WIDTH = 860
RESIDENT = 6
ON_THE_WAY = ("secretary:setting_up", "secretary:first_week")
"""Who prepares the two villages of the demo that begin: one half-way, one opened three days ago."""
SOON = 12
WAITS, WAIT_MS = 80, 250
WORDS = """() => {
  const kept = ['placeholder', 'aria-label', 'value', 'title', 'alt', 'label'];
  const named = [...document.querySelectorAll('input, button, select, option, optgroup, img, a, textarea, summary')]
    .flatMap(one => kept.map(name => one.getAttribute(name) || ''));
  return [document.body.textContent, ...named].join('\\n');
}"""


class Walk:
    """One article being followed; `seen` holds the words of every page on the way."""

    def __init__(self, windows: Windows, house: House, article: Shipped, *, takes_pictures: bool) -> None:
        self.windows, self.house, self.article = windows, house, article
        self.takes_pictures = takes_pictures
        self.pages: dict[str, Page] = {}
        self.hosts: dict[str, str] = {}
        self.seen: list[str] = []
        self.known: dict[str, str] = {}
        self.actor = ""
        self.become(article.actor or "nobody")

    @property
    def page(self) -> Page:
        """The present actor's window."""
        return self.pages[self.actor]

    def follow(self) -> None:
        """All steps; an error says which one failed."""
        for number, step in enumerate(self.article.walk, 1):
            try:
                self.take(step)
            except Exception as error:
                shown = self.page.locator("body").inner_text()[:1500]
                where = f"{self.article.slug}, step {number} {dict(step)} at {self.page.url}"
                raise AssertionError(f"{where}: {error}\n{shown}") from error
            self.look()

    def look(self) -> None:
        """Remember the words of the present page."""
        self.page.wait_for_load_state("domcontentloaded")
        try:
            words = self.page.evaluate(WORDS)
        except PlaywrightError:
            # A press of a button was answered just now: the page that comes is the one to read.
            self.page.wait_for_load_state("load")
            words = self.page.evaluate(WORDS)
        self.seen.append(" ".join(str(words).split()))

    def says(self, words: str) -> bool:
        """Whether a page on the way said this."""
        wanted = " ".join(words.split()).casefold()
        return any(wanted in page.casefold() for page in self.seen)

    def take(self, step: Mapping[str, Any]) -> None:
        """One step."""
        for name, deed in DEEDS.items():
            if name in step:
                deed(self, step)
                return
        raise AssertionError(f"no such step: {dict(step)}")

    def become(self, name: str) -> None:
        """Go on as somebody else, in a window of their own."""
        self.actor = name
        if name in self.pages:
            return
        login = self._login(name)
        width = PHONE if self.article.audience == "resident" else DESKTOP
        self.hosts[name] = login.host if login else self._village_host()
        self.pages[name] = self.windows.open(login, width=width)
        if login is not None:
            self.page.goto(self.house.url(login.host, "/" if login.host == PROVINCE else "/beranda"))

    def text(self, words: str) -> str:
        """Words with what is known put in: {today}, {soon}, {last_month}, {village}, and what was remembered."""
        last = today().replace(day=1) - dt.timedelta(days=1)
        village = next(one for one in self.house.villages if one["host"] == self._clerks_host())
        known = {
            "today": today().isoformat(),
            "soon": (today() + dt.timedelta(days=SOON)).isoformat(),
            "last_month": f"{last.year}/{last.month}",
            "village": village["name"],
            "village_code": village["code"],
            **self.known,
        }
        return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], words)

    def control(self, label: str) -> Locator:
        """The field with this label, one that is visible."""
        found = self.page.get_by_label(label, exact=True).or_(
            self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}(\s*\(.*\))?\s*$"))
        )
        visible = found.filter(visible=True)
        if not visible.count():
            visible = self.page.get_by_label(label).filter(visible=True)
        return visible.first

    def _login(self, name: str) -> Login | None:
        if name in ("nobody", "resident"):
            return None
        if name == "secretary":
            return self.house.login(name, self.house.login("village_head").host)
        if name in ON_THE_WAY:
            hosts = {PROVINCE, *(village["host"] for village in self.house.villages)}
            return [one for one in self.house.logins if one.host not in hosts][ON_THE_WAY.index(name)]
        return self.house.login(name)

    def _village_host(self) -> str:
        if self.article.actor == "resident":
            return self.house.residents[RESIDENT]["host"]
        clerk = next((host for actor, host in self.hosts.items() if actor.startswith("clerk")), None)
        return clerk or self._clerks_host()

    def _clerks_host(self) -> str:
        return self.house.login("clerk:guides").host


def _open(walk: Walk, step: Mapping[str, Any]) -> None:
    walk.page.goto(walk.house.url(walk.hosts[walk.actor], walk.text(step["open"])))


def _click(walk: Walk, step: Mapping[str, Any]) -> None:
    words, place = walk.text(step["click"]), step.get("in", "")
    part = {"menu": ".menu-list", "main": "main"}.get(place)
    scope = walk.page.locator(part) if part else walk.page.locator("body")
    exactly, nearly = re.compile(rf"^\s*{re.escape(words)}\s*$"), re.compile(re.escape(words))
    for pattern in (exactly, nearly):
        for where in (scope,) if part else (scope.locator("main"), scope):
            for found in (where.get_by_role("button", name=pattern), where.get_by_role("link", name=pattern)):
                if found.filter(visible=True).count():
                    found.filter(visible=True).first.click()
                    return
    # Not there yet: a page that is still coming gets its time, one without it fails here.
    scope.get_by_role("button", name=nearly).or_(scope.get_by_role("link", name=nearly)).first.click()


def _row(walk: Walk, step: Mapping[str, Any]) -> None:
    walk.page.locator("main tbody th a").filter(visible=True).nth(step["row"] - 1).click()


def _card(walk: Walk, step: Mapping[str, Any]) -> None:
    """Open the first entry of a list of cards that says this."""
    walk.page.locator("main li").filter(has_text=walk.text(step["card"])).first.locator("a").first.click()


def _fill(walk: Walk, step: Mapping[str, Any]) -> None:
    walk.control(step["fill"]).fill(walk.text(step["with"]))


def _fill_if(walk: Walk, step: Mapping[str, Any]) -> None:
    control = walk.control(step["fill_if"])
    if control.count():
        control.fill(walk.text(step["with"]))


def _choose(walk: Walk, step: Mapping[str, Any]) -> None:
    label, option = step["choose"], walk.text(step["option"])
    group = walk.page.get_by_role("group", name=re.compile(rf"^\s*{re.escape(label)}"))
    if group.count():
        group.first.get_by_label(re.compile(rf"^\s*{re.escape(option)}")).first.check()
        return
    control = walk.control(label)
    texts = control.locator("option").all_inner_texts()
    chosen = next(text for text in texts if option.casefold() in text.casefold())
    control.select_option(label=chosen)


def _tick(walk: Walk, step: Mapping[str, Any]) -> None:
    walk.control(step["tick"]).check()


def _tick_first(walk: Walk, step: Mapping[str, Any]) -> None:
    """Tick the first boxes of a name (`count` of them, else one) that can be ticked."""
    for number in range(step.get("count", 1)):
        walk.page.locator(f"main [name={step['tick_first']}]:not([disabled])").nth(number).check()


def _unfold(walk: Walk, step: Mapping[str, Any]) -> None:
    walk.page.locator("summary", has_text=step["unfold"]).filter(visible=True).first.click()


def _attach(walk: Walk, step: Mapping[str, Any]) -> None:
    walk.control(step["attach"]).set_input_files(FILES[step["file"]](walk))


def _see(walk: Walk, step: Mapping[str, Any]) -> None:
    words = walk.text(step["see"])
    if "on" in step:
        walk.page.goto(walk.house.url(walk.hosts[walk.actor], step["on"]))
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words.split()), re.IGNORECASE)
    try:
        expect(walk.page.locator("body")).to_contain_text(pattern)
    except AssertionError:
        walk.look()
        if not walk.says(words):
            raise


def _wait(walk: Walk, step: Mapping[str, Any]) -> None:
    for _time in range(WAITS):
        if walk.page.get_by_text(step["wait"]).count():
            return
        walk.page.wait_for_timeout(WAIT_MS)
        walk.page.reload()
    raise AssertionError(f"{step['wait']!r} never came")


def _become(walk: Walk, step: Mapping[str, Any]) -> None:
    walk.become(step["as"])


def _remember(walk: Walk, step: Mapping[str, Any]) -> None:
    """Remember what stands in a place, all of it or what a pattern's group finds `within`."""
    said = walk.page.locator(step["remember"]).first.inner_text().strip()
    found = re.search(step.get("within", "(?s)(.*)"), said)
    assert found, f"{said!r} holds no {step['within']}"
    walk.known[step["as_name"]] = found[1]


def _picture(walk: Walk, step: Mapping[str, Any]) -> None:
    if not walk.takes_pictures:
        return
    page = walk.page
    page.evaluate("document.activeElement && document.activeElement.blur()")
    if step.get("top"):
        page.evaluate("window.scrollTo(0, 0)")
    usual = page.viewport_size
    if step.get("phone"):
        page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    page.evaluate(PAINTED)
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{step['picture']}.webp").write_bytes(small(page.screenshot()))
    if usual:
        page.set_viewport_size(usual)


def small(shot: bytes) -> bytes:
    """A screenshot as WebP of at most 30 KB."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    if image.width > PICTURE_WIDTH:
        image = image.resize(
            (PICTURE_WIDTH, round(image.height * PICTURE_WIDTH / image.width)), Image.Resampling.LANCZOS
        )
    for quality in (75, 60, 48, 36, 26, 18):
        packed = io.BytesIO()
        image.save(packed, "WEBP", quality=quality, method=6)
        if packed.tell() <= PICTURE_BYTES:
            return packed.getvalue()
    raise AssertionError("the picture is too large; show less of the page")


# --- habits: what a reader does without being told each move -------------------------------------------------------


def _sign_in(walk: Walk, step: Mapping[str, Any]) -> None:
    resident = walk.house.residents[RESIDENT]
    walk.page.goto(walk.house.url(resident["host"], "/layanan/masuk"))
    walk.look()
    walk.page.fill("[name=nik]", resident["nik"])
    walk.page.fill("[name=pin]", resident["pin"])
    walk.page.click("main form button[type=submit]")
    walk.page.wait_for_url("**/layanan")


def _papers(walk: Walk, step: Mapping[str, Any]) -> None:
    for field in walk.page.locator("input[type=file]").all():
        field.set_input_files({"name": "berkas.png", "mimeType": "image/png", "buffer": photo()})
    kept = walk.page.locator("[data-photo-told]:not([hidden])")
    expect(kept).to_have_count(walk.page.locator("input[type=file]").count())


def _meet(walk: Walk, step: Mapping[str, Any]) -> None:
    """Learn the name of somebody of age who lives in the village."""
    walk.page.goto(walk.house.url(walk.hosts[walk.actor], "/penduduk?age_from=25&age_to=60"))
    walk.known[step["meet"]] = walk.page.locator("main tbody th a").first.inner_text().strip()


def _letter(walk: Walk, step: Mapping[str, Any]) -> None:
    """Have a letter issued, so that the year's archive is not empty."""
    _meet(walk, {"meet": "person"})
    address = walk.page.locator("main tbody th a").first.get_attribute("href")
    assert address
    resident = address.rsplit("/", 1)[-1]
    walk.page.goto(walk.house.url(walk.hosts[walk.actor], f"/surat/baru?penduduk={resident}&jenis=domisili"))
    _fill(walk, {"fill": "Tinggal di sini sejak", "with": "2015"})
    walk.page.get_by_role("button", name="Lihat pratinjau").click()
    walk.page.get_by_role("button", name="Terbitkan", exact=True).click()
    walk.page.get_by_role("link", name="Buka dan cetak").wait_for()


def _members(walk: Walk, step: Mapping[str, Any]) -> None:
    boxes = walk.page.locator("[name=members][type=checkbox]")
    if boxes.count():
        boxes.first.check()


def _accept(walk: Walk, step: Mapping[str, Any]) -> None:
    box = walk.page.locator("[name=accept]")
    if box.count():
        walk.look()
        box.check()
        walk.page.fill("[name=accept_note]", "Sesuai kartu keluarga")
        walk.page.locator("main form .submit-bar button[type=submit]").first.click()


def _note(walk: Walk, step: Mapping[str, Any]) -> None:
    if walk.page.locator("[name=note]").count():
        walk.look()
        walk.page.fill("[name=note]", step["note"])
        walk.page.locator("main form .submit-bar button[type=submit]").first.click()


def _grown(walk: Walk, step: Mapping[str, Any]) -> None:
    """Open one of the people that were found who may have an account: some are children or have no number yet."""
    found = walk.page.locator("main tbody th a").evaluate_all("all => all.map(one => one.href)")
    for address in found:
        walk.page.goto(address)
        if walk.page.get_by_role("button", name="Beri kode", exact=True).count():
            return
    raise AssertionError("nobody who was found may be given a code")


def _announce(walk: Walk, step: Mapping[str, Any]) -> None:
    page, house = walk.page, walk.house
    page.goto(house.url(PROVINCE, "/pengumuman/baru"))
    page.fill("[name=title]", step["announce"])
    page.fill("[name=body]", "Rapat persiapan diadakan di aula kecamatan. Bawalah daftar perangkat.")
    page.check("[name=needs_confirmation]")
    page.locator("main form .submit-bar button[type=submit]").first.click()
    page.get_by_role("button", name=re.compile("^Kirim ke")).click()
    page.get_by_role("link", name="Siapa yang belum membaca").wait_for()


def _invite(walk: Walk, step: Mapping[str, Any]) -> None:
    """Hold an event soon, with a session, and invite the village of the guides' clerk."""
    page, house = walk.page, walk.house
    page.goto(house.url(PROVINCE, "/pelatihan/baru"))
    page.fill("[name=title]", step["invite"])
    page.fill("[name=starts_on]", walk.text("{soon}"))
    page.select_option("[name=venue_id]", index=1)
    page.locator("main form .submit-bar button[type=submit]").first.click()
    page.get_by_role("link", name="Tambah sesi").first.click()
    page.fill("[name=title]", "Dari permohonan sampai terbit")
    page.fill("[name=starts]", "08:30")
    page.fill("[name=ends]", "12:00")
    page.locator("main form .submit-bar button[type=submit]").first.click()
    page.get_by_role("button", name="Buka kegiatan").click()
    page.get_by_role("link", name="Undang desa").first.wait_for()
    event = page.url
    page.goto(f"{event}/undangan/baru")
    page.check("[name=scope][value=villages]")
    page.fill("[name=village_text]", walk.text("{village_code}"))
    page.locator("main form .submit-bar button[type=submit]").first.click()
    page.get_by_role("button", name=re.compile("^Kirim undangan ke")).click()
    page.get_by_role("link", name="Surat untuk daftar ini (PDF)").wait_for()
    page.goto(event)


def _official(walk: Walk, step: Mapping[str, Any]) -> None:
    """Tick the first official who can be registered; say the sex where the list does not know it."""
    line = walk.page.locator(".pick-list li").filter(has=walk.page.locator("input:not([disabled])")).first
    line.locator("input").check()
    if not line.locator("select").input_value():
        line.locator("select").select_option("male")


def _ask(walk: Walk, step: Mapping[str, Any]) -> None:
    """Ask the mentor for help."""
    walk.page.goto(walk.house.url(walk.hosts[walk.actor], "/pendampingan/minta?halaman=/surat"))
    walk.page.fill("[name=subject]", step["ask"])
    walk.page.fill("[name=body]", "Sejak kemarin kop suratnya kosong di kertas.")
    walk.page.locator("main form .submit-bar button[type=submit]").first.click()
    walk.page.locator(".thread").wait_for()


def _indicator(walk: Walk, step: Mapping[str, Any]) -> None:
    walk.page.goto(walk.house.url(PROVINCE, "/indikator/pop.total"))


DEEDS: dict[str, Callable[[Walk, Mapping[str, Any]], None]] = {
    "open": _open, "click": _click, "row": _row, "fill": _fill, "fill_if": _fill_if, "choose": _choose,
    "tick": _tick, "unfold": _unfold, "attach": _attach, "see": _see, "wait": _wait, "as": _become,
    "remember": _remember, "picture": _picture, "sign_in": _sign_in, "papers": _papers, "members": _members,
    "accept": _accept, "note": _note, "grown": _grown, "meet": _meet, "letter": _letter,
    "announce": _announce, "indicator": _indicator, "card": _card, "tick_first": _tick_first, "invite": _invite,
    "official": _official, "ask": _ask,
}  # fmt: skip


def _file(name: str, media_type: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": media_type, "buffer": data}


def _pdf(walk: Walk) -> dict[str, Any]:
    return _file("surat.pdf", "application/pdf", typst.compile(b"Surat dari tempat lain", format="pdf"))


def _workbook(walk: Walk) -> dict[str, Any]:
    day = dt.date(1991, 6, 4)
    rows = [
        ["nik", "nama", "sex", "tanggallahir", "agama_id"],
        [a_nik(day, 2), "WARGA PANDUAN", 1, day.isoformat(), 1],
        ["123", "SALAH NIK", 1, day.isoformat(), 1],
    ]
    return _file("penduduk.xlsx", "application/octet-stream", xlsx(("Penduduk", rows)))


def _figures(walk: Walk) -> dict[str, Any]:
    walk.page.goto(walk.house.url(PROVINCE, "/sistem-lain"))
    code = re.search(r"18\.\d\d\.\d\d\.\d{4}", walk.page.locator("main").inner_text())
    assert code
    walk.page.goto(walk.house.url(PROVINCE, "/sistem-lain/unggah"))
    month = f"{this_month():%Y-%m}"
    rows = [
        "kode_desa;bulan;kode_indikator;nilai",
        f"{code[0]};{month};pop.total;1893",
        f"{code[0]};{month};pop.lain;3",
    ]
    return _file("angka.csv", "text/csv", "\n".join(rows).encode())


FILES: dict[str, Callable[[Walk], dict[str, Any]]] = {
    "pdf": _pdf,
    "workbook": _workbook,
    "figures": _figures,
}
