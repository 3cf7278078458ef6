// The tab "Camera": which camera, start and stop, pause, snapshot, and boxes over the picture.
import { $, blobOf, make, toast } from "./dom.js";
import { Feed } from "./feed.js";
import { fit, showBoxes } from "./overlay.js";
import { say, show } from "./result.js";
import { info, readPicture } from "./server.js";
import { Watch } from "./watch.js";

const REASONS = {
  NotAllowedError: "The browser may not use the camera. Allow it beside the page's address, then press Start.",
  NotFoundError: "No camera was found. Plug one in, or choose another, then press Start.",
  NotReadableError: "The camera cannot be opened: another program may be using it. Close that, then press Start.",
  insecure: "Browsers lend a camera only to pages at localhost or over https. Open the page on the machine that runs livedigits.",
};
const HINT = "Hold digits on paper up to a camera";
const video = $("video");
const still = $("still");
const view = $("scene").querySelector(".view");
const layer = view.querySelector(".boxes");
const numbers = { snapshot: 0, chosen: -1 };
let hooks = {};
let stream = null; // of the browser's camera
let source = null; // Feed or Watch
let answer = null;
let wanted = false; // it ran when the tab was left
let active = false;
let recent = []; // [when, latency] of the last results

const mirrored = () => $("camera-mirror").checked && stream !== null;

async function startCamera() {
  stopCamera();
  trouble("");
  const [kind, name] = split($("camera-choice").value);
  try {
    if (kind === "machine") source = new Watch(name, still, { answered, trouble: failed });
    else await startBrowserCamera(name);
  } catch (error) {
    return failed(REASONS[error.name] ?? REASONS[error.message] ?? `The camera cannot be used: ${error.message}`);
  }
  running(true);
}

async function startBrowserCamera(deviceId) {
  if (!navigator.mediaDevices) throw new Error("insecure");
  const shape = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  const device = deviceId ? { deviceId: { exact: deviceId } } : {};
  const constraints = { video: { ...shape, ...device } };
  const opened = await navigator.mediaDevices.getUserMedia(constraints).catch((error) => {
    if (error.name !== "OverconstrainedError") throw error;
    return navigator.mediaDevices.getUserMedia({ video: shape }); // the one chosen is gone
  });
  if (!active) return opened.getTracks().forEach((track) => track.stop()); // the tab was left meanwhile
  stream = opened;
  const [track] = stream.getVideoTracks();
  track.onended = () => failed("The camera was unplugged or taken away. Press Start to go on.");
  $("camera-mirror").checked = track.getSettings().facingMode !== "environment";
  video.srcObject = stream;
  await video.play();
  source = new Feed(video, { answered, trouble: say });
  source.size = Number($("camera-size").value);
  await list();
  mirror();
}

function stopCamera() {
  source?.stop();
  stream?.getTracks().forEach((track) => (track.onended = track.stop()));
  source = stream = answer = null;
  video.srcObject = null;
  recent = [];
  running(false);
  present();
}

function running(on) {
  const [icon, text] = $("camera-start").children;
  icon.firstElementChild.setAttribute("href", on ? "#i-stop" : "#i-play");
  text.textContent = on ? "Stop" : "Start";
  $("camera-pause").disabled = $("camera-snapshot").disabled = !on;
  $("camera-hint").hidden = on;
  $("camera-stats").hidden = !on;
  $("camera-stats").textContent = "";
  freeze(false);
}

function failed(sentence) {
  stopCamera();
  trouble(sentence);
}

function trouble(sentence) {
  $("camera-hint").textContent = sentence || HINT;
  $("camera-hint").classList.toggle("wrong", Boolean(sentence));
  say(sentence, true);
}

function answered(result, latency) {
  if (source.paused) return;
  answer = result;
  present();
  recent.push([performance.now(), latency]);
}

function present() {
  if (answer) fit(view, answer.width, answer.height);
  showBoxes(layer, answer, { mirrored: mirrored(), chosen: numbers.chosen });
  if (active) show(answer && { name: "camera.png", answer, empty: "no digits", picture: () => source.shown, choose: chosen, live: !source?.paused }, numbers.chosen);
}

function chosen(index) {
  numbers.chosen = index;
  showBoxes(layer, answer, { mirrored: mirrored(), chosen: index });
}

