// The portal's service worker. When the connection fails, it keeps what was being sent (on this phone, for one
// account), says so, and sends it later, once: the form's own key makes the village take it a single time.
const PAGES = "siger-portal-1";
const OFFLINE = "/layanan/luring", KEPT = "/layanan/tersimpan", TOKEN = "/layanan/tersimpan/kunci";
const NOT_SENT = "/layanan/tidak-terkirim";
const SIGN_IN = "/layanan/masuk", HOME = "/layanan";
const SIGN_OUTS = ["/layanan/keluar", "/layanan/keluar-semua"];
const WITH_KEYS = /^\/layanan\/(surat|pengaduan)(\/|$)/;
const MOST_ENTRIES = 8, MOST_BYTES = 12 * 1024 * 1024;

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("sync", (event) => event.waitUntil(sendAll()));

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  const ours = url.pathname === HOME || url.pathname.startsWith(`${HOME}/`);
  if (request.mode === "navigate" && ours) {
    if (request.method === "POST") event.respondWith(SIGN_OUTS.includes(url.pathname) ? leave(request) : post(request));
    else if (request.method === "GET") event.respondWith(page(request, url));
  } else if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
  }
});

self.addEventListener("message", (event) => {
  const answer = (value) => event.ports[0]?.postMessage(value);
  const { type, account, id } = event.data ?? {};
  const deeds = { list, send: sendAll, wipe, discard: () => remove(id) };
  event.waitUntil((deeds[type] ?? list)(account).then(async () => answer(await list()), () => answer([])));
});

