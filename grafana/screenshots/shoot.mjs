// Serves the page and the dashboards on 127.0.0.1, and has Chromium take the pictures.
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import puppeteer from "puppeteer-core";

const HERE = import.meta.dirname;
const WIDTH = 1400;
const WAIT = 60_000; // ms, until the panels are there
const SETTLED = 1_000; // ms without a request: icons and fonts are there
// Address -> folder.
const SERVED = {
  "/bundle/": join(HERE, "bundle"),
  "/dashboards/": join(HERE, "..", "dashboards"),
  "/public/": join(HERE, "node_modules", "@grafana", "ui", "dist", "public"),
};
const TYPES = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};
// Picture -> the rows of its dashboard that it has; without any, all of them.
const PICTURES = {
  overview: undefined,
  relay: ["Now", "Power", "Voltage, current, temperature", "Policies"],
};

const [prometheus, name = "boiler", from = "now-30m"] = process.argv.slice(2);
const server = prometheus.replace(/\/$/, "");

async function addressOf(relay) {
  const query = `zigbee_relay_info{name=${JSON.stringify(relay)}}`;
  const asked = new URLSearchParams({ query });
  const { data } = await (await fetch(`${server}/api/v1/query?${asked}`)).json();
  if (data.result.length === 0) {
    throw new Error(`no relay is called ${relay}`);
  }
  return data.result[0].metric.ieee;
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://127.0.0.1");
  const under = Object.keys(SERVED).find((each) => pathname.startsWith(each));
  const path = under
    ? join(SERVED[under], normalize(pathname.slice(under.length)))
    : join(HERE, "page", "index.html");
  try {
    const body = await readFile(path);
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "text/html");
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

async function shoot(browser, base, dashboard, rows, relay) {
  const page = await browser.newPage();
  const failed = new Promise((_, reject) => page.on("pageerror", reject));
  await page.setViewport({ width: WIDTH, height: 900 });
  const asked = new URLSearchParams({ dashboard, server, from, relay });
  if (rows) {
    asked.set("rows", rows.join());
  }
  await page.goto(`${base}/?${asked}`);
  const drawn = page.waitForSelector("body[data-drawn]", { timeout: WAIT });
  await Promise.race([drawn, failed]);
  await page.waitForNetworkIdle({ idleTime: SETTLED });
  const path = join(HERE, `${dashboard}.png`);
  await page.screenshot({ path, fullPage: true });
  await page.close();
}

const web = createServer(answer);
await new Promise((ready) => web.listen(0, "127.0.0.1", ready));
const profile = await mkdtemp(join(tmpdir(), "screenshots-"));
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  userDataDir: profile,
  args: [
    "--no-sandbox", // only the page of this folder is opened
    "--no-first-run",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const relay = await addressOf(name);
  const base = `http://127.0.0.1:${web.address().port}`;
  for (const [dashboard, rows] of Object.entries(PICTURES)) {
    await shoot(browser, base, dashboard, rows, relay);
  }
} finally {
  await browser.close();
  web.close();
  await rm(profile, { recursive: true });
}
