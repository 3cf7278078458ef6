// Teaching from the start: 0 to 9 are asked for one after another, up to fifteen times, and each is learned as it is drawn
// or, on the tab "Camera", held up.
import * as camera from "./camera.js";
import { $, blobOf, button, make, paintCrop, painter, within, write } from "./dom.js";
import * as draw from "./draw.js";
import { info, learn, readPicture, words } from "./server.js";
import { taught } from "./teach.js";

const ROUNDS = 15;
const NOTHING = { draw: "Write it first.", camera: "No digit is read there: hold it up to the camera." };
const seen = make("canvas", { width: 28, height: 28 });
const state = {
  on: false,
  tab: /** @type {"draw" | "camera"} */ ("draw"), // where it is written
  shown: false, // whether that tab is open
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

/**
 * Another tab is open: the lesson goes with it where digits can be written.
 * @param {string} tab
 */
export function enter(tab) {
  state.shown = tab === "draw" || tab === "camera";
  if (tab !== "draw" && tab !== "camera") return;
  state.tab = tab;
  within($(tab), ".stage").before($("lesson"));
}

/** Ask for the digits from 0 on. */
export function begin() {
  if (!info.profile) return;
  const said = state.tab === "camera" ? "Hold it up alone, or press Pause and click the one that is meant." : "";
  Object.assign(state, { on: true, asked: 0, said, wrong: false, sure: [] });
  if (state.tab === "draw") draw.clear();
  render();
  if (state.tab === "draw") $("paper").focus({ preventScroll: true });
}

async function done() {
  if (!state.on || state.busy) return;
  state.busy = true;
  render();
  try {
    const seen = await (state.tab === "draw" ? draw : camera).written();
    if (!seen) throw new Error(NOTHING[state.tab]);
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
  if (state.tab === "draw") draw.clear();
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
  if (!state.on || !state.shown || event.key !== "Enter" || !(event.target instanceof Element) || event.target.matches("button, input, select")) return;
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
