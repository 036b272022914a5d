// The page of a phone at the door: the camera, the list, who is new; everything goes into the phone's own store first.
import jsQR from "jsqr";

const door = document.querySelector("[data-door]");
const queue = globalThis.SigerDoor;
const EVERY = 10000, AGAIN = 3000, FRESH = 5 * 60000;
const [ID, NUMBER, NAME, POSITION, VILLAGE, SEAT, DIGEST, AT] = [0, 1, 2, 3, 4, 5, 6, 7];

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/hadir/sw.js", { scope: "/hadir" }).catch(() => {});
if (door && queue && globalThis.indexedDB && globalThis.crypto?.subtle) start(door);
else showKept();

/** Without a network: the sessions that this phone keeps. */
async function showKept() {
  const list = document.querySelector("[data-door-kept]");
  if (!list || !queue) return;
  const kept = await queue.sessions();
  const rows = kept.map((one) => {
    const link = element("a", one.title, { href: `/hadir/${one.session}` });
    return element("li", [link, element("small", one.event)], { className: "card-box" });
  });
  list.replaceChildren(...(rows.length ? rows : [element("li", list.dataset.wordNone)]));
}

function element(name, content = "", properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...[content].flat());
  return made;
}

function start(root) {
  const id = root.dataset.door, words = root.dataset;
  const find = (name) => document.querySelector(`[data-door-${name}]`);
  let list = null, people = new Map(), by_digest = new Map(), recent = [], busy = false, wanted = "", is_online = navigator.onLine;
  let last = { text: "", at: 0 };

  root.hidden = false;
  document.querySelector("[data-door-plain]").hidden = true;
  navigator.storage?.persist?.();
  queue.tidy().then(open);

  async function open() {
    await take();
    await synchronise(true);
    setInterval(() => { if (!document.hidden && !busy) synchronise(); }, EVERY);
  }

  /** Reads the kept list and the marks that wait into memory. */
  async function take() {
    list = await queue.session(id);
    people = new Map((list?.people ?? []).map((row) => [row[ID], row]));
    by_digest = new Map((list?.people ?? []).map((row) => [row[DIGEST], row]));
    for (const mark of await queue.waiting(id)) mark_present(mark.participant, mark.at);
    const marks = (await queue.marks(id)).sort((a, b) => b.at - a.at);
    recent = marks.slice(0, 12);
    find("places").replaceChildren(...(list?.places ?? []).map(([, label]) => element("option", "", { value: label })));
    draw();
  }

  function mark_present(participant, at) {
    const row = people.get(participant);
    if (row && !row[AT]) row[AT] = at;
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  /** Sends what waits and hears of the others; what is asked meanwhile is done right after. */
  async function synchronise(anew = false) {
    if (busy) { wanted = anew || wanted === "anew" ? "anew" : "again"; return; }
    busy = true;
    let state = "";
    try {
      const told = await queue.send(id);
      state = told.state;
      is_online = true;
      const loaded = list?.loaded ?? 0, strange = told.answers.some((one) => !people.has(one.participant));
      const differs = told.count !== null && told.count !== count_present();
      if (!state && (anew || !list || strange || differs || Date.now() - loaded > FRESH)) state = await queue.load(id);
      for (const one of told.answers) if (!["noted", "already"].includes(one.outcome)) say("warning", one.sentence, one.name);
    } catch {
      is_online = false;
    } finally {
      busy = false;
    }
    await take();
    show_net(state);
    const next = wanted;
    wanted = "";
    if (next && is_online) synchronise(next === "anew");
  }

  function soon() {
    clearTimeout(soon.timer);
    soon.timer = setTimeout(() => synchronise(), 400);
    navigator.serviceWorker?.ready.then((ready) => ready.sync?.register("siger-door")).catch(() => {});
  }

  async function show_net(state = "") {
    const waits = (await queue.waiting(id)).length, net = find("net");
    const tone = state ? "error" : is_online ? "success" : "warning";
    const sentences = { "sign-in": words.wordSignIn, gone: words.wordGone };
    net.hidden = false;
    net.className = `door-net tag tag-${tone}`;
    net.textContent = state === "sign-in" ? words.wordSignIn : is_online ? words.wordOnline : words.wordOffline;
    if (state && state !== "sign-in") say("error", sentences[state] ?? state);
    if (waits) find("waiting").textContent = words.wordWaiting.replace("{count}", waits);
    else find("waiting").textContent = words.wordSent;
    const minutes = Math.round(Math.abs(list?.off ?? 0) / 60000);
    if (minutes > 2) net.title = words.wordClock.replace("{minutes}", minutes);
  }

  // --- noting --------------------------------------------------------------------------------------------------------

  /** A QR code was read. The same code held before the camera is one reading. */
  async function read(text) {
    if (text === last.text && Date.now() - last.at < AGAIN) { last.at = Date.now(); return; }
    last = { text, at: Date.now() };
    const code = /(?:^|\/ikut\/)([A-Za-z0-9_-]{22})(?:[/?#]|$)/.exec(text)?.[1];
    if (!code) { say("error", words.wordNotCode); return; }
    const person = by_digest.get(await digest(code));
    if (person) { arrive(person, "scan"); return; }
    await queue.add({ session: id, source: "scan", token: code });
    say("warning", list ? words.wordLater : words.wordNoList);
    await take();
    soon();
  }

  async function digest(code) {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code)));
    return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("").slice(0, 24);
  }

  async function arrive(person, source, admit = false) {
    const place = village(person);
    if (person[AT]) { say("info", words.wordAlready.replace("{at}", clock(person[AT])), person[NAME], place); return; }
    if (person[SEAT] !== "registered" && !admit) {
      const why = { waiting: words.wordSeatWaiting, replaced: words.wordSeatReplaced, cancelled: words.wordSeatCancelled };
      say("warning", why[person[SEAT]], person[NAME], place, () => arrive(person, source, true));
      return;
    }
    // Said at once: the store answers within milliseconds, and two readings of one person must not be two.
    person[AT] = Date.now();
    await queue.add({ session: id, source, participant: person[ID], admit, name: person[NAME] });
    say("success", words.wordNoted, person[NAME], place);
    await take();
    soon();
  }

  async function arrive_new(form, other = false) {
    const told = Object.fromEntries(new FormData(form)), name = (told.name ?? "").trim().replace(/\s+/g, " ");
    const typed = (told.village ?? "").trim(), error = find("new-error");
    const chosen = typed ? (list?.places ?? []).find(([, label]) => label.toLowerCase() === typed.toLowerCase()) : null;
    const wrong = name.length < 2 || !told.sex ? words.wordName : typed && !chosen ? words.wordVillage : "";
    error.hidden = !wrong;
    error.textContent = wrong;
    if (wrong) return;
    const same = [...people.values()].find((row) => row[NAME].toLowerCase() === name.toLowerCase() && row[VILLAGE] === (chosen?.[0] ?? ""));
    if (same && !other) {
      say("warning", words.wordSame, same[NAME], village(same), () => arrive_new(form, true), words.wordOther);
      return;
    }
    const walk_in = { name, sex: told.sex, village: chosen?.[0] ?? "", position: told.position ?? "", phone: told.phone ?? "", other };
    await queue.add({ session: id, source: "walk_in", walk_in, name });
    say("success", words.wordNoted, name, chosen?.[1] ?? "");
    form.reset();
    form.closest("details").open = false;
    await take();
    soon();
  }

  // --- showing -------------------------------------------------------------------------------------------------------

  function say(tone, sentence, name = "", place = "", deed = null, label = words.wordAdmit) {
    const box = find("result");
    box.className = `door-result door-${tone}`;
    box.replaceChildren(element("b", name || sentence), element("span", name ? [place, place ? " · " : "", sentence] : ""));
    if (deed) {
      const button = element("button", label, { type: "button", className: "btn" });
      button.addEventListener("click", deed);
      box.append(button);
    }
    navigator.vibrate?.(tone === "success" ? 60 : [80, 60, 80]);
  }

  function village(person) {
    return (list?.villages?.[person[VILLAGE]] ?? person[POSITION]) || words.wordOffice;
  }

  function clock(at) {
    return new Date(at).toLocaleTimeString("id-ID", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Jakarta" });
  }

  function count_present() {
    return [...people.values()].filter((row) => row[AT]).length;
  }

  function draw() {
    const seated = [...people.values()].filter((row) => row[SEAT] === "registered" || row[AT]);
    const fresh = recent.filter((one) => one.state === "waiting" && one.source === "walk_in").length;
    find("present").textContent = list ? count_present() + fresh : "–";
    find("expected").textContent = list ? seated.length + fresh : "–";
    const counts = new Map();
    for (const row of seated) {
      const one = counts.get(row[VILLAGE]) ?? { label: row[VILLAGE] ? village(row) : words.wordOffice, came: 0, all: 0 };
      counts.set(row[VILLAGE], { ...one, came: one.came + (row[AT] ? 1 : 0), all: one.all + 1 });
    }
    const sorted = [...counts.values()].sort((a, b) => b.came - a.came || a.label.localeCompare(b.label));
    find("villages").replaceChildren(...sorted.map((one) => (
      element("li", [element("span", one.label), element("b", String(one.came)), element("small", `/ ${one.all}`)]))));
    const states = { waiting: words.wordKept, sent: words.wordSent, refused: words.wordRefused };
    find("recent").replaceChildren(...recent.map((one) => element("li", [
      element("span", [element("b", one.name ?? people.get(one.participant)?.[NAME] ?? "QR"), element("small", clock(one.at))]),
      element("small", one.state === "refused" ? one.sentence : states[one.state], { className: `door-${one.state}` }),
    ])));
    search();
  }

  function search() {
    const typed = find("search").value.trim().toLowerCase(), parts = typed.split(/\s+/).filter(Boolean);
    const fits = (row) => {
      const text = `${row[NUMBER]} ${row[NAME]} ${village(row)}`.toLowerCase();
      return parts.every((part) => text.includes(part));
    };
    const found = parts.length ? [...people.values()].filter(fits).slice(0, 12) : [];
    const rows = found.map((row) => {
      const told = element("span", [element("b", row[NAME]), element("small", `${village(row)} · ${row[NUMBER]}`)]);
      if (row[AT]) return element("li", [told, element("span", words.wordAlready.replace("{at}", clock(row[AT])), { className: "tag tag-success" })]);
      const button = element("button", words.wordArrive, { type: "button", className: "btn btn-sm" });
      button.addEventListener("click", () => { find("search").value = ""; arrive(row, "search"); });
      return element("li", [told, button]);
    });
    find("found").replaceChildren(...(parts.length && !rows.length ? [element("li", words.wordNobody)] : rows));
  }

  // --- the camera ----------------------------------------------------------------------------------------------------

  const box = find("camera"), video = box.querySelector("video"), scan = find("scan"), label = scan.querySelector("span");
  const scan_word = label.textContent, canvas = document.createElement("canvas");
  let stream = null;

  async function open_camera() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch {
      say("error", words.wordNoCamera);
      return;
    }
    video.srcObject = stream;
    box.hidden = false;
    label.textContent = scan.dataset.stop;
    await video.play();
    const detector = await native_detector();
    while (stream) {
      const text = video.readyState >= 2 ? await decode(video, video.videoWidth, video.videoHeight, detector) : "";
      if (text) await read(text);
      await new Promise((done) => { setTimeout(done, text ? 250 : 90); });
    }
  }

  function close_camera() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    box.hidden = true;
    label.textContent = scan_word;
  }

  async function native_detector() {
    try {
      const kinds = await globalThis.BarcodeDetector?.getSupportedFormats();
      return kinds?.includes("qr_code") ? new globalThis.BarcodeDetector({ formats: ["qr_code"] }) : null;
    } catch {
      return null;
    }
  }

  /** What a QR code in a picture says; empty where there is none. The phone's own reader first, else ours. */
  async function decode(picture, width, height, detector) {
    if (detector) {
      try {
        const found = await detector.detect(picture);
        return found[0]?.rawValue ?? "";
      } catch { /* ours reads it */ }
    }
    const scale = Math.min(1, 800 / Math.max(width, height, 1));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const drawing = canvas.getContext("2d", { willReadFrequently: true });
    drawing.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, canvas.width, canvas.height, { inversionAttempts: "attemptBoth" })?.data ?? "";
  }

  scan.addEventListener("click", () => (stream ? close_camera() : open_camera()));
  addEventListener("visibilitychange", () => { if (document.hidden) close_camera(); else synchronise(); });
  addEventListener("pagehide", close_camera);
  addEventListener("online", () => synchronise());
  addEventListener("offline", () => { is_online = false; show_net(); });
  find("search").addEventListener("input", search);
  find("send").addEventListener("click", () => synchronise(true));
  find("new").addEventListener("submit", (event) => { event.preventDefault(); arrive_new(event.target); });
  find("photo").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const picture = await createImageBitmap(file).catch(() => null);
    const text = picture ? await decode(picture, picture.width, picture.height, await native_detector()) : "";
    event.target.value = "";
    if (text) await read(text);
    else say("error", words.wordNotCode);
  });
  find("forget").addEventListener("click", async () => {
    const waits = (await queue.waiting(id)).length;
    if (!(await queue.forget(id))) { say("warning", words.wordForget.replace("{count}", waits)); return; }
    say("success", words.wordForgotten);
    location.assign("/hadir");
  });
}
