// The list of invocations: which are shown, and a row with a waterfall for each.

import { byId, element } from "./dom.js";
import { clock, count, duration, size } from "./format.js";
import { axisEnd, describe, drawAxis, drawBars, isRunning } from "./waterfall.js";

const FILTERS = [
  ["all", "All", () => true],
  ["2xx", "2xx", invocation => statusClass(invocation) === "2xx"],
  ["3xx", "3xx", invocation => statusClass(invocation) === "3xx"],
  ["4xx", "4xx", invocation => statusClass(invocation) === "4xx"],
  ["5xx", "5xx and errors", hasFailed],
  ["cold", "Cold", invocation => invocation.cold],
  ["running", "Running", isRunning],
];

export function statusClass({ status }) {
  return status ? `${Math.floor(status / 100)}xx` : "none";
}

export function hasFailed(invocation) {
  return invocation.error !== null || statusClass(invocation) === "5xx";
}

// What the status column says: a response that broke off has a status too.
export function statusText(invocation) {
  if (invocation.status) return String(invocation.status);
  return invocation.complete ? "none" : "…";
}

export class InvocationList {
  // `now()`: the emulator's clock, in ms; `select(number)` is called when a row is chosen.
  constructor(now, select) {
    this.now = now;
    this.select = select;
    this.invocations = new Map();
    this.rows = new Map();
    this.filter = "all";
    this.search = "";
    this.selected = null;
    this.axisEnd = 0;
    this.chips = new Map(FILTERS.map(([name, label]) => [name, this.#chip(name, label)]));
    byId("filters").append(...this.chips.values());
    byId("search").addEventListener("input", event => {
      this.search = event.target.value;
      this.draw();
    });
  }

  clear() {
    this.invocations.clear();
    this.rows.clear();
    byId("rows").replaceChildren();
  }

  update(invocations, oldest) {
    for (const invocation of invocations) {
      this.invocations.set(invocation.number, invocation);
      this.rows.get(invocation.number)?.changed();
    }
    for (const number of this.invocations.keys()) {
      if (number < oldest) {
        this.invocations.delete(number);
        this.rows.delete(number);
      }
    }
    this.draw();
  }

  get shown() {
    const matches = FILTERS.find(([name]) => name === this.filter)[2];
    const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
    return [...this.invocations.values()]
      .filter(invocation => matches(invocation) && words.every(word => haystack(invocation).includes(word)))
      .sort((one, other) => other.number - one.number);
  }

  get running() {
    return [...this.invocations.values()].some(isRunning);
  }

  draw() {
    const shown = this.shown;
    this.#drawChips();
    const longest = Math.max(0, ...shown.map(invocation => this.#lasted(invocation)));
    const end = axisEnd(longest);
    if (end !== this.axisEnd) {
      this.axisEnd = end;
      drawAxis(byId("axis"), end);
      for (const row of this.rows.values()) row.changed();
    }
    const rows = shown.map(invocation => this.#row(invocation));
    for (const row of rows) row.draw();
    arrange(byId("rows"), rows.map(row => row.item));
    this.#drawEmpty(shown.length);
  }

  // Move the selection by `step` rows; returns the selected number.
  move(step) {
    const numbers = this.shown.map(({ number }) => number);
    if (!numbers.length) return null;
    const index = numbers.indexOf(this.selected);
    const next = index < 0 ? 0 : Math.min(numbers.length - 1, Math.max(0, index + step));
    this.mark(numbers[next]);
    this.focus();
    return numbers[next];
  }

  mark(number) {
    this.rows.get(this.selected)?.mark(false);
    this.selected = number;
    this.rows.get(number)?.mark(true);
  }

  focus() {
    const button = this.rows.get(this.selected)?.button;
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: "nearest" });
  }

  #lasted(invocation) {
    const now = this.now() - invocation.receivedAt;
    return Math.max(invocation.end ?? now, invocation.reported ?? (isRunning(invocation) ? now : 0));
  }

  #row(invocation) {
    const { number } = invocation;
    if (!this.rows.has(number)) {
      this.rows.set(number, new Row(this, number));
      this.rows.get(number).mark(number === this.selected);
    }
    return this.rows.get(number);
  }

  #chip(name, label) {
    const chip = element("button", { className: "chip", type: "button" }, label, element("b"));
    chip.addEventListener("click", () => {
      this.filter = name;
      this.draw();
    });
    return chip;
  }

  #drawChips() {
    const invocations = [...this.invocations.values()];
    for (const [name, , matches] of FILTERS) {
      const chip = this.chips.get(name);
      const matching = invocations.filter(matches).length;
      chip.setAttribute("aria-pressed", String(name === this.filter));
      chip.lastChild.textContent = matching;
      chip.classList.toggle("none", matching === 0);
    }
  }

