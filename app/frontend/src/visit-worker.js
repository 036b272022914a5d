// The service worker of mentors' visits: it remembers the two pages that are needed on the way, keeps drafts on the
// phone for one account, and sends each under its own id, so that the programme takes it a single time.
const PAGES = "siger-visits-1", FRAME = "siger-visits-frame-1";
const HOME = "/kunjungan", FORM = "/kunjungan/tulis", OFFLINE = "/kunjungan/luring", KEY = "/kunjungan/kunci";
const OWNER = "/kunjungan/pemilik", PATIENCE = 6000, DAY = 24 * 3600 * 1000;
const UNSENT = ["ready", "sign-in", "other"];

self.addEventListener("install", (event) => event.waitUntil(remember(FRAME, OFFLINE, "omit").then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("sync", (event) => event.waitUntil(sendAll()));

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin || request.method !== "GET") return;
  const ours = url.pathname === HOME || url.pathname.startsWith(`${HOME}/`);
  if (request.mode === "navigate" && ours) event.respondWith(page(request, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(caches.match(request).then((known) => known ?? fetch(request)));
});

self.addEventListener("message", (event) => {
  const { type, id, entry, account } = event.data ?? {};
  const deeds = { list, read: () => read(id), keep: () => keep(entry), send: sendAll, discard: () => remove(id), warm: () => warm(account), forget };
  const deed = Promise.resolve().then(deeds[type] ?? list);
  event.waitUntil(deed.then(async (found) => event.ports[0]?.postMessage(type === "read" ? found : await list()), () => event.ports[0]?.postMessage(null)));
});

/** The page from the network; on a line that is gone or too slow, as the phone remembers it. */
async function page(request, url) {
  const known = await caches.match(url.pathname);
  try {
    return await (known ? Promise.race([fetch(request), late()]) : fetch(request));
  } catch {
    const form = url.searchParams.has("draf") ? await caches.match(FORM) : null;
    return known ?? form ?? (await caches.match(OFFLINE)) ?? Response.error();
  }
}

function late() {
  return new Promise((_resolve, reject) => { setTimeout(() => reject(new TypeError("late")), PATIENCE); });
}

let warming = Promise.resolve();

/** Remembers the pages of who is signed in now; asked twice at once, the second must not forget what the first kept. */
function warm(account) {
  warming = warming.catch(() => {}).then(() => rememberFor(account));
  return warming;
}

/** The pages and what they are drawn with; another's pages are forgotten first. */
async function rememberFor(account) {
  const owner = await caches.match(OWNER);
  if (!owner || (await owner.text()) !== account) await forget();
  await (await caches.open(PAGES)).put(OWNER, new Response(account));
  await Promise.all([HOME, FORM].map((path) => remember(PAGES, path, "same-origin").catch(() => {})));
}

async function remember(name, path, credentials) {
  const answer = await fetch(path, { credentials, cache: "no-store", redirect: "manual" });
  if (!answer.ok) return;
  const cache = await caches.open(name), files = await caches.open(FRAME);
  const named = [...(await answer.clone().text()).matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map((one) => one[1]);
  await cache.put(path, answer);
  await Promise.all([...new Set(named)].map(async (file) => (await files.match(file)) ?? files.add(file).catch(() => {})));
}

async function forget() {
  await caches.delete(PAGES);
}

async function keep(entry) {
  await store("readwrite", (drafts) => drafts.put(entry));
  if (entry.state === "ready") await self.registration.sync?.register("siger-visits").catch(() => {});
}

let sending = null;

/** Sends what is ready, one after the other; two calls at once are one. */
function sendAll() {
  sending ??= sendEach().finally(() => { sending = null; });
  return sending;
}

async function sendEach() {
  const waiting = (await all()).filter((one) => UNSENT.includes(one.state));
  for (const entry of waiting.sort((a, b) => a.at - b.at)) {
    try {
      await sendOne(entry);
    } catch {
      return;
    }
  }
}

async function sendOne(entry) {
  const key = await fetch(KEY, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual" });
  if (!key.ok) return mark(entry, "sign-in");
  const { account, token } = await key.json();
  if (account !== entry.account) return mark(entry, "other");
  const form = new FormData();
  for (const [name, value] of entry.fields) form.append(name, value);
  for (const { name, blob, notes } of entry.photos) {
    form.append("photos", blob, name);
    form.append("exif", notes ?? new Blob([]), "exif");
  }
  form.append("csrf_token", token);
  const answer = await fetch(FORM, { method: "POST", body: form, headers: { "X-Siger-Kept": "1" }, redirect: "manual" });
  const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json().catch(() => null) : null;
  if (answer.ok && told) return mark(entry, "sent", told.url);
  if (answer.type === "opaqueredirect") return mark(entry, "sign-in");
  if (answer.status === 404) return mark(entry, "gone");
  if (answer.status < 500) return mark(entry, "refused", "", Object.values(told?.errors ?? {}).flat());
  return mark(entry, "ready");
}

/** Notes how far a draft has come, unless it was written on meanwhile; what has arrived is no longer kept. */
async function mark(entry, state, url = "", problems = []) {
  const present = await read(entry.id);
  if (!present || present.at !== entry.at) return;
  const emptied = state === "sent" ? { fields: [], photos: [], at: Date.now() } : {};
  await store("readwrite", (drafts) => drafts.put({ ...entry, ...emptied, state, url, problems }));
}

/** What is told to lists: never what was typed. */
async function list() {
  const found = await all();
  for (const one of found) {
    if (one.state === "sent" && Date.now() - one.at > DAY) await remove(one.id);
  }
  return found.map(({ id, account, title, path, at, photos, state, url, problems }) => ({ id, account, title, path, at, photos: photos.length, state, url, problems }));
}

function read(id) {
  return store("readonly", (drafts) => drafts.get(id));
}

function remove(id) {
  return store("readwrite", (drafts) => drafts.delete(id));
}

function all() {
  return store("readonly", (drafts) => drafts.getAll());
}

/** Runs one deed in the phone's own store and answers with its result. */
function store(mode, deed) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("siger-visits", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("drafts", { keyPath: "id" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result, transaction = database.transaction("drafts", mode);
      const asked = deed(transaction.objectStore("drafts"));
      transaction.oncomplete = () => { database.close(); resolve(asked.result); };
      transaction.onerror = () => { database.close(); reject(transaction.error); };
    };
  });
}
