// The strip of files: a small picture, the name and what was read of each, and a button that takes it away.
import { make, painter, within, write } from "./dom.js";

const HIGH = 48; // px of a small picture
const WAIT = 5000; // ms for a video to show a frame

/**
 * A file's entry.
 * @param {File} file
 * @param {string} name
 * @param {boolean} isVideo
 * @param {{ look: () => void, remove: () => void }} on
 */
export function newEntry(file, name, isVideo, on) {
  const small = make("canvas", { width: 1, height: HIGH, className: "thumb" });
  small.ariaHidden = "true";
  const face = make("button", { onclick: on.look }, small, make("span", {}, make("span", { textContent: name }), make("small")));
  const remove = make("button", { className: "icon remove", ariaLabel: `Remove ${name}`, title: `Remove ${name}`, onclick: on.remove, textContent: "✕" });
  face.addEventListener("keydown", ({ key }) => key === "Delete" && on.remove());
  const entry = make("li", {}, face, remove);
  repaint(entry, isVideo ? frameOf(file) : createImageBitmap(file));
  return entry;
}

/**
 * Give an entry another small picture; what the browser cannot show leaves it as it is.
 * @param {HTMLElement} entry
 * @param {Promise<ImageBitmap>} pictured
 */
export function repaint(entry, pictured) {
  const small = entry.querySelector("canvas");
  if (small) pictured.then((picture) => paint(small, picture)).catch(() => {});
}

/**
 * @param {HTMLElement} entry
 * @param {boolean} shown whether its file is looked at
 * @param {string} note
 */
export function renderEntry(entry, shown, note) {
  within(entry, "button").ariaPressed = String(shown);
  write(within(entry, "small"), note);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} picture
 */
function paint(canvas, picture) {
  const scale = Math.min(1, HIGH / picture.height, (1.6 * HIGH) / picture.width);
  canvas.width = Math.max(1, Math.round(picture.width * scale * 2)); // twice as fine: for dense screens
  canvas.height = Math.max(1, Math.round(picture.height * scale * 2));
  painter(canvas).drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
}

/**
 * A frame of a video.
 * @param {File} file
 * @returns {Promise<ImageBitmap>}
 */
async function frameOf(file) {
  const video = make("video", { muted: true, preload: "auto", src: URL.createObjectURL(file) });
  try {
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = reject;
      setTimeout(reject, WAIT);
    });
    return await createImageBitmap(video);
  } finally {
    URL.revokeObjectURL(video.src);
    video.removeAttribute("src");
  }
}
