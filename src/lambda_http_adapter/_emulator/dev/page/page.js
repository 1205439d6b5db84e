// The page at /_lambda: follows the emulator's events and shows what they say.

import { drawDetails, secretsOf } from "./details.js";
import { byId, element } from "./dom.js";
import { duration } from "./format.js";
import { InvocationList } from "./list.js";
import { drawSandboxes } from "./sandboxes.js";
import { drawSettings } from "./settings.js";

const BASE = "/_lambda";
const VIEWS = ["invocations", "sandboxes", "settings"];
const RECONNECT_AFTER = 1000; // ms
const DETAILS_EVERY = 500; // ms, while an invocation goes on
const REDRAW_EVERY = matchMedia("(prefers-reduced-motion: reduce)").matches ? 2000 : 250; // ms
const ANNOUNCE_EVERY = 2000; // ms

let clockDifference = 0; // ms that the emulator's clock is ahead of the browser's
const now = () => Date.now() + clockDifference;

const sandboxes = new Map();
const list = new InvocationList(now, number => { location.hash = number; });
const pane = byId("details");

// Events

let events = null;
let lastEventId = "";
let reconnection = 0;

function connect() {
  clearTimeout(reconnection);
  events?.close();
  events = new EventSource(`${BASE}/events${lastEventId ? `?since=${lastEventId}` : ""}`);
  events.addEventListener("open", () => sayConnection("live", "Live"));
  events.addEventListener("snapshot", event => {
    list.clear();
    sandboxes.clear();
    const data = JSON.parse(event.data);
    byId("title").textContent = data.title;
    document.title = `${data.title} · invocations`;
    drawSettings(byId("view-settings"), data.settings);
    receive(event, data);
    route();
  });
  events.addEventListener("change", event => receive(event, JSON.parse(event.data)));
  events.addEventListener("error", () => {
    sayConnection("lost", "Reconnecting …");
    if (events.readyState === EventSource.CLOSED) reconnection = setTimeout(connect, RECONNECT_AFTER);
  });
}

function receive(event, data) {
  lastEventId = event.lastEventId;
  clockDifference = data.now - Date.now();
  for (const sandbox of data.sandboxes) sandboxes.set(sandbox.number, sandbox);
  announce(data.invocations.filter(({ number, complete }) => complete && !list.invocations.get(number)?.complete), event.type);
  list.update(data.invocations, data.oldest);
  if (data.invocations.some(({ number }) => number === list.selected)) refreshDetails();
  if (view() === "sandboxes") redrawSandboxes();
}

function sayConnection(state, text) {
  byId("connection").className = `connection ${state}`;
  byId("connection").textContent = text;
}

// A browser opens six connections to one address. A hidden page keeps none of them from the app.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    events?.close();
    clearTimeout(reconnection);
    sayConnection("lost", "Paused");
  } else {
    connect();
  }
});

let announcedAt = 0;
function announce(finished, kind) {
  if (kind === "snapshot" || !finished.length || now() - announcedAt < ANNOUNCE_EVERY) return;
  announcedAt = now();
  const { method, target, status, end } = finished.at(-1);
  byId("announcer").textContent = `${method} ${target.slice(0, 100)}: ${status || "no response"} after ${duration(end)}`;
}

// Views: the hash names one, or the number of an invocation.

function view() {
  const name = location.hash.slice(1);
  return VIEWS.includes(name) ? name : "invocations";
}

