"""The question bank and the tests before and after an event: on a phone, on paper, once, in everybody's own order."""

from __future__ import annotations

import io
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.learning import answers, exams, paper, questions
from app.province.training.learning.models import TrainingAnswers, TrainingQuestion
from app.province.training.learning.models import TrainingTest as Exam
from app.province.training.participants.models import TrainingParticipant
from tenants.scope import Tenant, platform_scope
from tests.support.pdf_text import pdf_text, squeezed
from tests.support.training import an_event, participants_of
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
HTML = "<b onclick=x>Surat</b> & 'kutip'"


@pytest.fixture
def organiser(officer: Officer) -> Visitor:
    """Somebody of the kabupaten's office."""
    return officer("regency_admin", "18.06")


def a_question(
    app: SigerFlask, region: str = "18.06", words: str = "Apa itu desa digital?", right: int = 1
) -> uuid.UUID:
    """A question with three choices."""
    values = {
        "pillar": "government", "topic": "Dasar", "words": words, "choices": ["Satu", "Dua", "Tiga"], "right": right,
        "explanation": "Karena dua.",
    }  # fmt: skip
    with app.app_context(), platform_scope():
        return questions.write(values, office=region).id


def an_exam(
    app: SigerFlask, event_id: uuid.UUID, phase: Any = "pre", count: int = 4, *, is_open: bool = True
) -> None:
    """A test of so many new questions; the right answer of question n is choice n % 3."""
    ids = [
        a_question(app, words=f"Pertanyaan nomor {n} {uuid.uuid4().hex[:6]}", right=n % 3)
        for n in range(count)
    ]
    with app.app_context(), platform_scope():
        exams.choose(event_id, phase, ids, office="18.06")
        if is_open:
            exams.open_test(event_id, phase, office="18.06")


def token_of(app: SigerFlask, participant_id: uuid.UUID) -> str:
    """What opens a participant's page."""
    with app.app_context(), platform_scope():
        return db.session.get_one(TrainingParticipant, participant_id).token


def kept(app: SigerFlask, participant_id: uuid.UUID) -> list[TrainingAnswers]:
    """All answers of a participant."""
    with app.app_context(), platform_scope():
        rows = list(
            db.session.scalars(
                select(TrainingAnswers).where(TrainingAnswers.participant_id == participant_id)
            )
        )
        db.session.expunge_all()
        return rows


def exam_of(app: SigerFlask, event_id: uuid.UUID, phase: str = "pre") -> Exam:
    """A test's row."""
    with app.app_context(), platform_scope():
        row = exams.test_of(event_id, phase)
        db.session.expunge(row)
        return row


