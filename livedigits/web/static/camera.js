// The tab "Camera": which camera, start and stop, pause, snapshot, and boxes over the picture.
import { scaled } from "./answers.js";
import { $, blobOf, button, input, make, painter, select, toast, within, write } from "./dom.js";
import { Feed } from "./feed.js";
import { fit, showBoxes } from "./overlay.js";
import { say, show } from "./result.js";
import { info, readPicture, words } from "./server.js";
import { Watch } from "./watch.js";

/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: "The browser may not use the camera. Allow it beside the page's address, then press Start.",
  NotFoundError: "No camera was found. Plug one in, or choose another, then press Start.",
  NotReadableError: "The camera cannot be opened: another program may be using it. Close that, then press Start.",
  insecure: "Browsers lend a camera only to pages at localhost or over https. Open it on the machine that runs livedigits; for a phone start livedigits web --phone there. Or take a photo, under Files.",
};
const HINT = "Hold digits on paper up to a camera";
const RECENT = 2000; // ms that the rate and the latency are about
const video = $("video", HTMLVideoElement);
const still = $("still", HTMLCanvasElement);
const view = within($("scene"), ".view");
const layer = within(view, ".boxes");
const state = {
  active: false, // whether the tab is open
  resume: false, // whether a camera ran when the tab was left
  attempt: 0, // how often a camera was started or stopped: a start that took long knows by it that it is outdated
  stream: /** @type {MediaStream | null} */ (null), // of the browser's camera
  source: /** @type {CameraSource | null} */ (null), // of the results; null while no camera runs
  answer: /** @type {Answer | null} */ (null), // the newest
  chosen: -1, // which of the answer's digits is looked at
  silent: false, // whether the newest is an old one: the server is gone, or does not answer
  problem: "", // why no camera runs, as a sentence
  recent: /** @type {[number, number][]} */ ([]), // when the last results came, and their latencies, in ms
  rate: "", // what `recent` says
  snapshots: 0, // taken so far
};
let hooks = { openFiles: () => {}, addSnapshot: (/** @type {File} */ _file, /** @type {Answer} */ _answer) => {} };

const mirrored = () => input("camera-mirror").checked && state.stream !== null;

function render() {
  const { source, stream, answer, chosen, problem } = state;
  const runs = source !== null;
  const paused = source?.paused ?? false;
  const stale = state.silent && !paused;
  const [icon, word] = button("camera-start").children;
  icon.firstElementChild?.setAttribute("href", runs ? "#i-stop" : "#i-play");
  write(word, runs ? "Stop" : "Start");
  button("camera-pause").disabled = button("camera-snapshot").disabled = !runs;
  button("camera-pause").ariaPressed = String(paused);
  write(within(button("camera-pause"), "span"), paused ? "Go on" : "Pause");
  $("camera-hint").hidden = runs;
  $("camera-hint").classList.toggle("wrong", problem !== "");
  write($("camera-hint"), problem || HINT);
  $("camera-stats").hidden = !runs;
  write($("camera-stats"), state.rate);
  still.hidden = stream !== null && !paused; // the machine's camera is shown on it, and a picture that is held
  video.hidden = !still.hidden;
  view.classList.toggle("mirrored", mirrored());
  $("scene").classList.toggle("stale", stale);
  if (answer) fit(view, answer.width, answer.height);
  showBoxes(layer, answer, { mirrored: mirrored(), chosen });
  if (!state.active) return;
  const held = paused ? { teach, taught } : {};
  show(answer && { name: "camera.png", answer, empty: "no digits", picture, choose, live: !paused, stale, ...held }, chosen);
}

const picture = () => state.source?.shown ?? still;

const teach = async () => ({ blob: await blobOf(still, "image/png"), width: still.width });

/**
 * Read the picture that is held with what was learned.
 * @param {Blob} blob
 */
async function taught(blob) {
  const { answer } = state;
  if (!answer) return;
  const again = await readPicture(blob, "camera.png");
  if (state.answer !== answer) return; // it went on meanwhile
  state.answer = scaled(again, answer.width / again.width); // that of a machine's camera is smaller than its frame
  state.chosen = -1;
  render();
}

