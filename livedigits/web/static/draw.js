// The tab "Draw": pen, paper and keyboard make strokes; each is read as it ends.
import { $, blobOf, button, hiddenCanvas, input, make, painter, within } from "./dom.js";
import { showBoxes } from "./overlay.js";
import { COLOURS, Drawing, extent } from "./pen.js";
import { say, show } from "./result.js";
import { events, isGone, readPicture, readStrokes, words } from "./server.js";
import { penInput } from "./strokes.js";
import { alike, pick } from "./teach.js";

const LARGEST = 1600; // px: longest side of the picture that is read
const MOST_STROKES = 200; // that the server takes; a drawing of more is read as a picture
const STROKES = "application/json";
const canvas = $("paper", HTMLCanvasElement);
const context = painter(canvas);
const layer = within($("desk"), ".boxes");
// A second canvas at the page's own scale is what is read at every stroke.
const copy = hiddenCanvas();
const copied = painter(copy);
const state = {
  drawing: new Drawing(),
  active: false, // whether the tab is open
  answer: /** @type {Answer | null} */ (null), // of the drawing when it was last read
  chosen: -1, // which of the answer's digits is looked at
  reading: false,
  stale: false, // whether the drawing has changed since the reading began
};

/** Everything but the drawing itself, which `repaint` paints. */
function render() {
  const { drawing, answer, chosen } = state;
  button("undo").disabled = !drawing.past.length;
  button("redo").disabled = !drawing.future.length;
  button("clear").disabled = !drawing.strokes.length;
  $("draw-hint").hidden = drawing.strokes.length > 0;
  const dark = drawing.paper === "dark";
  $("desk").classList.toggle("dark", dark);
  for (const [name, [onLight, onDark]] of Object.entries(COLOURS)) $(`dot-${name}`).style.background = dark ? onDark : onLight;
  showBoxes(layer, answer, { chosen });
  if (!state.active) return;
  const teach = async () => ({ blob: await told(), width: copy.width });
  show(answer && { name: "drawing.png", answer, empty: "no digits", picture: () => copy, choose, teach, taught: read }, chosen);
}

function repaint() {
  state.drawing.paint(context, canvas.clientWidth, canvas.clientHeight);
  state.drawing.paint(copied, canvas.clientWidth, canvas.clientHeight);
}

/** The drawing is another one: paint, show and read it. */
function changed() {
  repaint();
  render();
  read();
}

/** @param {Stroke} stroke */
function ended(stroke) {
  state.drawing.add(stroke);
  state.drawing.paintStroke(copied, stroke); // the paper has it already
  render();
  read();
}

/** Read the drawing as it is; when it changes meanwhile, once more. */
async function read() {
  state.stale = true;
  if (state.reading) return;
  state.reading = true;
  while (state.stale) {
    state.stale = false;
    await readOnce();
  }
  state.reading = false;
}

async function readOnce() {
  const { strokes } = state.drawing;
  if (!strokes.length) return present(null);
  try {
    const blob = await told();
    const result = await (blob.type === STROKES ? readStrokes(blob) : readPicture(blob, "drawing.png"));
    if (state.drawing.strokes.length) present(result, strokes.at(-1));
    say("");
  } catch (error) {
    if (!isGone(error)) say(words(error), true);
  }
}

/**
 * What is read: the strokes in px of the picture, for who drew what when tells digits apart that touch in it; the
 * picture where there are too many.
 */
async function told() {
  const { strokes } = state.drawing;
  if (strokes.length > MOST_STROKES) return blobOf(copy, "image/png");
  const scale = copy.width / canvas.clientWidth;
  const rounded = (/** @type {number} */ value) => Math.round(value * 100) / 100;
  const scaled = strokes.map(({ width, points }) => ({
    width: rounded(width * scale),
    points: points.map(([x, y, pressure]) => [rounded(x * scale), rounded(y * scale), rounded(pressure)]),
  }));
  return new Blob([JSON.stringify({ width: copy.width, height: copy.height, strokes: scaled })], { type: STROKES });
}

/**
 * @param {Answer | null} answer
 * @param {Stroke} [stroke] the one that was drawn last
 */
function present(answer, stroke) {
  const bounds = stroke && extent([stroke]);
  if (!alike(answer, state.answer)) state.chosen = answer && bounds ? nearest(answer, bounds) : -1;
  state.answer = answer;
  render();
}

