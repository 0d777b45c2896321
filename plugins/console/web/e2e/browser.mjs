// A browser for the tests, and what every page of the console is held to.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const SIZES = { wide: { width: 1320, height: 860 }, phone: { width: 360, height: 740 } };

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
}

/** A page that takes down what goes wrong in it. `refused` are answers that a test asks for. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: SIZES.wide, ...options });
  const page = await context.newPage();
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(error.stack ?? String(error)));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !/status of (4\d\d|503)/.test(text)) page.wrong.push(text);
  });
  page.setDefaultTimeout(60_000);
  return page;
}

/** What axe finds of weight. Scripts of CDP are not held to the page's policy, so the policy stays in force. */
export async function accessible(page) {
  await page.evaluate(AXE);
  const { violations, incomplete } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  const told = grave.map((one) => `${one.id}: ${one.help}\n${one.nodes.slice(0, 3).map((node) => `    ${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join("\n")}`);
  const lesser = violations.filter((one) => !grave.includes(one)).map((one) => `${one.id} (${one.nodes[0].target.join(" ")})`);
  return { grave: told, lesser, incomplete: incomplete.length };
}

/** Whether the page is wider than the window. */
export function overflows(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
}

export async function shoot(page, folder, name) {
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}

/** A way to a server that can be cut: browsers that are told to be offline keep the connections that they have. */
export async function wire(to) {
  const { hostname, port, pathname } = new URL(to);
  const ends = new Set();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      ends.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => (ends.delete(one), other.destroy()));
      one.pipe(other);
    }
  });
  await new Promise((listening) => server.listen(0, hostname, listening));
  const cut = () => {
    whole = false;
    for (const end of ends) end.destroy();
  };
  const end = () => (cut(), new Promise((closed) => server.close(closed)));
  return { url: `http://${hostname}:${server.address().port}${pathname}`, cut, mend: () => (whole = true), end };
}
