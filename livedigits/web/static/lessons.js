// Teaching from the start: 0 to 9 are asked for one after another, up to fifteen times, and each is learned as it is written.
import { $, blobOf, button, make, paintCrop, painter, write } from "./dom.js";
import * as draw from "./draw.js";
import { info, learn, readPicture, words } from "./server.js";
import { taught } from "./teach.js";

const ROUNDS = 15;
const seen = make("canvas", { width: 28, height: 28 });
const state = {
  on: false,
  asked: 0, // how many digits were written or passed over
  busy: false,
  said: "",
  wrong: false,
  sure: /** @type {number[]} */ ([]), // of the digits of this round, after each was learned
};

const digit = () => String(state.asked % 10);

function render() {
  const round = Math.floor(state.asked / 10) + 1;
  $("lesson").hidden = !state.on;
  write($("lesson-digit"), digit());
  write($("lesson-round"), `round ${round} of ${ROUNDS}`);
  for (const name of ["done", "skip", "stop"]) button(`lesson-${name}`).disabled = state.busy;
  write($("lesson-said"), state.said);
  $("lesson-said").classList.toggle("wrong", state.wrong);
}

/** Ask for the digits from 0 on. */
export function begin() {
  if (!info.profile) return;
  Object.assign(state, { on: true, asked: 0, said: "", wrong: false, sure: [] });
  draw.clear();
  render();
  $("paper").focus({ preventScroll: true });
}

async function done() {
  if (!state.on || state.busy) return;
  const seen = await draw.written();
  if (!seen) return tell("Write it first.", true);
  state.busy = true;
  render();
  try {
    const { key, samples } = await learn(seen.blob, digit(), seen.box);
    const sure = await show(seen);
    state.sure.push(sure);
    await taught(key, `learned ${digit()}; this profile now has ${samples} crop${samples === 1 ? "" : "s"}`);
    tell(`It saw this, and is now ${percent(sure)} sure that it is a ${digit()}.`);
    next();
  } catch (error) {
    tell(words(error), true);
  }
  state.busy = false;
  render();
}

/**
 * Show the digit as the network got it; how sure it is now that it is the one that was asked for, 0 to 1.
 * @param {{ blob: Blob, box: Box }} seen
 */
async function show({ blob, box }) {
  const { digits } = await readPicture(blob, "lesson.png");
  const [x, y, w, h] = box;
  const found = digits.find(({ box: [left, top, wide, high] }) => Math.abs(left + wide / 2 - x - w / 2) < w / 2 + 1 && Math.abs(top + high / 2 - y - h / 2) < h / 2 + 1);
  paintCrop(painter(seen), found?.crop);
  const picture = $("lesson-crop", HTMLImageElement);
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(await blobOf(seen, "image/png"));
  picture.hidden = false;
  return found?.probabilities?.[Number(digit())] ?? 0;
}

/** @param {number} share */
const percent = (share) => `${Math.min(99, Math.round(100 * share))} %`;

function next() {
  state.asked += 1;
  draw.clear();
  if (state.asked % 10 === 0 && state.sure.length) {
    const mean = state.sure.reduce((sum, one) => sum + one, 0) / state.sure.length;
    state.said += ` That was 0 to 9: ${percent(mean)} sure on the whole. Once more makes it surer; or stop.`;
    state.sure = [];
  }
  if (state.asked >= 10 * ROUNDS) stop();
}

function skip() {
  next();
  render();
}

function stop() {
  state.on = false;
  render();
}

/** @param {string} sentence @param {boolean} wrong */
function tell(sentence, wrong = false) {
  Object.assign(state, { said: sentence, wrong });
  render();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (!state.on || event.key !== "Enter" || !(event.target instanceof Element) || event.target.matches("button, input, select")) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // or it would put the keyboard's pen down
  done();
}

export function start() {
  button("lesson-done").onclick = done;
  button("lesson-skip").onclick = skip;
  button("lesson-stop").onclick = stop;
  addEventListener("keydown", pressed, { capture: true });
}
