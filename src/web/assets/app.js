// The counsellor's page. Everything works without this script; it adds live updates, shortcuts, countdowns,
// counts, differences, and keeps what was typed.
"use strict";
(() => {
  const body = document.body;
  const $ = (query, from = document) => from.querySelector(query);
  const $$ = (query, from = document) => [...from.querySelectorAll(query)];
  const user = body.dataset.user;
  if (!user) return;
  const skew = Number(body.dataset.now) - Date.now(); // countdowns go by the service's clock
  const now = () => Date.now() + skew;
  const say = (text) => { $("#say").textContent = text; };
  const store = {
    get(where, key) { try { return where.getItem(key); } catch { return null; } },
    set(where, key, value) { try { if (value === null) where.removeItem(key); else where.setItem(key, value); } catch { /* private mode */ } },
  };

  // ── Countdowns ────────────────────────────────────────────────────────────────────────────────────────────────
  function left(ms) {
    const minutes = Math.floor(Math.abs(ms) / 60000);
    const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    const size = days ? `${days}일 ${hours}시간` : hours ? `${hours}시간 ${rest}분` : `${rest}분`;
    return `${size} ${ms < 0 ? "지남" : "남음"}`;
  }
  function tick() {
    for (const shown of $$("[data-due]")) {
      const ms = Number(shown.dataset.due) - now();
      const text = left(ms);
      if (shown.textContent !== text) shown.textContent = text;
      shown.classList.toggle("over", ms < 0);
      shown.classList.toggle("soon", ms >= 0 && ms < 7200000);
    }
  }
  setInterval(tick, 15000);
  const undo = $("form.undo");
  if (undo) {
    const timer = setInterval(() => {
      const seconds = Math.ceil((Number(undo.dataset.until) - now()) / 1000);
      if (seconds > 0) { $(".count", undo).textContent = `${seconds}초`; return; }
      clearInterval(timer);
      const held = undo.contains(document.activeElement);
      $("button", undo).hidden = true;
      if (held) ($("#next") || $("#main")).focus();
    }, 250);
  }

  // ── Live updates ──────────────────────────────────────────────────────────────────────────────────────────────
  const rows = () => $("#rows");
  let after = Number(body.dataset.event);
  let source = null;
  let retry = 1000;
  let waiting = new Set();
  let timer = 0;
  function online(is) {
    const conn = $("#conn");
    if ($("#offline").hidden === is) return;
    $("#offline").hidden = is;
    conn.classList.toggle("off", !is);
    conn.textContent = is ? "연결됨" : "연결 끊김";
    if (is) say("다시 연결되었습니다");
  }
  function listen() {
    if (source) source.close();
    source = new EventSource(`/live?after=${after}`);
    source.onopen = () => { retry = 1000; online(true); };
    source.onerror = async () => {
      source.close();
      online(false);
      // An ended session looks like a broken line: ask which of the two it is.
      try { const answer = await fetch("/session", { redirect: "manual", cache: "no-store" }); if (answer.type === "opaqueredirect") return ended(); } catch { /* still offline */ }
      setTimeout(listen, retry);
      retry = Math.min(retry * 2, 8000);
    };
    for (const kind of ["triaged", "drafted", "approved", "edited", "rejected", "confirmed", "relabelled", "transferred", "closed", "undone"])
      source.addEventListener(kind, happened);
  }
  function happened(message) {
    after = Number(message.lastEventId);
    const event = JSON.parse(message.data);
    const here = $("[data-case]");
    if (here && here.dataset.case === event.case_id && event.version > Number(here.dataset.version)) changedHere(event);
    if (!rows()) return;
    waiting.add(event.case_id);
    clearTimeout(timer);
    timer = setTimeout(refresh, 250);
  }
  function changedHere(event) {
    const note = $("#changed");
    if (event.by === user && !note.hidden) return;
    note.textContent = `이 민원을 ${event.by} 님이 방금 처리했습니다. 쓰던 글은 남아 있습니다. 새로 고치면 최신 상태가 보입니다.`;
    note.hidden = false;
  }
  async function refresh() {
    const ids = [...waiting];
    waiting = new Set();
    const list = rows();
    if (!list || !ids.length) return;
    if (ids.length > 40) return whole();
    const query = new URLSearchParams(location.search);
    query.delete("cursor");
    for (const id of ids) query.append("id", id);
    let answer;
    try { answer = await fetch(`/queue/rows?${query}`, { cache: "no-store", redirect: "manual" }); } catch { for (const id of ids) waiting.add(id); return; }
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = document.activeElement?.closest?.("[data-id]")?.dataset.id;
    const nextOfFocused = document.activeElement?.closest?.("[data-id]")?.nextElementSibling;
    const known = new Set();
    let added = 0;
    let hidden = 0;
    for (const id of ids) { const old = $(`[data-id="${CSS.escape(id)}"]`, list); if (old) { known.add(id); old.remove(); } }
    for (const row of $$("[data-id]", fresh)) {
      const before = $$("[data-id]", list).find((other) => other.dataset.order > row.dataset.order);
      const isNew = !known.has(row.dataset.id);
      // A page in the middle of the list takes only what falls within it.
      if (!before && list.dataset.more && isNew) { hidden += 1; continue; }
      if (list.dataset.later && before && before === list.firstElementChild && isNew) { hidden += 1; continue; }
      const own = document.importNode(row, true);
      if (isNew) { own.classList.add("fresh"); added += 1; }
      list.insertBefore(own, before || null);
    }
    if (focused && !document.activeElement?.closest?.("[data-id]")) {
      const again = $(`[data-id="${CSS.escape(focused)}"] a`, list) || $("a", nextOfFocused?.isConnected ? nextOfFocused : list);
      again?.focus({ preventScroll: true });
    }
    $(".empty").hidden = list.children.length > 0;
    if (hidden) $("#newer").textContent = `다른 쪽에 새 민원 ${hidden}건`;
    if (added) say(`새 민원 ${added}건`);
    counts();
    tick();
  }
  let counting = 0;
  function counts() {
    clearTimeout(counting);
    counting = setTimeout(async () => {
      try {
        const answer = await fetch(`/queue/tabs${location.search}`, { cache: "no-store", redirect: "manual" });
        if (!answer.ok) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        $$(".tabs strong").forEach((shown, at) => { const one = $$("strong", fresh)[at]; if (one) shown.textContent = one.textContent; });
      } catch { /* the next event asks again */ }
    }, 1000);
  }
  function whole() { if (window.htmx) window.htmx.ajax("GET", location.pathname + location.search, { target: "#queue", select: "#queue", swap: "outerHTML" }); }
  if (rows() || $("[data-case]")) {
    listen();
    addEventListener("online", listen);
    addEventListener("offline", () => online(false));
    addEventListener("pagehide", () => source?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }
  document.addEventListener("htmx:afterSettle", () => { tick(); const n = rows()?.children.length; if (n !== undefined) say(`민원 ${n}건 표시`); });
  let typing = 0;
  $("#q")?.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => window.htmx?.trigger("#filters", "change"), 350); });

  // ── Session ───────────────────────────────────────────────────────────────────────────────────────────────────
  const idle = Number(body.dataset.idle) * 1000;
  const warnAt = Math.min(60000, idle / 2);
  let due = 0;
  function ended() {
    body.classList.add("gone");
    const back = encodeURIComponent(location.pathname + location.search);
    location.assign(`/signin?because=ended&back=${back}`);
  }
  function arm(ms) { clearTimeout(due); due = setTimeout(look, Math.max(ms - warnAt, 500)); }
  async function look() {
    let seconds;
    try {
      const answer = await fetch("/session", { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect" || answer.status === 401) return ended();
      seconds = (await answer.json()).seconds;
    } catch { return arm(warnAt + 5000); }
    if (seconds * 1000 > warnAt + 500) return arm(seconds * 1000);
    const dialog = $("#idle");
    if (!dialog.open) dialog.showModal();
    const until = Date.now() + seconds * 1000;
    const count = setInterval(() => {
      const rest = Math.ceil((until - Date.now()) / 1000);
      $("#idle-left").textContent = Math.max(rest, 0);
      if (!dialog.open) clearInterval(count);
      else if (rest < 0) { clearInterval(count); dialog.close(); look(); }
    }, 500);
  }
  async function stay() {
    $("#idle").close();
    try {
      const answer = await fetch("/session/stay", { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded" }, body: `csrf=${body.dataset.csrf}` });
      if (!answer.ok) return ended();
    } catch { /* offline: asked again */ }
    arm(idle);
  }
  $("#idle-stay").addEventListener("click", stay);
  $("#idle").addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
  arm(idle);

  // ── Replies: what was typed is kept, counted and compared ─────────────────────────────────────────────────────
  function bytes(text) { let n = 0; for (const c of text) n += c.codePointAt(0) < 128 ? 1 : 2; return n; }
  function words(text) { return text.match(/\S*\s|\S+$/g) || []; }
  function diff(a, b) {
    const [x, y] = [words(a), words(b)];
    if (x.length * y.length > 1e6) return [["del", a], ["ins", b]];
    const common = Array.from({ length: x.length + 1 }, () => new Uint16Array(y.length + 1));
    for (let i = x.length - 1; i >= 0; i--) for (let j = y.length - 1; j >= 0; j--)
      common[i][j] = x[i] === y[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    const pieces = [];
    const push = (kind, text) => { const last = pieces.at(-1); if (last && last[0] === kind) last[1] += text; else pieces.push([kind, text]); };
    for (let i = 0, j = 0; i < x.length || j < y.length;) {
      if (i < x.length && j < y.length && x[i] === y[j]) { push("", x[i]); i++; j++; }
      else if (i < x.length && (j === y.length || common[i + 1][j] >= common[i][j + 1])) push("del", x[i++]);
      else push("ins", y[j++]);
    }
    return pieces;
  }
  for (const form of $$("form.reply")) {
    const field = $("textarea", form);
    const slots = $$("[name^='slot:']", form);
    const original = form.dataset.original;
    const key = `typed:${user}:${form.dataset.keep}`;
    const whole = () => slots.reduce((text, slot) => slot.value.trim() ? text.replaceAll(`{{${slot.name.slice(5)}}}`, slot.value.trim()) : text, field.value);
    const show = () => {
      const text = whole();
      const [chars, size] = [[...text].length, bytes(text)];
      const line = $(".chars", form);
      const most = Number(form.dataset.limit || 0);
      const over = most ? (form.dataset.unit === "chars" ? chars : size) - most : 0;
      line.textContent = `${chars.toLocaleString("ko")}자 · ${size.toLocaleString("ko")}바이트(EUC-KR)${over > 0 ? ` — 한도를 ${over.toLocaleString("ko")}${form.dataset.unit === "chars" ? "자" : "바이트"} 넘었습니다` : ""}`;
      line.classList.toggle("over", over > 0);
      const box = $(".diff", form);
      if (box) {
        box.hidden = text === original;
        if (!box.hidden) $(".diff-text", box).replaceChildren(...diff(original, text).map(([kind, part]) => { if (!kind) return document.createTextNode(part); const mark = document.createElement(kind); mark.textContent = part; return mark; }));
        $("button.main", form).textContent = text === original ? "승인" : "고쳐서 승인";
      }
    };
    const kept = store.get(sessionStorage, key);
    if (kept && field.value === field.defaultValue) {
      try {
        const typed = JSON.parse(kept);
        if (typed.text && typed.text !== field.value) field.value = typed.text;
        for (const slot of slots) if (typed.slots[slot.name] && !slot.value) slot.value = typed.slots[slot.name];
      } catch { /* not ours */ }
    }
    form.addEventListener("input", () => {
      show();
      const changed = field.value !== original || slots.some((slot) => slot.value);
      store.set(sessionStorage, key, changed ? JSON.stringify({ text: field.value, slots: Object.fromEntries(slots.map((slot) => [slot.name, slot.value])) }) : null);
    });
    show();
  }
  // What was taken need not be kept any longer; nor what another person typed on this machine.
  const ownCase = $("[data-case]")?.dataset.case;
  for (const key of (() => { try { return Object.keys(sessionStorage); } catch { return []; } })()) {
    if (key.startsWith("typed:") && (!key.startsWith(`typed:${user}:`) || (ownCase && key.includes(ownCase) && !$("form.reply")))) store.set(sessionStorage, key, null);
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    try { await navigator.clipboard.writeText(field.value); } catch { field.select(); document.execCommand("copy"); }
    say("복사했습니다");
    const before = button.textContent;
    button.textContent = "복사됨";
    setTimeout(() => { button.textContent = before; }, 1500);
  });
  // A form is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    addEventListener("pageshow", () => { delete form.dataset.sent; }, { once: true });
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  // Another runner-up: two keys.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-runner]");
    if (!button) return;
    const fix = $("#fix");
    fix.open = true;
    $("#l-department").value = button.dataset.runner;
    $("[name=chip]:checked", fix).focus();
  });
  // A chip is sent with Enter, as a field of text is.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("input[type=radio], select")) return;
    const form = event.target.form;
    if (!form || form.method !== "post") return;
    event.preventDefault();
    form.requestSubmit();
  });
  $("#notice")?.focus();

  // ── Shortcuts: Alt and a letter, by the key's place, so that the Korean layout does not matter ───────────────
  const settings = { on: store.get(localStorage, "keys") !== "off", leader: store.get(localStorage, "leader") === "on" };
  const dialog = $("#keys");
  const onBox = $("#keys-on");
  const leaderBox = $("#keys-leader");
  onBox.checked = settings.on;
  leaderBox.checked = settings.leader;
  onBox.addEventListener("change", () => { settings.on = onBox.checked; store.set(localStorage, "keys", settings.on ? null : "off"); });
  leaderBox.addEventListener("change", () => { settings.leader = leaderBox.checked; store.set(localStorage, "leader", settings.leader ? "on" : null); });
  const letter = (code) => code.replace(/^Key|^Digit/, "").replace("Slash", "/").replace("Comma", ",").replace("Period", ".");
  const name = (item) => item.dataset.name || (item.labels?.[0] || item).textContent.replace(/[←→?]|\s+/g, " ").trim();
  const moves = { KeyJ: ["다음 줄로", () => step(1)], KeyK: ["이전 줄로", () => step(-1)], KeyQ: ["다음 초안 펼치기", nextPane] };
  function visible(item) { return item.checkVisibility ? item.checkVisibility() : item.offsetParent !== null; }
  function find(code) {
    const open = $("details.pane[open]");
    return [...$$(`[data-key="${code}"]`), ...(open ? $$(`[data-key-open="${code}"]`, open) : [])].find(visible);
  }
  function step(by) {
    const links = $$("#main .rows .r-text a");
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))].focus();
  }
  function nextPane() {
    const panes = $$("details.pane");
    if (!panes.length) return;
    const next = panes[(panes.findIndex((pane) => pane.open) + 1) % panes.length];
    for (const pane of panes) pane.open = pane === next;
    $("summary", next).focus();
  }
  function act(code) {
    if (moves[code] && (code !== "KeyQ" ? $("#main .rows") : $("details.pane"))) { moves[code][1](); return true; }
    const item = find(code);
    if (!item) return false;
    if (item.matches("summary")) {
      const box = item.parentElement;
      if (!box.open || !box.contains(document.activeElement)) { if (box.matches(".pane")) for (const pane of $$("details.pane")) pane.open = pane === box; box.open = true; ($("textarea, select, input:checked, input:not([type=hidden])", box) || item).focus(); } else { box.open = false; item.focus(); }
    } else if (item.matches("input, select, textarea")) item.focus();
    else { if (item.form && !item.matches("[type=button]")) item.focus(); item.click(); }
    return true;
  }
  function help() {
    const entries = [];
    const add = (code, text) => { if (!entries.some(([key]) => key === code)) entries.push([code, text]); };
    if ($("#main .rows")) { add("KeyJ", moves.KeyJ[0]); add("KeyK", moves.KeyK[0]); }
    for (const item of $$("#main [data-key], #main [data-key-open]")) if (visible(item)) add(item.dataset.key || item.dataset.keyOpen, name(item));
    if ($$("details.pane").length > 1) add("KeyQ", moves.KeyQ[0]);
    for (const item of $$(".top [data-key]")) add(item.dataset.key, item.id === "show-keys" ? "이 도움말" : name(item));
    $("#key-list").replaceChildren(...entries.map(([code, text]) => {
      const row = document.createElement("div");
      const key = document.createElement("dt");
      const what = document.createElement("dd");
      const cap = document.createElement("kbd");
      cap.textContent = `Alt+${letter(code)}`;
      key.append(cap);
      what.textContent = text;
      row.append(key, what);
      return row;
    }));
    dialog.showModal();
  }
  $("#show-keys").addEventListener("click", help);
  let leader = 0;
  document.addEventListener("keydown", (event) => {
    if (!settings.on || event.ctrlKey || event.metaKey || event.isComposing || $("dialog[open]")) return;
    const writing = event.target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select");
    if (event.altKey) {
      if (event.code === "Slash") { event.preventDefault(); help(); return; }
      if (!event.shiftKey && act(event.code)) event.preventDefault();
      return;
    }
    if (writing) return;
    if (event.key === "?") { event.preventDefault(); help(); return; }
    if (!settings.leader) return;
    if (Date.now() - leader < 1500 && /^(Key|Digit)/.test(event.code)) { leader = 0; if (act(event.code)) event.preventDefault(); return; }
    if (event.code === "KeyG" && !event.shiftKey) { leader = Date.now(); say("바로 가기: 글자를 누르세요"); event.preventDefault(); }
  });
})();
