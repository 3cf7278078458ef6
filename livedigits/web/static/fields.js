// The tab "Fields": a picture, fields drawn onto it, what they hold, and the file that names them.
import { $, button, download, input, make, within, write } from "./dom.js";
import { fit } from "./overlay.js";
import { say, show } from "./result.js";
import { events, isGone, words } from "./server.js";
import { readFields, taken, written } from "./toml.js";

/** @typedef {{ field: NamedField, place: HTMLElement, row: HTMLElement }} Entry */
/** @typedef {{ start: Corner, grab: "new" | "move" | "size", before: NamedField["corners"], entry: Entry | null }} Drag */

const LEAST = 8; // px of the picture: a field that is smaller was a click
const WAIT = 250; // ms without a change before fields are read
const STATES = { read: "", settled: "", doubtful: "doubtful", refused: "not as expected", missing: "nothing there", unregistered: "not found" };
const picture = $("form-picture", HTMLImageElement);
const layer = $("form-layer");
const view = within($("form"), ".view");
const state = {
  active: false,
  file: /** @type {File | null} */ (null),
  share: false, // whether the fields' corners are still shares of a picture that is to come
  entries: /** @type {Entry[]} */ ([]),
  chosen: /** @type {Entry | null} */ (null),
  values: /** @type {Record<string, FieldValue>} */ ({}),
  drag: /** @type {Drag | null} */ (null),
  timer: 0,
  reading: false,
  stale: false, // whether a field has changed since the reading began
  problem: "",
};

const fields = () => state.entries.map(({ field }) => field);

function render() {
  const loaded = state.file !== null && picture.naturalWidth > 0;
  picture.hidden = layer.hidden = !loaded;
  $("form-hint").hidden = state.file !== null;
  button("fields-add").disabled = !loaded;
  button("fields-save").disabled = !state.entries.length || state.share;
  if (loaded) fit(view, picture.naturalWidth, picture.naturalHeight);
  for (const entry of state.entries) renderEntry(entry);
  if (!state.active) return;
  show(null);
  say(state.problem || (state.reading ? "Reading…" : ""), Boolean(state.problem));
}

/** @param {Entry} entry */
function renderEntry(entry) {
  const { field, place, row } = entry;
  const xs = field.corners.map(([x]) => x);
  const ys = field.corners.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const chosen = entry === state.chosen;
  place.style.left = `${(100 * left) / picture.naturalWidth}%`;
  place.style.top = `${(100 * top) / picture.naturalHeight}%`;
  place.style.width = `${(100 * (Math.max(...xs) - left)) / picture.naturalWidth}%`;
  place.style.height = `${(100 * (Math.max(...ys) - top)) / picture.naturalHeight}%`;
  place.className = chosen ? "place chosen" : "place";
  row.className = chosen ? "chosen" : "";
  place.ariaLabel = `Field ${field.name}`;
  write(within(place, "span"), field.name);
  const value = state.values[field.name];
  const [text, note] = within(row, "output").children;
  write(text, value?.text ?? "");
  write(note, value ? [STATES[value.state], value.text ? `${Math.round(100 * value.confidence)}%` : ""].filter(Boolean).join(", ") : "");
}

/** @param {NamedField} field */
function add(field) {
  const place = make("button", { type: "button" }, make("span"), make("i"));
  const name = make("input", { value: field.name, maxLength: 60 });
  const expect = make("input", { value: field.expect, maxLength: 60, placeholder: "##?" });
  const away = make("button", { textContent: "Delete", ariaLabel: `Delete ${field.name}` });
  const value = make("output", {}, make("span"), make("small"));
  const row = make("li", {}, make("label", {}, "Name", name), make("label", {}, "Expect", expect), value, away);
  const entry = { field, place, row };
  name.onchange = () => rename(entry, name);
  expect.oninput = () => ((field.expect = expect.value.trim()), changed());
  name.onfocus = expect.onfocus = place.onfocus = () => choose(entry);
  away.onclick = () => remove(entry);
  place.onkeydown = (event) => pressed(entry, event);
  state.entries.push(entry);
  layer.append(place);
  $("field-list").append(row);
  return entry;
}

