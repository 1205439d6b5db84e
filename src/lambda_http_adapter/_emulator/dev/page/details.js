// The pane of one invocation: its times, log, response, result and event.

import { element } from "./dom.js";
import { clock, count, duration, size } from "./format.js";
import { statusClass, statusText } from "./list.js";
import { headersView, hexView, isSecret, jsonView, text } from "./values.js";
import { axisEnd, drawAxis, drawBars, parts } from "./waterfall.js";

const DECODED = 65536; // characters of base64

const folded = new Set(["Result of the function"]); // the sections that are closed, for all invocations

// `actions`: functions by name, of which `replay`, `copy`, `save` and `close` are buttons.
export function drawDetails(pane, invocation, now, actions) {
  const elapsed = now - invocation.receivedAt;
  const restore = placeIn(pane);
  pane.replaceChildren(
    head(invocation, actions),
    ...problems(invocation),
    times(invocation, elapsed),
    facts(invocation),
    ...sections(invocation),
  );
  restore();
}

// Where the user is in the pane: what is scrolled how far, and which button has the focus. The end stays the end.
function placeIn(pane) {
  const scrollers = () => [pane, ...pane.querySelectorAll("pre, .log")];
  const places = scrollers().map(({ scrollTop, scrollHeight, clientHeight }) =>
    (scrollHeight > clientHeight && scrollTop + clientHeight > scrollHeight - 4 ? Infinity : scrollTop));
  const key = pane.contains(document.activeElement) && document.activeElement.getAttribute("aria-keyshortcuts");
  return () => {
    scrollers().forEach((scroller, index) => {
      scroller.scrollTop = Math.min(places[index] ?? 0, scroller.scrollHeight);
    });
    if (key) pane.querySelector(`[aria-keyshortcuts="${key}"]`)?.focus({ preventScroll: true });
  };
}

function head(invocation, actions) {
  const close = button("Close", "Esc", actions.close);
  close.classList.add("close");
  const buttons = [];
  if (invocation.event !== null) buttons.push(button("Replay", "r", actions.replay));
  if (invocation.curl !== null) buttons.push(button("Copy as curl", "c", actions.copy));
  if (invocation.event !== null) buttons.push(button("Save as fixture", "s", actions.save));
  return element("header", {},
    close,
    element("h2", {},
      element("span", { className: `status s${statusClass(invocation)}` }, statusText(invocation)), " ",
      element("span", { className: "method" }, invocation.method), " ",
      element("span", { className: "target" }, text(invocation.target))),
    element("div", { className: "actions" }, ...buttons));
}

function button(label, key, action) {
  const made = element("button", { type: "button", "aria-keyshortcuts": key }, label, element("kbd", { ariaHidden: "true" }, key));
  made.addEventListener("click", action);
  return made;
}

function problems(invocation) {
  const found = [];
  if (invocation.note) found.push(element("p", { className: "note" }, invocation.note));
  if (invocation.payload) found.push(errorView(invocation.payload, `${invocation.number}/error`));
  return found;
}

function errorView(payload, path) {
  const { errorType, errorMessage, stackTrace } = payload;
  if (typeof errorMessage !== "string") return jsonView(payload, path);
  const stack = Array.isArray(stackTrace) ? element("pre", { tabIndex: 0 }, text(stackTrace.join(""))) : "";
  return element("div", { className: "error" }, element("p", {}, element("b", {}, String(errorType ?? "")), " ", text(errorMessage)), stack);
}

function times(invocation, elapsed) {
  const found = parts(invocation, elapsed);
  const end = axisEnd(Math.max(0, ...found.map(([, , to]) => to)));
  const axis = element("div", { className: "bars axis" });
  const bars = element("div", { className: "bars" });
  drawAxis(axis, end);
  drawBars(bars, invocation, elapsed, end);
  const list = element("ul", { className: "legend" }, ...found.map(([name, from, to]) =>
    element("li", {}, element("i", { className: name }), `${name === "after" ? "after the response" : name} ${duration(to - from)}`)));
  return element("div", { className: "times" }, axis, bars, list);
}

