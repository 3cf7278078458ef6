// The tab "Files": pictures and videos that are dropped, pasted or chosen, one after another.
import { $, blobOf, button, input, make, painter, within } from "./dom.js";
import { fit, showBoxes } from "./overlay.js";
import { say, show } from "./result.js";
import { saveAll } from "./saving.js";
import { ServerError, events, info, isGone, post, readPicture, words } from "./server.js";
import { newEntry, renderEntry, repaint } from "./strip.js";
import { saidOf, upright } from "./upright.js";
import { frameAt, readVideo } from "./video.js";

/**
 * @typedef {"waiting" | "reading" | "done" | "failed" | "gone"} Progress gone: the server was away
 * @typedef {Item & {
 *   file: File, isVideo: boolean, progress: Progress, chosen: number, url: string,
 *   problem: string, shown?: string, unplayable?: string, entry: HTMLElement }} FileItem
 *   url: of the file; shown: of what is shown in its stead; entry: in the strip
 */

const VIDEO = /\.(mp4|m4v|mov|webm|mkv|avi|mpe?g|ogv|ts)$/i;
const NOTES = { waiting: "waits", reading: "is read…", failed: "cannot be read", gone: "server gone", done: "" };
const EMPTY = { waiting: "…", reading: "…", failed: "not read", gone: "not read", done: "no digits" };
const view = within($("viewer"), ".view");
const layer = within(view, ".boxes");
const picture = $("picture", HTMLImageElement);
const clip = $("clip", HTMLVideoElement);
const state = {
  active: false, // whether the tab is open
  items: /** @type {FileItem[]} */ ([]),
  current: /** @type {FileItem | null} */ (null), // the one that is looked at
  loaded: false, // whether the browser has its picture
};
/** Videos take long: pictures do not wait for them. */
const queues = { pictures: Promise.resolve(), videos: Promise.resolve() };
let open = () => {};

function render() {
  const { items, current } = state;
  for (const item of items) renderEntry(item.entry, item === current, noteOf(item));
  button("files-clear").disabled = !items.length;
  const read = items.some(({ answer, answers }) => answer ?? answers?.length);
  for (const kind of ["json", "csv"]) button(`all-${kind}`).disabled = !read;
  $("files-hint").hidden = current !== null;
  picture.hidden = !state.loaded || !current || current.isVideo;
  clip.hidden = !state.loaded || !current?.isVideo;
  if (state.loaded && current) {
    if (current.isVideo) fit(view, clip.videoWidth, clip.videoHeight);
    else fit(view, picture.naturalWidth, picture.naturalHeight);
  }
  renderBoxes();
  if (!state.active) return;
  say(current ? current.problem || status(current) : "", Boolean(current?.problem));
  show(current && { ...current, empty: EMPTY[current.progress] }, current?.chosen);
}

/** @param {FileItem} item */
const noteOf = ({ progress, text, answer }) => NOTES[progress] || ((text ?? answer?.text) || "no digits").replaceAll("\n", " / ");

/** The boxes alone: for each frame that a video shows. */
function renderBoxes() {
  const { current } = state;
  const answer = current?.isVideo ? frameNow(current) : current?.answer;
  showBoxes(layer, current?.annotated ? null : answer, { chosen: current?.chosen });
}

/** @param {FileItem} video */
const frameNow = ({ answers = [] }) => frameAt(answers, clip.currentTime);

/** @param {FileItem} item */
function status({ answer, answers, progress, unplayable }) {
  const frames = answers ? `${answers.length} frames` : "";
  if (progress === "waiting") return "Waiting…";
  if (progress === "reading") return `Reading… ${frames}`;
  return progress === "done" ? (unplayable ?? (frames || saidOf(answer?.turned))) : "";
}

/**
 * A snapshot, which was read already.
 * @param {File} file
 * @param {Answer} answer
 */
export function addSnapshot(file, answer) {
  look(add(file, answer));
}

/**
 * Take a file in; with an answer, it was read already.
 * @param {File} file
 * @param {Answer | null} answer
 */
