// The sandboxes over time: init, invocations, and the peak of their memory.

import { drawing, element } from "./dom.js";
import { clock, count, duration } from "./format.js";
import { hasFailed } from "./list.js";

const LIFE = 24; // the height of the upper part, with init and invocations
const HEIGHT = 64; // with the memory below it
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]; // seconds

export function drawSandboxes(view, sandboxes, invocations, now) {
  const latestFirst = [...sandboxes].sort((one, other) => (other.endedAt ?? Infinity) - (one.endedAt ?? Infinity) || other.number - one.number);
  if (!latestFirst.length) {
    view.replaceChildren(element("p", { className: "hint" }, "No sandbox yet."));
    return;
  }
  const start = Math.min(...latestFirst.map(({ startedAt }) => startedAt));
  const window = { start, length: Math.max(now - start, 1000) };
  const scale = 50 * Math.ceil(Math.max(1, ...latestFirst.map(({ maxMemory }) => maxMemory)) / 50); // MB
  view.replaceChildren(
    element("ul", { className: "legend" },
      ...[["init", "init"], ["run", "invocation"], ["bad", "failed invocation"], ["memory", `peak memory, up to ${scale} MB`]]
        .map(([name, label]) => element("li", {}, element("i", { className: name }), label))),
    timeAxis(window),
    element("ol", { className: "sandboxes" }, ...latestFirst.map(sandbox =>
      lane(sandbox, invocations.filter(({ sandbox: number, taken }) => number === sandbox.number && taken !== null), window, now, scale))),
  );
}

function timeAxis({ start, length }) {
  const step = STEPS.find(seconds => length / 1000 / seconds <= 6) ?? STEPS.at(-1);
  const axis = element("div", { className: "time-axis", ariaHidden: "true" });
  for (let ago = step; ago * 1000 < length * 0.96; ago += step) {
    const tick = element("span", { className: "tick" }, `−${duration(ago * 1000)}`);
    tick.style.left = `${100 - (ago * 1000 / length) * 100}%`;
    axis.append(tick);
  }
  const end = element("span", { className: "tick last" }, "now");
  end.style.left = "100%";
  axis.append(end);
  return axis;
}

function lane(sandbox, invocations, { start, length }, now, scale) {
  const x = ms => ((ms - start) / length) * 1000;
  const ended = sandbox.endedAt ?? now;
  const block = (kind, from, to, title) => {
    const bar = drawing("rect", { class: kind, x: x(from), y: 0, width: Math.max(1.5, x(to) - x(from)), height: LIFE });
    bar.append(drawing("title", {}, title));
    return bar;
  };
  const picture = drawing("svg", {
    viewBox: `0 0 1000 ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
    "aria-label": `${count(invocations.length, "invocation")}, memory ${sandbox.maxMemory} MB`,
  });
  picture.append(
    block("life", sandbox.startedAt, ended, `since ${clock(sandbox.startedAt)}`),
    block("init", sandbox.startedAt, sandbox.init === null ? ended : sandbox.startedAt + sandbox.init, `init ${duration(sandbox.init)}`),
    ...invocations.map(invocation => block(
      hasFailed(invocation) ? "bad" : "run",
      invocation.receivedAt + invocation.taken,
      invocation.receivedAt + (invocation.reported ?? now - invocation.receivedAt),
      `#${invocation.number} ${invocation.method} ${invocation.target.slice(0, 100)} ${invocation.status || ""}`,
    )),
    memory(sandbox, x, ended, scale),
  );
  return element("li", { dataset: { state: sandbox.state } }, heading(sandbox), picture, ...problem(sandbox));
}

// In steps: a peak stays until it is exceeded.
function memory(sandbox, x, ended, scale) {
  const y = peak => HEIGHT - (peak / scale) * (HEIGHT - LIFE - 2);
  const { samples } = sandbox;
  if (!samples.length) return "";
  const points = samples.flatMap(([at, peak], index) => {
    const next = samples[index + 1]?.[0] ?? ended;
    return [`${x(at)},${y(peak)}`, `${x(next)},${y(peak)}`];
  });
  const outline = [`${x(samples[0][0])},${HEIGHT + 2}`, ...points, `${x(ended)},${HEIGHT + 2}`];
  return drawing("polygon", { class: "memory", points: outline.join(" ") });
}

function heading(sandbox) {
  const facts = [
    sandbox.function,
    sandbox.pid === null ? "external process" : `process ${sandbox.pid}`,
    count(sandbox.invocations, "invocation"),
    sandbox.init !== null && `init ${duration(sandbox.init)}`,
    sandbox.maxMemory > 0 && `peak ${sandbox.maxMemory} MB`,
    `started ${clock(sandbox.startedAt)}`,
    sandbox.endedAt !== null && `ended ${clock(sandbox.endedAt)}`,
  ];
  return element("p", {},
    element("b", {}, `#${sandbox.number}`), " ",
    element("span", { className: `state ${sandbox.state}` }, sandbox.state), " ",
    element("span", { className: "soft" }, facts.filter(Boolean).join(" · ")));
}

function problem(sandbox) {
  return sandbox.error ? [element("p", { className: "note" }, sandbox.error)] : [];
}
