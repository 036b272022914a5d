// Where the phone is, for a form that asks for a place; without leave to know it the form stays as it is.
for (const button of document.querySelectorAll("[data-locate]")) {
  if (!navigator.geolocation) continue;
  const field = document.getElementById(button.dataset.locate);
  const told = button.parentElement.querySelector("[data-locate-told]");
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
        told.textContent = "";
        button.disabled = false;
      },
      () => {
        told.textContent = button.dataset.locateNone;
        button.disabled = false;
      },
      { enableHighAccuracy: true, timeout: 15000 },
    );
  });
}
