// The tab "Draw": pen, eraser and keyboard make strokes, which are read while they are drawn and as they end.
import { alike, digitAt, nearest } from "./answers.js";
import { $, blobOf, button, input, within } from "./dom.js";
import { write as writeExample } from "./example.js";
import { erased } from "./erase.js";
import { svgOf } from "./ink.js";
import { keep, restore } from "./kept.js";
import { showBoxes } from "./overlay.js";
import { Drawing, extent } from "./pen.js";
import { Readings } from "./readings.js";
import { say, show } from "./result.js";
import { events, isGone, readPicture, readStrokes, words } from "./server.js";
import { Sheet } from "./sheet.js";
import { penInput } from "./strokes.js";
import { pick } from "./teach.js";
import * as tools from "./tools.js";

const LARGEST = 1600; // px: longest side of the picture that is read
const MOST_STROKES = 200; // that the server takes; a drawing of more is read as a picture
const STROKES = "application/json";
const layer = within($("desk"), ".boxes");
const sheet = new Sheet($("paper", HTMLCanvasElement));
const state = {
  drawing: new Drawing(),
  active: false, // whether the tab is open
  answer: /** @type {Answer | null} */ (null), // of the drawing when it was last read
  chosen: -1, // which of the answer's digits is looked at
  stroke: /** @type {Stroke | null} */ (null), // that is being drawn
  rubbed: /** @type {{ before: Stroke[], at: Point } | null} */ (null), // while the eraser is down
};
const readings = new Readings(ask, present, failed);

/** Everything but the drawing itself, which the sheet paints. */
function render() {
  const { drawing, answer, chosen, stroke, rubbed } = state;
  button("undo").disabled = !drawing.past.length;
  button("redo").disabled = !drawing.future.length;
  button("clear").disabled = !drawing.strokes.length;
  $("draw-hint").hidden = drawing.strokes.length > 0 || stroke !== null;
  const dark = drawing.paper === "dark";
  $("desk").classList.toggle("dark", dark);
  tools.render(dark);
  showBoxes(layer, answer, { chosen });
  if (!state.active) return;
  const teach = async () => ({ blob: await told(), width: size().width });
  const live = stroke !== null || rubbed !== null;
  const picture = () => sheet.picture(drawing);
  const ink = { canvas: picture, svg: () => svgOf(drawing, sheet.width, sheet.height) };
  show(answer && { name: "drawing.png", answer, empty: "no digits", live, picture, ink, choose, teach, taught: read }, chosen);
}

/** The drawing is another one: paint, show and read it. */
function changed() {
  sheet.paint(state.drawing);
  render();
  read();
}

const read = () => readings.now();

/**
 * The pen or the eraser is put down.
 * @param {Point} at
 * @param {boolean} byEraser a pen's other end
 */
function began(at, byEraser) {
  if (byEraser || tools.erases()) {
    state.rubbed = { before: state.drawing.strokes, at };
    return moved([at]);
  }
  const { colour, width } = tools.pen();
  state.stroke = { colour, width: width / sheet.scale, points: [at] };
  sheet.grow(state.stroke, state.drawing.paper);
  render();
}

/** @param {Point[]} points */
function moved(points) {
  const { stroke, rubbed, drawing } = state;
  if (stroke) {
    stroke.points.push(...points);
    sheet.grow(stroke, drawing.paper);
    readings.soon();
  } else if (rubbed) rub(rubbed, points);
}

/**
 * @param {{ at: Point }} rubbed
 * @param {Point[]} points
 */
function rub(rubbed, points) {
  const { drawing } = state;
  const was = drawing.strokes;
  for (const at of points) {
    drawing.strokes = erased(drawing.strokes, rubbed.at, at, tools.eraserRadius() / sheet.scale);
    rubbed.at = at;
  }
  if (drawing.strokes.length === was.length && drawing.strokes.every((stroke, i) => stroke === was[i])) return;
  sheet.paint(drawing);
  readings.soon();
}

/** @param {boolean} tap at one place, by a pointer */
function ended(tap) {
  const { stroke, rubbed, drawing } = state;
  state.stroke = state.rubbed = null;
  if (rubbed) {
    const after = drawing.strokes;
    drawing.strokes = rubbed.before;
    if (after !== rubbed.before) drawing.change(after);
  } else if (stroke && tap && chooseAt(stroke.points[0])) return cancelled();
  else if (stroke) {
    sheet.end(stroke, drawing.paper);
    drawing.add(stroke);
  }
  read();
  render();
}

/** It was no stroke. */
function cancelled() {
  const { rubbed, drawing } = state;
  if (rubbed) drawing.strokes = rubbed.before;
  state.stroke = state.rubbed = null;
  if (readings.forget()) read();
  sheet.paint(drawing);
  render();
}

/** Reads what is on the paper. */
async function ask() {
  const { drawing, stroke } = state;
  if ((!drawing.strokes.length && !stroke) || !sheet.width) return null;
  const { scale } = size();
  const blob = await told();
  return sized(await (blob.type === STROKES ? readStrokes(blob) : readPicture(blob, "drawing.png")), scale);
}

/**
 * An answer on the paper as it is now, which may have changed its size since it was asked for. The same object.
 * @param {Answer} answer
 * @param {number} scale px of the answer for one of the drawing
 */
const sized = (answer, scale) =>
  Object.assign(answer, { width: Math.round(sheet.width * scale), height: Math.round(sheet.height * scale) });


/** @param {unknown} error */
function failed(error) {
  if (!isGone(error)) say(words(error), true);
}

