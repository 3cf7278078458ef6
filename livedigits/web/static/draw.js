// The tab "Draw": pen, paper and keyboard make strokes; each is read as it ends.
import { $, blobOf, hiddenCanvas, make } from "./dom.js";
import { showBoxes } from "./overlay.js";
import { COLOURS, Drawing, extent } from "./pen.js";
import { say, show } from "./result.js";
import { events, readPicture } from "./server.js";
import { penInput } from "./strokes.js";

const LARGEST = 1600; // px: longest side of the picture that is read
const drawing = new Drawing();
const canvas = $("paper");
const layer = $("desk").querySelector(".boxes");
// A second canvas at the page's own scale is what is read at every stroke.
const copy = hiddenCanvas();
const copied = copy.getContext("2d");
const context = canvas.getContext("2d");
let answer = null;
let chosen = -1;
let wanted = false;
let reading = false;
let active = false;

const pen = () => ({
  colour: document.querySelector("input[name=colour]:checked").value,
  width: Number($("pen-width").value),
});

function ended(stroke) {
  drawing.add(stroke);
  drawing.paintStroke(copied, stroke);
  changed();
}

function changed() {
  for (const [id, off] of [["undo", !drawing.past.length], ["redo", !drawing.future.length], ["clear", !drawing.strokes.length]]) {
    $(id).disabled = off;
  }
  $("draw-hint").hidden = drawing.strokes.length > 0;
  read();
}

function repaint() {
  drawing.paint(context, canvas.clientWidth, canvas.clientHeight);
  drawing.paint(copied, canvas.clientWidth, canvas.clientHeight);
}

/** Read the drawing as it is; when it changes meanwhile, once more. */
async function read() {
  wanted = true;
  if (reading) return;
  reading = true;
  while (wanted) {
    wanted = false;
    await readOnce();
  }
  reading = false;
}

async function readOnce() {
  if (!drawing.strokes.length) return present(null);
  const { strokes } = drawing;
  try {
    const result = await readPicture(await blobOf(copy, "image/png"), "drawing.png");
    if (drawing.strokes.length) present(result, strokes.at(-1));
    say("");
  } catch (error) {
    if (!error.gone) say(error.message, true);
  }
}

function present(result, stroke) {
  answer = result;
  chosen = answer && stroke ? nearest(answer, extent([stroke])) : -1;
  showBoxes(layer, answer, { chosen });
  if (active) showResult();
}

function showResult() {
  const item = { name: "drawing.png", answer, empty: "no digits", picture: () => copy, choose };
  show(answer && item, chosen);
}

function choose(index) {
  chosen = index;
  showBoxes(layer, answer, { chosen });
}

/** The digit whose box has most in common with the stroke that was just drawn. */
function nearest({ digits, width }, [left, top, right, bottom]) {
  const scale = canvas.clientWidth / width;
  const distances = digits.map(({ box: [x, y, w, h] }) =>
    Math.hypot((x + w / 2) * scale - (left + right) / 2, (y + h / 2) * scale - (top + bottom) / 2),
  );
  return distances.indexOf(Math.min(...distances));
}

/** Choose the digit at a place; whether there is one. */
function chooseAt(x, y) {
  const scale = (answer?.width ?? 1) / canvas.clientWidth;
  const found = (answer?.digits ?? []).findIndex(
    ({ box: [left, top, w, h] }) => x * scale > left && x * scale < left + w && y * scale > top && y * scale < top + h,
  );
  if (found < 0) return false;
  chosen = found;
  showBoxes(layer, answer, { chosen });
  showResult();
  return true;
}

function resize() {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const bounds = extent(drawing.strokes);
  const shrink = bounds ? Math.min(1, width / (bounds[2] + 8), height / (bounds[3] + 8)) : 1;
  if (shrink < 1) {
    const smaller = (stroke) => ({ ...stroke, width: stroke.width * shrink, points: stroke.points.map(([x, y, p]) => [x * shrink, y * shrink, p]) });
    drawing.change(drawing.strokes.map(smaller));
  }
  const density = Math.min(devicePixelRatio || 1, 3);
  sized(canvas, context, width, height, density);
  sized(copy, copied, width, height, Math.min(1, LARGEST / Math.max(width, height)));
  repaint();
  if (drawing.strokes.length) read();
}

function sized(target, context, width, height, scale) {
  target.width = Math.round(width * scale);
  target.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
}

function undo() {
  if (drawing.undo()) repaint(), changed();
}

function redo() {
  if (drawing.redo()) repaint(), changed();
}

function clear() {
  if (drawing.strokes.length) drawing.change([]), repaint(), changed();
}

function shortcut(event) {
  if (!active || event.altKey || event.target.matches?.("input[type=text], textarea, select")) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  const action = command && key === "z" ? (event.shiftKey ? redo : undo) : command && key === "y" ? redo : !command && key === "delete" ? clear : null;
  if (!action) return;
  event.preventDefault();
  action();
}

function choosePaper(event) {
  drawing.paper = event.target.value;
  $("desk").classList.toggle("dark", drawing.paper === "dark");
  paintSwatches();
  repaint();
  changed();
}

function paintSwatches() {
  for (const [name, shades] of Object.entries(COLOURS)) $(`dot-${name}`).style.background = shades[drawing.paper === "dark" ? 1 : 0];
}

function addSwatches() {
  for (const name of Object.keys(COLOURS)) {
    const input = make("input", { type: "radio", name: "colour", value: name, checked: name === "ink", ariaLabel: name });
    $("colours").append(make("label", { title: name }, input, make("span", { className: "dot", id: `dot-${name}` })));
  }
  paintSwatches();
}

export function enter() {
  active = true;
  resize();
  showResult();
  say("");
}

export function leave() {
  active = false;
}

export function start() {
  addSwatches();
  penInput(canvas, $("desk").querySelector(".hair"), { pen, ended, chooseAt, paint: (stroke, from) => drawing.paintStroke(context, stroke, from), repaint });
  $("undo").onclick = undo;
  $("redo").onclick = redo;
  $("clear").onclick = clear;
  $("papers").addEventListener("change", choosePaper);
  addEventListener("keydown", shortcut);
  new ResizeObserver(resize).observe(canvas);
  events.addEventListener("back", () => drawing.strokes.length && read());
}