def test_a_question_is_written_changed_and_taken_out_of_use(app: SigerFlask, organiser: Visitor) -> None:
    values = {
        "pillar": "people",
        "topic": "",
        "words": HTML,
        "choice_a": "Ya",
        "choice_b": "<i>Tidak</i>",
        "right": "B",
    }
    assert organiser.submit("/pelatihan/soal/baru", values).status_code == 303
    page = organiser.get("/pelatihan/soal?q=onclick").text
    assert "&lt;b onclick=x&gt;" in page
    assert "<b onclick" not in page
    assert "B. &lt;i&gt;Tidak" in page
    key = re.search(r"/pelatihan/soal/([0-9a-f-]{36})", page)
    assert key
    path = f"/pelatihan/soal/{key[1]}"
    stale = organiser.submit(path, {**values, "words": "Kalimat lain", "row_version": "1"})
    assert stale.status_code == 303
    again = organiser.submit(path, {**values, "words": "Kalimat ketiga", "row_version": "1"})
    assert again.status_code == 409
    assert "Orang lain menyimpan soal ini" in again.text
    assert organiser.submit(f"{path}/pakai", {"aktif": "0"}, form=path).status_code == 303
    assert key[1] not in organiser.get("/pelatihan/soal").text
    assert key[1] in organiser.get("/pelatihan/soal?lihat=nonaktif").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"choice_b": ""}, "Wajib diisi"),
        ({"choice_d": "Empat"}, "tanpa ada yang dilewati"),
        ({"right": "C"}, "huruf ini kosong"),
        ({"choice_b": "ya"}, "dua pilihan yang sama"),
        ({"pillar": "sihir"}, "Pilih salah satu"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    organiser: Visitor, wrong: dict[str, str], sentence: str
) -> None:
    values = {
        "pillar": "people",
        "words": "Benarkah begitu?",
        "choice_a": "Ya",
        "choice_b": "Tidak",
        "right": "A",
    }
    answer = organiser.submit("/pelatihan/soal/baru", {**values, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Benarkah begitu?" in answer.text


def test_an_office_uses_questions_of_offices_above_and_changes_its_own_alone(
    app: SigerFlask, officer: Officer, organiser: Visitor
) -> None:
    above, below = a_question(app, "18"), a_question(app, "18.06.20")
    other = a_question(app, "18.07")
    page = organiser.get("/pelatihan/soal").text
    assert str(above) in page
    assert str(below) not in page
    assert str(other) not in page
    assert organiser.get(f"/pelatihan/soal/{other}").status_code == 404
    values = {
        "pillar": "people",
        "words": "Benarkah begitu?",
        "choice_a": "Ya",
        "choice_b": "Tidak",
        "right": "A",
    }
    answer = organiser.submit(f"/pelatihan/soal/{above}", values, form="/pelatihan/soal/baru")
    assert answer.status_code == 404


def test_choosing_opening_and_closing_through_the_pages(app: SigerFlask, organiser: Visitor) -> None:
    event = an_event(app)
    picked = a_question(app)
    for _number in range(3):
        a_question(app)
    base = f"/pelatihan/{event}/belajar/pre"
    answer = organiser.submit(
        f"{base}/soal",
        {"questions": [str(picked)], "drawn_government": "2", "pass_mark": "50", "row_version": "0"},
    )
    assert answer.status_code == 303
    exam = exam_of(app, event)
    assert len(exam.questions) == 3
    assert exam.questions[0]["id"] == str(picked)
    assert exam.pass_mark == 50
    assert "Buka tes" in organiser.get(base).text
    assert organiser.submit(f"{base}/buka", {}, form=base).status_code == 303
    assert exams.state_of(exam_of(app, event)) == "open"
    refused = organiser.submit(f"{base}/soal", {"questions": [str(picked)]}, form=base, follow_redirects=True)
    assert "tidak dapat diganti" in refused.text
    post = f"/pelatihan/{event}/belajar/post"
    assert organiser.submit(f"{post}/salin", {}, form=post).status_code == 303
    assert exam_of(app, event, "post").questions == exam.questions
    assert organiser.submit(f"{base}/tutup", {}, form=base).status_code == 303
    assert exams.state_of(exam_of(app, event)) == "closed"
    assert "Belajar" in organiser.get(f"/pelatihan/{event}/belajar").text


def test_an_event_without_tests_says_what_comes_first(app: SigerFlask, organiser: Visitor) -> None:
    event = an_event(app, "18.06", title="Bimtek tanpa tes")
    answer = organiser.get(f"/pelatihan/{event}/belajar")
    assert answer.status_code == 200
    assert "Pilih soal dari bank soal dulu" in answer.text
    assert f"/pelatihan/{event}/belajar/pre" in answer.text


def test_more_questions_than_the_bank_has_are_refused(app: SigerFlask, organiser: Visitor) -> None:
    event = an_event(app)
    a_question(app)
    form = f"/pelatihan/{event}/belajar/pre/soal"
    answer = organiser.submit(form, {"drawn_economy": "400", "pass_mark": "60", "row_version": "0"})
    assert answer.status_code == 422
    assert "Bank soal hanya punya" in answer.text
    assert "Isi 0 sampai 100" in organiser.submit(form, {"pass_mark": "101", "row_version": "0"}).text


def test_everybody_has_an_own_order_that_stays(app: SigerFlask) -> None:
    event = an_event(app)
    an_exam(app, event, count=10)
    exam = exam_of(app, event)
    orders = {tuple(q.place for q in exams.shown(exam, str(uuid.uuid4()))) for _number in range(20)}
    assert len(orders) > 10
    someone = str(uuid.uuid4())
    assert exams.shown(exam, someone) == exams.shown(exam, someone)
    for question in exams.shown(exam, someone):
        assert sorted(choice.place for choice in question.choices) == [0, 1, 2]
        assert exam.questions[question.place]["words"] == question.words


def test_a_participant_answers_once_on_the_phone(app: SigerFlask, province: Visitor, village: Tenant) -> None:
    event = an_event(app)
    an_exam(app, event)
    an_exam(app, event, "post")
    (seat,) = participants_of(app, event, village.code)
    token = token_of(app, seat)
    page = province.get(f"/ikut/{token}").text
    assert f"/ikut/{token}/tes/pre" in page
    form = province.get(f"/ikut/{token}/tes/pre").text
    order = list(dict.fromkeys(int(n) for n in re.findall(r'name="q(\d+)"', form)))
    assert order == [q.place for q in exams.shown(exam_of(app, event), str(seat))]
    half = province.submit(f"/ikut/{token}/tes/pre", {"q0": "0", "q1": "1"})
    assert half.status_code == 422
    assert "2 soal belum dijawab" in half.text
    assert not kept(app, seat)
    whole = {"q0": "0", "q1": "1", "q2": "2", "q3": "1"}
    assert province.submit(f"/ikut/{token}/tes/pre", whole).status_code == 303
    assert [(row.right_count, row.question_count) for row in kept(app, seat)] == [(3, 4)]
    again = province.submit(
        f"/ikut/{token}/tes/pre", {**whole, "q3": "0"}, form=f"/ikut/{token}/tes/post", follow_redirects=True
    )
    assert "sudah diterima sebelumnya" in again.text
    assert [row.right_count for row in kept(app, seat)] == [3]
    assert "Benar 75%" not in province.get(f"/ikut/{token}").text
    province.submit(f"/ikut/{token}/tes/post", {"with_gaps": "1", "q0": "0"})
    page = province.get(f"/ikut/{token}").text
    assert "Benar 75%" in page
    assert "Benar 25%" in page
    assert "Karena dua." not in province.get(f"/ikut/{token}/tes/post").text
    with app.app_context(), platform_scope():
        exams.close_test(event, "post", office="18.06")
    assert "Karena dua." in province.get(f"/ikut/{token}/tes/post").text


def test_nothing_is_asked_before_a_test_is_open_nor_taken_after(
    app: SigerFlask, province: Visitor, village: Tenant
) -> None:
    event = an_event(app)
    an_exam(app, event, is_open=False)
    first, waiting = participants_of(app, event, village.code) + participants_of(
        app, event, village.code, seat="waiting"
    )
    token = token_of(app, first)
    assert province.get(f"/ikut/{token}/tes/pre").status_code == 404
    with app.app_context(), platform_scope():
        exams.open_test(event, "pre", office="18.06")
    assert province.get(f"/ikut/{token_of(app, waiting)}/tes/pre").status_code == 404
    form = province.get(f"/ikut/{token}/tes/pre").text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert csrf
    with app.app_context(), platform_scope():
        exams.close_test(event, "pre", office="18.06")
    late = province.post(f"/ikut/{token}/tes/pre", {"csrf_token": csrf[1], "q0": "0"}, follow_redirects=True)
    assert "sudah ditutup" in late.text
    assert not kept(app, first)
    assert province.get(f"/ikut/{'x' * 22}/tes/pre").status_code == 404


def test_the_test_before_is_over_for_who_sent_the_one_after(
    app: SigerFlask, province: Visitor, village: Tenant
) -> None:
    """Else whoever read the right answers could still write down what they knew before."""
    event = an_event(app)
    an_exam(app, event, count=2)
    an_exam(app, event, "post", count=2)
    (seat,) = participants_of(app, event, village.code)
    page = f"/ikut/{token_of(app, seat)}"
    assert "Kerjakan Pre-test" in province.get(page).text
    province.submit(f"{page}/tes/post", {"q0": "0", "q1": "0"})
    assert "Kerjakan Pre-test" not in province.get(page).text
    assert "sudah ditutup" in province.get(f"{page}/tes/pre").text
    province.submit(f"{page}/tes/pre", {"q0": "0", "q1": "0"}, form=f"{page}/penilaian")
    assert len(kept(app, seat)) == 1


def test_two_sendings_at_once_are_one(app: SigerFlask, village: Tenant) -> None:
    event = an_event(app)
    an_exam(app, event)
    (seat,) = participants_of(app, event, village.code)
    outcomes: list[bool] = []
    gate = threading.Barrier(4)

    def send(choice: int) -> None:
        with app.app_context(), platform_scope():
            row = db.session.get_one(TrainingParticipant, seat)
            gate.wait()
            outcomes.append(answers.send(row, "pre", {0: choice}).is_new)

    threads = [threading.Thread(target=send, args=(n % 3,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]
    assert len(kept(app, seat)) == 1


def test_printed_packages_and_their_key_agree_with_what_is_typed(
    app: SigerFlask, organiser: Visitor, village: Tenant
) -> None:
    event = an_event(app, title="Bimtek <Gisting> #1")
    an_exam(app, event, count=6)
    exam = exam_of(app, event)
    keys = {}
    with app.test_request_context():
        for package in exams.PACKAGES:
            keys[package] = paper.key_of(exam, package)
    assert len(set(keys.values())) > 1
    seats = participants_of(app, event, village.code, 4)
    base = f"/pelatihan/{event}/belajar/pre"
    sheet = organiser.get(f"{base}/paket-B")
    assert sheet.mimetype == "application/pdf"
    text = pdf_text(sheet.data)
    places = [text.index(squeezed(q.words)) for q in exams.shown(exam, "B")]
    assert places == sorted(places)
    assert squeezed("Bimtek <Gisting> #1") in text
    key = pdf_text(organiser.get(f"{base}/kunci").data)
    rows = [str(number + 1) + "".join(keys[one][number] for one in exams.PACKAGES) for number in range(6)]
    assert "".join(rows) in key
    typed: dict[str, Any] = {"participant": [str(seat) for seat in seats]}
    for seat, package in zip(seats, exams.PACKAGES, strict=True):
        typed |= {f"package_{seat}": package, f"letters_{seat}": keys[package].lower()}
    typed[f"letters_{seats[1]}"] = "-" * 6
    typed[f"letters_{seats[2]}"] = "AB"
    answer = organiser.submit(f"{base}/kertas", typed)
    assert answer.status_code == 422
    assert "punya 6 soal, yang tertulis 2 huruf" in answer.text
    assert [[row.right_count for row in kept(app, seat)] for seat in seats] == [[6], [0], [], [6]]
    assert all(row.is_paper for seat in seats for row in kept(app, seat))
    page = organiser.get(f"{base}/kertas").text
    assert str(seats[2]) in page
    assert str(seats[0]) not in page
    fixed = {"participant": [str(seats[1])], f"package_{seats[1]}": "B", f"letters_{seats[1]}": keys["B"]}
    assert organiser.submit(f"{base}/kertas", fixed).status_code == 303
    assert [row.right_count for row in kept(app, seats[1])] == [6]


def test_paper_does_not_replace_what_was_answered_on_a_phone(
    app: SigerFlask, organiser: Visitor, village: Tenant
) -> None:
    event = an_event(app)
    an_exam(app, event, count=3)
    (seat,) = participants_of(app, event, village.code)
    with app.app_context(), platform_scope():
        answers.send(db.session.get_one(TrainingParticipant, seat), "pre", {0: 0})
    base = f"/pelatihan/{event}/belajar/pre/kertas"
    typed = {"participant": [str(seat)], f"package_{seat}": "A", f"letters_{seat}": "ABC"}
    answer = organiser.submit(base, typed)
    assert "sudah menjawab di ponselnya" in answer.text or answer.status_code == 422
    assert [(row.right_count, row.is_paper) for row in kept(app, seat)] == [(1, False)]
    stranger = {"participant": [str(uuid.uuid4())]}
    stranger |= {f"package_{stranger['participant'][0]}": "A", f"letters_{stranger['participant'][0]}": "ABC"}  # type: ignore[dict-item]
    assert organiser.submit(base, stranger).status_code == 422


def test_the_tab_sums_up_and_the_scores_are_exported_for_the_organiser_alone(
    app: SigerFlask, organiser: Visitor, officer: Officer, village: Tenant, count_queries: Any
) -> None:
    event = an_event(app)
    an_exam(app, event, count=2)
    an_exam(app, event, "post", count=2)
    seats = participants_of(app, event, village.code, 3)
    with app.app_context(), platform_scope():
        for at, seat in enumerate(seats):
            row = db.session.get_one(TrainingParticipant, seat)
            answers.send(row, "pre", {0: 0, 1: 0})
            answers.send(db.session.get_one(TrainingParticipant, seat), "post", {0: 0, 1: 1 if at else 2})
    with count_queries(at_most=16):
        page = organiser.get(f"/pelatihan/{event}/belajar").text
    assert "50%" in page
    assert "83%" in page
    with organiser.get(f"/pelatihan/{event}/belajar/nilai/unduh") as answer:
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert book.sheet_names == ["Nilai", "Soal"]
    after = [row[2] for row in book.get_sheet_by_index(1).to_python()[1:] if row[2] != ""]
    assert sorted(after) == [pytest.approx(2 / 3), 1], "how each question went afterwards"
    other = officer("regency_admin", "18.07")
    assert other.get(f"/pelatihan/{event}/belajar").status_code == 404
    below = officer("district_officer", "18.06.20")
    assert below.get(f"/pelatihan/{event}/belajar").status_code == 200
    assert below.get(f"/pelatihan/{event}/belajar/pre").status_code == 404
    assert below.get(f"/pelatihan/{event}/belajar/nilai/unduh").status_code == 404
    mentor = officer("mentor", "18.06.20")
    assert mentor.get(f"/pelatihan/{event}/belajar/pre").status_code == 403


def test_a_question_that_changes_later_leaves_the_test_as_it_was(app: SigerFlask) -> None:
    event = an_event(app)
    an_exam(app, event, count=1)
    before = exam_of(app, event).questions
    with app.app_context(), platform_scope():
        db.session.execute(update(TrainingQuestion).values(words="Diganti"))
        db.session.commit()
    assert exam_of(app, event).questions == before