/** A name that no other field has. */
function freeName() {
  let number = state.entries.length + 1;
  while (fields().some(({ name }) => name === `field${number}`)) number += 1;
  return `field${number}`;
}

/**
 * @param {Entry} entry
 * @param {HTMLInputElement} box
 */
function rename(entry, box) {
  const name = box.value.trim();
  if (!name || fields().some((field) => field !== entry.field && field.name === name)) box.value = entry.field.name;
  else entry.field.name = name;
  changed();
}

/** @param {Entry | null} entry */
function choose(entry) {
  if (entry === state.chosen) return;
  state.chosen = entry;
  render();
}

/** @param {Entry} entry */
function remove(entry) {
  state.entries = state.entries.filter((other) => other !== entry);
  entry.place.remove();
  entry.row.remove();
  state.chosen = null;
  changed();
}

function clear() {
  for (const { place, row } of state.entries) place.remove(), row.remove();
  state.entries = [];
  state.chosen = null;
  state.values = {};
}

/** A field has changed: show it, and read all once nothing changes any more. */
function changed() {
  clearTimeout(state.timer);
  state.stale = true;
  state.timer = setTimeout(read, WAIT);
  render();
}

async function read() {
  if (state.reading || !state.file || !state.entries.length || state.share || state.drag) return;
  state.reading = true;
  while (state.stale && state.file && state.entries.length) {
    state.stale = false;
    render();
    try {
      state.values = (await readFields(state.file, fields())).fields;
      state.problem = "";
    } catch (error) {
      state.problem = isGone(error) ? "" : words(error);
    }
  }
  state.reading = false;
  render();
}

/** @param {number} x @param {number} y @param {number} right @param {number} bottom @returns {NamedField["corners"]} */
function rectangle(x, y, right, bottom) {
  return [[x, y], [right, y], [right, bottom], [x, bottom]];
}

/** @param {PointerEvent} event @returns {Corner} */
function at(event) {
  const box = layer.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * picture.naturalWidth;
  const y = ((event.clientY - box.top) / box.height) * picture.naturalHeight;
  return [Math.min(Math.max(x, 0), picture.naturalWidth), Math.min(Math.max(y, 0), picture.naturalHeight)];
}

/** @param {PointerEvent} event */
function down(event) {
  if (event.button !== 0 || !(event.target instanceof Element)) return;
  const place = event.target.closest(".place");
  const entry = state.entries.find((other) => other.place === place) ?? null;
  const grab = !entry ? "new" : event.target.localName === "i" ? "size" : "move";
  state.drag = { start: at(event), grab, before: entry ? entry.field.corners : rectangle(0, 0, 0, 0), entry };
  layer.setPointerCapture(event.pointerId);
  if (!entry) event.preventDefault();
  choose(entry);
}

/** @param {PointerEvent} event */
function moved(event) {
  const { drag } = state;
  if (!drag) return;
  const [x, y] = at(event);
  const [dx, dy] = [x - drag.start[0], y - drag.start[1]];
  if (drag.grab === "new" && !drag.entry) {
    if (Math.min(Math.abs(dx), Math.abs(dy)) < LEAST) return;
    drag.entry = add({ name: freeName(), corners: drag.before, expect: "", least: null, greatest: null, confidence: null, settle: null });
    drag.entry.row.hidden = true; // until it is drawn: the list would take room from the picture
    state.chosen = drag.entry;
  }
  if (!drag.entry) return;
  const [sx, sy] = drag.start;
  if (drag.grab === "new") drag.entry.field.corners = rectangle(Math.min(sx, x), Math.min(sy, y), Math.max(sx, x), Math.max(sy, y));
  else drag.entry.field.corners = drag.grab === "move" ? shifted(drag.before, dx, dy) : sized(drag.before, dx, dy);
  render();
}

function up() {
  const { drag } = state;
  state.drag = null;
  if (!drag?.entry) return;
  drag.entry.row.hidden = false;
  if (drag.grab === "new") within(drag.entry.row, "input").focus();
  if (drag.entry.field.corners !== drag.before) changed();
}

/** @param {NamedField["corners"]} corners @param {number} dx @param {number} dy */
function shifted(corners, dx, dy) {
  return /** @type {NamedField["corners"]} */ (corners.map(([x, y]) => [x + dx, y + dy]));
}

