// Mentors' visits on a bad line: what is typed is kept on the phone by the service worker, and sent once there is a
// network. Without scripts, or where a browser has no service worker, the form is sent as any other.
const account = document.querySelector('meta[name="visit-account"]')?.content ?? "";
const form = document.querySelector("[data-visit-form]"), box = document.querySelector("[data-visit-kept]");
const MOST_PHOTOS = 4, MOST_PIXELS = 1600, MOST_BYTES = 300 * 1024, PATIENCE = 12000;

const ready = "serviceWorker" in navigator
  ? navigator.serviceWorker.register("/kunjungan/sw.js", { scope: "/kunjungan" }).then(() => navigator.serviceWorker.ready, () => null)
  : Promise.resolve(null);
let worker = null;

async function ask(type, more = {}) {
  const { active } = await ready;
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data);
    active.postMessage({ type, account, ...more }, [channel.port2]);
  });
}

/** Whether the programme can be reached as this account; says so on the page. */
async function reach() {
  const answer = await fetch("/kunjungan/kunci", { cache: "no-store", redirect: "manual" }).catch(() => null);
  for (const hint of document.querySelectorAll("[data-visit-offline]")) hint.hidden = answer !== null;
  return Boolean(answer?.ok) && (await answer.json()).account === account;
}

async function look() {
  show(await ask("list"));
  if (!(await reach())) return;
  show(await ask("send"));
  await ask("warm");
}

function show(found) {
  if (!box || !found) return;
  const words = box.dataset;
  const said = { draft: words.wordDraft, ready: words.wordReady, "sign-in": words.wordSignIn, other: words.wordOther,
    refused: words.wordRefused, gone: words.wordGone, sent: words.wordSent };
  box.hidden = !found.length;
  box.querySelector("[data-visit-send]").hidden = !found.some((one) => ["ready", "sign-in"].includes(one.state));
  box.querySelector("[data-visit-list]").replaceChildren(...found.sort((a, b) => b.at - a.at).map((one) => row(one, words, said)));
}

