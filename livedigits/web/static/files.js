// The tab "Files": pictures and videos that are dropped, pasted or chosen, one after another.
import { $, make } from "./dom.js";
import { fit, showBoxes } from "./overlay.js";
import { say, show } from "./result.js";
import { ServerError, events, info, post, readPicture } from "./server.js";
import { readVideo, frameAt } from "./video.js";

const VIDEO = /\.(mp4|m4v|mov|webm|mkv|avi|mpe?g|ogv|ts)$/i;
const view = $("viewer").querySelector(".view");
const layer = view.querySelector(".boxes");
const picture = $("picture");
const clip = $("clip");
let items = [];
let current = null;
const queues = { pictures: Promise.resolve(), videos: Promise.resolve() };
let active = false;
let open = () => {};

/** A snapshot, which was read already. */
export function addSnapshot(file, answer) {
  choose(add(file, answer));
}

/** Take a file in; with an answer, it was read already. */
function add(file, answer = null) {
  const isVideo = file.type.startsWith("video/") || VIDEO.test(file.name);
  const item = { file, name: file.name || "pasted.png", isVideo, answer, chosen: -1, url: URL.createObjectURL(file), state: "waiting" };
  if (isVideo) Object.assign(item, { answers: [], picture: () => clip, pictured: () => frameAt(item, clip.currentTime) ?? item.answers.at(-1) });
  else item.picture = () => createImageBitmap(file);
  item.choose = (index) => ((item.chosen = index), boxes());
  items.push(item);
  if (answer) item.state = "done";
  else enqueue(item);
  return item;
}

/** Videos take long: pictures do not wait for them. */
function enqueue(item) {
  const kind = item.isVideo ? "videos" : "pictures";
  queues[kind] = queues[kind].then(() => read(item));
}

async function read(item) {
  if (!items.includes(item)) return;
  mark(item, "reading");
  try {
    const limit = item.isVideo ? info.limits.video_bytes : info.limits.picture_bytes;
    if (item.file.size > limit) throw new ServerError(`${item.name} is too large: at most ${limit / 1e6} MB are taken.`);
    if (item.isVideo) await readVideo(item, () => item === current && present());
    else item.answer = await readPicture(item.file, item.name);
    mark(item, item.problem ? "failed" : "done");
  } catch (error) {
    item.problem = error.message;
    mark(item, error.gone ? "gone" : "failed");
  }
}

/** Files that were not read because the server was gone. */
function again() {
  for (const item of items.filter(({ state }) => state === "gone")) {
    item.problem = "";
    enqueue(item);
  }
}

function mark(item, state) {
  item.state = state;
  strip();
  if (item === current) present();
}

function strip() {
  const words = { waiting: "waits", reading: "is read…", failed: "cannot be read", gone: "server gone" };
  $("strip").replaceChildren(
    ...items.map((item) => {
      const text = item.text ?? item.answer?.text;
      const note = make("small", { textContent: words[item.state] ?? (text || "no digits").replaceAll("\n", " / ") });
      const button = make("button", { ariaPressed: String(item === current), onclick: () => choose(item) }, make("span", { textContent: item.name }), note);
      return make("li", {}, button);
    }),
  );
  $("files-clear").disabled = !items.length;
}

function choose(item = null) {
  current = item;
  $("files-hint").hidden = Boolean(item);
  picture.hidden = clip.hidden = true;
  clip.pause();
  clip.removeAttribute("src");
  picture.removeAttribute("src");
  if (item?.isVideo) clip.src = item.url;
  else if (item) picture.src = item.shown ?? item.url;
  if (item) picture.alt = item.name;
  strip();
  present();
}

function present() {
  if (!active) return;
  boxes();
  if (!current) {
    say("");
    return show(null);
  }
  const { state, problem, answers } = current;
  const progress = answers ? `${answers.length} frames` : "";
  if (problem) say(problem, true);
  else say({ waiting: "Waiting…", reading: `Reading… ${progress}`, done: current.unplayable ?? progress }[state] ?? "");
  current.empty = { waiting: "…", reading: "…", done: "no digits" }[state] ?? "not read";
  show(current, current.chosen);
}

function boxes() {
  const answer = current?.isVideo ? frameAt(current, clip.currentTime) : current?.answer;
  showBoxes(layer, current?.annotated ? null : answer, { chosen: current?.chosen ?? -1 });
}

function loaded(element, width, height) {
  if (!current) return;
  element.hidden = false;
  fit(view, width, height);
  boxes();
}

/** What the browser cannot show, the server can: with the boxes drawn. */
async function unshowable() {
  const item = current;
  if (!item || item.isVideo || item.annotated || item.state === "failed") return;
  item.annotated = async () => (await post(`/api/annotate?name=${encodeURIComponent(item.name)}`, item.file)).blob();
  item.picture = null;
  try {
    item.shown = URL.createObjectURL(await item.annotated());
    if (item === current) picture.src = item.shown;
  } catch {
    // reading the file says what is wrong with it
  }
}

function unplayable() {
  if (!current?.isVideo) return;
  current.unplayable = "This browser cannot play the video; it is read all the same.";
  present();
}

function clear() {
  for (const { url, shown } of items) for (const made of [url, shown]) if (made) URL.revokeObjectURL(made);
  items = [];
  choose(null);
}

function take(files) {
  const taken = [...files];
  if (!taken.length) return;
  open();
  choose(taken.map((file) => add(file))[0]);
}

function follow() {
  if (active && current?.isVideo && !clip.hidden) boxes();
  const next = clip.requestVideoFrameCallback ? clip.requestVideoFrameCallback.bind(clip) : requestAnimationFrame;
  next(follow);
}

export function enter() {
  active = true;
  present();
  if (current) refit();
}

function refit() {
  const [width, height] = current?.isVideo ? [clip.videoWidth, clip.videoHeight] : [picture.naturalWidth, picture.naturalHeight];
  if (width) fit(view, width, height);
  boxes();
}

export function leave() {
  active = false;
  clip.pause();
}

export function start(opener) {
  open = opener;
  $("choose-files").onclick = () => $("file-input").click();
  $("file-input").onchange = () => (take($("file-input").files), ($("file-input").value = ""));
  $("files-clear").onclick = clear;
  picture.onload = () => loaded(picture, picture.naturalWidth, picture.naturalHeight);
  picture.onerror = unshowable;
  clip.onloadedmetadata = () => loaded(clip, clip.videoWidth, clip.videoHeight);
  clip.onerror = unplayable;
  clip.onseeked = clip.ontimeupdate = boxes;
  follow();
  new ResizeObserver(refit).observe($("viewer"));
  events.addEventListener("back", again);
  addEventListener("paste", (event) => take(event.clipboardData?.files ?? []));
  addEventListener("dragover", (event) => (event.preventDefault(), $("viewer").classList.add("drop")));
  addEventListener("dragleave", (event) => event.relatedTarget ?? $("viewer").classList.remove("drop"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    $("viewer").classList.remove("drop");
    take(event.dataTransfer.files);
  });
}