/** Larger or smaller, the upper left corner of its box in its place. @param {NamedField["corners"]} corners @param {number} dx @param {number} dy */
function sized(corners, dx, dy) {
  const [left, top] = [Math.min(...corners.map(([x]) => x)), Math.min(...corners.map(([, y]) => y))];
  const [wide, high] = [Math.max(...corners.map(([x]) => x)) - left, Math.max(...corners.map(([, y]) => y)) - top];
  const [across, along] = [Math.max(LEAST, wide + dx) / wide, Math.max(LEAST, high + dy) / high];
  return /** @type {NamedField["corners"]} */ (corners.map(([x, y]) => [left + (x - left) * across, top + (y - top) * along]));
}

/** @param {Entry} entry @param {KeyboardEvent} event */
function pressed(entry, event) {
  const step = Math.max(1, Math.round(picture.naturalWidth / 400));
  const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
  if (event.key === "Delete" || event.key === "Backspace") remove(entry);
  else if (way) entry.field.corners = (event.shiftKey ? sized : shifted)(entry.field.corners, way[0], way[1]);
  else return;
  event.preventDefault();
  changed();
}

/** @param {File | undefined} file */
function take(file) {
  if (!file) return;
  if (picture.src) URL.revokeObjectURL(picture.src);
  state.file = file;
  state.values = {};
  state.problem = "";
  picture.alt = file.name;
  picture.src = URL.createObjectURL(file);
  render();
}

function loaded() {
  const [width, height] = [picture.naturalWidth, picture.naturalHeight];
  if (state.share) for (const field of fields()) field.corners = /** @type {NamedField["corners"]} */ (field.corners.map(([x, y]) => [x * width, y * height]));
  state.share = false;
  changed();
}

/** @param {File | undefined} file */
async function openFile(file) {
  if (!file) return;
  try {
    const given = await taken(await file.text());
    clear();
    state.share = given.share;
    given.fields.forEach(add);
    input("fields-anchor").checked = given.anchor !== null;
    state.problem = "";
    if (picture.naturalWidth && state.file) loaded();
    else state.problem = `Choose the picture that the fields of ${file.name} are of.`;
  } catch (error) {
    state.problem = words(error);
  }
  render();
}

function save() {
  const anchor = input("fields-anchor").checked && state.file ? state.file.name : null;
  download(new Blob([written(fields(), anchor)], { type: "application/toml" }), "fields.toml");
}

function addInTheMiddle() {
  const [width, height] = [picture.naturalWidth, picture.naturalHeight];
  const corners = rectangle(width * 0.4, height * 0.45, width * 0.6, height * 0.55);
  const entry = add({ name: freeName(), corners, expect: "", least: null, greatest: null, confidence: null, settle: null });
  choose(entry);
  entry.place.focus();
  changed();
}

/** @param {DragEvent} event */
function dropped(event) {
  event.preventDefault();
  event.stopPropagation(); // or the tab "Files" would take it
  const file = event.dataTransfer?.files[0];
  if (file?.name.toLowerCase().endsWith(".toml")) openFile(file);
  else take(file);
}

export function enter() {
  state.active = true;
  render();
}

export function leave() {
  state.active = false;
}

export function start() {
  for (const [name, taker] of /** @type {const} */ ([["picture", take], ["open", openFile]])) {
    const chooser = input(`fields-${name}-input`);
    button(`fields-${name}`).onclick = () => chooser.click();
    chooser.onchange = () => (taker(chooser.files?.[0]), (chooser.value = ""));
  }
  button("fields-add").onclick = addInTheMiddle;
  button("fields-save").onclick = save;
  picture.onload = loaded;
  picture.onerror = () => ((state.problem = `This browser cannot show ${state.file?.name}: give a PNG or JPEG.`), (state.file = null), render());
  layer.addEventListener("pointerdown", down);
  layer.addEventListener("pointermove", moved);
  layer.addEventListener("pointerup", up);
  layer.addEventListener("pointercancel", up);
  $("fields").addEventListener("drop", dropped);
  new ResizeObserver(render).observe($("form"));
  events.addEventListener("back", changed);
}