function add(file, answer = null) {
  const isVideo = file.type.startsWith("video/") || VIDEO.test(file.name);
  const name = file.name || "pasted.png";
  /** @type {FileItem} */
  const item = {
    file,
    name,
    isVideo,
    answer,
    answers: isVideo ? [] : undefined,
    progress: answer ? "done" : "waiting",
    problem: "",
    empty: "",
    chosen: -1,
    url: URL.createObjectURL(file),
    entry: newEntry(file, name, isVideo, { look: () => look(item), remove: () => remove(item) }),
    picture: isVideo ? () => clip : () => createImageBitmap(file),
    choose: (index) => ((item.chosen = index), render()),
  };
  if (isVideo) item.pictured = () => frameNow(item) ?? item.answers?.at(-1);
  if (isVideo) item.hold = () => clip.pause();
  if (isVideo) item.idle = () => void (clip.paused ? clip.play() : clip.pause());
  item.teach = isVideo ? frameShown : async () => ({ blob: file, width: item.answer?.width ?? 0 });
  item.taught = (blob) => readAgain(item, blob);
  state.items.push(item);
  $("strip").append(item.entry);
  if (!answer) enqueue(item);
  return item;
}

/** @param {FileItem} item */
function enqueue(item) {
  const kind = item.isVideo ? "videos" : "pictures";
  queues[kind] = queues[kind].then(() => read(item));
}

/** The frame of the video that is shown. */
async function frameShown() {
  const canvas = make("canvas", { width: clip.videoWidth, height: clip.videoHeight });
  painter(canvas).drawImage(clip, 0, 0);
  return { blob: await blobOf(canvas, "image/png"), width: clip.videoWidth };
}

/**
 * Read a picture, or the frame of a video that is shown, with what was learned.
 * @param {FileItem} item
 * @param {Blob} blob
 */
async function readAgain(item, blob) {
  const frame = item.isVideo ? frameNow(item) : null;
  const { digits, numbers, text, ...rest } = await readPicture(blob, item.name);
  if (frame) Object.assign(frame, { digits, numbers, text });
  else if (!item.isVideo) item.answer = { digits, numbers, text, ...rest, turned: item.answer?.turned };
  item.chosen = -1;
  render();
}

/** @param {FileItem} item */
async function read(item) {
  if (!state.items.includes(item)) return;
  item.progress = "reading";
  render();
  try {
    const limit = item.isVideo ? info.limits.video_bytes : info.limits.picture_bytes;
    if (item.file.size > limit) throw new ServerError(`${item.name} is too large: at most ${limit / 1e6} MB are taken.`);
    if (item.isVideo) await readInto(item);
    else await readOne(item);
    item.progress = item.problem ? "failed" : "done";
  } catch (error) {
    item.problem = words(error);
    item.progress = isGone(error) ? "gone" : "failed";
  }
  render();
}

/**
 * Read a picture; where it was turned to be read, that is what is shown and corrected from now on.
 * @param {FileItem} item
 */
async function readOne(item) {
  const answer = await readPicture(item.file, item.name, true);
  if (answer.turned) {
    try {
      const blob = await upright(item.file, answer.turned);
      item.picture = () => createImageBitmap(blob);
      item.teach = async () => ({ blob, width: answer.width });
      item.shown = URL.createObjectURL(blob);
      repaint(item.entry, createImageBitmap(blob));
    } catch {
      item.teach = undefined; // its boxes are not those of the file
      await annotate(item);
    }
  }
  item.answer = answer;
  if (item.shown && item === state.current) look(item);
}

/**
 * Read a video, and show how far it is.
 * @param {FileItem} item
 */
async function readInto(item) {
  const answers = (item.answers = /** @type {Answer[]} */ ([]));
  const end = await readVideo(item.file, item.name, (more) => {
    answers.push(...more);
    if (item === state.current) render();
  });
  item.text = end.text;
  item.problem = end.error ?? "";
}

