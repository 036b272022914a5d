// Comfort for staff pages. Everything here also works without it: links, forms and <details> do the work.
import htmx from "htmx.org";
import "./locate.js";

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRFToken"] = token();
});

/** Shows a short message in the corner; errors stay until they are closed. */
function toast(message, tone = "success") {
  const region = document.getElementById("toasts");
  if (!region || !message || [...region.children].some((box) => box.firstChild.textContent === message)) return;
  const box = document.createElement("div");
  box.className = `alert-box alert-${tone}`;
  const words = document.createElement("div");
  words.textContent = message;
  box.append(words, closeButton(region.dataset.closeLabel));
  region.append(box);
  if (tone !== "error") setTimeout(() => box.remove(), 7000);
}

function closeButton(label) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.dismiss = "";
  button.setAttribute("aria-label", label);
  button.textContent = "×";
  return button;
}

document.addEventListener("toast", (event) => toast(event.detail.message, event.detail.tone));
document.addEventListener("htmx:error", failed);

/** Says that a request failed, once however often it is tried again. */
function failed() {
  toast(document.documentElement.lang === "en"
    ? "The connection failed. Nothing was lost; try again."
    : "Sambungan gagal. Tidak ada yang hilang; coba sekali lagi.", "error");
}

// An error page never lands inside a page, and a whole page (signing in again) replaces it.
document.addEventListener("htmx:after:request", (event) => {
  const { response, text } = event.detail.ctx;
  if (response.status >= 400 && response.status !== 422) {
    event.preventDefault();
    failed();
  } else if (response.raw.redirected && /^\s*<!doctype/i.test(text)) {
    event.preventDefault();
    location.assign(response.raw.url);
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const inside = event.target.closest("dialog");
  if (inside && (event.target === inside || event.target.closest("[data-close]"))) inside.close();
  event.target.closest("[data-dismiss]")?.closest(".alert-box")?.remove();
});

// A button that holds a merge field puts it where the caret stands.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const text = button?.closest("form")?.querySelector("textarea[name=body]");
  if (!text) return;
  text.setRangeText(button.dataset.insert, text.selectionStart, text.selectionEnd, "end");
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
});

// A list to choose from says on its button how many are chosen; "choose all" needs no new page.
for (const form of document.querySelectorAll("form[data-counts]")) {
  const label = form.querySelector("[data-count-label]");
  const plain = label?.textContent;
  const boxes = () => [...form.querySelectorAll("fieldset input[type=checkbox]:not(:disabled)")];
  const count = () => {
    const number = boxes().filter((box) => box.checked).length;
    if (label) label.textContent = number ? form.dataset.counts.replace("#", number) : plain;
  };
  form.addEventListener("change", count);
  form.querySelector("[data-pick-all]")?.addEventListener("click", (event) => {
    event.preventDefault();
    const all = boxes().some((box) => !box.checked);
    for (const box of boxes()) box.checked = all;
    count();
  });
  count();
}

// Whoever signs out leaves no page of visits on this phone; drafts stay, for their own account.
document.addEventListener("submit", (event) => {
  if (event.target.action?.endsWith?.("/keluar")) self.caches?.delete("siger-visits-1");
});

// A form that was sent can't be sent twice; the back button makes it usable again.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented || event.submitter?.formTarget === "_blank") return;
  const button = event.submitter;
  requestAnimationFrame(() => {
    if (button) button.disabled = true;
    event.target.setAttribute("aria-busy", "true");
  });
});
// What the phone remembers for a mentor on the way is forgotten with signing out; drafts stay for their own account.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action")?.startsWith("/keluar")) globalThis.caches?.delete("siger-visits-1");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("button:disabled")) button.disabled = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.phone-menu[open], details.person[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

const messages = document.querySelectorAll(".messages .alert-box");
const closeLabel = document.getElementById("toasts")?.dataset.closeLabel;
for (const box of messages) box.append(closeButton(closeLabel));
document.getElementById("error-summary")?.focus();

// On a phone the tabs run off the edge; the present one is brought into view.
for (const tab of document.querySelectorAll(".tabs-line [aria-current]")) {
  tab.scrollIntoView({ block: "nearest", inline: "center" });
}

export { htmx, toast };

// On a phone the tabs scroll sideways: the open one is brought into view.
for (const tab of document.querySelectorAll(".tabs-line [aria-current]")) {
  tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}