  #drawEmpty(shown) {
    const hint = byId("empty");
    hint.hidden = shown > 0;
    if (this.invocations.size) hint.textContent = `None of the ${count(this.invocations.size, "invocation")} matches.`;
    else hint.textContent = "No requests yet. They appear here as they arrive.";
  }
}

class Row {
  #list;
  #number;
  #cells;
  #isCurrent = false;

  constructor(list, number) {
    this.#list = list;
    this.#number = number;
    const names = ["time", "method", "target", "status", "size", "total", "bars"];
    this.#cells = Object.fromEntries(names.map(name => [name, element("span", { className: name })]));
    this.button = element("button", { className: "row", type: "button" }, ...Object.values(this.#cells));
    this.item = element("li", { dataset: { number } }, this.button);
    this.button.addEventListener("click", () => list.select(number));
  }

  changed() {
    this.#isCurrent = false;
  }

  mark(isSelected) {
    this.button.classList.toggle("selected", isSelected);
    if (isSelected) this.button.setAttribute("aria-current", "true");
    else this.button.removeAttribute("aria-current");
  }

  draw() {
    const invocation = this.#list.invocations.get(this.#number);
    const running = isRunning(invocation);
    if (this.#isCurrent && !running) return;
    this.#isCurrent = true;
    const now = this.#list.now() - invocation.receivedAt;
    const { time, method, target, status, size: sizeCell, total, bars } = this.#cells;
    time.textContent = clock(invocation.receivedAt);
    method.textContent = invocation.method;
    drawTarget(target, invocation);
    status.textContent = statusText(invocation);
    status.className = `status s${statusClass(invocation)}`;
    sizeCell.textContent = invocation.status ? size(invocation.size) : "";
    total.textContent = duration(invocation.end ?? now);
    drawBars(bars, invocation, now, this.#list.axisEnd);
    this.button.classList.toggle("failed", hasFailed(invocation));
    this.button.classList.toggle("running", running);
    this.button.setAttribute("aria-label", label(invocation, now));
  }
}

function drawTarget(cell, invocation) {
  const [path, ...query] = invocation.target.split("?");
  const tags = [];
  if (invocation.error) tags.push(["error", invocation.error]);
  if (invocation.streamed && !invocation.complete) tags.push(["streams", `streams, ${count(invocation.chunks, "chunk")} …`]);
  if (invocation.replayOf) tags.push(["", `replay of #${invocation.replayOf}`]);
  if (invocation.cold) tags.push(["cold", "cold"]);
  if (invocation.note) tags.push(["remark", invocation.note]);
  cell.replaceChildren(
    element("span", { className: "path", title: invocation.target }, path,
      ...(query.length ? [element("span", { className: "query" }, `?${query.join("?")}`)] : [])),
    ...tags.map(([kind, text]) => element("span", { className: `tag ${kind}`, title: text }, text)),
  );
}

function label(invocation, now) {
  const words = [
    `${invocation.method} ${invocation.target.slice(0, 200)}`,
    invocation.status ? `status ${invocation.status}` : "no response yet",
    duration(invocation.end ?? now),
    invocation.error,
    invocation.cold ? "cold start" : null,
    describe(invocation, now),
  ];
  return words.filter(Boolean).join(", ");
}

function haystack({ number, method, target, status, requestId, error, note }) {
  return `#${number} ${method} ${target} ${status} ${requestId} ${error ?? ""} ${note}`.toLowerCase();
}

// Bring the children of `parent` into this order, and leave alone those that are in place: focus and scrolling stay.
function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}
