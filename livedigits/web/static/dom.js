// Small helpers: elements, the clipboard, downloads, and a note that goes by itself.

/**
 * The page's element of an id, of the class that is named.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [kind]
 * @returns {T}
 */
export function $(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof (kind ?? HTMLElement))) throw new Error(`The page has no such element: ${id}`);
  return /** @type {T} */ (element);
}

/** @param {string} id */
export const button = (id) => $(id, HTMLButtonElement);
/** @param {string} id */
export const input = (id) => $(id, HTMLInputElement);
/** @param {string} id */
export const select = (id) => $(id, HTMLSelectElement);

/**
 * The first element within another that a selector names.
 * @param {Element} parent
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function within(parent, selector) {
  const element = parent.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`The page has no such element: ${selector}`);
  return element;
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {{ [P in keyof HTMLElementTagNameMap[K]]?: HTMLElementTagNameMap[K][P] }} properties
 * @param {...(Node | string)} children
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(/** @type {object} */ (element), properties);
  element.append(...children);
  return element;
}

/**
 * Change an element's text where it is another: what stays is neither laid out again nor read aloud.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} text */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Over plain http from another machine there is no clipboard interface.
  const area = make("textarea", { value: text, className: "hidden" });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

let toastTimer = 0;

/**
 * Say something for some seconds, with a button where there is something to do.
 * @param {string} text
 * @param {string} [label]
 * @param {() => void} [action]
 */
export function toast(text, label, action) {
  const hide = () => $("toast").replaceChildren();
  const act = () => (hide(), action?.());
  const children = label ? [make("button", { textContent: label, onclick: act })] : [];
  clearTimeout(toastTimer);
  toastTimer = setTimeout(hide, 6000);
  $("toast").replaceChildren(make("span", { textContent: text }), ...children);
}

/**
 * What paints on a canvas.
 * @template {Canvas} T
 * @param {T} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 * @returns {T extends HTMLCanvasElement ? CanvasRenderingContext2D : Painter}
 */
export function painter(canvas, settings) {
  const context = /** @type {any} */ (canvas).getContext("2d", settings);
  if (!context) throw new Error("The browser cannot paint on a canvas.");
  return context;
}

/**
 * A canvas that is not shown and that is encoded often: on the processor, and off the document, which is faster.
 * @returns {Canvas}
 */
export function hiddenCanvas() {
  const canvas = "OffscreenCanvas" in globalThis && "convertToBlob" in OffscreenCanvas.prototype ? new OffscreenCanvas(1, 1) : make("canvas");
  painter(canvas, { willReadFrequently: true });
  return canvas;
}

/**
 * A canvas as a file.
 * @param {Canvas} canvas
 * @param {string} type
 * @param {number} [quality]
 * @returns {Promise<Blob>}
 */
export function blobOf(canvas, type, quality) {
  if ("convertToBlob" in canvas) return canvas.convertToBlob({ type, quality });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large for this browser."))), type, quality);
  });
}

/**
 * Paint what the network saw of a digit, light on dark.
 * @param {Painter} context of a canvas of 28 by 28 px
 * @param {string | null | undefined} crop 28x28 bytes row by row, in base64; none: black
 */
export function paintCrop(context, crop) {
  const image = context.createImageData(28, 28);
  const bytes = crop ? atob(crop) : "";
  for (let i = 0; i < 784; i++) image.data.fill(bytes.charCodeAt(i) || 0, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
  context.putImageData(image, 0, 0);
}
