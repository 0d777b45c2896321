// The console as people use it, against a real agent. Usage: node e2e/console.mjs
//   CONSOLE   where the console of the agent `ada` is: http://127.0.0.1:3000/console/
//   SHOTS     a folder for pictures of every page
import assert from "node:assert/strict";
import { accessible, launch, open, overflows, shoot, SIZES, wire } from "./browser.mjs";

const at = process.env.CONSOLE;
const shots = process.env.SHOTS;
const steps = [];
const step = (name, what) => steps.push([name, what]);
const go = async (page, path) => {
  await page.goto(`${at}#/ada/${path}`);
  await page.locator("main h1").first().waitFor({ state: "attached" });
};
const say = async (page, text) => {
  const box = page.getByRole("textbox", { name: "Message to Ada" });
  await box.fill(text);
  await box.press("Enter");
};
const told = (page) => page.locator(".reply:not(.writing)");

step("the first page is there within a second, and small", async (page) => {
  const paints = [];
  let bytes = 0;
  // Nothing is in the cache. What an empty page takes on this machine at this time is no doing of the console.
  for (let n = 0; n < 8 && !(Math.min(...paints) < 1000); n += 1) {
    const fresh = await open(page.context().browser());
    await fresh.route("**/empty", (route) => route.fulfill({ contentType: "text/html", body: "<p>nothing</p>" }));
    await fresh.goto(new URL("/empty", at).href);
    const paint = () => fresh.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime).then((told) => told.jsonValue());
    const empty = await paint();
    await fresh.goto(at);
    await fresh.getByRole("textbox", { name: "Message to Ada" }).waitFor();
    const told = await fresh.evaluate(() => ({
      bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].filter((entry) => entry.name.includes("/console")).reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    }));
    paints.push(Math.round((await paint()) - empty));
    bytes = told.bytes;
    await fresh.context().close();
  }
  console.log(`    first paint ${paints.join(", ")} ms after that of an empty page, ${bytes} bytes`);
  assert.ok(Math.min(...paints) < 1000, `first paint after ${paints.join(", ")} ms`);
  assert.ok(bytes > 10_000 && bytes < 100_000, `${bytes} bytes for the first page`);
});