function row(one, words, said) {
  const card = make("article"), buttons = make("div"), strange = one.account !== account;
  const moment = new Date(one.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const photos = one.photos ? ` · ${one.photos} ${words.wordPhotos}` : "";
  const problems = strange ? [] : one.problems ?? [];
  card.append(make("b", strange ? "…" : one.title || words.wordUntitled), make("p", `${said[strange ? "other" : one.state]}${photos} · ${moment}`));
  for (const problem of problems) card.append(make("p", problem));
  if (!strange && one.state === "sent") buttons.append(link(one.url, words.wordOpen));
  if (!strange && one.state !== "sent") buttons.append(link(one.path, words.wordGoOn));
  const discard = make("button", one.state === "sent" ? words.wordClose : words.wordDiscard);
  Object.assign(discard, { className: "btn btn-sm btn-ghost", type: "button" });
  discard.addEventListener("click", async () => {
    if (one.state === "sent" || confirm(words.askDiscard)) show(await ask("discard", { id: one.id }));
  });
  buttons.append(discard);
  card.append(buttons);
  return card;
}

function make(name, text = "") {
  return Object.assign(document.createElement(name), { textContent: text });
}

function link(href, text) {
  return Object.assign(make("a", text), { className: "btn btn-sm", href });
}

// --- the form --------------------------------------------------------------------------------------------------------

const told = document.querySelector("[data-visit-told]");
let chosen = [], later = null, id = "";

/** The id of what is written here: of a plan or visit that stands, of a draft that goes on, or a new one. */
async function begin() {
  const asked = new URLSearchParams(location.search), draft = asked.get("draf");
  const fixed = asked.get("rencana") ?? draft ?? ("fixed" in form.dataset ? form.dataset.id : null);
  id = fixed ?? crypto.randomUUID();
  form.elements.visit_id.value = id;
  for (const [param, name] of [["desa", "village_id"], ["kasus", "case_id"]]) {
    const field = form.elements[name];
    if (field?.options && asked.get(param) && [...field.options].some((one) => one.value === asked.get(param))) field.value = asked.get(param);
  }
  // The page may be an older one that the phone remembers: its day is not today's.
  const day = form.elements.visited_on, local = new Date(Date.now() - new Date().getTimezoneOffset() * 60000);
  day.removeAttribute("max");
  if (!("fixed" in form.dataset)) day.value = local.toISOString().slice(0, 10);
  const kept = await ask("read", { id });
  if (!kept || kept.account !== account || kept.state === "sent" || (!draft && "old" in form.dataset)) return;
  for (const [name, value] of kept.fields) {
    const field = form.elements[name];
    if (field && name !== "remove" && name !== "csrf_token") field.value = value;
  }
  chosen = kept.photos;
  listChosen();
  problems(kept.problems ?? []);
}

function entry(state) {
  const fields = [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
  const village = form.elements.village_id, name = village.options ? village.options[village.selectedIndex]?.text : village.dataset.name;
  const title = village.value ? `${name}, ${form.elements.visited_on.value}` : "";
  return { id, account, fields, photos: chosen, state, at: Date.now(), url: "", problems: [], path: ownPath(), title };
}

/** Where this draft goes on. */
function ownPath() {
  const asked = new URLSearchParams(location.search);
  asked.set("draf", id);
  return `${location.pathname}?${asked}`;
}

async function save() {
  clearTimeout(later);
  await ask("keep", { entry: entry("draft") });
  if (!("fixed" in form.dataset)) history.replaceState(history.state, "", ownPath());
  const time = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  told.textContent = form.dataset.labelKept.replace("{time}", time);
}

function saveSoon() {
  if (!worker) return;
  clearTimeout(later);
  later = setTimeout(save, 500);
}

async function send(event) {
  if (!worker || event.defaultPrevented) return;
  event.preventDefault();
  clearTimeout(later);
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
  form.elements.written_at.value = new Date().toISOString();
  await ask("keep", { entry: entry("ready") });
  const found = await Promise.race([ask("send"), new Promise((resolve) => { setTimeout(resolve, PATIENCE); })]);
  const mine = found?.find((one) => one.id === id);
  if (mine?.state === "refused") {
    problems(mine.problems);
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = false;
    return;
  }
  if (mine?.state === "sent") await ask("discard", { id });
  location.assign(mine?.state === "sent" ? mine.url : form.dataset.home);
}

function problems(sentences) {
  const place = document.querySelector("[data-visit-problems]");
  place.hidden = !sentences.length;
  place.querySelector("ul").replaceChildren(...sentences.map((one) => make("li", one)));
  if (sentences.length) place.scrollIntoView({ block: "center" });
}

/** Photos are made smaller at once; what the camera noted in them goes along beside them. */
async function choose(event) {
  const input = event.target;
  if (!worker) return;
  const files = [...input.files].slice(0, MOST_PHOTOS - chosen.length);
  input.value = "";
  for (const file of files) {
    const notes = await notesOf(file).catch(() => null), small = await smaller(file).catch(() => null);
    chosen.push({ name: small ? "foto.jpg" : file.name, blob: small ?? file, notes });
  }
  listChosen();
  await save();
}

function listChosen() {
  const list = document.querySelector("[data-visit-chosen]");
  list.replaceChildren(...chosen.map((one, number) => {
    const line = make("li", `${one.name} · ${Math.ceil(one.blob.size / 1024)} KB`), button = make("button", list.dataset.remove);
    Object.assign(button, { className: "btn btn-sm btn-ghost", type: "button" });
    button.addEventListener("click", () => { chosen = chosen.filter((_one, place) => place !== number); listChosen(); saveSoon(); });
    line.append(button);
    return line;
  }));
}

/** The notes of the camera in a JPEG (its segment APP1), null for anything else. */
async function notesOf(file) {
  const head = new DataView(await file.slice(0, 256 * 1024).arrayBuffer());
  let at = 2;
  if (head.byteLength < 12 || head.getUint16(0) !== 0xffd8) return null;
  while (at + 10 < head.byteLength && head.getUint8(at) === 0xff && head.getUint8(at + 1) !== 0xda) {
    const length = head.getUint16(at + 2);
    if (head.getUint8(at + 1) === 0xe1 && head.getUint32(at + 4) === 0x45786966) return file.slice(at + 4, at + 2 + length);
    at += 2 + length;
  }
  return null;
}

async function smaller(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  let side = Math.min(MOST_PIXELS, Math.max(picture.width, picture.height));
  for (let round = 0; round < 4; round += 1, side *= 0.8) {
    const scale = side / Math.max(picture.width, picture.height), canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of [0.8, 0.65, 0.5]) {
      const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
      if (made && made.size <= MOST_BYTES) return made;
    }
  }
  return null;
}

function locate(button) {
  const place = document.querySelector("[data-visit-located]");
  button.hidden = !navigator.geolocation;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.location.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
      form.elements.accuracy.value = Math.round(coords.accuracy);
      place.textContent = `± ${Math.round(coords.accuracy)} m`;
      saveSoon();
    },
    () => { place.textContent = button.dataset.none; },
    { enableHighAccuracy: true, timeout: 20000 },
  ));
}

if (form) {
  form.addEventListener("submit", send);
  form.addEventListener("input", saveSoon);
  form.elements.location.addEventListener("input", () => { form.elements.accuracy.value = ""; });
  form.elements.photos.addEventListener("change", choose);
  locate(document.querySelector("[data-visit-locate]"));
}
const registration = await ready;
if (registration?.active) {
  worker = registration.active;
  if (form) await begin();
  document.documentElement.dataset.visitReady = "";
  await look();
  addEventListener("online", look);
  addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  box?.querySelector("[data-visit-send]").addEventListener("click", look);
}
