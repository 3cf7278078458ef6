// Fields as a TOML file; taking one apart is the server's, which knows what is wrong with it.
import { post } from "./server.js";

/** @typedef {{ anchor: string | null, share: boolean, fields: NamedField[] }} FieldFile */

const text = (/** @type {string} */ value) => JSON.stringify(value).replaceAll("\x7f", "\\u007f");
const rounded = (/** @type {number} */ value) => Math.round(value * 10) / 10;

/**
 * The corners as a file has them: x, y, width, height of a rectangle, else all four.
 * @param {NamedField["corners"]} corners
 */
function region(corners) {
  const points = corners.map((point) => point.map(rounded));
  const [[x, y], [right, top], [far, bottom], [left, low]] = points;
  const upright = y === top && right === far && bottom === low && left === x;
  return upright ? `[${x}, ${y}, ${rounded(right - x)}, ${rounded(bottom - y)}]` : JSON.stringify(points);
}

/**
 * The text of a file that names fields.
 * @param {NamedField[]} fields
 * @param {string | null} anchor
 */
export function written(fields, anchor) {
  const lines = anchor === null ? [] : [`anchor = ${text(anchor)}`];
  lines.push('unit = "px"');
  for (const field of fields) {
    lines.push("", `[fields.${text(field.name)}]`, `region = ${region(field.corners)}`);
    if (field.expect) lines.push(`expect = ${text(field.expect)}`);
    for (const key of /** @type {const} */ (["least", "greatest", "confidence"])) if (field[key] !== null) lines.push(`${key} = ${field[key]}`);
    if (!field.settle) continue;
    lines.push(`[fields.${text(field.name)}.settle]`);
    for (const [key, value] of Object.entries(field.settle)) if (value !== null) lines.push(`${key} = ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

/**
 * The fields that a file's text names.
 * @param {string} toml
 * @returns {Promise<FieldFile>}
 */
export async function taken(toml) {
  return (await post(`/api/fields/parsed?toml=${encodeURIComponent(toml)}`, new Blob())).json();
}

/**
 * What a picture holds in fields.
 * @param {Blob} picture
 * @param {NamedField[]} fields
 * @returns {Promise<{ width: number, height: number, fields: Record<string, FieldValue> }>}
 */
export async function readFields(picture, fields) {
  return (await post(`/api/fields?toml=${encodeURIComponent(written(fields, null))}`, picture)).json();
}
