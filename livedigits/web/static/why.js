// Why? Which parts of the chosen digit's crop speak for it, painted over the crop.
import { $, button, paintCrop, painter, write } from "./dom.js";
import { post, words } from "./server.js";

const FOR = [64, 156, 255]; // blue and orange: told apart by the colour-blind, too
const AGAINST = [255, 140, 40];
const FAINT = 1; // log odds: as much as has full colour at least, so that noise has none
const PLAIN = "as the network got it, 28 × 28";

const state = {
  on: false,
  digit: /** @type {Digit | null} */ (null), // that is looked at
};
/** @type {WeakMap<Digit, number[]>} */
const known = new WeakMap();

/**
 * Paint a digit's crop, and over it what speaks for the digit where that was asked for.
 * @param {Digit | null} digit
 */
export function showCrop(digit) {
  state.digit = digit;
  button("why").disabled = !digit?.crop || !digit.around;
  button("why").ariaPressed = String(state.on);
  const context = painter($("crop", HTMLCanvasElement), { willReadFrequently: true });
  paintCrop(context, digit?.crop);
  write($("crop-note"), PLAIN);
  if (!state.on || !digit?.crop || !digit.around) return;
  const parts = known.get(digit);
  if (!parts) return void ask(digit);
  paintOver(context, parts);
  write($("crop-note"), `Blue speaks for the ${digit.digit}, orange against it.`);
}

/** @param {Digit} digit */
async function ask(digit) {
  const { crop, around, digit: label } = digit;
  write($("crop-note"), "…");
  try {
    const response = await post("/api/why", new Blob([JSON.stringify({ crop, around, digit: label })], { type: "application/json" }));
    known.set(digit, (await response.json()).evidence);
    if (state.digit === digit) showCrop(digit);
  } catch (error) {
    if (state.digit === digit) write($("crop-note"), words(error));
  }
}

/**
 * @param {CanvasRenderingContext2D} context of a canvas of 28 by 28 px
 * @param {number[]} parts log odds, row by row
 */
function paintOver(context, parts) {
  const image = context.getImageData(0, 0, 28, 28);
  const most = Math.max(FAINT, ...parts.map(Math.abs));
  parts.forEach((part, i) => {
    const share = Math.min(1, Math.abs(part) / most) * 0.85;
    const colour = part > 0 ? FOR : AGAINST;
    for (let k = 0; k < 3; k++) {
      const grey = image.data[4 * i + k];
      image.data[4 * i + k] = grey + share * (colour[k] * (0.35 + (0.65 * grey) / 255) - grey);
    }
  });
  context.putImageData(image, 0, 0);
}

export function start() {
  button("why").onclick = () => ((state.on = !state.on), showCrop(state.digit));
}
