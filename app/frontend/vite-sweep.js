// Leaves the files of the last builds where they are for a day: servers that still run name them in their pages.
import { readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

const KEEP_MS = 24 * 3600 * 1000;

export default function sweep() {
  let folder = "";
  return {
    name: "sweep",
    configResolved(config) {
      folder = config.build.outDir;
    },
    async closeBundle() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      for (const file of files) {
        if (Date.now() - (await stat(file)).mtimeMs > KEEP_MS) await unlink(file);
      }
    },
  };
}
