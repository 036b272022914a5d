// Puts the icons named in icons.txt, and the mark, into one fingerprinted SVG sprite; emits the favicon beside it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const lucide = join(dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")), "icons");

/** Returns a <symbol> of an SVG file's drawing; colours and strokes come from the page (class `icon`). */
function symbol(id, svg, attributes = "") {
  const box = svg.match(/viewBox="([^"]+)"/)[1];
  const drawing = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  const tight = drawing.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
  return `<symbol id="${id}" viewBox="${box}"${attributes}>${tight}</symbol>`;
}

export default function icons({ list, mark, favicon }) {
  return {
    name: "siger-icons",
    buildStart() {
      const names = readFileSync(list, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
      const symbols = names.map((name) => symbol(name, readFileSync(join(lucide, `${name}.svg`), "utf8")));
      symbols.unshift(symbol("siger", readFileSync(mark, "utf8"), ' fill="currentColor" fill-rule="evenodd" stroke="none"'));
      const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
      this.emitFile({ type: "asset", name: "sprite.svg", originalFileName: "sprite.svg", source: sprite });
      this.emitFile({ type: "asset", name: "favicon.svg", originalFileName: "favicon.svg", source: readFileSync(favicon) });
      [list, mark, favicon].forEach((file) => this.addWatchFile(file));
    },
  };
}
