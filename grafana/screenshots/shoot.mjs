// Serves the page and the dashboards on 127.0.0.1, and has Chromium take the pictures.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
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
// Picture -> the rows of its dashboard that it has, without some panels: those that a
// collector fills in months, and those left alone by what cannot be drawn.
const PICTURES = {
  overview: {
    rows: ["Now", "Power", "Energy and cost", "Relays"],
    without: [
      "Energy per day",
      "Energy this month, by relay",
      "Cost this month, by tariff period",
    ],
  },
  relay: {
    rows: ["Now", "Power", "Voltage, current, temperature", "Policies"],
    without: ["Commands"],
  },
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

async function shoot(browser, base, dashboard, relay) {
  const page = await browser.newPage();
  const failed = new Promise((_, reject) => page.on("pageerror", reject));
  await page.setViewport({ width: WIDTH, height: 900 });
  const choice = JSON.stringify(PICTURES[dashboard]);
  const asked = new URLSearchParams({ dashboard, server, from, relay, choice });
  await page.goto(`${base}/?${asked}`);
  await Promise.race([failed, taken(page, join(HERE, `${dashboard}.png`))]);
  await page.close();
}

async function taken(page, path) {
  await page.waitForSelector("body[data-drawn]", { timeout: WAIT });
  await page.waitForNetworkIdle({ idleTime: SETTLED });
  await page.screenshot({ path, fullPage: true });
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
  for (const dashboard of Object.keys(PICTURES)) {
    await shoot(browser, base, dashboard, relay);
  }
} finally {
  await browser.close();
  web.close();
  await rm(profile, { recursive: true });
}