/** The rate and the median latency of the last seconds. */
function showStats() {
  const now = performance.now();
  recent = recent.filter(([when]) => now - when < 2000);
  if (!source || source.paused || recent.length < 2) return;
  const rate = ((recent.length - 1) * 1000) / (recent.at(-1)[0] - recent[0][0]);
  const latencies = recent.map(([, latency]) => latency).filter(Number.isFinite).sort((a, b) => a - b);
  const middle = latencies[latencies.length >> 1];
  $("camera-stats").textContent = `${rate.toFixed(0)} a second${middle === undefined ? "" : ` · ${middle.toFixed(0)} ms`}`;
}

/** Show the picture that the last result is about, and let it be looked at; or go on. */
async function pause() {
  const on = !source.paused;
  source.paused = on;
  numbers.chosen = -1;
  if (on && stream) {
    [still.width, still.height] = [source.shown.width, source.shown.height];
    still.getContext("2d").drawImage(source.shown, 0, 0);
  }
  freeze(on);
  if (!on || !answer) return;
  const paused = answer;
  await addDetails(paused, await blobOf(still, "image/png")).catch((error) => say(error.message, true));
  if (answer === paused) present();
}

function freeze(on) {
  $("camera-pause").ariaPressed = String(on);
  $("camera-pause").lastElementChild.textContent = on ? "Go on" : "Pause";
  still.hidden = stream !== null && !on;
  video.hidden = !still.hidden;
}

/** Give the digits of a followed frame what only a single picture's result has: probabilities and crops. */
async function addDetails(followed, blob) {
  const { digits } = await readPicture(blob, "camera.png");
  const distance = (a, b) => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]) + Math.abs(a[3] - b[3]);
  for (const digit of followed.digits) {
    const same = digits.find((other) => other.digit === digit.digit && distance(other.box, digit.box) < digit.box[3]);
    if (same) Object.assign(digit, { probabilities: same.probabilities, crop: same.crop });
  }
}

async function snapshot() {
  if (!answer) return;
  const [taken, picture] = [answer, make("canvas", { width: source.shown.width, height: source.shown.height })];
  picture.getContext("2d").drawImage(source.shown, 0, 0);
  numbers.snapshot += 1;
  const name = `snapshot-${numbers.snapshot}.png`;
  const blob = await blobOf(picture, "image/png");
  hooks.addSnapshot(new File([blob], name, { type: "image/png" }), { ...taken, source: name });
  toast(`${name} is under Files`, "Show it", hooks.openFiles);
}

function mirror() {
  view.classList.toggle("mirrored", mirrored());
  present();
}

const split = (value) => [value.slice(0, value.indexOf(":")), value.slice(value.indexOf(":") + 1)];

/** Fill the choice of cameras: the browser's, and those of the machine that runs the server. */
export async function list() {
  const kept = $("camera-choice").value;
  const current = stream?.getVideoTracks()[0]?.getSettings().deviceId;
  const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  const cameras = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId);
  const own = cameras.map(({ deviceId, label }, i) => new Option(label || `Camera ${i + 1}`, `browser:${deviceId}`));
  const groups = [make("optgroup", { label: "Of this browser" }, ...(own.length ? own : [new Option("The browser's camera", "browser:")]))];
  const others = info.cameras.map((name) => new Option(/^\d+$/.test(name) ? `Camera ${name}` : name, `machine:${name}`));
  if (others.length) groups.push(make("optgroup", { label: "Of livedigits' machine" }, ...others));
  $("camera-choice").replaceChildren(...groups);
  $("camera-choice").value = current ? `browser:${current}` : kept;
  if ($("camera-choice").selectedIndex < 0) $("camera-choice").selectedIndex = 0;
}

export function enter() {
  active = true;
  say("");
  present();
  if (wanted) startCamera();
}

/** Nobody looks: the camera is let go. */
export function leave() {
  wanted = source !== null;
  active = false;
  stopCamera();
}

export function start(given) {
  hooks = given;
  $("camera-start").onclick = () => (source ? stopCamera() : startCamera());
  $("camera-pause").onclick = pause;
  $("camera-snapshot").onclick = snapshot;
  $("camera-choice").onchange = () => source && startCamera();
  $("camera-size").onchange = () => source && (source.size = Number($("camera-size").value));
  $("camera-mirror").onchange = mirror;
  navigator.mediaDevices?.addEventListener("devicechange", list);
  new ResizeObserver(() => answer && fit(view, answer.width, answer.height)).observe($("scene"));
  setInterval(showStats, 500);
  list();
}