function facts(invocation) {
  const rows = [
    ["Number", `#${invocation.number}${invocation.replayOf ? `, a replay of #${invocation.replayOf}` : ""}`],
    ["Received", clock(invocation.receivedAt)],
    ["Request ID", invocation.requestId],
    ["Sandbox", invocation.sandbox && `#${invocation.sandbox}${invocation.cold ? ", cold" : ", warm"}`],
    ["First byte", invocation.firstByte !== null && duration(invocation.firstByte)],
    ["Response", invocation.complete && duration(invocation.end)],
    ["Init", invocation.init !== null && duration(invocation.init)],
    ["Duration", invocation.duration !== null && `${duration(invocation.duration)}, billed ${invocation.billed} ms`],
    ["Memory", invocation.maxMemory && `${invocation.maxMemory} MB of ${invocation.memory} MB at the peak`],
  ];
  return element("dl", { className: "fields" }, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [
    element("dt", {}, name), element("dd", {}, value),
  ]));
}

function sections(invocation) {
  const { number } = invocation;
  const sent = invocation.streamed
    ? `${size(invocation.size)} in ${count(invocation.chunks, "chunk")}${invocation.complete ? "" : " so far …"}`
    : size(invocation.size);
  return [
    section("Log", count(invocation.logs.length, "record"), logView(invocation.logs)),
    section("Response headers", count(invocation.headers.length, "field"), headersView(invocation.headers, `${number}/headers`)),
    section("Response body", sent, bodyView(invocation)),
    section("Result of the function", "", jsonView(invocation.result, `${number}/result`)),
    ...requestBody(invocation.event),
    section("Event", "", jsonView(invocation.event, `${number}/event`)),
  ];
}

// Front doors encode many bodies as base64, such as those of forms.
function requestBody(event) {
  if (!event?.isBase64Encoded || !event.body) return [];
  return [section("Request body", "decoded from the event's base64", decodedView(event.body))];
}

function decodedView(base64) {
  const isCut = base64.length > DECODED;
  const bytes = Uint8Array.from(atob(base64.slice(0, DECODED)), letter => letter.charCodeAt(0));
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
    return element("pre", { tabIndex: 0 }, text(isCut ? `${decoded}…` : decoded));
  } catch { // not UTF-8
    return hexView(base64);
  }
}

function section(title, summary, content) {
  const made = element("details", { open: !folded.has(title) },
    element("summary", {}, title, element("small", {}, summary)), content);
  made.addEventListener("toggle", () => {
    if (made.open) folded.delete(title);
    else folded.add(title);
  });
  return made;
}

function logView(entries) {
  if (!entries.length) return element("p", { className: "hint" }, "nothing");
  return element("ol", { className: "log" }, ...entries.map(entry =>
    element("li", {}, element("time", {}, `+${duration(entry.at) || "0 ms"}`), element("span", {}, text(entry.text)))));
}

function bodyView(invocation) {
  if (!invocation.body) return element("p", { className: "hint" }, "empty");
  const type = (invocation.headers.find(([name]) => name.toLowerCase() === "content-type") ?? ["", ""])[1];
  const cut = invocation.bodyIsCut ? [element("p", { className: "hint" }, "The page keeps the beginning of a long body.")] : [];
  return element("div", {}, content(invocation, type), ...cut);
}

function content(invocation, type) {
  if (!invocation.bodyIsText) return hexView(invocation.body);
  if (/\bjson\b/.test(type) && !invocation.bodyIsCut) {
    try {
      return jsonView(JSON.parse(invocation.body), `${invocation.number}/body`);
    } catch {
      // It says JSON but isn't.
    }
  }
  return element("pre", { tabIndex: 0 }, text(invocation.body));
}

// The names of the secrets that a copied command contains.
export function secretsOf(event) {
  const names = Object.keys(event?.headers ?? event?.multiValueHeaders ?? {}).filter(isSecret);
  return event?.cookies?.length ? [...names, "cookies"] : names;
}