function route() {
  for (const name of VIEWS) {
    byId(`view-${name}`).hidden = name !== view();
    const link = document.querySelector(`nav a[href="#${name}"]`);
    if (name === view()) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const number = Number(location.hash.slice(1));
  if (Number.isInteger(number) && number > 0) openDetails(number);
  else hideDetails();
  if (view() === "sandboxes") redrawSandboxes();
}

addEventListener("hashchange", route);

function redrawSandboxes() {
  drawSandboxes(byId("view-sandboxes"), sandboxes.values(), [...list.invocations.values()], now());
}

// Details

let shown = null; // the invocation that the pane shows
let refreshedAt = 0;
let refresh = 0;

function openDetails(number) {
  const isNew = pane.hidden || shown?.number !== number;
  list.mark(number);
  if (!isNew) return;
  clearTimeout(refresh);
  refresh = 0;
  loadDetails(number, true);
}

function hideDetails() {
  clearTimeout(refresh);
  refresh = 0;
  shown = null;
  pane.hidden = true;
  document.body.classList.remove("with-details");
}

function closeDetails() {
  if (pane.hidden) return;
  location.hash = "invocations";
  hideDetails();
  list.focus();
}

function refreshDetails() {
  if (shown === null || refresh) return;
  const { number } = shown;
  refresh = setTimeout(() => {
    refresh = 0;
    loadDetails(number, false);
  }, Math.max(0, refreshedAt + DETAILS_EVERY - Date.now()));
}

async function loadDetails(number, isNew) {
  refreshedAt = Date.now();
  const response = await fetch(`${BASE}/invocations/${number}`).catch(() => null);
  if (Number(location.hash.slice(1)) !== number) return;
  if (!response?.ok) {
    if (isNew) toast(response ? `Invocation #${number} isn't kept any more.` : "`dev` doesn't answer.");
    return;
  }
  shown = await response.json();
  if (Number(location.hash.slice(1)) !== number || isSelecting()) return;
  drawDetails(pane, shown, now(), { replay, copy, save, close: closeDetails });
  pane.hidden = false;
  document.body.classList.add("with-details");
  if (isNew) {
    pane.scrollTop = 0;
    if (pane.checkVisibility() && getComputedStyle(pane).position === "fixed") pane.focus();
  }
}

// Drawing the pane again would take away a selection that the user is about to copy.
function isSelecting() {
  const selection = getSelection();
  return shown.complete === false && !selection.isCollapsed && pane.contains(selection.anchorNode);
}

// Actions on the selected invocation

async function replay() {
  if (list.selected === null) return;
  const response = await fetch(`${BASE}/replay/${list.selected}`, { method: "POST" }).catch(() => null);
  if (!response?.ok) {
    toast(response ? await response.text() : "`dev` doesn't answer.");
    return;
  }
  const { number } = await response.json();
  toast(`Sent again as #${number}.`);
  if (pane.hidden) list.mark(number);
  else location.hash = number;
}

async function copy() {
  if (list.selected === null) return;
  const response = await fetch(`${BASE}/invocations/${list.selected}`).catch(() => null);
  const invocation = response?.ok ? await response.json() : null;
  if (!invocation?.curl) {
    toast("This invocation came without an HTTP request.");
    return;
  }
  const secrets = secretsOf(invocation.event);
  await copyText(invocation.curl);
  toast(secrets.length ? `Copied, with its secrets: ${secrets.join(", ")}.` : "Copied.");
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // only for HTTPS and loopback addresses
    const area = element("textarea", { value: text, className: "unseen" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

function save() {
  if (list.selected === null) return;
  element("a", { href: `${BASE}/fixtures/${list.selected}`, download: "" }).click();
}

let toastEnd = 0;
function toast(text) {
  byId("toast").textContent = text;
  byId("toast").classList.add("shown");
  clearTimeout(toastEnd);
  toastEnd = setTimeout(() => byId("toast").classList.remove("shown"), 4000);
}

// Keyboard

const KEYS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  r: replay,
  c: copy,
  s: save,
  "/": () => byId("search").focus(),
  "?": () => byId("help").showModal(),
  Escape: closeDetails,
};

function move(step) {
  const number = list.move(step);
  if (number !== null && !pane.hidden) location.hash = number;
}

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  const { target, key } = event;
  if (target === byId("search")) {
    if (key === "Escape" || key === "Enter") target.blur();
    return;
  }
  const scrolls = target.closest("pre, .details") && key.startsWith("Arrow");
  const action = KEYS[key];
  if (!action || scrolls || (view() !== "invocations" && key !== "?")) return;
  event.preventDefault();
  action();
});

byId("show-help").addEventListener("click", () => byId("help").showModal());

setInterval(() => {
  if (document.hidden) return;
  if (list.running && view() === "invocations") list.draw();
  if (view() === "sandboxes") redrawSandboxes();
}, REDRAW_EVERY);

route();
if (!document.hidden) connect();
