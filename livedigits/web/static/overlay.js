// Boxes and digits over a picture: as elements over what is on screen, or painted onto a canvas to be saved.
import { make, painter, write } from "./dom.js";

/** @param {number} confidence */
const percent = (confidence) => `${Math.min(99, Math.round(confidence * 100))}%`;

/**
 * Put one element for each digit of an answer into a layer that covers the picture; elements are used again.
 * @param {HTMLElement} layer
 * @param {Answer | null | undefined} answer
 * @param {{ mirrored?: boolean, chosen?: number }} how
 */
export function showBoxes(layer, answer, { mirrored = false, chosen = -1 } = {}) {
  const digits = answer?.digits ?? [];
  while (layer.children.length > digits.length) layer.lastElementChild?.remove();
  while (layer.children.length < digits.length) layer.append(newBox());
  if (!answer) return;
  const { clientWidth: width, clientHeight: height } = layer; // once: between the changes below it would cost much
  digits.forEach(({ digit, confidence, box: [x, y, w, h] }, i) => {
    const element = /** @type {HTMLElement} */ (layer.children[i]);
    const left = mirrored ? answer.width - x - w : x;
    const { style } = element;
    style.left = `calc(${(100 * left) / answer.width}% - 5px)`;
    style.top = `calc(${(100 * y) / answer.height}% - 5px)`;
    style.width = `calc(${(100 * w) / answer.width}% + 10px)`;
    style.height = `calc(${(100 * h) / answer.height}% + 10px)`;
    const low = y * height < 34 * answer.height; // no room for the tag above it
    const slim = w * width < 44 * answer.width; // nor for a wide one
    element.className = `box${i === chosen ? " chosen" : ""}${low ? " low" : ""}${slim ? " slim" : ""}`;
    const [label, certainty] = element.children[0].children;
    write(label, String(digit));
    write(certainty, percent(confidence));
  });
}

function newBox() {
  return make("div", { className: "box" }, make("span", { className: "tag" }, make("span"), make("small")));
}

/**
 * The picture at its own size with boxes and digits painted on it, as a new canvas.
 * @param {CanvasImageSource} picture
 * @param {Answer} answer
 */
export function painted(picture, answer) {
  const canvas = make("canvas", { width: answer.width, height: answer.height });
  const context = painter(canvas);
  context.drawImage(picture, 0, 0, answer.width, answer.height);
  const short = Math.min(answer.width, answer.height);
  const line = Math.max(1.5, short / 300);
  const size = Math.max(12, short / 32);
  context.textBaseline = "middle";
  for (const { digit, confidence, box: [x, y, w, h] } of answer.digits) {
    stroke(context, [x - 2 * line, y - 2 * line, w + 4 * line, h + 4 * line], line);
    tag(context, String(digit), percent(confidence), x - 2 * line, y - 3 * line, h + 6 * line, size);
  }
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {number} line
 */
function stroke(context, box, line) {
  for (const { colour, width } of [{ colour: "#17202b", width: 2 * line }, { colour: "#35d08a", width: line }]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(...box);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} digit
 * @param {string} certainty
 * @param {number} x
 * @param {number} top
 * @param {number} height
 * @param {number} size
 */
function tag(context, digit, certainty, x, top, height, size) {
  const large = `600 ${size}px system-ui, sans-serif`;
  const small = `${size * 0.7}px system-ui, sans-serif`;
  context.font = large;
  const first = context.measureText(digit).width;
  context.font = small;
  const width = first + context.measureText(certainty).width + size;
  const left = Math.max(0, Math.min(x, context.canvas.width - width));
  const y = top > 1.4 * size ? top - 1.4 * size : Math.min(top + height, context.canvas.height - 1.4 * size);
  context.fillStyle = "#17202b";
  context.fillRect(left, y, width, 1.4 * size);
  context.fillStyle = "#6ee7b0";
  context.fillText(certainty, left + first + 0.7 * size, y + 0.75 * size);
  context.font = large;
  context.fillStyle = "#fff";
  context.fillText(digit, left + 0.35 * size, y + 0.72 * size);
}

/**
 * Size a view so that a picture of width x height lies whole and centred in its stage.
 * @param {HTMLElement} view
 * @param {number} width
 * @param {number} height
 */
export function fit(view, width, height) {
  const stage = view.parentElement;
  if (!stage || !width || !height) return;
  stage.style.setProperty("--ratio", `${width} / ${height}`);
  const scale = Math.min(stage.clientWidth / width, stage.clientHeight / height);
  view.style.width = `${Math.round(width * scale)}px`;
  view.style.height = `${Math.round(height * scale)}px`;
}
