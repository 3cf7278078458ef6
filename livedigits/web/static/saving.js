// What can be saved of a result: the command line's JSON, a table, the picture with what was read, and a drawing alone.
import { scaled } from "./answers.js";
import { blobOf, download } from "./dom.js";
import { painted } from "./overlay.js";

/** @param {string} name of a file */
const stem = (name) => name.replace(/\.[^.]*$/, "");

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

/** @param {Answer[]} answers */
const lines = (answers) => answers.map((one) => `${JSON.stringify(plain(one))}\n`).join("");

/** @param {Item} item */
export function saveJson(item) {
  const { answer, answers, name } = item;
  const text = answers ? lines(answers) : JSON.stringify(plain(/** @type {Answer} */ (answer)), null, 1);
  download(new Blob([text], { type: "application/json" }), `${stem(name)}.${answers ? "jsonl" : "json"}`);
}

/**
 * A name as a field of CSV; a spreadsheet takes one that begins so for a formula.
 * @param {string} name
 */
const quoted = (name) => `"${name.replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;

/** @param {Answer[]} answers */
function table(answers) {
  const rows = answers.flatMap(({ source, frame, time, digits, numbers }) =>
    digits.map(({ digit, confidence, box, track }, i) => {
      const number = numbers.find((one) => one.digits.includes(i));
      const whole = number ? [number.text, number.confidence] : ["", ""];
      return [quoted(source), frame, time, digit, confidence, ...box, track ?? "", ...whole].join();
    }),
  );
  const head = "source,frame,time,digit,confidence,x,y,width,height,track,number,number_confidence";
  return new Blob([[head, ...rows, ""].join("\r\n")], { type: "text/csv" });
}

/** @param {Item} item */
export const saveCsv = (item) => download(table(records(item)), `${stem(item.name)}.csv`);

/**
 * The results of many files as one: JSON Lines, or a table.
 * @param {Item[]} items
 * @param {"jsonl" | "csv"} kind
 */
export function saveAll(items, kind) {
  const all = items.flatMap(records);
  download(kind === "csv" ? table(all) : new Blob([lines(all)], { type: "application/json" }), `livedigits.${kind}`);
}

/** @param {Item} item */
export async function savePicture(item) {
  const blob = item.annotated ? await item.annotated() : await pictureOf(item);
  if (blob) download(blob, `${stem(item.name)}-read.png`);
}

/** @param {Item} item */
async function pictureOf({ picture, pictured, answer }) {
  const shown = await picture?.();
  const read = pictured?.() ?? answer;
  if (!shown || !read) return null;
  // A drawing is painted as finely as the screen shows it, which is not the size that is read.
  const factor = shown instanceof HTMLCanvasElement ? shown.width / read.width : 1;
  return blobOf(painted(shown, factor === 1 ? read : scaled(read, factor)), "image/png");
}

/** @param {Item} item */
export async function saveInk({ ink, name }) {
  if (ink) download(await blobOf(ink.canvas(), "image/png"), `${stem(name)}.png`);
}

/** @param {Item} item */
export function saveSvg({ ink, name }) {
  if (ink) download(new Blob([ink.svg()], { type: "image/svg+xml" }), `${stem(name)}.svg`);
}