/** @param {number} index */
function choose(index) {
  state.chosen = index;
  render();
}

async function startCamera() {
  stopCamera();
  tell("");
  const { attempt } = state;
  const { value } = select("camera-choice");
  const name = value.slice(value.indexOf(":") + 1);
  try {
    if (value.startsWith("machine:")) state.source = new Watch(name, still, { answered, trouble: failed, silent });
    else await startBrowserCamera(name, attempt);
  } catch (error) {
    if (attempt === state.attempt) failed(reason(error));
  }
  render();
}

/** @param {unknown} error */
function reason(error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return REASONS[name] ?? REASONS[message] ?? `The camera cannot be used: ${message}`;
}

/**
 * @param {string} deviceId empty: any
 * @param {number} attempt
 */
async function startBrowserCamera(deviceId, attempt) {
  const stream = await opened(deviceId);
  if (attempt !== state.attempt) return release(stream); // the tab was left meanwhile, or another camera was started
  const [track] = stream.getVideoTracks();
  track.onended = () => failed("The camera was unplugged or taken away. Press Start to go on.");
  state.stream = stream;
  video.srcObject = stream;
  await video.play();
  if (attempt !== state.attempt) return;
  state.source = new Feed(video, sendSize(), { answered, trouble: say, silent });
  await list();
}

/**
 * @param {string} deviceId
 * @returns {Promise<MediaStream>}
 */
async function opened(deviceId) {
  if (!navigator.mediaDevices) throw new Error("insecure");
  const shape = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  const device = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "environment" }; // a phone's rear one
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...shape, ...device } });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "OverconstrainedError") throw error;
    return navigator.mediaDevices.getUserMedia({ video: shape }); // the one chosen is gone
  }
}

/** @param {MediaStream | null} stream */
function release(stream) {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = null;
    track.stop();
  }
}

function stopCamera() {
  state.source?.stop();
  release(state.stream);
  video.srcObject = null;
  Object.assign(state, { attempt: state.attempt + 1, source: null, stream: null, answer: null, silent: false, recent: [], rate: "" });
  render();
}

/** @param {string} sentence */
function failed(sentence) {
  stopCamera();
  tell(sentence);
}

/** @param {string} sentence */
function tell(sentence) {
  state.problem = sentence;
  render();
  say(sentence, true);
}

/**
 * @param {Answer} answer
 * @param {number} [latency]
 */
function answered(answer, latency = NaN) {
  if (!state.source || state.source.paused) return;
  const track = state.answer?.digits[state.chosen]?.track ?? null;
  if (track !== null) state.chosen = answer.digits.findIndex((digit) => digit.track === track); // it is the same digit
  state.answer = answer;
  state.silent = false;
  state.recent.push([performance.now(), latency]);
  render();
}

/** Nothing more comes for a while: what is shown is not what the camera sees. */
function silent() {
  state.silent = true;
  render();
}

/** The rate and the median latency of the last seconds. */
function measure() {
  const now = performance.now();
  state.recent = state.recent.filter(([when]) => now - when < RECENT);
  const { source, recent } = state;
  if (!source || source.paused) return;
  if (state.answer && !recent.length) return silent();
  if (recent.length < 2) return;
  const rate = ((recent.length - 1) * 1000) / (recent[recent.length - 1][0] - recent[0][0]);
  const latencies = recent.map(([, latency]) => latency).filter(Number.isFinite).sort((a, b) => a - b);
  const middle = latencies.length ? ` · ${latencies[latencies.length >> 1].toFixed(0)} ms` : "";
  state.rate = `${rate.toFixed(0)} a second${middle}`;
  render();
}

/** Show the picture that the last result is about, and let it be looked at; or go on. */
async function pause() {
  const { source, stream, answer } = state;
  if (!source) return;
  source.paused = !source.paused;
  state.chosen = -1;
  if (source.paused && stream) {
    [still.width, still.height] = [source.shown.width, source.shown.height];
    painter(still).drawImage(source.shown, 0, 0);
  }
  render();
  if (!source.paused || !answer) return;
  try {
    await addDetails(answer, await blobOf(still, "image/png"));
  } catch (error) {
    say(words(error), true);
  }
  render();
}