/** Files that were not read because the server was gone. */
function again() {
  for (const item of state.items.filter(({ progress }) => progress === "gone")) {
    item.problem = "";
    enqueue(item);
  }
}

/** @param {FileItem | null} item */
function look(item) {
  state.current = item;
  state.loaded = false;
  clip.pause();
  clip.removeAttribute("src");
  picture.removeAttribute("src");
  if (item?.isVideo) clip.src = item.url;
  else if (item) picture.src = item.shown ?? item.url;
  picture.alt = item?.name ?? "";
  render();
}

function loaded() {
  state.loaded = state.current !== null;
  render();
}

/** What the browser cannot show, the server can: with the boxes drawn. */
async function unshowable() {
  const item = state.current;
  if (!item || item.isVideo || item.annotated || item.progress === "failed") return;
  await annotate(item);
  if (item === state.current && item.shown) picture.src = item.shown;
}

/**
 * Have the server draw what it reads in a picture.
 * @param {FileItem} item
 */
async function annotate(item) {
  if (item.annotated) return;
  const annotated = async () => (await post(`/api/annotate?upright=1&name=${encodeURIComponent(item.name)}`, item.file)).blob();
  item.annotated = annotated;
  item.picture = null;
  render();
  try {
    item.shown = URL.createObjectURL(await annotated());
  } catch {
    // reading the file says what is wrong with it
  }
}

function unplayable() {
  if (!state.current?.isVideo) return;
  state.current.unplayable = "This browser cannot play the video; it is read all the same.";
  render();
}

/** @param {FileItem} item */
function remove(item) {
  const place = state.items.indexOf(item);
  state.items.splice(place, 1);
  for (const made of [item.url, item.shown]) if (made) URL.revokeObjectURL(made);
  item.entry.remove();
  const next = state.items[Math.min(place, state.items.length - 1)] ?? null;
  if (item === state.current) look(next);
  else render();
  (next ? within(next.entry, "button") : button("choose-files")).focus();
}

function clear() {
  for (const item of [...state.items]) remove(item);
}

/** @param {Iterable<File>} files */
function take(files) {
  const taken = [...files];
  if (!taken.length) return;
  open();
  look(taken.map((file) => add(file))[0]);
}

/** The boxes go with the video, frame by frame. */
function follow() {
  if (state.active && !clip.hidden) renderBoxes();
  if ("requestVideoFrameCallback" in clip) clip.requestVideoFrameCallback(follow);
  else requestAnimationFrame(follow);
}

/** @param {DragEvent} event */
function dropped(event) {
  event.preventDefault();
  $("viewer").classList.remove("drop");
  take(event.dataTransfer?.files ?? []);
}

/**
 * A button that opens the browser's choice of files, or a phone's camera.
 * @param {string} opener
 * @param {HTMLInputElement} files
 */
function chooses(opener, files) {
  button(opener).onclick = () => files.click();
  files.onchange = () => {
    take(files.files ?? []);
    files.value = "";
  };
}

export function enter() {
  state.active = true;
  render();
}

export function leave() {
  state.active = false;
  clip.pause();
}

/** @param {() => void} opener opens this tab */
export function start(opener) {
  open = opener;
  chooses("choose-files", input("file-input"));
  chooses("take-photo", input("photo-input"));
  button("files-clear").onclick = clear;
  button("all-json").onclick = () => saveAll(state.items, "jsonl");
  button("all-csv").onclick = () => saveAll(state.items, "csv");
  picture.onload = clip.onloadedmetadata = loaded;
  picture.onerror = unshowable;
  clip.onerror = unplayable;
  clip.onseeked = clip.ontimeupdate = renderBoxes;
  follow();
  new ResizeObserver(render).observe($("viewer"));
  events.addEventListener("back", again);
  addEventListener("paste", (event) => take(event.clipboardData?.files ?? []));
  addEventListener("dragover", (event) => (event.preventDefault(), $("viewer").classList.add("drop")));
  addEventListener("dragleave", (event) => event.relatedTarget ?? $("viewer").classList.remove("drop"));
  addEventListener("drop", dropped);
}
