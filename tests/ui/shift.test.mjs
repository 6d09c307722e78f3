// A shift on the counsellor's page: a real browser against a real server. Run by scripts/ui.sh.
import assert from "node:assert/strict";
import { readFileSync, mkdirSync, copyFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { HtmlValidate } from "html-validate";
import { chromium } from "playwright-core";
import { hostile, shift } from "./complaints.mjs";
import { Service, root, until } from "./service.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = join(root, "target/ui");
mkdirSync(pictures, { recursive: true });

const html = new HtmlValidate({
  root: true,
  extends: ["html-validate:standard"],
  rules: { "no-trailing-whitespace": "off", "void-style": "off", "attribute-boolean-style": "off", "attribute-empty-style": "off", "no-implicit-button-type": "off", "doctype-style": "off", "long-title": "off", "tel-non-breaking": "off", "prefer-native-element": "off", "no-inline-style": "error" },
});

let browser;
let service;
const outside = [];
const errors = [];

before(async () => {
  service = await new Service([["연계", "router"], ["김하나", "counsellor"], ["이두리", "counsellor"], ["관리자", "admin"]]).start();
  for (const [text, channel] of shift) await service.complaint(text, channel);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  await service?.end();
});

/** A browser window of its own; whatever it asks of another host, and every error in it, is noted. */
async function open(options = {}) {
  const context = await browser.newContext({ locale: "ko-KR", timezoneId: "Asia/Seoul", viewport: { width: 1366, height: 860 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.on("request", (request) => { if (new URL(request.url()).hostname !== "127.0.0.1" && !request.url().startsWith("data:")) outside.push(request.url()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error" && /Content.Security|Refused/i.test(message.text())) errors.push(message.text()); });
  return page;
}

async function signIn(page, name, at = service) {
  await page.goto(at.url);
  await page.getByLabel("개인 키").fill(at.keys[name]);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${at.url}/`);
}

async function signedIn(name, options) {
  const page = await open(options);
  await signIn(page, name);
  return page;
}

async function press(page, keys) {
  await page.keyboard.press(keys);
}

/** Presses a key that leads to another page. */
async function go(page, keys) {
  await Promise.all([page.waitForEvent("load"), press(page, keys)]);
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`);
}

const status = (page) => page.locator(".case-bar .r-status").innerText();
const text = (id) => service.api(`/v1/cases/${id}`, null, "김하나");

describe("a shift", { concurrency: 1 }, () => {
  test("a wrong key stays outside, the right one comes in", async () => {
    const page = await open();
    await page.goto(service.url);
    assert.match(page.url(), /\/signin/);
    await page.screenshot({ path: join(pictures, "signin-light.png") });
    await page.keyboard.type("mw_wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").innerText(), /키가 맞지 않습니다/);
    await signIn(page, "김하나");
    assert.equal(await page.locator("#rows > li").count(), shift.length);
    const first = await page.locator("#rows > li").first().innerText();
    assert.match(first, /즉시 대응/, "escalated cases come first");
    await page.context().close();
  });

  test("the page as it is looked at: light, dark, narrow", async () => {
    for (const scheme of ["light", "dark"]) {
      const page = await signedIn("관리자", { colorScheme: scheme });
      await page.screenshot({ path: join(pictures, `queue-${scheme}.png`) });
      const links = await page.locator("#rows a").evaluateAll((all) => all.map((one) => one.href));
      await page.goto(links[0]);
      await page.screenshot({ path: join(pictures, `case-danger-${scheme}.png`) });
      const carcass = page.url().replace(/cases\/.*/, "") + "?q=" + encodeURIComponent("청소년 교통비");
      await page.goto(carcass);
      await page.locator("#rows a").first().click();
      await page.locator(".case").waitFor();
      await page.screenshot({ path: join(pictures, `case-${scheme}.png`) });
      if (scheme === "light") {
        await page.screenshot({ path: join(pictures, "readme.png") });
        const narrow = await signedIn("김하나", { viewport: { width: 360, height: 780 } });
        await narrow.screenshot({ path: join(pictures, "queue-360.png") });
        await narrow.goto(page.url());
        await narrow.screenshot({ path: join(pictures, "case-360.png"), fullPage: true });
        await narrow.context().close();
      }
      for (const view of ["coordinator", "summary", "admin"]) {
        await page.goto(`${service.url}/${view}`);
        await page.screenshot({ path: join(pictures, `${view}-${scheme}.png`) });
      }
      await page.context().close();
    }
  });

  test("twenty cases by keyboard only", async () => {
    const page = await signedIn("김하나");
    await press(page, "Alt+KeyJ");
    await go(page, "Enter");
    const done = { answered: 0, transferred: 0, closed: 0, relabelled: 0, approved: 0 };
    for (let n = 0; n < 20; n += 1) {
      const id = await page.locator("[data-case]").getAttribute("data-case");
      if (n % 5 === 2 && await page.locator("[data-runner]").count()) {
        await press(page, "Alt+Digit1"); // two keys: the runner-up, and Enter on the reason
        await go(page, "Enter");
        assert.match(await page.locator(".timeline").innerText(), /분류 정정/);
        done.relabelled += 1;
      }
      if (n % 5 === 3) {
        await press(page, "Alt+KeyT");
        await page.keyboard.press("Home");
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("ArrowDown");
        await go(page, "Enter");
        assert.equal(await status(page), "이송");
        done.transferred += 1;
      } else if (n % 5 === 4) {
        await press(page, "Alt+KeyX");
        await page.keyboard.press("ArrowDown");
        await go(page, "Enter");
        assert.equal(await status(page), "종결");
        done.closed += 1;
      } else {
        const drafts = await page.locator("details.pane").count() - 1;
        const slots = drafts ? await page.locator("details.pane[open] .slot input").count() : 0;
        if (drafts && n % 5 !== 1) {
          for (let slot = 0; slot < slots; slot += 1) {
            await press(page, "Alt+KeyA"); // an open slot blocks the approval and takes the focus
            assert.equal(await page.evaluate(() => document.activeElement.name?.startsWith("slot:")), true);
            await page.keyboard.type("김하나");
          }
          done.approved += slots ? 0 : 1;
        } else {
          await press(page, "Alt+KeyW");
          await page.keyboard.type("말씀하신 내용을 담당 부서에 전달했습니다. 처리 결과는 문자로 알려 드리겠습니다.");
        }
        await go(page, "Alt+KeyA");
        assert.equal(await status(page), "답변 완료", `case ${n} ${id}`);
        done.answered += 1;
      }
      if (n === 0) {
        await page.screenshot({ path: join(pictures, "undo.png") });
        await go(page, "Alt+KeyZ");
        assert.notEqual(await status(page), "답변 완료", "taken back within ten seconds");
        await press(page, "Alt+KeyW");
        await page.keyboard.type("다시 확인하고 답변드립니다.");
        await go(page, "Alt+KeyA");
      }
      if (n < 19) await go(page, "Alt+KeyN");
    }
    assert.equal(done.answered + done.transferred + done.closed, 20);
    const { totals } = await service.api("/v1/stats", null, "김하나");
    assert.equal(totals.approved + totals.edited, done.answered);
    assert.equal(totals.transferred, done.transferred);
    assert.equal(totals.closed, done.closed);
    assert.ok(done.relabelled > 0 && totals.relabelled === done.relabelled);
    await page.context().close();
  });

  test("shortcuts: shown by ?, can be switched off, g leads only when it is asked to", async () => {
    const page = await signedIn("김하나");
    await page.keyboard.press("?");
    await page.locator("#keys[open]").waitFor();
    await page.screenshot({ path: join(pictures, "shortcuts.png") });
    assert.match(await page.locator("#key-list").innerText(), /다음 줄로/);
    assert.deepEqual(await violations(page), []);
    await page.getByLabel("단축키 사용").uncheck();
    await page.keyboard.press("Escape");
    await press(page, "Alt+KeyM");
    await page.keyboard.press("?");
    assert.equal(await page.locator("#keys[open]").count(), 0);
    assert.equal(new URL(page.url()).pathname, "/");
    await page.locator("#show-keys").click();
    await page.getByLabel("단축키 사용").check();
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    assert.equal(new URL(page.url()).pathname, "/", "bare letters do nothing by default");
    await page.locator("#show-keys").click();
    await page.getByLabel(/g를 먼저/).check();
    await page.keyboard.press("Escape");
    await page.locator("#main").focus();
    await page.keyboard.press("g");
    await go(page, "m");
    assert.equal(new URL(page.url()).pathname, "/coordinator");
    await page.context().close();
  });

  test("new cases slide in, changed ones leave", async () => {
    const page = await signedIn("김하나");
    const id = await service.complaint("화성 동탄 놀이터 그네가 부서져 아이가 다칠 것 같아요");
    await page.locator(`[data-id="${id}"]`).waitFor();
    await until("it is said", async () => /새 민원 1건/.test(await page.locator("#say").innerText()), 5_000);
    const orders = await page.locator("#rows > li").evaluateAll((all) => all.map((one) => one.dataset.order));
    assert.deepEqual(orders, [...orders].sort(), "it stands in its place");
    await service.api(`/v1/cases/${id}/close`, { version: 1, reason: "시험" }, "이두리");
    await page.locator(`[data-id="${id}"]`).waitFor({ state: "detached" });
    await page.context().close();
  });

  test("filters and search, with and without the script", async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await open({ javaScriptEnabled });
      await page.goto(service.url);
      await page.getByLabel("개인 키").fill(service.keys["김하나"]);
      await page.getByRole("button", { name: "로그인" }).click();
      await page.goto(`${service.url}/?status=all`);
      await page.getByLabel("찾기").fill("강아지");
      await page.keyboard.press("Enter");
      await page.waitForURL(/q=/);
      await until("one is found", async () => await page.locator("#rows > li").count() === 1, 8_000);
      assert.match(await page.locator("#rows").innerText(), /버려진 강아지/);
      await page.context().close();
    }
  });

  test("two counsellors at one case: the second learns who was first and loses nothing", async () => {
    const id = await service.complaint("구리 인창동 횡단보도 신호가 너무 짧아요", "kakao", { suggest: 0 });
    const [first, second] = [await signedIn("이두리"), await signedIn("김하나")];
    for (const page of [first, second]) {
      await page.goto(`${service.url}/cases/${id}`);
      await press(page, "Alt+KeyW");
    }
    await second.keyboard.type("제가 쓰던 답변입니다.");
    await first.keyboard.type("먼저 보내는 답변입니다.");
    await go(first, "Alt+KeyA");
    await second.locator("#changed:visible").waitFor();
    assert.match(await second.locator("#changed").innerText(), /이두리 님이 방금/);
    await go(second, "Alt+KeyA");
    assert.match(await second.getByRole("alert").innerText(), /이두리 님이 먼저 처리했습니다/);
    assert.equal(await second.locator("#kept").inputValue(), "제가 쓰던 답변입니다.");
    assert.match(await second.locator(".timeline").innerText(), /먼저 보내는 답변입니다/);
    assert.deepEqual(await violations(second), []);
    await second.screenshot({ path: join(pictures, "conflict.png") });
    assert.equal((await text(id)).decisions.length, 1);
    await first.context().close();
    await second.context().close();
  });

  test("a draft is changed in place: count, difference, limit", async () => {
    const id = await service.complaint("청소년 교통비 지원은 얼마까지 되나요", "kakao");
    const page = await signedIn("김하나");
    await page.goto(`${service.url}/cases/${id}`);
    const pane = page.locator("details.pane[open]");
    assert.match(await pane.innerText(), /AI 초안/);
    assert.ok(await pane.locator(".sources a").count() > 0, "sources are one click away");
    const field = pane.locator("textarea");
    await field.focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" 고맙습니다.");
    assert.match(await pane.locator(".diff ins").innerText(), /고맙습니다/);
    assert.match(await pane.locator(".chars").innerText(), /자 · .*바이트\(EUC-KR\)/);
    assert.equal(await pane.locator("button.main").first().innerText(), "고쳐서 승인");
    await page.screenshot({ path: join(pictures, "edit.png") });
    await page.reload();
    assert.match(await page.locator("details.pane[open] textarea").inputValue(), /고맙습니다/, "a reload loses nothing");
    await field.fill("가".repeat(1001));
    assert.match(await pane.locator(".chars").innerText(), /한도를 1자 넘었습니다/);
    await page.context().close();
  });

  test("hostile texts stay texts and break no layout", async () => {
    const page = await signedIn("김하나");
    for (const [name, words] of Object.entries(hostile)) {
      const id = await service.complaint(words, "web", { suggest: 0 });
      const masked = (await text(id)).masked_text;
      await page.goto(`${service.url}/cases/${id}`);
      assert.equal(await page.locator("#complaint").evaluate((one) => one.textContent), masked, name);
      assert.ok(!(await page.title()).includes("뚫림"), name);
      for (const width of [1366, 360]) {
        await page.setViewportSize({ width, height: 800 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(over <= 0, `${name} at ${width} px is ${over} px too wide`);
      }
      await page.setViewportSize({ width: 1366, height: 860 });
      await page.goto(`${service.url}/`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${name} in the list`);
    }
    await page.screenshot({ path: join(pictures, "hostile.png") });
    assert.ok(!(await page.title()).includes("뚫림"));
    await page.context().close();
  });

  test("no view breaks accessibility or HTML, in light and dark, at 360 px and 200 %", async () => {
    const id = await service.complaint("파주 금촌동 우리 집에 가스 냄새가 나고 아이가 어지럽대요", "kakao");
    const views = ["/", "/?status=closed", `/cases/${id}`, "/coordinator", "/summary", "/summary?days=30", "/admin", "/cases/nothing"];
    for (const colorScheme of ["light", "dark"]) {
      const page = await signedIn("관리자", { colorScheme });
      for (const view of views) {
        await page.goto(service.url + view);
        for (const box of await page.locator("details").all()) await box.evaluate((one) => { if (!one.name) one.open = true; });
        assert.deepEqual(await violations(page), [], `${view} ${colorScheme}`);
        if (colorScheme === "dark") continue;
        const source = await (await page.request.get(service.url + view)).text();
        const report = await html.validateString(source);
        const wrong = report.results.flatMap((one) => one.messages).map((one) => `${one.ruleId} ${one.line}:${one.column} ${one.message}`);
        assert.deepEqual(wrong, [], view);
        // 200 % of 1,280 px leaves 640 px to lay out.
        for (const width of [640, 360]) {
          await page.setViewportSize({ width, height: 800 });
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.ok(over <= 0, `${view} at ${width} px is ${over} px too wide`);
        }
        await page.setViewportSize({ width: 1366, height: 860 });
      }
      await page.context().close();
    }
    const page = await open();
    await page.goto(`${service.url}/signin`);
    assert.deepEqual(await violations(page), [], "sign-in");
    await page.context().close();
  });

  test("everything can be reached by Tab, with a visible focus", async () => {
    const page = await signedIn("김하나");
    const link = await page.locator("#rows a").first().getAttribute("href");
    await page.goto(service.url + link);
    const wanted = await page.evaluate(() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter((one) => one.checkVisibility() && !one.closest("dialog") && one.type !== "radio").length);
    const seen = new Set();
    for (let n = 0; n < wanted + 30; n += 1) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => { const one = document.activeElement; if (one === document.body) return null; const style = getComputedStyle(one); return { at: [...document.querySelectorAll("*")].indexOf(one), outline: style.outlineStyle !== "none" || getComputedStyle(one, "::after").outlineStyle !== "none" || !!one.closest(".chips label"), radio: one.type === "radio" }; });
      if (!focus) continue;
      assert.ok(focus.outline, `element ${focus.at} shows no focus`);
      if (!focus.radio) seen.add(focus.at);
    }
    assert.equal(seen.size, wanted);
    await page.context().close();
  });

  test("a lost line is shown and what came meanwhile is not missed", async () => {
    const page = await signedIn("김하나");
    await page.context().setOffline(true);
    await page.locator("#offline:visible").waitFor();
    assert.match(await page.locator("#offline").innerText(), /연결이 끊겼습니다/);
    const id = await service.complaint("오산 원동 하수구가 역류해요");
    await page.context().setOffline(false);
    await page.locator("#offline").waitFor({ state: "hidden" });
    await page.locator(`[data-id="${id}"]`).waitFor();
    await page.context().close();
  });

  test("the service is stopped and started: one signs in again and finds what was typed", async () => {
    const id = await service.complaint("이천 부발읍 농로가 무너졌어요", "web", { suggest: 0 });
    const page = await signedIn("김하나");
    await page.goto(`${service.url}/cases/${id}`);
    await press(page, "Alt+KeyW");
    await page.keyboard.type("반쯤 쓴 답변");
    await service.stop();
    await page.locator("#offline:visible").waitFor();
    await page.screenshot({ path: join(pictures, "offline.png") });
    assert.equal(await page.locator("details.pane[open] textarea").inputValue(), "반쯤 쓴 답변");
    await service.start();
    await page.waitForURL(/\/signin/, { timeout: 60_000 });
    await page.getByLabel("개인 키").fill(service.keys["김하나"]);
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(id));
    assert.equal(await page.locator(`form.reply[data-keep="${id}/0"] textarea`).inputValue(), "반쯤 쓴 답변");
    await page.context().close();
  });

  test("a session that nobody uses ends, with a warning before", async () => {
    const short = await new Service([["연계", "router"], ["김하나", "counsellor"]], ["--session-idle", "10"]).start();
    try {
      const id = await short.complaint("의왕 고천동 보안등이 깜빡거려요", "web", { suggest: 0 });
      const page = await open();
      await signIn(page, "김하나", short);
      await page.goto(`${short.url}/cases/${id}`);
      await page.locator("#idle[open]").waitFor({ timeout: 15_000 });
      assert.match(await page.locator("#idle").innerText(), /초 뒤에 로그아웃됩니다/);
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press("Enter");
      await page.locator("#idle[open]").waitFor({ state: "detached" });
      await press(page, "Alt+KeyW");
      await page.keyboard.type("쓰다 만 답변");
      await page.waitForURL(/because=ended/, { timeout: 30_000 });
      await page.getByLabel("개인 키").fill(short.keys["김하나"]);
      await page.keyboard.press("Enter");
      await page.waitForURL(new RegExp(id));
      assert.equal(await page.locator(`form.reply[data-keep="${id}/0"] textarea`).inputValue(), "쓰다 만 답변");
      await page.context().close();
    } finally {
      await short.end();
    }
  });

  test("the first view is small", async () => {
    const page = await open();
    let size = 0;
    page.on("response", async (response) => { const sizes = await response.request().sizes().catch(() => null); if (sizes) size += sizes.responseBodySize + sizes.responseHeadersSize; });
    await signIn(page, "김하나");
    await page.waitForFunction(() => document.readyState === "complete");
    assert.ok(size > 20_000 && size < 100_000, `${size} bytes`);
    console.log(`# first view with sign-in: ${size} bytes`);
    await page.context().close();
  });

  test("nothing was asked of another host, and no script failed", () => {
    assert.deepEqual(outside, []);
    assert.deepEqual(errors, []);
    if (process.env.MINWON_README_PICTURE) {
      const picture = join(pictures, "readme.png");
      assert.ok(statSync(picture).size < 300_000);
      copyFileSync(picture, join(root, "docs/screenshot.png"));
    }
  });
});