/**
 * Give the digits of a followed frame what only a single picture's result has: probabilities and crops.
 * @param {Answer} followed
 * @param {Blob} blob
 */
async function addDetails(followed, blob) {
  const { digits } = await readPicture(blob, "camera.png");
  for (const digit of followed.digits) {
    const same = digits.find((other) => other.digit === digit.digit && distance(other.box, digit.box) < digit.box[3]);
    if (same) Object.assign(digit, { probabilities: same.probabilities, crop: same.crop, around: same.around });
  }
}

/**
 * @param {Box} a
 * @param {Box} b
 */
const distance = (a, b) => a.reduce((sum, side, i) => sum + Math.abs(side - b[i]), 0);

/** @param {Canvas} shown */
function copied(shown) {
  const taken = make("canvas", { width: shown.width, height: shown.height });
  painter(taken).drawImage(shown, 0, 0);
  return blobOf(taken, "image/png");
}

/**
 * The picture, and the box of its digit that is meant: of the one that is chosen, else of the middlemost; null for none.
 * @returns {Promise<{ blob: Blob, box: Box } | null>}
 */
export async function written() {
  const { source, answer, chosen } = state;
  if (!source || !answer) return null;
  const blob = await copied(source.shown);
  const { digits, width } = await readPicture(blob, "lesson.png");
  const [x, y, w, h] = (answer.digits[chosen]?.box ?? [0, 0, answer.width, answer.height]).map((side) => (side * width) / answer.width);
  const off = digits.map(({ box: [left, top, wide, high] }) => Math.hypot(left + wide / 2 - x - w / 2, top + high / 2 - y - h / 2));
  const box = digits[off.indexOf(Math.min(...off))]?.box;
  return box ? { blob, box } : null;
}

async function snapshot() {
  const { answer, source } = state;
  if (!answer || !source) return;
  state.snapshots += 1;
  const name = `snapshot-${state.snapshots}.png`;
  const blob = await copied(source.shown);
  hooks.addSnapshot(new File([blob], name, { type: "image/png" }), { ...answer, source: name });
  toast(`${name} is under Files`, "Show it", hooks.openFiles);
}

/** Fill the choice of cameras: the browser's, and those of the machine that runs the server. */
export async function list() {
  const choice = select("camera-choice");
  const current = state.stream?.getVideoTracks()[0]?.getSettings().deviceId;
  const kept = current ? `browser:${current}` : choice.value;
  const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  const cameras = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId);
  const own = cameras.map(({ deviceId, label }, i) => new Option(label || `Camera ${i + 1}`, `browser:${deviceId}`));
  if (!own.length) own.push(new Option("The browser's camera", "browser:"));
  const others = info.cameras.map((name) => new Option(/^\d+$/.test(name) ? `Camera ${name}` : name, `machine:${name}`));
  const groups = [make("optgroup", { label: "Of this browser" }, ...own)];
  if (others.length) groups.push(make("optgroup", { label: "Of livedigits' machine" }, ...others));
  choice.replaceChildren(...groups);
  choice.value = kept;
  if (choice.selectedIndex < 0) choice.selectedIndex = 0;
}

const sendSize = () => Number(select("camera-size").value);

function resized() {
  if (state.source instanceof Feed) state.source.size = sendSize();
}

function toggle() {
  if (state.source) stopCamera();
  else startCamera();
}

export function enter() {
  state.active = true;
  say("");
  render();
  if (state.resume) startCamera();
}

/** Nobody looks: the camera is let go. */
export function leave() {
  state.resume = state.source !== null;
  state.active = false;
  stopCamera();
}

/** @param {typeof hooks} given */
export function start(given) {
  hooks = given;
  button("camera-start").onclick = toggle;
  button("camera-pause").onclick = pause;
  button("camera-snapshot").onclick = snapshot;
  select("camera-choice").onchange = () => state.source && startCamera();
  select("camera-size").onchange = resized;
  input("camera-mirror").onchange = render;
  navigator.mediaDevices?.addEventListener("devicechange", list);
  new ResizeObserver(render).observe($("scene"));
  setInterval(measure, 500);
  render();
  list();
}
