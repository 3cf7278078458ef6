// The page's frame: tabs, colours, and the parts that are started.
import * as camera from "./camera.js";
import { $, button } from "./dom.js";
import * as doubts from "./doubts.js";
import * as draw from "./draw.js";
import * as fields from "./fields.js";
import * as files from "./files.js";
import * as lessons from "./lessons.js";
import * as phone from "./phone.js";
import * as result from "./result.js";
import { load, lost } from "./server.js";
import * as teach from "./teach.js";

/** @type {Record<string, { enter: () => void, leave: () => void }>} */
const tabs = { draw, camera, fields, files };
const names = Object.keys(tabs);
/** @type {Record<string, string>} */
const NEXT_THEME = { automatic: "light", light: "dark", dark: "automatic" };
const state = {
  tab: "", // the one that is open
  theme: document.documentElement.dataset.theme ?? "automatic", // theme.js has set it before the first paint
};

/** What the address asks for. */
const asked = () => location.hash.replace(/^#\/?/, "");

function render() {
  for (const name of names) {
    const open = name === state.tab;
    button(`tab-${name}`).ariaSelected = String(open);
    button(`tab-${name}`).tabIndex = open ? 0 : -1;
    $(name).hidden = !open;
  }
  const { dataset } = document.documentElement;
  if (state.theme === "automatic") delete dataset.theme;
  else dataset.theme = state.theme;
  button("theme").ariaLabel = button("theme").title = `Colours: ${state.theme}`;
  button("theme").querySelector("use")?.setAttribute("href", `#i-${state.theme}`);
}

/**
 * @param {string} name
 * @param {boolean} focus
 */
function open(name, focus = false) {
  if (name === state.tab) return;
  if (asked() !== name) {
    // The way back leads through the tabs. With the slash it is not an element to scroll to.
    history[state.tab ? "pushState" : "replaceState"](null, "", `#/${name}`);
  }
  tabs[state.tab]?.leave();
  state.tab = name;
  render();
  if (focus) button(`tab-${name}`).focus();
  lessons.enter(name);
  tabs[name].enter();
}

/** @param {KeyboardEvent} event */
function arrows(event) {
  const place = names.indexOf(state.tab);
  const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: -1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  open(names.at(next % names.length) ?? state.tab, true);
}

function changeTheme() {
  state.theme = NEXT_THEME[state.theme];
  render();
  try {
    localStorage.setItem("theme", state.theme);
  } catch {
    // storage is switched off: the choice lasts until the page is left
  }
}

for (const name of names) button(`tab-${name}`).onclick = () => open(name);
$("tabs").addEventListener("keydown", arrows);
button("theme").onclick = changeTheme;
teach.start(() => (state.tab === "camera" || open("draw"), lessons.begin()));
lessons.start();
result.start();
phone.start();
draw.start();
fields.start();
doubts.start();
files.start(() => open("files"));
camera.start({ openFiles: () => open("files"), addSnapshot: files.addSnapshot });
addEventListener("popstate", () => open(names.includes(asked()) ? asked() : "draw"));
const wish = asked();
open(names.includes(wish) ? wish : "draw");
if (await load()) {
  camera.list();
  teach.render();
  if (wish === "learn") lessons.begin();
} else lost();
