// A list of doubtful fields, shown with room for what is right. The page beside a list has this in itself, and the tab
// Fields of the served page takes it, too; livedigits.outputs.doubtful writes such lists.

/** @typedef {Record<string, string>} Row by column */

export const NAME = "doubtful.csv";
const COLUMNS = ["source", "frame", "field", "state", "read", "confidence", "crop", "correct"];

/**
 * The rows of a list, from its CSV.
 * @param {string} text
 * @returns {Row[]}
 */
export function parsed(text) {
  /** @type {string[][]} */
  const table = [[]];
  for (const [, cell, end] of text.replace(/^\ufeff/, "").matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|\r|$)/g)) {
    table[table.length - 1].push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end !== ",") table.push([]);
  }
  const [names, ...rows] = table.filter((row) => row.length > 1);
  const missing = COLUMNS.find((column) => !names?.includes(column));
  if (missing) throw new Error(`This is no list of doubtful fields: it has no column ${missing}.`);
  return rows.map((row) => Object.fromEntries(COLUMNS.map((column) => [column, row[names.indexOf(column)] ?? ""])));
}

/**
 * The CSV of rows, which livedigits corrections merges.
 * @param {Row[]} rows
 */
export function written(rows) {
  const cell = (/** @type {string} */ text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column]))];
  return lines.map((line) => `${line.map(cell).join(",")}\n`).join("");
}

/**
 * Show rows, each with its crop; what is typed is put into them.
 * @param {HTMLElement} list
 * @param {Row[]} rows
 * @param {(crop: string) => string} address of a crop's picture, by the name of its file
 * @param {(count: string) => void} counted is told how many are corrected, in words
 */
export function show(list, rows, address, counted) {
  const count = () => counted(`${rows.filter((row) => row.correct).length} of ${rows.length} corrected`);
  const inputs = rows.map((row) => made("input", { value: row.correct, placeholder: row.read || "nothing read" }));
  const items = rows.map((row, i) => {
    const input = inputs[i];
    const given = () => input.classList.toggle("given", row.correct !== "");
    input.oninput = () => ((row.correct = input.value.trim()), given(), count());
    input.onkeydown = (event) => {
      if (event.key === "Enter") inputs[i + 1]?.focus();
    };
    given();
    const where = made("small", { textContent: `${row.source}, frame ${row.frame}: ${row.state}` });
    const image = made("img", { src: address(row.crop), alt: `${row.field} of ${row.source}`, loading: "lazy" });
    return made("li", {}, image, made("label", {}, row.field, where, input));
  });
  list.replaceChildren(...items);
  count();
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {object} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
