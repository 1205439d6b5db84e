// The settings in force, as the emulator has sent them.

import { element } from "./dom.js";

export function drawSettings(view, settings) {
  view.replaceChildren(...Object.entries(settings).map(([title, rows]) =>
    element("section", { className: "settings" }, element("h2", {}, title),
      element("dl", { className: "fields" }, ...rows.flatMap(([name, value]) => [
        element("dt", {}, name),
        element("dd", {}, value ?? masked()),
      ])))));
}

function masked() {
  return element("span", { className: "soft", title: "It may be a secret: `dev` doesn't send it to this page." }, "•••••••• not shown");
}
