// What charts and maps share: the theme's colours, figures in words, and pictures to keep.

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const tokensOf = (element) => {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
};

// Numbers bear the minus of the pages, which is as wide as the plus; a browser writes a hyphen.
const plain = (locale, options) => {
  const made = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, ...options });
  return { format: (value) => made.format(value).replace("-", "−") };
};
const withWord = (locale, word) => ({ format: (value) => `${plain(locale).format(value)} ${word}` });

const formats = {
  number: (locale) => plain(locale),
  score: (locale) => plain(locale),
  percent: (locale) => plain(locale, { style: "percent" }),
  rupiah: () => ({ format: (value) => `Rp${plain("id", { maximumFractionDigits: 0 }).format(value)}` }),
  hours: (locale) => withWord(locale, locale === "en" ? "hours" : "jam"),
  days: (locale) => withWord(locale, locale === "en" ? "days" : "hari"),
  date: (locale) => ({
    format: (value) =>
      new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "Asia/Jakarta" }).format(new Date(value * 1000)),
  }),
};

// Long sums stand short beside an axis: Rp1,2 miliar.
const shortly = (locale) => plain(locale === "en" ? "en" : "id", { notation: "compact" });

export function writer(unit, locale) {
  const format = (formats[unit] ?? formats.number)(locale);
  const short = shortly(locale);
  return {
    full: (value) => format.format(value),
    axis: (value) => {
      if (unit === "rupiah") return `Rp${short.format(value)}`;
      return unit === "number" && Math.abs(value) >= 10_000 ? short.format(value) : format.format(value);
    },
  };
}

export const tooltipLook = (token, text) => ({
  renderMode: "richText",
  confine: true,
  backgroundColor: token("--color-base-100"),
  borderColor: token("--line-strong"),
  textStyle: { ...text, color: token("--color-base-content") },
});

export const textLook = (token) => ({
  color: token("--muted"),
  fontFamily: getComputedStyle(document.body).fontFamily,
  fontSize: 12,
});

export function onThemeChange(draw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

// Lines for a place without a figure, dots for one whose figure is hidden: told apart without colour.
export function pattern(kind, token) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = token("--color-base-200");
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = pen.fillStyle = token("--line-strong");
  if (kind === "missing") {
    pen.lineWidth = 1;
    for (const shift of [-8, 0, 8]) {
      pen.beginPath();
      pen.moveTo(shift - 1, 9);
      pen.lineTo(shift + 9, -1);
      pen.stroke();
    }
  } else {
    pen.beginPath();
    pen.arc(4, 4, 1.4, 0, Math.PI * 2);
    pen.fill();
  }
  return tile;
}

const WIDE = 1200;
const EDGE = 40;

function folded(pen, words, width) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && pen.measureText(longer).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

// A picture on white with title, drawing, legend and source: `drawing(width, token)` returns a canvas of that width (at twice
// the density), `legend` gives [{fill, label}], `notes` are lines of text. It is saved as a PNG.
export function keepPicture({ name, spec, drawing, legend = () => [], notes = [] }) {
  const paper = document.createElement("div");
  paper.dataset.theme = "light";
  paper.hidden = true;
  document.body.append(paper);
  const token = tokensOf(paper);
  const inner = drawing(WIDE - 2 * EDGE, token);
  const marks = legend(token);
  const family = getComputedStyle(document.body).fontFamily;
  const fonts = { title: `650 30px ${family}`, small: `19px ${family}`, mark: `18px ${family}`, foot: `16px ${family}` };
  const sheet = document.createElement("canvas");
  const pen = sheet.getContext("2d");
  const width = WIDE - 2 * EDGE;
  pen.font = fonts.title;
  const title = folded(pen, spec.title, width);
  pen.font = fonts.small;
  const small = spec.small ? folded(pen, spec.small, width) : [];
  pen.font = fonts.foot;
  const foot = [...notes, [spec.source, spec.as_of].filter(Boolean).join(" · ")].flatMap((line) => folded(pen, line, width));
  pen.font = fonts.mark;
  const rows = [];
  let right = 0;
  for (const mark of marks) {
    const wide = pen.measureText(mark.label).width + 56;
    if (!rows.length || right + wide > width) { rows.push([]); right = 0; }
    rows.at(-1).push({ ...mark, x: EDGE + right });
    right += wide;
  }
  const tall = inner.height / 2;
  const top = EDGE + title.length * 38 + small.length * 27 + 14;
  const height = top + tall + 14 + rows.length * 34 + foot.length * 24 + EDGE;
  sheet.width = WIDE * 2;
  sheet.height = Math.ceil(height) * 2;
  pen.scale(2, 2);
  pen.fillStyle = token("--color-base-100");
  pen.fillRect(0, 0, WIDE, height);
  pen.textBaseline = "top";
  let y = EDGE;
  const write = (lines, font, colour, step) => {
    pen.font = font;
    pen.fillStyle = colour;
    for (const line of lines) { pen.fillText(line, EDGE, y); y += step; }
  };
  write(title, fonts.title, token("--color-base-content"), 38);
  write(small, fonts.small, token("--muted"), 27);
  pen.drawImage(inner, EDGE, top, width, tall);
  y = top + tall + 14;
  pen.font = fonts.mark;
  for (const row of rows) {
    for (const mark of row) {
      pen.fillStyle = typeof mark.fill === "string" ? mark.fill : pen.createPattern(mark.fill, "repeat");
      pen.fillRect(mark.x, y + 2, 26, 17);
      pen.strokeStyle = token("--line-strong");
      pen.strokeRect(mark.x, y + 2, 26, 17);
      pen.fillStyle = token("--color-base-content");
      pen.fillText(mark.label, mark.x + 34, y);
    }
    y += 34;
  }
  write(foot, fonts.foot, token("--muted"), 24);
  paper.remove();
  sheet.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}

export function offerPicture(box, keep) {
  const button = box.closest("figure").querySelector("[data-picture]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => keep(button.dataset.picture));
}
