// The panel beside the picture: the numbers as text, the chosen digit as the network saw it, and what can be saved.
import { $, button, copyText, make, toast, write } from "./dom.js";
import { percent } from "./overlay.js";
import { saveCsv, saveInk, saveJson, savePicture, saveSvg } from "./saving.js";
import { offer, pick } from "./teach.js";
import * as why from "./why.js";

const state = {
  item: /** @type {Item | null} */ (null), // what is shown
  chosen: -1, // which of its digits is looked at, or, counted on, which of its numbers
  chips: "", // the digits and numbers that have a button each
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
  const { digits = [], numbers = [] } = item?.answer ?? {};
  state.chosen = chosen < digits.length + numbers.length ? chosen : -1;
  render();
  const digit = state.chosen < digits.length ? state.chosen : -1;
  offer(item, item?.pictured ? chosen : digit);
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
  $("result").classList.toggle("stale", item?.stale ?? false);
  $("text").ariaLive = item?.live ? "off" : "polite"; // a camera would never let a screen reader finish
  button("copy").disabled = !text;
  button("save-json").disabled = button("save-csv").disabled = !item?.answer && !item?.answers;
  button("save-picture").disabled = !(item?.answer || item?.answers?.length) || !(item.picture || item.annotated);
  button("save-ink").hidden = button("save-svg").hidden = !item?.ink;
  $("digits-card").hidden = !digits.length;
  renderChips(item?.answer ?? null);
  const digit = digits[state.chosen];
  $("details").hidden = !digit?.probabilities;
  if (digit?.probabilities) renderDetails(digit, digit.probabilities);
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

/** @param {Answer | null} answer */
function renderChips(answer) {
  const { digits = [], numbers = [] } = answer ?? {};
  const wholes = numbers.map((_, k) => k).filter((k) => numbers[k].digits.length > 1);
  const key = [digits.map(({ digit }) => digit), wholes.map((k) => numbers[k].text)].join(";");
  if (key !== state.chips) {
    // Only now: a camera's result is shown many times a second, and buttons must stay to be pressed.
    state.chips = key;
    refill($("wholes"), wholes.map((k) => make("button", { onclick: () => choose(digits.length + k) }, make("span"), " ", make("small"))));
    refill($("chips"), digits.map(({ digit }, i) => make("button", { textContent: String(digit), onclick: () => choose(i) })));
  }
  [...$("chips").children].forEach((chip, i) => {
    chip.ariaPressed = String(i === state.chosen);
    chip.ariaLabel = `${digits[i].digit}, ${percent(digits[i].confidence)} sure`;
    chip.classList.toggle("part", numbers[state.chosen - digits.length]?.digits.includes(i) ?? false);
  });
  [...$("wholes").children].forEach((chip, i) => {
    const { text, confidence, complete } = numbers[wholes[i]];
    chip.ariaPressed = String(digits.length + wholes[i] === state.chosen);
    chip.ariaLabel = complete ? `number ${text} ${percent(confidence)} sure` : `number …${text}… perhaps cut short`;
    write(chip.children[0], complete ? text : `…${text}…`);
    write(chip.children[1], complete ? percent(confidence) : "");
  });
  renderNumber(digits, numbers[state.chosen - digits.length]);
}

/**
 * Other buttons in a row; the place that had the keyboard's focus keeps it.
 * @param {HTMLElement} row
 * @param {HTMLElement[]} chips
 */
function refill(row, chips) {
  const focused = [...row.children].findIndex((chip) => chip === document.activeElement);
  row.replaceChildren(...chips);
  if (focused >= 0) chips[focused]?.focus();
}

/**
 * What is known of the number that is looked at.
 * @param {Digit[]} digits
 * @param {NumberRead | undefined} number
 */
function renderNumber(digits, number) {
  $("whole").hidden = !number;
  if (!number) return;
  const least = number.digits.map((i) => digits[i]).reduce((a, b) => (b.confidence < a.confidence ? b : a));
  const sure = number.complete ? `${percent(number.confidence)} sure as a whole` : "perhaps cut short";
  write($("whole"), `${number.text}: ${sure}; its least sure digit is the ${least.digit}, ${percent(least.confidence)}.`);
}

/** @param {number} index */
function choose(index) {
  state.chosen = index;
  render();
  state.item?.choose(index);
  pick();
}

/**
 * @param {Digit} digit
 * @param {number[]} probabilities
 */
function renderDetails(digit, probabilities) {
  bars.forEach(({ row, meter, share }, i) => {
    row.className = i === digit.digit ? "best" : "";
    meter.value = probabilities[i];
    write(share, `${(100 * probabilities[i]).toFixed(1)}%`);
  });
  why.showCrop(digit);
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
  why.start();
  button("copy").onclick = copy;
  button("save-json").onclick = () => state.item && saveJson(state.item);
  button("save-csv").onclick = () => state.item && saveCsv(state.item);
  button("save-picture").onclick = () => state.item && savePicture(state.item);
  button("save-ink").onclick = () => state.item && saveInk(state.item);
  button("save-svg").onclick = () => state.item && saveSvg(state.item);
  render();
}
