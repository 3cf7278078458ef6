// Boxes, digits and lines under numbers over a picture: as elements over what is on screen, or painted onto a canvas to be saved.
import { make, painter, write } from "./dom.js";

const LEAST = 0.5; // confidence of a number below which it has no percentage

/** @param {number} confidence */
const percent = (confidence) => `${Math.min(99, Math.round(confidence * 100))}%`;

/**
 * The percentage of a number, once: none of one that is not complete.
 * @param {NumberRead | undefined} number
 */
const promised = (number) => (number?.complete && number.confidence >= LEAST ? percent(number.confidence) : "");

/**
 * The numbers that are underlined: those of more than one digit, and those that were probably cut short.
 * @param {Answer | null | undefined} answer
 */
const underlined = (answer) => answer?.numbers.filter(({ digits, complete }) => digits.length > 1 || !complete) ?? [];

/**
 * The percentages at the digits' own tags: of numbers of one digit.
 * @param {Answer} answer
 */
function certainties({ digits, numbers }) {
  const texts = digits.map(() => "");
  for (const number of numbers) if (number.digits.length === 1) texts[number.digits[0]] = promised(number);
  return texts;
}

/**
 * Put an element for each digit of an answer into a layer that covers the picture, and after them one for each line
 * under a number; elements are used again.
 * @param {HTMLElement} layer
 * @param {Answer | null | undefined} answer
 * @param {{ mirrored?: boolean, chosen?: number }} how
 */
export function showBoxes(layer, answer, { mirrored = false, chosen = -1 } = {}) {
  const digits = answer?.digits ?? [];
  const numbers = underlined(answer);
  const boxes = /** @type {HTMLElement[]} */ (elements(layer, "box", digits.length, newBox));
  const lines = /** @type {HTMLElement[]} */ (elements(layer, "line", numbers.length, newLine));
  if (!answer) return;
  const { clientWidth: width, clientHeight: height } = layer; // once: between the changes below it would cost much
  const texts = certainties(answer);
  digits.forEach(({ digit, box: [x, y, w, h] }, i) => {
    const left = mirrored ? answer.width - x - w : x;
    const { style } = boxes[i];
    style.left = `calc(${(100 * left) / answer.width}% - 5px)`;
    style.top = `calc(${(100 * y) / answer.height}% - 5px)`;
    style.width = `calc(${(100 * w) / answer.width}% + 10px)`;
    style.height = `calc(${(100 * h) / answer.height}% + 10px)`;
    const low = y * height < 34 * answer.height; // no room for the tag above it
    const slim = w * width < 44 * answer.width; // nor for a wide one
    boxes[i].className = `box${i === chosen ? " chosen" : ""}${low ? " low" : ""}${slim ? " slim" : ""}`;
    const [label, certainty] = boxes[i].children[0].children;
    write(label, String(digit));
    write(certainty, texts[i]);
  });
  const scale = { x: width / answer.width, y: height / answer.height };
  numbers.forEach((number, k) => {
    const { from, to } = baseline(answer, number);
    const [left, right] = mirrored ? [answer.width - to.x, answer.width - from.x] : [from.x, to.x];
    const [start, end] = mirrored ? [to.y, from.y] : [from.y, to.y];
    const across = (right - left) * scale.x;
    const down = (end - start) * scale.y;
    const { style } = lines[k];
    style.left = `${(100 * left) / answer.width}%`;
    style.top = `calc(${(100 * start) / answer.height}% + 7px)`;
    style.width = `${Math.hypot(across, down)}px`;
    style.transform = `rotate(${Math.atan2(down, across)}rad)`;
    lines[k].className = number.complete ? "line" : "line open";
    write(lines[k].children[0], number.digits.length > 1 ? promised(number) : "");
  });
}

/**
 * A layer's elements of a class, as many as are needed; others of them go.
 * @param {HTMLElement} layer
 * @param {string} name
 * @param {number} count
 * @param {() => HTMLElement} made
 */
function elements(layer, name, count, made) {
  const there = [...layer.getElementsByClassName(name)];
  for (const one of there.splice(count)) one.remove();
  while (there.length < count) there.push(layer.appendChild(made()));
  return there;
}

function newBox() {
  return make("div", { className: "box" }, make("span", { className: "tag" }, make("span"), make("small")));
}

function newLine() {
  return make("div", { className: "line" }, make("small"));
}

/**
 * The ends, in px of the picture, of the line under a number: it slants as its first and last digit stand.
 * @param {Answer} answer
 * @param {NumberRead} number
 */
function baseline(answer, number) {
  const boxes = number.digits.map((i) => answer.digits[i].box);
  const [x, y, w, h] = number.box;
  const [first, last] = [boxes[0], boxes[boxes.length - 1]].map((box) => ({ x: box[0] + box[2] / 2, y: box[1] + box[3] }));
  const slope = last.x > first.x ? (last.y - first.y) / (last.x - first.x) : 0;
  const level = Math.abs(slope) < 0.2; // unequal digits on a level line
  const at = (/** @type {number} */ to) => (level ? y + h : first.y + slope * (to - first.x));
  return { from: { x, y: at(x) }, to: { x: x + w, y: at(x + w) } };
}

/**
 * The picture at its own size with boxes, digits and lines under numbers painted on it, as a new canvas.
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
  const texts = certainties(answer);
  context.textBaseline = "middle";
  answer.digits.forEach(({ digit, box: [x, y, w, h] }, i) => {
    stroke(context, [x - 2 * line, y - 2 * line, w + 4 * line, h + 4 * line], line);
    tag(context, String(digit), texts[i], x - 2 * line, y - 3 * line, h + 6 * line, size);
  });
  for (const number of underlined(answer)) underline(context, answer, number, line, size);
  return canvas;
}

/**
 * The line under a number, which goes on in dots at both ends where the number is not complete, and its percentage.
 * @param {CanvasRenderingContext2D} context
 * @param {Answer} answer
 * @param {NumberRead} number
 * @param {number} line
 * @param {number} size
 */
function underline(context, answer, number, line, size) {
  const { from, to } = baseline(answer, number);
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  context.save();
  context.translate(from.x, from.y + 4.5 * line);
  context.rotate(Math.atan2(to.y - from.y, to.x - from.x));
  const dots = number.complete ? [] : [2.5, 5, 7.5].flatMap((step) => [-step * line, length + (step - 1) * line]);
  for (const { colour, rim } of [{ colour: "#17202b", rim: line / 2 }, { colour: "#ffcd5a", rim: 0 }]) {
    context.fillStyle = colour;
    context.fillRect(-rim, -rim, length + 2 * rim, line + 2 * rim);
    for (const x of dots) context.fillRect(x - rim, -rim, line + 2 * rim, line + 2 * rim);
  }
  const certainty = number.digits.length > 1 ? promised(number) : "";
  if (certainty) {
    context.font = `${size * 0.7}px system-ui, sans-serif`;
    const width = context.measureText(certainty).width + 0.5 * size;
    context.fillRect((length - width) / 2, line, width, size);
    context.fillStyle = "#17202b";
    context.fillText(certainty, (length - width) / 2 + 0.25 * size, line + 0.55 * size);
  }
  context.restore();
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
  const width = first + (certainty ? context.measureText(certainty).width + size : 0.7 * size);
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
