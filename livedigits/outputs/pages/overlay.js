// Shows the values that livedigits reads, on a transparent ground, for OBS and other mixers.
// In the address: ?field=home&field=guest (these alone, in this order), names=off, color=, outline=, size=, font= (CSS).
"use strict";

/** @typedef {{text: string, state: string}} Field */
/** @typedef {{text: string, confidence: number, complete: boolean}} Numeral */
/** @typedef {{fields?: Record<string, Field>, numbers?: Numeral[]}} Values */

const LEAST = 0.5; // as in the picture: numbers of less confidence are not written
const NOTHING = "\u2013"; // stands for a field that cannot be read now
const options = new URLSearchParams(location.search);
const wanted = options.getAll("field");
const list = /** @type {HTMLElement} */ (document.querySelector("#values"));

for (const name of ["color", "outline", "size", "font"]) {
  const value = options.get(name);
  if (value) document.documentElement.style.setProperty(`--${name}`, value);
}
document.body.classList.toggle("no-names", options.get("names") === "off");

/**
 * What is to be shown, as names (of numbers there are none), texts and states.
 * @param {Values} values
 * @returns {[string, string, string][]}
 */
function entries(values) {
  const fields = values.fields;
  if (!fields) {
    const sure = (values.numbers ?? []).filter((number) => number.confidence >= LEAST);
    return sure.map((number) => ["", number.text, number.complete ? "read" : "doubtful"]);
  }
  const names = wanted.length ? wanted.filter((name) => name in fields) : Object.keys(fields);
  return names.map((name) => {
    const { text, state } = fields[name];
    return [name, ["read", "settled"].includes(state) ? text : NOTHING, state];
  });
}

/** @param {Values} values */
function show(values) {
  const items = entries(values).map(([name, text, state]) => {
    const item = document.createElement("li");
    item.dataset.name = name;
    item.dataset.state = state;
    if (name) item.append(part("name", name));
    item.append(part("text", text));
    return item;
  });
  list.replaceChildren(...items);
}

/**
 * @param {string} kind
 * @param {string} text
 */
function part(kind, text) {
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = text;
  return span;
}

const events = new EventSource("/events"); // which comes back by itself
events.onmessage = (/** @type {MessageEvent} */ event) => show(JSON.parse(event.data));
events.onopen = () => document.body.classList.remove("stale");
events.onerror = () => document.body.classList.add("stale"); // what is shown may be old
