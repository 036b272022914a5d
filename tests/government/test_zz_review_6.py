from __future__ import annotations
import uuid
from sqlalchemy import select
from app.extensions import db
from tenants.scope import tenant_scope
from tests.support import letters, residents
from tests.support.pdf_text import *
import tests.support.pdf_text as pt
from tests.government.test_complaints import everything
from app.core.accounts.loading import role
OUT = open("/tmp/siger/rev4/out6.txt", "a", buffering=1)
def say(*a): print(*a, file=OUT)
def test_section(app, village, staff):
    nik = residents.a_nik()
    rid = residents.a_resident(app, village, nik=nik, birth_date=None, name="SITI")
    lid = letters.an_issued_letter(app, village, resident_id=rid)
    pid = letters.a_paper(app, village, lid)
    say("section_staff:", sorted(p for p in role("section_staff").permissions if "resident" in p or "letter" in p or "compl" in p))
    s = staff(village, role="section_staff")
    r = s.get(f"/surat/{lid}/berkas"); say("PDF:", r.status_code, [n for n in dir(pt) if not n.startswith("_")])
    fn = [getattr(pt, n) for n in dir(pt) if n.startswith(("text", "pdf_text", "words"))]
    for f in fn:
        try: t = f(r.data); say(f.__name__, nik in (t if isinstance(t, str) else "".join(map(str, t))))
        except Exception as e: say(f.__name__, type(e).__name__)
    r = s.get(f"/surat/{lid}/lampiran/{pid}"); say("KTP photo:", r.status_code)
    rp = s.get(f"/penduduk/{rid}"); say("register page shows nik:", rp.status_code, nik in rp.text)
    ev = everything(app, village)
    say("audit lines after photo:", [r[3:200] for r in ev["audit_entry"] if "viewed" in r or "photo" in r or "paper" in r][:5])
