// The service worker of the door (/hadir): its pages open without a network, and what waits is sent when there is one again.
// It is served behind door-queue.js, in one file.
(() => {
  const CACHE = "siger-door-1", OFFLINE = "/hadir/luring", PATIENCE = 6000;
  const DOOR = /^\/hadir\/[0-9a-f]{8}-[0-9a-f-]{27}$/;

  self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener("sync", (event) => event.waitUntil(self.SigerDoor.sendEverything()));

  self.addEventListener("fetch", (event) => {
    const { request } = event, url = new URL(request.url);
    if (url.origin !== location.origin || request.method !== "GET") return;
    if (request.mode === "navigate" && !url.pathname.startsWith("/hadir/diri/")) event.respondWith(page(request, url));
    else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
  });

  async function fill() {
    const answer = await fetch(OFFLINE, { credentials: "omit", cache: "no-store" });
    if (answer.ok) await keep(OFFLINE, answer);
  }

  /** Keeps a page and what it is drawn with. */
  async function keep(path, answer) {
    const cache = await caches.open(CACHE), text = await answer.clone().text();
    const named = new Set([...text.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map((one) => one[1]));
    await cache.put(path, answer);
    await Promise.all([...named].map(async (one) => (await cache.match(one)) ?? cache.add(one).catch(() => {})));
  }

  /** A page from the network, kept where it is a door's; what is kept, where the network fails or takes too long. */
  async function page(request, url) {
    const is_door = DOOR.test(url.pathname);
    const asked = fetch(request).then(async (answer) => {
      if (is_door && answer.ok && !answer.redirected && !url.search) await keep(url.pathname, answer.clone());
      return answer;
    });
    const kept = is_door ? await caches.match(url.pathname) : undefined;
    try {
      return await (kept ? Promise.race([asked, late()]) : asked);
    } catch {
      return kept ?? (await caches.match(OFFLINE)) ?? Response.error();
    }
  }

  function late() {
    return new Promise((_resolve, reject) => { setTimeout(() => reject(new TypeError("late")), PATIENCE); });
  }

  /** Built files never change under their address: what is kept needs no asking. */
  async function file(request) {
    return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
  }
})();