step("a chat answers, streams, keeps its place and its unsent text", async (page) => {
  await go(page, "chat/new");
  await say(page, "Who are you?");
  await told(page).first().waitFor();
  assert.match(await told(page).first().innerText(), /Ada/);
  assert.match(page.url(), /#\/ada\/chat\/[0-9a-f-]{36}$/, "the conversation has an address");
  await say(page, "When is the observatory open to visitors?");
  await told(page).nth(1).waitFor();
  assert.match(await told(page).nth(1).innerText(), /first Saturday/);
  const box = page.getByRole("textbox", { name: "Message to Ada" });
  await box.press("ArrowUp");
  assert.equal(await box.inputValue(), "When is the observatory open to visitors?", "Up brings back what was said");
  await box.fill("half a thought");
  await page.reload();
  await told(page).nth(1).waitFor();
  assert.equal(await box.inputValue(), "half a thought", "what was not sent is kept");
  await box.fill("one");
  await box.press("Shift+Enter");
  await box.pressSequentially("two");
  assert.equal(await box.inputValue(), "one\ntwo");
  await box.fill("");
});

step("a file goes along", async (page) => {
  await go(page, "chat");
  await told(page).first().waitFor();
  const replies = await told(page).count();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Attach files" }).click()]);
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGNgsHXBg0alXfAgAMeBZAGl1PZCAAAAAElFTkSuQmCC", "base64");
  await chooser.setFiles({ name: "dome.png", mimeType: "image/png", buffer: png });
  await page.locator(".uploads .figure", { hasText: /B$/ }).waitFor();
  await say(page, "This is a picture of the dome.");
  await page.locator(".said .files img").last().waitFor();
  await told(page).nth(replies).waitFor();
  const drawn = await page.locator(".said .files img").last().evaluate((image) => image.decode().then(() => image.naturalWidth));
  assert.equal(drawn, 10, "the picture is shown");
});

step("an action is allowed in the chat", async (page) => {
  await say(page, "Ring the bell");
  const card = page.getByRole("region", { name: "Approval of RING_BELL" });
  await card.waitFor();
  await shoot(page, shots, "asked-light-wide");
  await card.getByRole("button", { name: "Allow" }).click();
  await page.locator(".step", { hasText: "RING_BELL" }).waitFor();
  await page.locator(".step .status.ok", { hasText: "RING_BELL" }).waitFor();
  await page.locator(".step", { hasText: "RING_BELL" }).locator("summary").click();
  await page.locator(".step-text", { hasText: "The bell rang" }).waitFor();
  await card.getByText("granted by").waitFor();
});

step("an action is denied on the page of approvals", async (page) => {
  await say(page, "Ring the bell again");
  await page.getByRole("region", { name: "Approval of RING_BELL" }).nth(1).waitFor();
  await page.getByRole("link", { name: /Approvals/ }).click();
  const card = page.getByRole("region", { name: "Approval of RING_BELL" });
  await card.getByRole("button", { name: "Deny" }).click();
  await card.getByText("denied by").waitFor();
});

step("a plugin is enabled, its config broken, and the engine's own words told at the field", async (page) => {
  await go(page, "plugins/weather");
  const panel = page.getByRole("complementary", { name: "Plugin weather" });
  await panel.getByRole("button", { name: "Enable", exact: true }).click();
  await panel.locator(".panel-head .status", { hasText: "running" }).waitFor();
  const field = panel.getByRole("textbox", { name: "cache minutes" });
  await field.fill("5000");
  const wrong = panel.locator(".field.wrong", { has: page.getByRole("textbox", { name: "cache minutes" }) }).locator(".problem");
  await wrong.waitFor();
  const words = await wrong.first().innerText();
  console.log(`    the engine says: ${words.replace(/\n/g, " / ")}`);
  assert.match(words, /1440/);
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await shoot(page, shots, "broken-light-wide");
  await panel.getByRole("button", { name: "Save and reload" }).click();
  await wrong.waitFor();
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await page.getByRole("heading", { name: "Unsaved changes" }).waitFor();
  await page.getByRole("button", { name: "Stay" }).click();
  assert.match(page.url(), /plugins\/weather/, "nothing is lost by a wrong click");
  await field.fill("25");
  await panel.getByText("The engine takes it").waitFor();
  await panel.getByRole("button", { name: "Save and reload" }).click();
  await page.locator(".note", { hasText: "runs with the new config" }).waitFor();
  await page.reload();
  await panel.waitFor();
  assert.equal(await field.inputValue(), "25");
  await panel.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await panel.locator(".panel-head .status", { hasText: "off" }).waitFor();
});

step("a memory is found by its words", async (page) => {
  await go(page, "memories");
  await page.keyboard.press("/");
  await page.keyboard.type("picture dome");
  await page.locator(".memory-row mark", { hasText: /dome/i }).first().waitFor();
  await page.locator(".memory-row").first().click();
  await page.getByRole("complementary", { name: "Memory" }).locator(".prose", { hasText: /dome/ }).waitFor();
  await page.keyboard.press("Escape");
});

step("a run is opened, with its prompt", async (page) => {
  await go(page, "runs");
  await page.getByRole("link", { name: "When is the observatory open to visitors?" }).click();
  await page.locator(".timeline .lane.stage").waitFor();
  await page.locator(".timeline .lane.provider").waitFor();
  await page.locator(".timeline .lane.model button").first().click();
  const prompt = page.locator(".prompt");
  await prompt.first().waitFor();
  assert.match(await prompt.first().innerText(), /observatory/);
  await page.getByText("Responded because").waitFor();
});

step("events and logs are told as they come", async (page) => {
  await go(page, "logs");
  await page.locator(".log-line, .empty").first().waitFor();
  await go(page, "events");
  await page.locator(".status", { hasText: "live" }).waitFor();
  const other = await open(page.context().browser());
  await go(other, "chat/new");
  await say(other, "Hello");
  await page.locator(".log-line", { hasText: "RUN_ENDED" }).first().waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await say(other, "What was the coldest night?");
  await page.getByText(/paused, \d+ more/).waitFor();
  await page.getByRole("button", { name: "Go on" }).click();
  await told(other).nth(1).waitFor();
  assert.deepEqual(other.wrong, []);
  await other.context().close();
});

step("everything is reached by keyboard", async (page) => {
  for (const [key, heading] of [["a", "Agents"], ["p", "Plugins"], ["r", "Runs"], ["m", "Memories"], ["x", "Metrics"], ["e", "Events"], ["l", "Logs"], ["q", "Approvals"], ["t", "Tasks"], ["s", "Settings"]]) {
    await page.locator("main").focus();
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
  }
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await go(page, "plugins");
  const node = page.locator(".graph .node[tabindex='0']");
  await node.waitFor();
  await node.focus();
  await page.keyboard.press("ArrowDown");
  const name = await page.evaluate(() => document.activeElement?.getAttribute("data-id"));
  assert.ok(name && name !== (await node.getAttribute("data-id")), "arrows walk through the graph");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: `Plugin ${name}` }).waitFor();
  await go(page, "runs");
  await page.locator(".runs-table").waitFor();
  await page.reload();
  await page.locator(".runs-table").waitFor();
  const seen = new Set();
  for (let n = 0; n < 32; n += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      return { what: element.textContent.trim() || element.getAttribute("aria-label") || element.tagName, shown: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0, body: element === document.body };
    });
    if (focused.body) break;
    assert.ok(focused.shown, `the focus is seen on ${focused.what}`);
    seen.add(focused.what);
  }
  assert.ok(seen.has("Skip to content") && [...seen].some((what) => what.includes("observatory")), [...seen].join(", "));
});

