// Corrections: a digit is chosen on the picture, or a box is drawn over one that was missed; what it truly is goes into
// the profile that the server reads with.
import { alike, digitAt } from "./answers.js";
import { $, button, make, write } from "./dom.js";
import { info, learn, load, unlearn, words } from "./server.js";

const STILL = 5; // px: a pointer that moved less has tapped
const LEAST = 6; // px of the page: a smaller box is none
const NONE = "none";
/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const state = {
  item: /** @type {Item | null} */ (null), // what is shown
  chosen: -1, // which of its digits is looked at
  picked: false, // whether somebody chose it to be corrected: only then keys are about it
  marking: false, // whether the pointer draws boxes, and no ink
  drawn: /** @type {Box | null} */ (null), // in px of the answer
  about: /** @type {Answer | null} */ (null), // what both are about
  busy: false, // whether a correction is on its way
  said: "", // of the last one
  wrong: false,
  lessons: /** @type {string[]} */ ([]), // keys of what this page taught, the last one last
};
/** @type {{ layer: HTMLElement, from: [number, number], mark: HTMLElement } | null} */
let drag = null;

/** The answer of what is on the screen. @param {Item | null} item */
const answerOf = (item) => item?.pictured?.() ?? item?.answer ?? null;
const teachable = () => info.profile !== null && state.item?.teach != null && answerOf(state.item) !== null;

/**
 * What is shown is another item, or another of its digits is looked at.
 * @param {Item | null} item
 * @param {number} chosen
 */
export function offer(item, chosen) {
  if (answerOf(item) !== state.about) {
    state.drawn = null;
    state.picked &&= item?.name === state.item?.name && alike(answerOf(item), state.about);
  }
  if (item?.name !== state.item?.name) Object.assign(state, { marking: false, said: "", wrong: false });
  if (chosen !== state.chosen) state.picked = false;
  Object.assign(state, { item, chosen, about: answerOf(item) });
  render();
}

/** The digit that is looked at was chosen by somebody. */
export function pick() {
  state.picked = state.chosen >= 0 && teachable();
  state.drawn = null;
  render();
}

export function render() {
  const { profile } = info;
  const can = teachable();
  const about = can && (state.drawn !== null || state.chosen >= 0);
  write($("profile"), profile ? `Profile ${profile.name}: ${crops(profile.samples)}` : "No profile is in use: nothing is learned.");
  button("mark").hidden = !can;
  button("lesson-begin").hidden = !profile;
  button("mark").ariaPressed = String(state.marking);
  $("truly").hidden = !about;
  write($("truly-title"), state.drawn ? "What is in your box?" : `What is the ${state.about?.digits[state.chosen]?.digit} truly?`);
  for (const choice of $("truly-choices").children) if (choice instanceof HTMLButtonElement) choice.disabled = state.busy;
  write($("taught"), state.said);
  $("taught").classList.toggle("wrong", state.wrong);
  button("unlearn").hidden = !state.lessons.length;
  button("unlearn").disabled = state.busy;
  for (const layer of layers) {
    layer.hidden = !answerOf(state.item); // without a profile, and before a live camera, boxes are chosen all the same
    layer.classList.toggle("marking", state.marking);
    if (!state.drawn && !drag) layer.replaceChildren();
  }
}

/** @param {number} count */
const crops = (count) => `${count} crop${count === 1 ? "" : "s"}`;

/** @param {string} digit */
async function teach(digit) {
  const { item, drawn, chosen } = state;
  const answer = state.about;
  const box = drawn ?? answer?.digits[chosen]?.box;
  if (state.busy || !item?.teach || !answer || !box) return;
  if (answerOf(item) !== answer) return offer(item, -1); // a video went on
  await attempt(async () => {
    const { blob, width } = await /** @type {NonNullable<Item["teach"]>} */ (item.teach)();
    const { key, samples } = await learn(blob, digit, box.map((side) => (side * width) / answer.width));
    state.lessons.push(key);
    Object.assign(state, { picked: false, marking: false, drawn: null, said: `learned ${digit}; this profile now has ${crops(samples)}` });
    await item.taught?.(blob);
  });
}

async function undo() {
  const key = state.lessons.pop();
  if (!key || state.busy) return;
  await attempt(async () => {
    const { samples } = await unlearn(key);
    state.said = `taken back; this profile now has ${crops(samples)}`;
    if (state.item?.teach) await state.item.taught?.((await state.item.teach()).blob);
  });
}

/**
 * Something was learned elsewhere on this page.
 * @param {string} key
 * @param {string} said
 */
export async function taught(key, said) {
  state.lessons.push(key);
  Object.assign(state, { said, wrong: false });
  await load();
  render();
}

/** @param {() => Promise<void>} change */
async function attempt(change) {
  state.busy = true;
  state.wrong = false;
  render();
  try {
    await change();
  } catch (error) {
    Object.assign(state, { said: words(error), wrong: true });
  }
  state.busy = false;
  await load();
  render();
}

/**
 * While a missed digit is boxed, arrow keys move a box, and with Shift they size it; whether the key was one.
 * @param {KeyboardEvent} event
 */
