"""The head's queue: letters signed by a certificate that lies here."""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from typing import Any

import pytest
from sqlalchemy import update

from app.core.actors import Actor, SupportVisitInfo, acting_as
from app.core.hosting import SigerFlask
from app.core.signing import keys, signatures_in
from app.core.signing.errors import why
from app.core.signing.models import SigningKey
from app.core.village.models import Official
from app.extensions import db
from app.government.letters.desk.errors import VisitorMayNot
from app.government.letters.desk.services import send_back
from app.government.letters.models import Letter
from app.government.letters.signing import services
from tenants.scope import tenant_scope
from tests.support.events import told
from tests.support.letters import a_letter, letter_of, pdf_of, working
from tests.support.signing import PASSPHRASE, a_day, demo_key, p12, the_head
from tests.support.uploads import send_form

QUEUE = "/surat/tanda-tangan"
KEYS = "/surat/tanda-tangan/kunci"


def chosen(app: SigerFlask, village: Any, *letters: uuid.UUID) -> list[str]:
    """Letters as the queue's boxes name them."""
    return [f"{one}.{letter_of(app, village, one).row_version}" for one in letters]


def test_several_letters_are_signed_with_one_passphrase(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    key = demo_key(app, village)
    letters = [a_letter(app, village, state="verified") for _ in range(3)]
    assert "3 surat menunggu Anda" in head.get(QUEUE).text
    answer = head.submit(
        QUEUE, {"letter": chosen(app, village, *letters), "key": key, "passphrase": PASSPHRASE}
    )
    assert answer.status_code == 303, told(answer)
    page = told(head.get(answer.headers["Location"]))
    assert "3 surat sudah ditandatangani" in page
    for one in letters:
        row = letter_of(app, village, one)
        assert (row.state, row.signing, row.signing_key_id) == ("issued", "local", key)
        pdf = pdf_of(app, village, one)
        assert row.sha256 == hashlib.sha256(pdf).digest()
        with app.app_context(), tenant_scope(village):
            found = signatures_in(pdf)
        assert [(f.holder, f.valid, f.covers_whole, f.is_certified, f.is_demo) for f in found] == [
            ("Suparman", True, True, False, True)
        ]
        assert b"ETSI.CAdES.detached" in pdf


def test_a_wrong_passphrase_signs_nothing_and_says_so(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    key = demo_key(app, village)
    letter = a_letter(app, village, state="verified")
    form = {"letter": chosen(app, village, letter), "key": key}
    answer = head.submit(QUEUE, {**form, "passphrase": "keliru sekali"})
    assert answer.status_code == 422
    assert "Frasa sandi tidak cocok" in told(answer)
    assert "keliru sekali" not in answer.text
    assert f'value="{form["letter"][0]}" aria-label' in answer.text
    row = letter_of(app, village, letter)
    assert (row.state, row.number, row.sha256) == ("verified", "", None)
    assert head.submit(QUEUE, {**form, "passphrase": PASSPHRASE}).status_code == 303
    assert letter_of(app, village, letter).sequence == 1, "a wrong passphrase draws no number"


def test_an_expired_certificate_signs_nothing_and_says_so(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    key = demo_key(app, village)
    letter = a_letter(app, village, state="verified")
    with working(app, village):
        db.session.execute(update(SigningKey).values(not_after=a_day(-1)))
        db.session.commit()
    assert "habis masa berlakunya" in told(head.get(QUEUE))
    answer = head.submit(
        QUEUE, {"letter": chosen(app, village, letter), "key": key, "passphrase": PASSPHRASE}
    )
    assert answer.status_code == 422
    assert "sudah habis" in told(answer)
    assert letter_of(app, village, letter).state == "verified"


def test_one_that_cannot_be_signed_holds_up_no_other(
    app: SigerFlask, village: Any, staff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.core.files.storage import StorageAway

    head = staff(village, role="village_head")
    key = demo_key(app, village)
    letters = [a_letter(app, village, state="verified") for _ in range(3)]
    whole = services.desk.store_final

    def away_for_the_second(letter: Any, *given: Any, **more: Any) -> None:
        if letter.id == letters[1]:
            raise StorageAway("away")
        whole(letter, *given, **more)

    monkeypatch.setattr(services.desk, "store_final", away_for_the_second)
    answer = head.submit(
        QUEUE, {"letter": chosen(app, village, *letters), "key": key, "passphrase": PASSPHRASE}
    )
    page = told(head.get(answer.headers["Location"]))
    assert "2 surat ditandatangani, 1 masih menunggu" in page
    assert "Penyimpanan berkas" in page
    monkeypatch.undo()
    head.submit(QUEUE, {"letter": chosen(app, village, letters[1]), "key": key, "passphrase": PASSPHRASE})
    assert sorted(letter_of(app, village, one).sequence for one in letters) == [1, 2, 3]


def test_a_letter_that_changed_since_it_was_seen_is_not_signed(
    app: SigerFlask, village: Any, staff: Any
) -> None:
    head = staff(village, role="village_head")
    key = demo_key(app, village)
    letter = a_letter(app, village, state="verified")
    seen = chosen(app, village, letter)
    with working(app, village):
        services.desk.send_back(letter, "Nama kurang lengkap")
        services.desk.verify(letter)
    answer = head.submit(QUEUE, {"letter": seen, "key": key, "passphrase": PASSPHRASE})
    assert "berubah sejak Anda melihatnya" in told(head.get(answer.headers["Location"]))
    assert letter_of(app, village, letter).state == "verified"


def test_a_letter_names_the_official_whose_key_signs(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    demo_key(app, village)
    with working(app, village):
        other = Official(name="Rahmat", title="Kepala Seksi", position="section")
        db.session.add(other)
        db.session.commit()
        key = keys.make_demo_key(other.id, PASSPHRASE).id
    letter = a_letter(app, village, state="verified")
    answer = head.submit(
        QUEUE, {"letter": chosen(app, village, letter), "key": key, "passphrase": PASSPHRASE}
    )
    assert "pejabat lain" in told(head.get(answer.headers["Location"]))
    assert letter_of(app, village, letter).number == ""


def test_the_final_file_never_changes(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    key = demo_key(app, village)
    letter = a_letter(app, village, state="verified")
    form = {"letter": chosen(app, village, letter), "key": key, "passphrase": PASSPHRASE}
    head.submit(QUEUE, form)
    first = pdf_of(app, village, letter)
    again = head.submit(QUEUE, {**form, "letter": str(letter)})
    assert again.status_code == 303
    head.submit(f"{QUEUE}/basah", {"letter": str(letter)}, form=QUEUE)
    with working(app, village):
        services.desk.cancel(letter, "Salah orang")
    assert pdf_of(app, village, letter) == first
    assert letter_of(app, village, letter).sha256 == hashlib.sha256(first).digest()


def test_the_head_looks_at_a_letter_and_sends_it_back(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    letter = a_letter(app, village, state="verified")
    page = head.get(f"{QUEUE}/{letter}")
    assert page.status_code == 200
    picture = head.get(f"{QUEUE}/{letter}/halaman/1.png")
    assert picture.data.startswith(b"\x89PNG")
    assert head.get(f"{QUEUE}/{letter}/halaman/9.png").status_code == 404
    short = head.submit(f"{QUEUE}/{letter}/kembalikan", {"reason": ""}, form=f"{QUEUE}/{letter}")
    assert short.status_code == 422
    sent = head.submit(
        f"{QUEUE}/{letter}/kembalikan", {"reason": "Keperluan belum jelas"}, form=f"{QUEUE}/{letter}"
    )
    assert sent.status_code == 303
    assert letter_of(app, village, letter).state == "submitted"
    assert head.get(f"{QUEUE}/{letter}").status_code == 404


def test_letters_are_approved_for_ink(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    letters = [a_letter(app, village, state="verified") for _ in range(2)]
    answer = head.submit(f"{QUEUE}/basah", {"letter": chosen(app, village, *letters)}, form=QUEUE)
    assert answer.status_code == 303
    rows = [letter_of(app, village, one) for one in letters]
    assert {(row.state, row.signing) for row in rows} == {("issued", "wet")}
    nothing = head.submit(f"{QUEUE}/basah", {}, form=QUEUE)
    assert nothing.status_code == 422


def test_the_head_approves_from_afar_and_the_office_prints(app: SigerFlask, village: Any, staff: Any) -> None:
    head, clerk = staff(village, role="village_head"), staff(village)
    letter = a_letter(app, village, state="verified")
    answer = head.submit(f"{QUEUE}/setujui", {"letter": chosen(app, village, letter)}, form=QUEUE)
    assert answer.status_code == 303
    assert "1 surat disetujui" in told(head.get(QUEUE))
    row = letter_of(app, village, letter)
    assert (row.state, row.signing, row.number) == ("approved", "wet", "")
    assert row.title not in head.get(QUEUE).text
    assert "Disetujui kepala" in clerk.get(f"/surat/{letter}").text
    issued = clerk.submit(
        f"/surat/{letter}/terbit", {"row_version": str(row.row_version)}, form=f"/surat/{letter}"
    )
    assert issued.status_code == 303, told(issued)
    assert letter_of(app, village, letter).state == "issued"
    again = head.submit(f"{QUEUE}/setujui", {"letter": str(letter)}, form="/akun")
    assert "sudah diterbitkan" in told(head.get(again.headers["Location"]))


def test_what_the_head_agreed_to_lies_before_the_clerk(app: SigerFlask, village: Any, staff: Any) -> None:
    head, clerk = staff(village, role="village_head"), staff(village)
    letter, waits = (a_letter(app, village, state="verified") for _ in range(2))
    form = {"letter": chosen(app, village, letter)}
    assert head.submit(f"{QUEUE}/setujui", form, form=f"{QUEUE}/{letter}").status_code == 303
    assert f"{QUEUE}/setujui" in head.get(f"{QUEUE}/{waits}").text
    assert "1 surat disetujui kepala, siap dicetak" in told(clerk.get("/beranda"))
    agreed, to_sign = (clerk.get(f"/surat?lihat={tab}").text for tab in ("disetujui", "tanda-tangan"))
    assert str(letter) in agreed
    assert str(waits) not in agreed
    assert str(waits) in to_sign
    assert str(letter) not in to_sign
    assert "2 surat menunggu." in agreed
    assert "sudah disetujui kepala. Terbitkan dan cetak" in told(clerk.get("/pemberitahuan"))
    page = clerk.get(f"/surat/{letter}")
    assert "data:image/png;base64," in page.text
    assert "Minta tanda tangan elektronik" not in page.text


def test_a_letter_that_is_changed_must_be_agreed_to_again(app: SigerFlask, village: Any, staff: Any) -> None:
    head, clerk = staff(village, role="village_head"), staff(village)
    letter = a_letter(app, village, state="verified")
    head.submit(f"{QUEUE}/setujui", {"letter": chosen(app, village, letter)}, form=QUEUE)
    version = str(letter_of(app, village, letter).row_version)
    edit = f"/surat/{letter}/ubah"
    page = clerk.get(edit)
    assert page.status_code == 200
    fields = {"row_version": version, "keperluan": "Beasiswa yang lain"}
    assert clerk.submit(edit, fields, form=edit).status_code == 303
    row = letter_of(app, village, letter)
    assert (row.state, row.approved_at, row.verified_at) == ("submitted", None, None)


def test_the_clerk_reads_why_a_letter_was_not_signed(app: SigerFlask, village: Any, staff: Any) -> None:
    clerk, letter = staff(village), a_letter(app, village, state="verified")
    with working(app, village):
        db.session.get_one(Letter, letter).details = {"signing_error": "expired"}
        db.session.commit()
    page = told(clerk.get(f"/surat/{letter}"))
    assert str(why("expired")) in page
    assert ">expired<" not in clerk.get(f"/surat/{letter}").text


def test_nothing_chosen_gets_a_sentence(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    key = demo_key(app, village)
    a_letter(app, village, state="verified")
    answer = head.submit(QUEUE, {"key": key, "passphrase": PASSPHRASE})
    assert answer.status_code == 422
    assert "Pilih dahulu surat" in told(answer)


def test_another_villages_letters_and_keys_do_not_exist_here(
    app: SigerFlask, village: Any, make_village: Any, staff: Any
) -> None:
    other = make_village()
    head, clerk = staff(village, role="village_head"), staff(village)
    key, foreign_key = demo_key(app, village), demo_key(app, other)
    own, foreign = a_letter(app, village, state="verified"), a_letter(app, other, state="verified")
    answer = head.submit(QUEUE, {"letter": [str(own), str(foreign)], "key": key, "passphrase": PASSPHRASE})
    assert answer.status_code == 303
    assert letter_of(app, other, foreign).state == "verified"
    assert letter_of(app, village, own).state == "issued"
    assert head.get(f"{QUEUE}/{foreign}").status_code == 404
    assert head.get(f"{QUEUE}/{foreign}/halaman/1.png").status_code == 404
    back = head.submit(f"{QUEUE}/{foreign}/kembalikan", {"reason": "Tidak lengkap"}, form=QUEUE)
    assert back.status_code == 404
    assert head.submit(f"{QUEUE}/basah", {"letter": str(foreign)}, form=QUEUE).status_code == 404
    mine = a_letter(app, village, state="verified")
    tried = head.submit(QUEUE, {"letter": str(mine), "key": foreign_key, "passphrase": PASSPHRASE})
    assert tried.status_code == 422
    assert letter_of(app, village, mine).state == "verified"
    assert head.get(f"{QUEUE}/frasa/{foreign_key}").status_code == 404
    assert head.submit(f"{QUEUE}/frasa/{foreign_key}", {}, form=f"{QUEUE}/frasa/{key}").status_code in (
        404,
        422,
    )
    assert clerk.submit(f"{KEYS}/{foreign_key}/nonaktifkan", form=f"{KEYS}/percontohan").status_code == 404
    with app.app_context(), tenant_scope(other):
        run = services.finished_run(db.session.get_one(SigningKey, foreign_key), [foreign], {})
        db.session.commit()
        run_id = run.id
    assert head.get(f"{QUEUE}/hasil/{run_id}").status_code == 404


@pytest.mark.parametrize("role", ["secretary", "operator", "section_staff"])
def test_only_who_may_sign_signs(app: SigerFlask, village: Any, staff: Any, role: str) -> None:
    somebody = staff(village, role=role)
    key = demo_key(app, village)
    letter = a_letter(app, village, state="verified")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', somebody.get("/akun").text)
    given = {"letter": str(letter), "key": str(key), "passphrase": PASSPHRASE, "reason": "Tidak lengkap"}
    if token:
        given["csrf_token"] = token[1]
    for path in (
        QUEUE,
        f"{QUEUE}/basah",
        f"{QUEUE}/setujui",
        f"{QUEUE}/{letter}/kembalikan",
        f"{QUEUE}/frasa/{key}",
    ):
        assert somebody.post(path, given).status_code == 403, path
    for path in (QUEUE, f"{QUEUE}/{letter}", f"{QUEUE}/{letter}/halaman/1.png", f"{QUEUE}/frasa/{key}"):
        assert somebody.get(path).status_code == 403, path
    assert letter_of(app, village, letter).state == "verified"


@pytest.mark.parametrize("role", ["village_head", "operator"])
def test_only_who_may_set_up_letters_sees_the_keys(
    app: SigerFlask, village: Any, staff: Any, role: str
) -> None:
    somebody = staff(village, role=role)
    key = demo_key(app, village)
    for path in ("", "/percontohan", "/unggah", "/bsre", f"/{key}/nonaktifkan"):
        assert somebody.get(KEYS + path).status_code == 403, path


def test_a_support_visitor_never_signs(app: SigerFlask, village: Any) -> None:
    visit = SupportVisitInfo(uuid.uuid4(), "Membantu", "Ratna", a_day(1))
    visitor = Actor(uuid.uuid4(), "Ratna", "r@siger.test", frozenset({"letters.sign"}), support_visit=visit)
    key = demo_key(app, village)
    letter = a_letter(app, village, state="verified")
    with app.app_context(), tenant_scope(village), acting_as(visitor):
        with pytest.raises(VisitorMayNot):
            services.sign_letters([letter], key, PASSPHRASE)
        with pytest.raises(VisitorMayNot):
            services.issue_for_ink([letter])
        with pytest.raises(VisitorMayNot):
            send_back(letter, "Tidak lengkap")
    assert letter_of(app, village, letter).state == "verified"


def test_the_queue_is_bounded(app: SigerFlask, village: Any, staff: Any, count_queries: Any) -> None:
    head = staff(village, role="village_head")
    demo_key(app, village)
    a_letter(app, village, state="verified")
    head.get(QUEUE)
    for _ in range(6):
        a_letter(app, village, state="verified")
    with count_queries(at_most=8):
        assert "7 surat menunggu" in told(head.get(QUEUE))


# -- the pages of keys ------------------------------------------------------------------------------------------------


def test_a_demo_key_is_made_and_called_what_it_is(app: SigerFlask, village: Any, staff: Any) -> None:
    clerk, head = staff(village), the_head(app, village)
    assert "Belum ada kunci" in told(clerk.get(KEYS))
    form = {"official": head, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    for change, words in (
        ({"again": "lain"}, "tidak sama"),
        ({"passphrase": "pendek", "again": "pendek"}, "paling sedikit 8"),
        ({"official": uuid.uuid4()}, "Pilih pejabatnya"),
    ):
        wrong = clerk.submit(f"{KEYS}/percontohan", {**form, **change})
        assert wrong.status_code == 422
        assert words in told(wrong)
    assert clerk.submit(f"{KEYS}/percontohan", form).status_code == 303
    page = told(clerk.get(KEYS))
    assert "Belum tersertifikasi" in page
    assert "Suparman" in page


def test_an_uploaded_certificate_is_shown_before_it_is_kept(
    app: SigerFlask, village: Any, staff: Any
) -> None:
    clerk, head = staff(village), the_head(app, village)
    given = {"official": str(head), "passphrase": PASSPHRASE, "file": (p12(app), "kepala.p12")}
    wrong = send_form(clerk, f"{KEYS}/unggah", {**given, "passphrase": "keliru sekali"})
    assert wrong.status_code == 422
    assert "tidak membuka" in told(wrong)
    seen = send_form(clerk, f"{KEYS}/unggah", given)
    assert "Belum ada yang disimpan" in told(seen)
    assert "Belum ada kunci" in told(clerk.get(KEYS))
    ticket = re.search(r'name="ticket" value="([^"]+)"', seen.text)
    assert ticket is not None
    kept = clerk.submit(f"{KEYS}/unggah/simpan", {"ticket": ticket[1]}, form=f"{KEYS}/unggah")
    assert kept.status_code == 303
    assert "Sertifikat yang diunggah" in told(clerk.get(KEYS))


def test_an_identity_at_the_service_is_kept_sealed(app: SigerFlask, village: Any, staff: Any) -> None:
    clerk, head = staff(village), the_head(app, village)
    wrong = clerk.submit(f"{KEYS}/bsre", {"official": head, "nik": "18062017"})
    assert wrong.status_code == 422
    assert clerk.submit(f"{KEYS}/bsre", {"official": head, "nik": "1806 2017 0580 0011"}).status_code == 303
    page = clerk.get(KEYS).text
    assert "Identitas BSrE" in page
    assert "1806201705800011" not in page


def test_a_key_is_retired_and_its_holder_changes_the_passphrase(
    app: SigerFlask, village: Any, staff: Any
) -> None:
    clerk, head = staff(village), staff(village, role="village_head")
    key = demo_key(app, village)
    path = f"{QUEUE}/frasa/{key}"
    new = {"new_passphrase": "lada hitam kering", "again": "lada hitam kering"}
    assert "tidak cocok" in told(head.submit(path, {**new, "passphrase": "keliru sekali"}))
    assert head.submit(path, {**new, "passphrase": PASSPHRASE}).status_code == 303
    letter = a_letter(app, village, state="verified")
    form = {"letter": str(letter), "key": key, "passphrase": "lada hitam kering"}
    assert head.submit(QUEUE, form).status_code == 303
    asked = f"{KEYS}/{key}/nonaktifkan"
    assert clerk.submit(asked).status_code == 303
    assert clerk.get(asked).status_code == 404
    assert "Belum ada kunci" in told(clerk.get(KEYS))


def test_signing_is_quick(app: SigerFlask, village: Any) -> None:
    key = demo_key(app, village)
    letters = [a_letter(app, village, state="verified") for _ in range(6)]
    took = []
    with working(app, village):
        opened = keys.open_key(key, PASSPHRASE)
        for one in letters:
            began = time.perf_counter()
            services._one(one, opened, None)
            took.append(time.perf_counter() - began)
    assert sorted(took)[2] < 1, took
