// JSON and headers as elements: long texts are cut, and secrets are masked until they are clicked.

import { element } from "./dom.js";
import { count } from "./format.js";

const SECRET = /^(proxy-)?authorization$|^(set-)?cookie2?$|^cookies$|^authorizer$|^x-amzn-oidc-|api-?key|access-?key|token$|secret|password/i;
const LONGEST_TEXT = 2000;
const SHOWN_OF_LONG = 1000;
const LONGEST_LIST = 500;
const MASK = "••••••••";

const revealed = new Set();

export const isSecret = name => SECRET.test(name);

// `path` names the value, so that what was revealed stays so when the page is drawn again.
export function jsonView(value, path) {
  const view = element("pre", { className: "json", tabIndex: 0 });
  append(view, value, "", path, "");
  return view;
}

export function headersView(headers, path) {
  if (!headers.length) return element("p", { className: "hint" }, "none");
  return element("dl", { className: "fields" }, ...headers.flatMap(([name, value], index) => [
    element("dt", {}, name),
    element("dd", {}, isSecret(name) ? masked(value, `${path}/${index}`, name) : text(value)),
  ]));
}

// `secret`: the name that makes this value one, or "".
function append(target, value, indent, path, secret) {
  if (Array.isArray(value)) appendItems(target, "[]", value.map((item, index) => [index, item]), indent, path, secret);
  else if (value !== null && typeof value === "object") appendItems(target, "{}", Object.entries(value), indent, path, secret);
  else if (secret && value !== null && value !== "") target.append(masked(JSON.stringify(value), path, secret));
  else if (typeof value === "string") target.append(element("span", { className: "string" }, text(JSON.stringify(value))));
  else target.append(element("span", { className: "literal" }, String(value)));
}

function appendItems(target, brackets, items, indent, path, secret) {
  if (!items.length) {
    target.append(brackets);
    return;
  }
  const inner = `${indent}  `;
  target.append(brackets[0]);
  items.slice(0, LONGEST_LIST).forEach(([key, item], index) => {
    target.append(index ? ",\n" : "\n", inner);
    if (brackets === "{}") target.append(element("span", { className: "key" }, JSON.stringify(key)), ": ");
    append(target, item, inner, `${path}/${key}`, secretOf(key, secret));
  });
  if (items.length > LONGEST_LIST) target.append(",\n", inner, `… ${count(items.length - LONGEST_LIST, "more item")}`);
  target.append(`\n${indent}`, brackets[1]);
}

// CloudFront's headers are {"cookie": [{"key": "Cookie", "value": "…"}]}: the key itself is no secret.
function secretOf(key, secret) {
  if (secret) return key === "key" ? "" : secret;
  return typeof key === "string" && isSecret(key) ? key : "";
}

function masked(value, path, name) {
  if (revealed.has(path)) return text(value);
  const button = element("button", { className: "secret", type: "button", title: "Show", "aria-label": `Show ${name}` }, MASK);
  button.addEventListener("click", () => {
    revealed.add(path);
    const shown = element("span", { className: "shown", tabIndex: -1 }, text(value));
    button.replaceWith(shown);
    shown.focus();
  });
  return button;
}

export function text(value) {
  if (value.length <= LONGEST_TEXT) return value;
  const all = element("button", { className: "more", type: "button" }, `… show all ${value.length.toLocaleString("en")} characters`);
  const cut = element("span", {}, value.slice(0, SHOWN_OF_LONG), all);
  all.addEventListener("click", () => cut.replaceChildren(value));
  return cut;
}

export function hexView(base64) {
  const bytes = Uint8Array.from(atob(base64.slice(0, 684)), letter => letter.charCodeAt(0)).slice(0, 512);
  const lines = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const row = [...bytes.slice(start, start + 16)];
    const codes = row.map(byte => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = row.map(byte => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${start.toString(16).padStart(4, "0")}  ${codes.padEnd(47)}  ${letters}`);
  }
  return element("pre", { tabIndex: 0 }, lines.join("\n"));
}
