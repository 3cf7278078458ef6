// Small helpers: elements, the clipboard, downloads, and a note that goes by itself.

export const $ = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Over plain http from another machine there is no clipboard interface.
  const area = make("textarea", { value: text, className: "hidden" });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

let toastTimer = 0;

export function toast(text, label, action) {
  const children = label ? [make("button", { textContent: label, onclick: () => (hide(), action()) })] : [];
  const hide = () => $("toast").replaceChildren();
  clearTimeout(toastTimer);
  toastTimer = setTimeout(hide, 6000);
  $("toast").replaceChildren(make("span", { textContent: text }), ...children);
}

/** A canvas that is not shown and that is encoded often: on the processor, and off the document, which is faster. */
export function hiddenCanvas() {
  const canvas = globalThis.OffscreenCanvas?.prototype.convertToBlob ? new OffscreenCanvas(1, 1) : make("canvas");
  canvas.getContext("2d", { willReadFrequently: true });
  return canvas;
}

export function blobOf(canvas, type, quality) {
  if (canvas.convertToBlob) return canvas.convertToBlob({ type, quality });
  return new Promise((resolve) => canvas.toBlob(resolve, type, quality));
}
