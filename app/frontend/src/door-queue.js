// What a phone at the door keeps and sends: the list of each session, and every person noted until the server has them.
// Used by the page (door.js) and by the service worker, so it is a plain script that adds one name: SigerDoor.
(() => {
  const TOKEN = "/hadir/kunci", BATCH = 100, DAY = 24 * 3600 * 1000;
  let token = "", account = "";

  /** Runs one deed in one of the phone's own stores and answers with its result. */
  function store(name, mode, deed) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open("siger-door", 1);
      opening.onupgradeneeded = () => {
        opening.result.createObjectStore("sessions", { keyPath: "session" });
        opening.result.createObjectStore("marks", { keyPath: "key" }).createIndex("session", "session");
      };
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result, transaction = database.transaction(name, mode);
        const asked = deed(transaction.objectStore(name));
        transaction.oncomplete = () => { database.close(); resolve(asked.result); };
        transaction.onerror = () => { database.close(); reject(transaction.error); };
      };
    });
  }

  const sessions = () => store("sessions", "readonly", (rows) => rows.getAll());
  const session = (id) => store("sessions", "readonly", (rows) => rows.get(id));
  const keepSession = (row) => store("sessions", "readwrite", (rows) => rows.put(row));
  const marks = (id) => store("marks", "readonly", (rows) => (id ? rows.index("session").getAll(id) : rows.getAll()));
  const keepMark = (row) => store("marks", "readwrite", (rows) => rows.put(row));

  async function waiting(id) {
    return (await marks(id)).filter((one) => one.state === "waiting").sort((a, b) => a.at - b.at);
  }

  /** Keeps a person who was noted; nothing is lost when the page is closed now. */
  async function add(mark) {
    const row = { key: crypto.randomUUID(), at: Date.now(), account, state: "waiting", ...mark };
    await keepMark(row);
    return row;
  }

  /** Loads the list of a session anew. Throws without a network; answers "sign-in" or "gone" where there is no list. */
  async function load(id) {
    const answer = await ask(`/hadir/${id}/daftar`);
    if (answer.redirected || answer.status === 401) return "sign-in";
    if (answer.status === 403 || answer.status === 404) return "gone";
    if (!answer.ok) throw new TypeError(`the list answered ${answer.status}`);
    const list = await answer.json(), until = Date.now() + Math.max(0, list.ends - list.now) + DAY;
    await keepSession({ ...list, off: Date.now() - list.now, loaded: Date.now(), until });
    return "";
  }

  /** Sends what waits, one sender at a time. Answers with {state, answers, present, count, now}. */
  function send(id) {
    const run = () => sendAll(id);
    return navigator.locks ? navigator.locks.request(`siger-door-${id}`, run) : run();
  }

  async function sendAll(id) {
    const told = { state: "", answers: [], present: [], count: null, now: 0 };
    do {
      const batch = (await waiting(id)).slice(0, BATCH), kept = await session(id);
      const answer = await post(`/hadir/${id}/sinkron`, () => ({
        phone_now: Date.now(),
        since: kept?.since ?? 0,
        marks: batch.map(({ key, at, source, participant, token: code, walk_in, admit, account: owner }) => (
          { key, at, source, participant, token: code, walk_in, admit, account: owner })),
      }));
      if (typeof answer === "string") return { ...told, state: answer };
      for (const one of answer.answers) {
        const mark = batch.find((row) => row.key === one.key);
        const taken = one.outcome === "noted" || one.outcome === "already";
        if (mark) await keepMark({ ...mark, state: taken ? "sent" : "refused", sentence: one.sentence, outcome: one.outcome });
      }
      if (kept) await keepSession(withPresent(kept, answer));
      told.answers.push(...answer.answers);
      told.present.push(...answer.present);
      Object.assign(told, { count: answer.count, now: answer.now });
    } while ((await waiting(id)).length);
    return told;
  }

  /** The kept list with those whom other phones noted. */
  function withPresent(kept, answer) {
    const came = new Map(answer.present);
    for (const one of answer.answers) if (one.at && one.participant) came.set(one.participant, one.at);
    const people = kept.people.map((row) => (came.has(row[0]) ? [...row.slice(0, 7), came.get(row[0])] : row));
    return { ...kept, people, since: answer.since };
  }

  /** Posts JSON with a form token; a token that is too old is fetched anew, once. */
  async function post(path, body) {
    for (const again of [false, true]) {
      if (!token || again) {
        const state = await fetchToken();
        if (state) return state;
      }
      const answer = await ask(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
        body: JSON.stringify(body()),
      });
      if (answer.redirected || answer.status === 401) return "sign-in";
      if (answer.status === 400 && !again) continue;
      if (answer.status === 403 || answer.status === 404) return "gone";
      if (answer.status === 409) return (await answer.json()).sentence;
      if (!answer.ok) throw new TypeError(`synchronising answered ${answer.status}`);
      return answer.json();
    }
    throw new TypeError("no form token");
  }

  async function fetchToken() {
    const answer = await ask(TOKEN);
    if (answer.redirected || answer.status === 401) return "sign-in";
    if (answer.status === 403) return "gone";
    if (!answer.ok) throw new TypeError(`the form token answered ${answer.status}`);
    ({ token, account } = await answer.json());
    return "";
  }

  /** A request that gives up after a while: a bad line is as good as none. */
  async function ask(path, options = {}) {
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), 15000);
    try {
      return await fetch(path, { cache: "no-store", ...options, signal: stop.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends everything that this phone keeps, of all sessions. */
  async function sendEverything() {
    const found = new Set((await marks()).filter((one) => one.state === "waiting").map((one) => one.session));
    for (const id of found) await send(id);
  }

  /** Takes a session away from the phone; false while something of it is not sent. */
  async function forget(id) {
    if ((await waiting(id)).length) return false;
    for (const one of await marks(id)) await store("marks", "readwrite", (rows) => rows.delete(one.key));
    await store("sessions", "readwrite", (rows) => rows.delete(id));
    return true;
  }

  /** Takes away what is over: a day after a session ended, and nothing that was not sent. */
  async function tidy() {
    for (const one of await sessions()) if (one.until < Date.now()) await forget(one.session);
  }

  globalThis.SigerDoor = { add, forget, load, marks, send, sendEverything, session, sessions, tidy, waiting };
})();