step("a token is made and revoked", async (page) => {
  await go(page, "settings");
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByLabel("Name").fill("phone");
  await page.getByRole("button", { name: "Create" }).click();
  assert.match(await page.locator(".token code").innerText(), /^gal_/);
  await page.getByRole("button", { name: "Done" }).click();
  const row = page.locator(".token-row", { hasText: "phone" });
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.locator(".note", { hasText: "revoked" }).waitFor();
});

step("a server that is away is told, and its return seen", async (page) => {
  await go(page, "runs");
  await page.locator(".runs-table").waitFor();
  await page.context().setOffline(true);
  await page.getByRole("link", { name: "Tasks" }).click();
  await page.getByText("No connection").first().waitFor();
  await page.locator(".offline").waitFor();
  await shoot(page, shots, "offline-light-wide");
  await page.context().setOffline(false);
  await page.locator(".offline").waitFor({ state: "detached" });
  await page.locator(".rows .task-row, .empty").first().waitFor();
  page.wrong.length = 0;
});

step("what was said while the connection was away is there when it is back", async (page) => {
  await go(page, "chat/new");
  await say(page, "Hello");
  await told(page).first().waitFor();
  const line = await wire(at);
  const away = await open(page.context().browser());
  await away.goto(`${line.url}${new URL(page.url()).hash}`);
  await told(away).first().waitFor();
  line.cut();
  await away.locator(".offline").waitFor();
  await say(page, "Is anybody there?");
  await told(page).nth(1).waitFor();
  line.mend();
  await away.locator(".said", { hasText: "Is anybody there?" }).waitFor();
  await told(away).nth(1).waitFor();
  await away.context().close();
  await line.end();
});

const PAGES = ["chat", "chat/new", "agents", "plugins", "plugins/weather", "plugins/knowledge?view=list", "memories", "memories?q=observatory", "runs", "approvals", "tasks", "events", "logs", "metrics", "settings"];

/** Every page, in both themes and on both sizes: pictures, no overflow, nothing grave for axe. */
async function look(browser) {
  const found = [];
  for (const theme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      const page = await open(browser, { viewport, colorScheme: theme });
      await go(page, "runs");
      const first = page.locator(".runs-table a").first();
      await first.waitFor();
      const run = (await first.getAttribute("href")).replace("#/ada/", "");
      for (const path of [...PAGES, run]) {
        await go(page, path);
        await page.waitForFunction(() => !document.querySelector(".skeleton"));
        await page.waitForTimeout(150);
        const name = `${path === run ? "run" : path.replace(/[^a-z]+/g, "-")}-${theme}-${size}`;
        await shoot(page, shots, name);
        if (await overflows(page)) found.push(`${name}: wider than the window`);
        // Colours are the same on a phone; places are the same in the dark.
        if (theme === "dark" && size === "phone") continue;
        const { grave, lesser } = await accessible(page);
        found.push(...grave.map((one) => `${name}: ${one}`));
        if (lesser.length > 0) console.log(`    ${name}: minor: ${lesser.join(", ")}`);
      }
      const name = `api-${theme}-${size}`;
      await page.goto(new URL("/api/v1/docs", at).href);
      await page.locator("main details, main section").first().waitFor();
      await shoot(page, shots, name);
      if (await overflows(page)) found.push(`${name}: wider than the window`);
      found.push(...(await accessible(page)).grave.map((one) => `${name}: ${one}`));
      found.push(...page.wrong);
      await page.context().close();
    }
  }
  if (found.length > 0) throw new Error(found.join("\n"));
  return (PAGES.length + 2) * 4;
}

const browser = await launch();
let page = await open(browser, { colorScheme: "light" });
let failed = false;
for (const [name, what] of steps) {
  if (process.env.ONLY && !new RegExp(process.env.ONLY).test(name)) continue;
  const begun = performance.now();
  try {
    await what(page);
    assert.deepEqual(page.wrong, [], `errors in the page: ${page.wrong.join("\n")}`);
    console.log(`ok   ${name} (${Math.round(performance.now() - begun)} ms)`);
  } catch (error) {
    failed = true;
    page.wrong.length = 0;
    await shoot(page, shots, `failed-${steps.findIndex(([other]) => other === name)}`);
    console.log(`FAIL ${name}\n${error.stack}\n    at ${page.url()}`);
    // What it left behind is nothing to the others.
    page = await open(browser, { colorScheme: "light" });
  }
}
if (!process.env.ONLY || process.env.ONLY === "look") {
  try {
    console.log(`ok   ${await look(browser)} views have nothing grave for axe and fit their windows`);
  } catch (error) {
    failed = true;
    console.log(`FAIL every page\n${error.message}`);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