/** @param {number} index */
function choose(index) {
  state.chosen = index;
  render();
}

/**
 * The digit whose box is nearest to the stroke that was just drawn.
 * @param {Answer} answer
 * @param {number[]} bounds
 */
function nearest({ digits, width }, [left, top, right, bottom]) {
  const scale = canvas.clientWidth / width;
  const distances = digits.map(({ box: [x, y, w, h] }) =>
    Math.hypot((x + w / 2) * scale - (left + right) / 2, (y + h / 2) * scale - (top + bottom) / 2),
  );
  return distances.indexOf(Math.min(...distances));
}

/**
 * Choose the digit at a place; whether there is one.
 * @param {number} x
 * @param {number} y
 */
function chooseAt(x, y) {
  const { answer } = state;
  const scale = (answer?.width ?? 1) / canvas.clientWidth;
  const found = (answer?.digits ?? []).findIndex(
    ({ box: [left, top, w, h] }) => x * scale > left && x * scale < left + w && y * scale > top && y * scale < top + h,
  );
  if (found >= 0) {
    choose(found);
    pick();
  }
  return found >= 0;
}

function resize() {
  const { drawing } = state;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const bounds = extent(drawing.strokes);
  const shrink = bounds ? Math.min(1, width / (bounds[2] + 8), height / (bounds[3] + 8)) : 1;
  if (shrink < 1) drawing.change(drawing.strokes.map((stroke) => shrunk(stroke, shrink)));
  sized(canvas, context, width, height, Math.min(devicePixelRatio || 1, 3));
  sized(copy, copied, width, height, Math.min(1, LARGEST / Math.max(width, height)));
  repaint();
  if (drawing.strokes.length) read();
}

/**
 * @param {Stroke} stroke
 * @param {number} factor
 * @returns {Stroke}
 */
function shrunk(stroke, factor) {
  return { ...stroke, width: stroke.width * factor, points: stroke.points.map(([x, y, pressure]) => [x * factor, y * factor, pressure]) };
}

/**
 * @param {Canvas} target
 * @param {Painter} context
 * @param {number} width
 * @param {number} height
 * @param {number} scale
 */
function sized(target, context, width, height, scale) {
  target.width = Math.round(width * scale);
  target.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
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
  const scale = copy.width / canvas.clientWidth;
  const rim = Math.max(...strokes.map(({ width }) => width));
  const [left, top, right, bottom] = bounds;
  const box = /** @type {Box} */ ([left - rim, top - rim, right - left + 2 * rim, bottom - top + 2 * rim].map((side) => side * scale));
  return { blob: await blobOf(copy, "image/png"), box };
}

/** @param {KeyboardEvent} event */
function shortcut(event) {
  if (!state.active || event.altKey) return;
  if (event.target instanceof Element && event.target.matches("input[type=text], textarea, select")) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  const action = command && key === "z" ? (event.shiftKey ? redo : undo) : command && key === "y" ? redo : !command && key === "delete" ? clear : null;
  if (!action) return;
  event.preventDefault();
  action();
}

/** @param {string} paper */
function choosePaper(paper) {
  state.drawing.paper = paper;
  changed();
}

function addSwatches() {
  for (const name of Object.keys(COLOURS)) {
    const choice = make("input", { type: "radio", name: "colour", value: name, checked: name === "ink", ariaLabel: name });
    $("colours").append(make("label", { title: name }, choice, make("span", { className: "dot", id: `dot-${name}` })));
  }
}

function pen() {
  const colour = /** @type {HTMLInputElement} */ (within($("colours"), ":checked")).value;
  return { colour, width: Number(input("pen-width").value) };
}

export function enter() {
  state.active = true;
  resize();
  render();
  say("");
}

export function leave() {
  state.active = false;
}

export function start() {
  addSwatches();
  const paint = (/** @type {Stroke} */ stroke, /** @type {number} */ from) => state.drawing.paintStroke(context, stroke, from);
  penInput(canvas, within($("desk"), ".hair"), { pen, ended, chooseAt, paint, repaint });
  button("undo").onclick = undo;
  button("redo").onclick = redo;
  button("clear").onclick = clear;
  $("papers").addEventListener("change", ({ target }) => target instanceof HTMLInputElement && choosePaper(target.value));
  addEventListener("keydown", shortcut);
  new ResizeObserver(resize).observe(canvas);
  events.addEventListener("back", () => state.drawing.strokes.length && read());
  render();
}
