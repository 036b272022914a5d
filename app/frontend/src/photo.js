// Photos are made smaller before they are sent, by trying lower qualities and sizes: at most 1600 pixels and 200 KB,
// or what the field says in data-photo-pixels and data-photo-bytes. What is no picture (a PDF) is sent as it is.
const MOST_PIXELS = 1600, MOST_BYTES = 200 * 1024;

document.addEventListener("change", async (event) => {
  const input = event.target;
  if (!input.matches?.("input[type=file][data-photo]") || !input.files.length) return;
  const told = document.querySelector(`[data-photo-told="${input.id}"]`);
  if (told) told.hidden = true;
  const small = await smaller(input.files[0], input.dataset).catch(() => null);
  if (!small) return;
  const chosen = new DataTransfer();
  chosen.items.add(new File([small], input.dataset.photoName ?? "foto.jpg", { type: "image/jpeg" }));
  input.files = chosen.files;
  if (told) {
    told.textContent = told.dataset.small.replace("{size}", Math.ceil(small.size / 1024));
    told.hidden = false;
  }
});

async function smaller(file, { photoPixels = MOST_PIXELS, photoBytes = MOST_BYTES }) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  let side = Math.min(Number(photoPixels), Math.max(picture.width, picture.height));
  for (let round = 0; round < 4; round += 1, side *= 0.8) {
    const scale = side / Math.max(picture.width, picture.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const drawing = canvas.getContext("2d");
    drawing.fillStyle = "#fff";
    drawing.fillRect(0, 0, canvas.width, canvas.height);
    drawing.drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of [0.82, 0.7, 0.58, 0.46]) {
      const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
      if (made && made.size <= Number(photoBytes)) return made;
    }
  }
  return null;
}
