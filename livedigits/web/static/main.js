// The page's frame: tabs, colours, and the parts that are started.
import * as camera from "./camera.js";
import { $ } from "./dom.js";
import * as draw from "./draw.js";
import * as files from "./files.js";
import * as result from "./result.js";
import { load, lost } from "./server.js";

const tabs = { draw, camera, files };
let current = null;

function open(name, focus = false) {
  if (name === current) return;
  if (current) tabs[current].leave();
  current = name;
  for (const tab of Object.keys(tabs)) {
    const button = $(`tab-${tab}`);
    button.ariaSelected = String(tab === name);
    button.tabIndex = tab === name ? 0 : -1;
    $(tab).hidden = tab !== name;
  }
  if (focus) $(`tab-${name}`).focus();
  history.replaceState(null, "", `#/${name}`); // with the slash it is no element to scroll to
  tabs[name].enter();
}

function arrows(event) {
  const names = Object.keys(tabs);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const next = step ? names.at((names.indexOf(current) + step) % names.length) : { Home: names[0], End: names.at(-1) }[event.key];
  if (!next) return;
  event.preventDefault();
  open(next, true);
}

const THEMES = { automatic: "light", light: "dark", dark: "automatic" };

function theme(next) {
  const root = document.documentElement;
  const now = next ?? root.dataset.theme ?? "automatic";
  if (now === "automatic") delete root.dataset.theme;
  else root.dataset.theme = now;
  $("theme").ariaLabel = $("theme").title = `Colours: ${now}`;
  try {
    if (next) localStorage.setItem("theme", now);
  } catch {
    // storage is switched off: the choice lasts until the page is left
  }
  return now;
}

for (const name of Object.keys(tabs)) $(`tab-${name}`).onclick = () => open(name);
$("tabs").addEventListener("keydown", arrows);
$("theme").onclick = () => theme(THEMES[theme()]);
theme();
result.start();
draw.start();
files.start(() => open("files"));
camera.start({ openFiles: () => open("files"), addSnapshot: files.addSnapshot });
const wish = location.hash.replace(/^#\/?/, "");
open(wish in tabs ? wish : "draw");
if (await load()) camera.list();
else lost();
