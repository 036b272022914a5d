import tailwindcss from "@tailwindcss/vite";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import compress from "./vite-compress.js";
import icons from "./vite-icons.js";
import sweep from "./vite-sweep.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "./",
  publicDir: false,
  plugins: [
    tailwindcss(),
    icons({ list: here("icons.txt"), mark: here("mark/siger.svg"), favicon: here("mark/favicon.svg") }),
    compress(),
    sweep(),
  ],
  build: {
    outDir: here("../static/dist"),
    emptyOutDir: false,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    cssTarget: ["chrome99", "firefox97", "safari15.4"],
    target: ["chrome99", "firefox97", "safari15.4"],
    rolldownOptions: {
      input: [
        here("src/public.css"), here("src/portal.css"), here("src/portal.js"), here("src/portal-worker.js"),
        here("src/kiosk.css"), here("src/kiosk.js"), here("src/staff.css"), here("src/staff.js"), here("src/charts.js"), here("src/maps.js"),
        here("src/visit.js"), here("src/visit-worker.js"), here("src/photo.js"),
        here("src/door.js"), here("src/door-queue.js"), here("src/door-worker.js"),
      ],
    },
  },
});
