// Numbers as texts. Times are in milliseconds.

export function duration(ms) {
  if (ms === null || ms === undefined) return "";
  if (ms < 10) return `${trimmed(ms, 1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trimmed(ms / 1000, 2)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${trimmed(bytes / 1000, 1)} kB`;
  return `${trimmed(bytes / 1e6, 1)} MB`;
}

export function clock(ms) {
  return new Date(ms).toLocaleTimeString([], { hour12: false });
}

export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function trimmed(number, digits) {
  return String(Number(number.toFixed(digits)));
}