/** px of the picture that is read */
function size() {
  const scale = Math.min(1, LARGEST / Math.max(sheet.width, sheet.height));
  return { scale, width: Math.round(sheet.width * scale), height: Math.round(sheet.height * scale) };
}

/**
 * What is read: the strokes in px of the picture, for who drew what when tells digits apart that touch in it; the
 * picture where there are too many.
 */
async function told() {
  const { drawing, stroke } = state;
  const strokes = stroke ? [...drawing.strokes, stroke] : drawing.strokes;
  const { scale, width, height } = size();
  if (strokes.length > MOST_STROKES) return blobOf(sheet.picture(drawing, width), "image/png");
  const rounded = (/** @type {number} */ value) => Math.round(value * 100) / 100;
  const scaled = strokes.map((one) => ({
    width: rounded(one.width * scale),
    points: one.points.map(([x, y, pressure]) => [rounded(x * scale), rounded(y * scale), rounded(pressure)]),
  }));
  return new Blob([JSON.stringify({ width, height, strokes: scaled })], { type: STROKES });
}

/**
 * @param {Answer | null} answer
 * @param {boolean} whole about the drawing, not about a stroke that grows
 */
function present(answer, whole) {
  const { drawing, stroke } = state;
  if (whole && !drawing.strokes.length && !stroke) answer = null; // it was cleared meanwhile
  const last = stroke ?? drawing.strokes.at(-1);
  if (!alike(answer, state.answer)) state.chosen = answer && last ? nearest(answer, ...middleOf(last)) : -1;
  state.answer = answer;
  render();
  if (whole && state.active) say("");
}

/**
 * The middle of a stroke, in px of the picture that is read.
 * @param {Stroke} stroke
 * @returns {[number, number]}
 */
function middleOf(stroke) {
  const [left, top, right, bottom] = extent([stroke]) ?? [0, 0, 0, 0];
  const { scale } = size();
  return [((left + right) / 2) * scale, ((top + bottom) / 2) * scale];
}

/** @param {number} index */
function choose(index) {
  state.chosen = index;
  render();
}

/**
 * Choose the digit at a place in px of the drawing; whether there is one.
 * @param {Point} at
 */
function chooseAt([x, y]) {
  const scale = (state.answer?.width ?? 0) / sheet.width;
  const found = digitAt(state.answer, x * scale, y * scale);
  if (found >= 0) {
    choose(found);
    pick();
  }
  return found >= 0;
}

function resize() {
  const { drawing, answer } = state;
  const before = sheet.width;
  // What undo and redo go to has to fit, too: so they never change the scale.
  if (!sheet.resize([...new Set([drawing.strokes, ...drawing.past, ...drawing.future].flat())])) return;
  sheet.paint(drawing);
  // The same strokes: nothing is read anew. The boxes stay where their digits are.
  if (answer && before) sized(answer, answer.width / before);
  render();
}

function undo() {
  if (state.drawing.undo()) changed();
}

function redo() {
  if (state.drawing.redo()) changed();
}

export function clear() {
  if (!state.drawing.strokes.length) return;
  state.drawing.change([]);
  changed();
}

/**
 * The drawing as a picture, and the box of its strokes in px of that; null for blank paper.
 * @returns {Promise<{ blob: Blob, box: Box } | null>}
 */
export async function written() {
  const { strokes } = state.drawing;
  const bounds = extent(strokes);
  if (!bounds) return null;
  const { scale, width: wide } = size();
  const rim = Math.max(...strokes.map(({ width }) => width));
  const [left, top, right, bottom] = bounds;
  const box = /** @type {Box} */ ([left - rim, top - rim, right - left + 2 * rim, bottom - top + 2 * rim].map((side) => side * scale));
  return { blob: await blobOf(sheet.picture(state.drawing, wide), "image/png"), box };
}

/** @param {KeyboardEvent} event */
function shortcut(event) {
  if (!state.active || event.altKey) return;
  if (event.target instanceof Element && event.target.matches("input[type=text], textarea, select")) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  const plain = { delete: clear, e: () => tools.toggleEraser(render) }[key];
  const action = !command ? plain : key === "z" ? (event.shiftKey ? redo : undo) : key === "y" ? redo : null;
  if (!action) return;
  event.preventDefault();
  action();
}

/** @param {string} paper */
function choosePaper(paper) {
  state.drawing.paper = paper;
  changed();
}

export function enter() {
  state.active = true;
  resize();
  render();
  say("");
  if (state.drawing.strokes.length && !state.answer) read(); // it was kept from before
}

export function leave() {
  state.active = false;
}

export function start() {
  if (restore(state.drawing)) input(`paper-${state.drawing.paper}`).checked = true;
  tools.start(render);
  penInput(sheet.canvas, within($("desk"), ".hair"), { places: () => sheet.places(), size: () => sheet, began, moved, ended, cancelled });
  button("example").onclick = () => (sheet.canvas.focus(), writeExample(sheet, { began, moved, ended }));
  button("undo").onclick = undo;
  button("redo").onclick = redo;
  button("clear").onclick = clear;
  $("papers").addEventListener("change", ({ target }) => target instanceof HTMLInputElement && choosePaper(target.value));
  addEventListener("keydown", shortcut);
  addEventListener("pagehide", () => keep(state.drawing));
  document.addEventListener("visibilitychange", () => document.hidden && keep(state.drawing));
  new ResizeObserver(resize).observe(sheet.canvas);
  events.addEventListener("back", () => state.drawing.strokes.length && read());
  render();
}
