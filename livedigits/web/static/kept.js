// The drawing outlives a reload of the page, in this tab of the browser alone; without storage it does not, silently.

/** @typedef {import("./pen.js").Drawing} Drawing */

const NAME = "drawing";
const STEPS = 60; // of undo that are kept

/**
 * Each stroke once, and what undo and redo go to as numbers of strokes.
 * @param {Drawing} drawing
 */
export function keep({ strokes, paper, past, future }) {
  const numbers = /** @type {Map<Stroke, number>} */ (new Map());
  const numbered = (/** @type {Stroke[]} */ some) =>
    some.map((stroke) => numbers.get(stroke) ?? (numbers.set(stroke, numbers.size), numbers.size - 1));
  const steps = [strokes, past.slice(-STEPS), future.slice(-STEPS)].map((part, i) =>
    i ? /** @type {Stroke[][]} */ (part).map(numbered) : numbered(/** @type {Stroke[]} */ (part)),
  );
  const all = [...numbers.keys()].map(({ colour, width, points }) => ({ colour, width, points: points.map((point) => point.map(rounded)) }));
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ paper, all, steps }));
  } catch {
    // storage is switched off, or too small for it
  }
}

/** @param {number} value */
const rounded = (value) => Math.round(value * 100) / 100;

/**
 * What was kept, put into a drawing; whether there was something.
 * @param {Drawing} drawing
 */
export function restore(drawing) {
  try {
    const { paper, all, steps } = JSON.parse(sessionStorage.getItem(NAME) ?? "");
    const meant = (/** @type {number[]} */ numbers) => numbers.map((number) => /** @type {Stroke} */ (all[number]));
    Object.assign(drawing, { paper, strokes: meant(steps[0]), past: steps[1].map(meant), future: steps[2].map(meant) });
    return true;
  } catch {
    return false;
  }
}
