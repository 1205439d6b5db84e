// The parts of an invocation on a logarithmic axis of the time since its request was received.

import { element } from "./dom.js";
import { duration } from "./format.js";

const START = 1; // ms, the axis's left end: what is shorter has no width
const SHORTEST_AXIS = 100; // ms

// The parts as [name, from, to]. An invocation that goes on ends at `now`, in ms after its request.
export function parts(invocation, now) {
  const { taken, initWait, firstByte, end, reported, streamed } = invocation;
  const answered = end ?? now;
  if (taken === null) return [["queue", 0, answered]];
  const streams = streamed && firstByte !== null;
  const ran = streams ? firstByte : Math.max(taken, answered);
  const found = [
    ["queue", 0, taken - initWait],
    ["init", taken - initWait, taken],
    ["run", taken, ran],
  ];
  if (streams) found.push(["stream", firstByte, answered]);
  if (end !== null) found.push(["after", end, reported ?? now]);
  return found.filter(([, from, to]) => to > from);
}

export function describe(invocation, now) {
  return parts(invocation, now).map(([name, from, to]) => `${name} ${duration(to - from)}`).join(", ");
}

export const isRunning = invocation =>
  !invocation.complete || (invocation.taken !== null && invocation.reported === null);

// The right end of an axis for bars that last up to `longest`: a power of ten.
export function axisEnd(longest) {
  return 10 ** Math.ceil(Math.log10(Math.max(longest, SHORTEST_AXIS)) - 1e-9);
}

const decades = end => Math.round(Math.log10(end / START));

function position(ms, end) {
  return Math.min(1, Math.log10(Math.max(ms, START) / START) / decades(end)) * 100;
}

export function drawAxis(container, end) {
  container.style.setProperty("--decades", decades(end));
  const ticks = Array.from({ length: decades(end) + 1 }, (_, exponent) => START * 10 ** exponent);
  container.replaceChildren(...ticks.map((tick, index) => {
    const [number, unit] = duration(tick).split(" ");
    const label = element("span", { className: "tick" }, number, element("span", { className: "unit" }, ` ${unit}`));
    label.classList.toggle("first", index === 0);
    label.classList.toggle("last", index === ticks.length - 1);
    label.classList.toggle("power", index % 3 !== 0); // of the unit at its left
    label.style.left = `${position(tick, end)}%`;
    return label;
  }));
}

export function drawBars(container, invocation, now, end) {
  container.style.setProperty("--decades", decades(end));
  container.replaceChildren(...parts(invocation, now).map(([name, from, to]) => {
    const bar = element("i", { className: name, title: `${name}: ${duration(to - from)}` });
    bar.style.left = `${position(from, end)}%`;
    bar.style.width = `${position(to, end) - position(from, end)}%`;
    return bar;
  }));
}
