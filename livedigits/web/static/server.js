// The server: posts to it, its refusals as sentences, and what happens when it goes away and comes back.
import { $, write } from "./dom.js";

const GONE = "The livedigits server does not answer. Start it again with “livedigits web”; this page goes on by itself.";

export const events = new EventTarget(); // "back": it answers again
/** @type {Info} */
export let info = { cameras: [], limits: { picture_bytes: Infinity, video_bytes: Infinity }, profile: null, phone: null };
let waiting = false;
let refusal = ""; // why it does not let this page in

/** A refusal of the server; its message is a sentence for people. `gone` when there was no answer at all. */
export class ServerError extends Error {
  /**
   * @param {string} message
   * @param {boolean} gone
   */
  constructor(message, gone = false) {
    super(message);
    this.gone = gone;
  }
}

/** @param {unknown} error */
export const isGone = (error) => error instanceof ServerError && error.gone;

/**
 * The words of what was thrown.
 * @param {unknown} error
 */
export const words = (error) => (error instanceof Error ? error.message : String(error));

/**
 * @param {string} path
 * @param {Blob} body
 */
export async function post(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", body });
  } catch {
    lost();
    throw new ServerError(GONE, true);
  }
  if (response.ok) return response;
  const refusal = await response.json().catch(() => ({}));
  throw new ServerError(refusal.error ?? `The server answered with status ${response.status}.`);
}

/**
 * @param {Blob} blob
 * @param {string} name
 * @param {boolean} upright whether a page that lies on its side or upside down is read upright
 * @returns {Promise<Answer>}
 */
export async function readPicture(blob, name, upright = false) {
  const response = await post(`/api/read?details=1&upright=${Number(upright)}&name=${encodeURIComponent(name)}`, blob);
  return response.json();
}

/**
 * @param {Blob} blob
 * @param {string} digit "0" to "9", or "none"
 * @param {number[]} box in px of the picture
 * @returns {Promise<{ key: string, samples: number }>}
 */
export async function learn(blob, digit, box) {
  const response = await post(`/api/learn?digit=${digit}&box=${box.map((side) => side.toFixed(1)).join()}`, blob);
  return response.json();
}

/**
 * @param {string} key
 * @returns {Promise<{ samples: number }>}
 */
export async function unlearn(key) {
  const response = await post(`/api/learn/undo?key=${key}`, new Blob());
  return response.json();
}

/**
 * Read a drawing by its strokes.
 * @param {Blob} drawing
 * @returns {Promise<Answer>}
 */
export async function readStrokes(drawing) {
  const response = await post("/api/drawing", drawing);
  return response.json();
}

/** @param {string} path */
export function socket(path) {
  const opened = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
  opened.binaryType = "blob";
  return opened;
}

/** Say that the server is gone, and ask for it until it answers; whether it was gone. */
export async function lost() {
  if (waiting) return true;
  waiting = true;
  const gone = !(await load());
  for (let there = !gone; !there; there = await load()) {
    write($("banner"), refusal || GONE);
    $("banner").hidden = false;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  $("banner").hidden = true;
  waiting = false;
  if (gone) events.dispatchEvent(new Event("back"));
  return gone;
}

export async function load() {
  refusal = "";
  try {
    const response = await fetch("/api/info", { signal: AbortSignal.timeout(3000) });
    if (!response.ok) {
      refusal = (await response.json()).error ?? "";
      return false;
    }
    info = await response.json();
    return true;
  } catch {
    return false;
  }
}
