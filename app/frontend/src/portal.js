// Comfort for residents' pages; everything also works without it.
import "./locate.js";
import "./photo.js";

// A form that was sent can't be sent twice; the back button makes it usable again.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented) return;
  const button = event.submitter;
  requestAnimationFrame(() => {
    if (button) button.disabled = true;
    event.target.setAttribute("aria-busy", "true");
  });
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("button:disabled")) button.disabled = false;
  }
});

// The answer of a form stands at an address that can be opened again: going back or anew sends no form a second time.
const own = document.querySelector("form[data-address]")?.dataset.address;
history.replaceState(history.state, "", own && own !== location.pathname ? own : location.href);

// A panel closes when somebody touches the page beside it.
document.addEventListener("click", (event) => {
  for (const panel of document.querySelectorAll("details.portal-person[open]")) {
    if (!panel.contains(event.target)) panel.open = false;
  }
});

// What could not be sent waits on this phone, kept by the service worker, which sends it once there is a connection.
const account = document.querySelector('meta[name="portal-account"]')?.content ?? "";
const DONE = ["sent", "unfinished"];

async function ask(type, more = {}) {
  const worker = (await navigator.serviceWorker.ready).active;
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data);
    worker.postMessage({ type, account, ...more }, [channel.port2]);
  });
}

async function look(send = true) {
  const found = await ask("list");
  show(found);
  if (send && found.some((one) => !DONE.includes(one.state) && one.state !== "refused")) show(await ask("send"));
}

function show(found) {
  const mine = found.filter((one) => !account || one.account === account);
  const waiting = mine.filter((one) => !DONE.includes(one.state));
  const list = document.querySelector("[data-kept-list]");
  for (const hint of document.querySelectorAll("[data-kept]")) hint.hidden = Boolean(list) || !waiting.length;
  if (!list) return;
  document.querySelector("[data-kept-unsupported]").hidden = true;
  document.querySelector("[data-kept-lead]").hidden = !waiting.length;
  document.querySelector("[data-kept-none]").hidden = found.length > 0;
  document.querySelector("[data-kept-actions]").hidden = !waiting.length;
  document.querySelector("[data-kept-sign-in]").hidden = !waiting.some((one) => one.state === "sign-in");
  list.hidden = !found.length;
  const done = found.filter((one) => DONE.includes(one.state)), unsent = found.filter((one) => !done.includes(one));
  list.replaceChildren(...part(unsent, list.dataset.headWaiting, list.dataset), ...part(done, list.dataset.headDone, list.dataset));
}

function part(entries, title, words) {
  if (!entries.length) return [];
  const head = document.createElement("h2");
  head.textContent = title;
  return [head, ...entries.map((one) => row(one, words))];
}

function row(one, words) {
  const box = document.createElement("article"), title = document.createElement("b"), told = document.createElement("p");
  const strange = Boolean(account) && one.account !== account;
  const word = { kept: words.wordKept, "sign-in": words.wordSignIn, other: words.wordOther, sent: words.wordSent,
    unfinished: words.wordUnfinished, failed: words.wordFailed, refused: words.wordRefused };
  box.className = "kept-entry";
  title.textContent = strange ? "…" : one.title;
  const photos = one.photos ? ` · ${one.photos} ${words.wordPhotos}` : "";
  const moment = new Date(one.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  told.textContent = `${word[strange ? "other" : one.state] ?? words.wordKept}${photos} · ${moment}`;
  const buttons = document.createElement("div");
  if (one.url && !strange) {
    const link = document.createElement("a");
    Object.assign(link, { className: "btn btn-sm", href: one.url, textContent: words.wordOpen });
    buttons.append(link);
  }
  const discard = document.createElement("button");
  Object.assign(discard, { className: "btn btn-sm btn-ghost", type: "button", textContent: DONE.includes(one.state) ? words.wordClose : words.wordDiscard });
  discard.addEventListener("click", async () => show(await ask("discard", { id: one.id })));
  buttons.append(discard);
  box.append(title, told, buttons);
  return box;
}

if ("serviceWorker" in navigator) {
  // A form with a key of its own can be kept: it says whose it is and what it is called.
  for (const { form } of document.querySelectorAll("form [name=kunci]")) {
    const title = form.dataset.keptTitle ?? document.querySelector("h1")?.textContent ?? "";
    for (const [name, value] of [["judul", title], ["akun", account]]) {
      if (!value || form.elements[name]) continue;
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
  }
  navigator.serviceWorker.register("/layanan/sw.js", { scope: "/layanan" }).then(() => look(), () => {});
  addEventListener("online", () => look());
  addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  document.querySelector("[data-kept-send]")?.addEventListener("click", () => look());
}
