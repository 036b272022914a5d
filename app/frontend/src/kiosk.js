// Comfort for the kiosk: a pad of digits, a countdown, printing. Everything also works without it.

// The pad types into its field.
for (const pad of document.querySelectorAll("[data-pad]")) {
  const field = document.getElementById(pad.dataset.pad);
  pad.hidden = false;
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    if (key === "clear") field.value = "";
    else if (key === "back") field.value = field.value.slice(0, -1);
    else if (field.maxLength < 0 || field.value.length < field.maxLength) field.value += key;
    field.focus();
  });
}

// The reader types into whatever has the focus, so the field keeps it.
const focused = document.querySelector("[data-focus]");
if (focused) {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a, button, input, select, textarea")) focused.focus();
  });
}

// After a minute without a touch the screen goes back to its beginning; the server forgets by itself.
const clock = document.querySelector("[data-idle]");
if (clock) {
  const whole = Number(clock.dataset.idle);
  const shown = clock.querySelector("[data-seconds]");
  let last = Date.now(), told = Date.now();
  if (shown) clock.hidden = false;
  for (const kind of ["pointerdown", "keydown", "input"]) {
    addEventListener(kind, () => {
      last = Date.now();
      if (!clock.dataset.still || last - told < 5000) return;
      told = last;
      const body = new URLSearchParams({ csrf_token: clock.dataset.token });
      fetch(clock.dataset.still, { method: "POST", body, redirect: "manual" }).catch(() => {});
    }, { passive: true });
  }
  setInterval(() => {
    const left = whole - Math.floor((Date.now() - last) / 1000);
    if (shown) {
      shown.textContent = Math.max(0, left);
      clock.toggleAttribute("data-soon", left <= 15);
    }
    if (left <= -1 && !(location.pathname === clock.dataset.start && !document.querySelector("input[name=who]")?.value)) {
      location.replace(clock.dataset.start);
    }
  }, 1000);
}

// A page that the browser kept for its back button is asked for anew.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A form is sent once.
document.addEventListener("submit", (event) => {
  requestAnimationFrame(() => {
    if (event.submitter) event.submitter.disabled = true;
  });
});

// The letter is printed from a frame of its own, so that nothing of it stays on the screen.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-print]");
  if (!link) return;
  event.preventDefault();
  document.querySelector("iframe[data-letter]")?.remove();
  const frame = document.createElement("iframe");
  frame.dataset.letter = "1";
  frame.className = "kiosk-letter";
  frame.addEventListener("load", () => {
    frame.contentWindow.focus();
    frame.contentWindow.print();
  });
  frame.src = link.href;
  document.body.append(frame);
});