/** Keeps the pages that need no connection, and what they are drawn with; nobody is named on them. */
async function fill() {
  const cache = await caches.open(PAGES);
  for (const path of [OFFLINE, KEPT, NOT_SENT]) {
    const answer = await fetch(path, { credentials: "omit", cache: "no-store" });
    if (!answer.ok) continue;
    const named = [...(await answer.clone().text()).matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map((one) => one[1]);
    await cache.put(path, answer);
    await Promise.all([...new Set(named)].map((file) => cache.add(file).catch(() => {})));
  }
}

async function page(request, url) {
  try {
    await endSession();
    return await fetch(request);
  } catch {
    const name = [KEPT, NOT_SENT].includes(url.pathname) ? url.pathname : OFFLINE;
    return (await caches.match(name)) ?? Response.error();
  }
}

/** Sends a form; kept on the phone where the connection fails, where one must sign in first, or somebody else has. */
async function post(request) {
  if (goesBack(request)) return backTo(request);
  const copy = request.clone(), { pathname } = new URL(request.url);
  try {
    await endSession();
    if (WITH_KEYS.test(pathname)) {
      const key = await askForKey();
      const state = key.status === 401 ? "sign-in" : (await isAnothers(key, copy.clone())) ? "other" : "";
      if (state && (await keep(copy.clone(), state))) return Response.redirect(KEPT, 303);
    }
    return await fetch(request);
  } catch {
    return Response.redirect((await keep(copy).catch(() => false)) ? KEPT : NOT_SENT, 303);
  }
}

/** Whether somebody went back to a page that had answered a form: nothing is being sent. */
function goesBack(request) {
  return Boolean(request.isHistoryNavigation) || ["only-if-cached", "force-cache"].includes(request.cache);
}

/** The page as the browser still has it; else the form's own page. The form itself is never sent or kept again. */
async function backTo(request) {
  const form = Response.redirect(new URL(request.url).pathname.replace(/\/kirim$/, "/isi"), 303);
  return request.cache === "only-if-cached" ? fetch(request).catch(() => form) : form;
}

function askForKey() {
  return fetch(TOKEN, { headers: { Accept: "application/json" }, cache: "no-store" });
}

/** Whether a form was filled in by another account than the one that is signed in now. */
async function isAnothers(key, request) {
  if (!key.ok) return false;
  const { account } = await key.clone().json(), owner = (await request.formData()).get("akun");
  return Boolean(owner) && owner !== account;
}

/** Whoever signs out leaves nothing on the phone. Where the village can't hear of it now, it hears of it first thing. */
async function leave(request) {
  const { pathname } = new URL(request.url);
  await wipe();
  try {
    return await fetch(request);
  } catch {
    await (await caches.open(PAGES)).put(pathname, new Response(""));
    await self.registration.sync?.register("siger-kept").catch(() => {});
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

/** Ends the session that somebody left without a connection, before anything else is asked; throws without one. */
async function endSession() {
  const cache = await caches.open(PAGES);
  for (const path of SIGN_OUTS) {
    if (!(await cache.match(path))) continue;
    const key = await askForKey();
    if (key.ok) {
      const form = new FormData();
      form.append("csrf_token", (await key.json()).token);
      await fetch(path, { method: "POST", body: form, redirect: "manual" });
    } else if (key.status !== 401) throw new TypeError("not signed out yet");
    // Signing out may have cleared this very store already.
    await cache.delete(path).catch(() => {});
  }
}

async function keep(request, state = "kept") {
  const fields = [...(await request.formData())].filter(([name]) => name !== "csrf_token");
  const told = Object.fromEntries(fields.filter(([, value]) => typeof value === "string"));
  if (!told.kunci || !told.akun) return false;
  const bytes = fields.reduce((sum, [, value]) => sum + (typeof value === "string" ? value.length : value.size), 0);
  const path = new URL(request.url).pathname, id = `${told.akun} ${told.kunci} ${path}`;
  const others = (await all()).filter((one) => one.id !== id);
  if (others.length >= MOST_ENTRIES || bytes + others.reduce((sum, one) => sum + one.bytes, 0) > MOST_BYTES) return false;
  const photos = fields.filter(([, value]) => typeof value !== "string" && value.size > 0).length;
  const entry = {
    id, path, fields, bytes, photos, account: told.akun, title: told.judul ?? "", at: Date.now(), state,
    hands_in: told.lanjut !== "simpan" && !(told.lanjut ?? "").startsWith("baris.") && !(state === "sign-in" && told.lanjut),
  };
  await store("readwrite", (entries) => entries.put(entry));
  await self.registration.sync?.register("siger-kept").catch(() => {});
  return true;
}

let sending = null;

/** Sends what is kept, one after the other; two calls at once are one. */
function sendAll() {
  sending ??= sendEach().finally(() => { sending = null; });
  return sending;
}

async function sendEach() {
  try {
    await endSession();
  } catch {
    return;
  }
  const waiting = (await all()).filter((one) => ["kept", "sign-in", "failed", "other"].includes(one.state));
  for (const entry of waiting.sort((a, b) => a.at - b.at)) {
    let key;
    try {
      key = await askForKey();
    } catch {
      return;
    }
    if (key.status === 401) { await mark(entry, "sign-in"); continue; }
    if (!key.ok) { await mark(entry, "failed"); continue; }
    const { account, token } = await key.json();
    if (account !== entry.account) { await mark(entry, "other"); continue; }
    await sendOne(entry, token);
  }
}

async function sendOne(entry, token) {
  const form = new FormData();
  for (const [name, value] of entry.fields) form.append(name, value);
  form.append("csrf_token", token);
  if (entry.hands_in) form.append("kirim", "1");
  let answer;
  try {
    answer = await fetch(entry.path, { method: "POST", body: form, headers: { "X-Siger-Kept": "1" } });
  } catch {
    return;
  }
  const json = answer.headers.get("Content-Type")?.includes("json") ? await answer.json().catch(() => null) : null;
  const arrived = new URL(answer.url).pathname;
  if (answer.ok && json) await mark(entry, json.state, json.url);
  else if (answer.status === 409) await mark(entry, "other");
  else if (arrived === SIGN_IN) await mark(entry, "sign-in");
  else if (answer.ok && answer.redirected) await mark(entry, entry.hands_in ? "sent" : "unfinished", arrived);
  else await mark(entry, [400, 404, 413, 422].includes(answer.status) ? "refused" : "failed");
}

/** Notes how far an entry has come; what the village has taken is no longer kept, but for where it lies now. */
async function mark(entry, state, url = "") {
  const taken = state === "sent" || state === "unfinished";
  const kept = { ...entry, state, url, ...(taken ? { fields: [], bytes: 0, photos: 0, at: Date.now() } : {}) };
  await store("readwrite", (entries) => entries.put(kept));
}

/** What is told to pages: never what was typed. */
async function list() {
  const day = 24 * 3600 * 1000, found = await all();
  for (const one of found) {
    if (one.bytes === 0 && Date.now() - one.at > day) await remove(one.id);
  }
  return found.map(({ id, account, title, at, photos, state, url }) => ({ id, account, title, at, photos, state, url }));
}

async function wipe() {
  await store("readwrite", (entries) => entries.clear());
}

async function remove(id) {
  await store("readwrite", (entries) => entries.delete(id));
}

function all() {
  return store("readonly", (entries) => entries.getAll());
}

/** Runs one deed in the phone's own store and answers with its result. */
function store(mode, deed) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("siger-kept", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("entries", { keyPath: "id" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result, transaction = database.transaction("entries", mode);
      const asked = deed(transaction.objectStore("entries"));
      transaction.oncomplete = () => { database.close(); resolve(asked.result); };
      transaction.onerror = () => { database.close(); reject(transaction.error); };
    };
  });
}
