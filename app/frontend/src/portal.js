// Comfort for residents' pages; everything also works without it.

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

// A panel closes when somebody touches the page beside it.
document.addEventListener("click", (event) => {
  for (const panel of document.querySelectorAll("details.portal-person[open]")) {
    if (!panel.contains(event.target)) panel.open = false;
  }
});
