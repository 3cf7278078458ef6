// The panel beside the picture: the numbers as text, the chosen digit as the network saw it, and what can be saved.
import { $, blobOf, button, copyText, download, make, paintCrop, painter, toast, write } from "./dom.js";
import { painted } from "./overlay.js";
import { offer, pick } from "./teach.js";

const state = {
  item: /** @type {Item | null} */ (null), // what is shown
  chosen: -1, // which of its digits is looked at
  chips: "", // the digits that have a button each
  written: "", // what the text and its marks stand for
};
const bars = Array.from({ length: 10 }, (_, digit) => {
  const meter = make("meter", { min: 0, max: 1, ariaLabel: `Probability of ${digit}` });
  const share = make("span");
  return { meter, share, row: make("li", {}, make("span", { textContent: String(digit) }), meter, share) };
});

/**
 * Show a result, or that there is none.
 * @param {Item | null} item
 * @param {number} chosen
 */
export function show(item, chosen = -1) {
  state.item = item;
  state.chosen = chosen < (item?.answer?.digits.length ?? 0) ? chosen : -1;
  render();
  offer(item, item?.pictured ? chosen : state.chosen);
}

/**
 * Say how it stands.
 * @param {string} sentence
 * @param {boolean} wrong
 */
export function say(sentence, wrong = false) {
  write($("status"), sentence);
  $("status").classList.toggle("wrong", wrong);
}

function render() {
  const { item } = state;
  const digits = item?.answer?.digits ?? [];
  const text = item?.text ?? item?.answer?.text ?? "";
  renderText(text || item?.empty || "nothing yet", item?.text === undefined ? (item?.answer?.numbers ?? []) : []);
  $("text").classList.toggle("empty", !text);
  $("text").ariaLive = item?.live ? "off" : "polite"; // a camera would never let a screen reader finish
  button("copy").disabled = !text;
  button("save-json").disabled = button("save-csv").disabled = !item?.answer && !item?.answers;
  button("save-picture").disabled = !(item?.answer || item?.answers?.length) || !(item.picture || item.annotated);
  $("digits-card").hidden = !digits.length;
  renderChips(digits);
  const digit = digits[state.chosen];
  $("details").hidden = !digit?.probabilities;
  if (digit?.probabilities) renderDetails(digit.digit, digit.probabilities, digit.crop);
}

/**
 * The text, each number that was probably cut short within an element of its own, whose dots are no part of the text:
 * what is copied are the digits that were read.
 * @param {string} text
 * @param {NumberRead[]} numbers that it consists of, in its order
 */
function renderText(text, numbers) {
  const key = JSON.stringify([text, numbers.map(({ complete }) => complete)]);
  if (key === state.written) return;
  state.written = key; // only now: what stays is neither laid out again nor read aloud
  let next = 0;
  const parts = text.split(/(\s+)/).map((part) => {
    const whole = !/\S/.test(part) || (numbers[next++]?.complete ?? true);
    return whole ? part : make("span", { className: "short", title: "Perhaps cut short", textContent: part });
  });
  $("text").replaceChildren(...parts);
}

/** @param {Digit[]} digits */
function renderChips(digits) {
  const key = digits.map(({ digit }) => digit).join();
  const chips = $("chips");
  if (key !== state.chips) {
    // Only now: a camera's result is shown many times a second, and buttons must stay to be pressed.
    state.chips = key;
    const focused = [...chips.children].findIndex((chip) => chip === document.activeElement);
    chips.replaceChildren(...digits.map(({ digit }, i) => make("button", { textContent: String(digit), onclick: () => choose(i) })));
    if (focused in chips.children) /** @type {HTMLElement} */ (chips.children[focused]).focus();
  }
  [...chips.children].forEach((chip, i) => (chip.ariaPressed = String(i === state.chosen)));
}

/** @param {number} index */
function choose(index) {
  state.chosen = index;
  render();
  state.item?.choose(index);
  pick();
}

/**
 * @param {number} digit
 * @param {number[]} probabilities
 * @param {string | null} [crop]
 */
function renderDetails(digit, probabilities, crop) {
  bars.forEach(({ row, meter, share }, i) => {
    row.className = i === digit ? "best" : "";
    meter.value = probabilities[i];
    write(share, `${(100 * probabilities[i]).toFixed(1)}%`);
  });
  paintCrop(painter($("crop", HTMLCanvasElement)), crop);
}

/** @param {Item} item */
const stem = ({ name }) => name.replace(/\.[^.]*$/, "");

/**
 * @param {Item} item
 * @returns {Answer[]}
 */
const records = ({ answer, answers }) => answers ?? (answer ? [answer] : []);

/**
 * The command line's JSON: without what the page alone shows.
 * @param {Answer} answer
 */
function plain(answer) {
  const digits = answer.digits.map(({ digit, confidence, box, track }) => ({ digit, confidence, box, track }));
  return { ...answer, digits };
}

/** @param {Item} item */
function saveJson(item) {
  const answers = records(item).map(plain);
  const text = item.answers ? answers.map((one) => `${JSON.stringify(one)}\n`).join("") : JSON.stringify(answers[0], null, 1);
  download(new Blob([text], { type: "application/json" }), `${stem(item)}.${item.answers ? "jsonl" : "json"}`);
}

/**
 * A name as a field of CSV; a spreadsheet takes one that begins so for a formula.
 * @param {string} name
 */
const quoted = (name) => `"${name.replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;

/** @param {Item} item */
function saveCsv(item) {
  const rows = records(item).flatMap(({ source, frame, time, digits }) =>
    digits.map(({ digit, confidence, box, track }) => [quoted(source), frame, time, digit, confidence, ...box, track ?? ""].join()),
  );
  const head = "source,frame,time,digit,confidence,x,y,width,height,track";
  download(new Blob([[head, ...rows, ""].join("\r\n")], { type: "text/csv" }), `${stem(item)}.csv`);
}

/** @param {Item} item */
async function savePicture(item) {
  const blob = item.annotated ? await item.annotated() : await pictureOf(item);
  if (blob) download(blob, `${stem(item)}-read.png`);
}

/** @param {Item} item */
async function pictureOf({ picture, pictured, answer }) {
  const shown = await picture?.();
  const read = pictured?.() ?? answer;
  return shown && read && blobOf(painted(shown, read), "image/png");
}

async function copy() {
  try {
    await copyText($("text").textContent);
    toast("Copied");
  } catch {
    toast("The browser did not allow it: select the numbers and copy them");
  }
}

export function start() {
  $("bars").replaceChildren(...bars.map(({ row }) => row));
  button("copy").onclick = copy;
  button("save-json").onclick = () => state.item && saveJson(state.item);
  button("save-csv").onclick = () => state.item && saveCsv(state.item);
  button("save-picture").onclick = () => state.item && savePicture(state.item);
  render();
}