function boxed({ key, shiftKey }) {
  const way = WAYS[key];
  const answer = answerOf(state.item);
  const layer = layers.find(({ offsetParent }) => offsetParent !== null);
  if (!state.marking || !way || !answer || !layer) return false;
  const { width, height } = answer;
  const side = Math.min(width, height) / 4;
  const [x, y, w, h] = state.drawn ?? [(width - side) / 2, (height - side) / 2, side, side];
  const [right, down] = [(way[0] * width) / 100, (way[1] * width) / 100];
  const least = (LEAST * width) / layer.clientWidth;
  const [wide, high] = shiftKey ? [Math.max(least, w + right), Math.max(least, h + down)] : [w, h];
  const place = (/** @type {number} */ at, /** @type {number} */ most) => Math.min(Math.max(at, 0), Math.max(most, 0));
  const [left, top] = shiftKey ? [x, y] : [place(x + right, width - w), place(y + down, height - h)];
  Object.assign(state, { drawn: [left, top, wide, high], about: answer });
  const mark = make("div", { className: "mark" });
  const percent = (/** @type {number} */ part, /** @type {number} */ whole) => `${(100 * part) / whole}%`;
  const from = layer.closest(".mirrored") ? width - left - wide : left;
  Object.assign(mark.style, { left: percent(from, width), top: percent(top, height), width: percent(wide, width), height: percent(high, height) });
  layer.replaceChildren(mark);
  return true;
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && !(event.target instanceof Element && event.target.matches("input, select, [role=tab]")) && boxed(event)) {
    event.preventDefault();
    event.stopImmediatePropagation(); // or it would move the keyboard's pen
    return render();
  }
  if (!(state.picked || state.drawn) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof Element && event.target.matches("input[type=text], input:not([type]), textarea, select")) return;
  const { key } = event;
  if (key === "Escape") Object.assign(state, { picked: false, drawn: null, marking: false });
  else if (/^[0-9]$/.test(key)) teach(key);
  else if (key === "Delete" || key === "Backspace") teach(NONE);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation(); // or Delete would clear the drawing
  render();
}

/**
 * Where a pointer is in a layer, in px of the answer, and of the page.
 * @param {HTMLElement} layer
 * @param {PointerEvent} event
 * @returns {[number, number]}
 */
function place(layer, { clientX, clientY }) {
  const { left, top, width, height } = layer.getBoundingClientRect();
  return [Math.min(Math.max(clientX - left, 0), width), Math.min(Math.max(clientY - top, 0), height)];
}

/** @param {PointerEvent} event */
function down(event) {
  const layer = /** @type {HTMLElement} */ (event.currentTarget);
  if (event.button !== 0) return;
  if ((!state.marking && event.pointerType !== "mouse") || !teachable()) return tapped(layer, place(layer, event));
  event.preventDefault();
  layer.setPointerCapture(event.pointerId);
  drag = { layer, from: place(layer, event), mark: make("div", { className: "mark" }) };
  state.drawn = null;
  state.item?.hold?.();
  layer.replaceChildren(drag.mark);
}

/** @param {PointerEvent} event */
function moved(event) {
  if (!drag) return;
  const [left, top, width, height] = rectangle(drag.from, place(drag.layer, event));
  Object.assign(drag.mark.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

/** @param {PointerEvent} event */
function up(event) {
  if (!drag) return;
  const { layer, from, mark } = drag;
  const to = place(layer, event);
  const [left, top, width, height] = rectangle(from, to);
  const answer = answerOf(state.item);
  drag = null;
  if (event.type === "pointercancel" || !answer) mark.remove();
  else if (Math.hypot(to[0] - from[0], to[1] - from[1]) < STILL) (mark.remove(), tapped(layer, to));
  else if (Math.min(width, height) < LEAST) mark.remove();
  else {
    const scale = answer.width / layer.clientWidth;
    const x = layer.closest(".mirrored") ? layer.clientWidth - left - width : left;
    Object.assign(state, { drawn: [x * scale, top * scale, width * scale, height * scale], about: answer });
  }
  render();
}

/** @param {[number, number]} from @param {[number, number]} to @returns {Box} */
const rectangle = ([x0, y0], [x1, y1]) => [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];

/**
 * Choose the digit at a place of a layer.
 * @param {HTMLElement} layer
 * @param {[number, number]} at
 */
function tapped(layer, [left, top]) {
  const answer = answerOf(state.item);
  if (!answer || !state.item) return;
  const scale = answer.width / layer.clientWidth;
  const x = (layer.closest(".mirrored") ? layer.clientWidth - left : left) * scale;
  state.drawn = null;
  const found = digitAt(answer, x, top * scale);
  if (found < 0 && state.item.idle) return state.item.idle();
  if (found >= 0) state.item.hold?.();
  state.item.choose(found);
  pick();
}

/** @type {HTMLElement[]} */
let layers = [];

/** @param {() => void} begin asks for the digits from the start */
export function start(begin) {
  button("lesson-begin").onclick = begin;
  layers = [...document.querySelectorAll(".teach")].filter((layer) => layer instanceof HTMLElement);
  for (const layer of layers) {
    layer.addEventListener("pointerdown", down);
    layer.addEventListener("pointermove", moved);
    layer.addEventListener("pointerup", up);
    layer.addEventListener("pointercancel", up);
  }
  const choices = [..."0123456789", NONE].map((digit) => make("button", { textContent: digit, onclick: () => teach(digit) }));
  $("truly-choices").replaceChildren(...choices);
  button("mark").onclick = () => (state.item?.hold?.(), Object.assign(state, { marking: !state.marking, drawn: null }), render());
  button("unlearn").onclick = undo;
  addEventListener("keydown", pressed, { capture: true });
  // Another page, or a command, may have taught it meanwhile.
  addEventListener("focus", async () => (await load(), render()));
}
