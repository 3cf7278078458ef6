// The panel beside the picture: the numbers as text, the chosen digit as the network saw it, and what can be saved.
import { $, copyText, download, make, toast } from "./dom.js";
import { painted } from "./overlay.js";

const state = { item: null, key: "", chosen: -1 };
const bars = Array.from({ length: 10 }, (_, digit) => {
  const meter = make("meter", { min: 0, max: 1, ariaLabel: `Probability of ${digit}` });
  return make("li", {}, make("span", { textContent: digit }), meter, make("span"));
});

/**
 * Show a result. An item has: name; answer (of one picture) or null; text; answers (of a video's frames, optional);
 * picture() -> what can be drawn on a canvas, and of a video pictured() -> the answer that belongs to it; or
 * annotated() -> Blob; live, whether it changes by itself; empty, the words for no text; choose(index), called when a digit is chosen.
 */
export function show(item, chosen = -1) {
  state.item = item;
  const digits = item?.answer?.digits ?? [];
  const text = item?.text ?? item?.answer?.text ?? "";
  if ($("text").textContent !== (text || item?.empty || "nothing yet")) {
    $("text").textContent = text || item?.empty || "nothing yet";
  }
  $("text").classList.toggle("empty", !text);
  $("text").ariaLive = item?.live ? "off" : "polite"; // a camera would never let a screen reader finish
  $("copy").disabled = !text;
  for (const id of ["save-json", "save-csv"]) $(id).disabled = !item?.answer && !item?.answers;
  $("save-picture").disabled = !(item?.answer || item?.answers?.length) || !(item.picture || item.annotated);
  $("digits-card").hidden = !digits.length;
  showChips(digits);
  choose(chosen < digits.length ? chosen : -1, false);
}

export function say(sentence, wrong = false) {
  $("status").textContent = sentence;
  $("status").classList.toggle("wrong", wrong);
}

function showChips(digits) {
  const key = digits.map(({ digit }) => digit).join();
  if (key === state.key) return; // a camera's result is shown many times a second: buttons must stay to be pressed
  state.key = key;
  const focused = [...$("chips").children].indexOf(document.activeElement);
  $("chips").replaceChildren(...digits.map(({ digit }, i) => chip(digit, i)));
  $("chips").children[focused]?.focus();
}

function chip(digit, index) {
  return make("button", { textContent: digit, onclick: () => choose(index) });
}

export function choose(index, tell = true) {
  state.chosen = index;
  const digit = state.item?.answer?.digits[index];
  [...$("chips").children].forEach((button, i) => (button.ariaPressed = String(i === index)));
  $("details").hidden = !digit?.probabilities;
  if (digit?.probabilities) showDetails(digit);
  if (tell) state.item?.choose?.(index);
}

function showDetails({ digit, probabilities, crop }) {
  bars.forEach((bar, i) => {
    bar.className = i === digit ? "best" : "";
    bar.children[1].value = probabilities[i];
    bar.children[2].textContent = `${(100 * probabilities[i]).toFixed(1)}%`;
  });
  const context = $("crop").getContext("2d");
  const image = context.createImageData(28, 28);
  const bytes = crop ? atob(crop) : "";
  for (let i = 0; i < 784; i++) image.data.fill(bytes.charCodeAt(i) || 0, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
  context.putImageData(image, 0, 0);
}

const stem = () => state.item.name.replace(/\.[^.]*$/, "");
const records = () => state.item.answers ?? [state.item.answer];

/** The command line's JSON: without what the page alone shows. */
function plain(answer) {
  const digits = answer.digits.map(({ digit, confidence, box, track }) => ({ digit, confidence, box, track }));
  return { ...answer, digits };
}

function saveJson() {
  const answers = records().map(plain);
  const text = state.item.answers ? answers.map((one) => `${JSON.stringify(one)}\n`).join("") : JSON.stringify(answers[0], null, 1);
  download(new Blob([text], { type: "application/json" }), `${stem()}.${state.item.answers ? "jsonl" : "json"}`);
}

function saveCsv() {
  // A spreadsheet takes a name that begins so for a formula.
  const quoted = (name) => `"${name.replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
  const rows = records().flatMap(({ source, frame, time, digits }) =>
    digits.map(({ digit, confidence, box, track }) => [quoted(source), frame, time, digit, confidence, ...box, track ?? ""].join()),
  );
  const head = "source,frame,time,digit,confidence,x,y,width,height,track";
  download(new Blob([[head, ...rows, ""].join("\r\n")], { type: "text/csv" }), `${stem()}.csv`);
}

async function savePicture() {
  const { item } = state;
  const name = `${stem()}-read.png`;
  if (item.annotated) return download(await item.annotated(), name);
  painted(await item.picture(), item.pictured?.() ?? item.answer).toBlob((blob) => download(blob, name), "image/png");
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
  $("bars").replaceChildren(...bars);
  $("copy").onclick = copy;
  $("save-json").onclick = saveJson;
  $("save-csv").onclick = saveCsv;
  $("save-picture").onclick = savePicture;
  show(null);
}
