// The pen's tools: width, colour, pen or eraser, and a pointer that shows how wide it is.
import { $, button, input, make, within } from "./dom.js";
import { COLOURS } from "./ink.js";

const ERASER = { least: 10, factor: 2 }; // px of its width, and pens' widths: wide enough to take a stroke in one go
const SPARE = 3; // px around the ring in the pointer's picture

const state = { erases: false, url: "", pointer: "" };

export const erases = () => state.erases;

export function pen() {
  const colour = /** @type {HTMLInputElement} */ (within($("colours"), ":checked")).value;
  return { colour, width: Number(input("pen-width").value) };
}

/** px of the page */
export const eraserRadius = () => (ERASER.least + ERASER.factor * pen().width) / 2;

/** @param {boolean} dark whether the paper is */
export function render(dark) {
  for (const [name, [onLight, onDark]] of Object.entries(COLOURS)) $(`dot-${name}`).style.background = dark ? onDark : onLight;
  button("eraser").ariaPressed = String(state.erases);
  const wide = state.erases ? 2 * eraserRadius() : pen().width;
  const colour = state.erases ? (dark ? "#a3afbf" : "#566173") : COLOURS[pen().colour][dark ? 1 : 0];
  showPointer(wide, colour, dark ? "#20262e" : "#ffffff");
}

/**
 * @param {number} wide px
 * @param {string} colour of the ring
 * @param {string} ground around it, so that it is seen on ink
 */
function showPointer(wide, colour, ground) {
  const key = [wide, colour, ground].join();
  if (key === state.pointer) return;
  state.pointer = key;
  const side = Math.round(wide + 2 * SPARE);
  const ring = (/** @type {string} */ stroke, /** @type {number} */ thick) =>
    `<circle cx="${side / 2}" cy="${side / 2}" r="${wide / 2}" fill="none" stroke="${stroke}" stroke-width="${thick}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${ring(ground, 3)}${ring(colour, 1.2)}</svg>`;
  URL.revokeObjectURL(state.url);
  state.url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  $("paper").style.cursor = `url("${state.url}") ${Math.round(side / 2)} ${Math.round(side / 2)}, crosshair`;
}

/** @param {() => void} changed */
export function toggleEraser(changed) {
  state.erases = !state.erases;
  changed();
}

/** @param {() => void} changed called when a tool is another one */
export function start(changed) {
  for (const name of Object.keys(COLOURS)) {
    const choice = make("input", { type: "radio", name: "colour", value: name, checked: name === "ink", ariaLabel: name });
    $("colours").append(make("label", { title: name }, choice, make("span", { className: "dot", id: `dot-${name}` })));
  }
  const draws = () => ((state.erases = false), changed());
  $("colours").addEventListener("change", draws);
  input("pen-width").addEventListener("input", changed);
  button("eraser").onclick = () => toggleEraser(changed);
}
