// Boxes and labels of digits and numbers over a picture: as elements over what is on screen, or painted onto a canvas to be saved.
import { make, painter, write } from "./dom.js";

const RIM = { usual: 9, crowded: 4 }; // px from a number's digits to its box
const LEAST = 0.5; // confidence of a number below which it has no percentage
const PLAIN = 0.9; // and from which on it needs none, as in livedigits.annotate
const CROWDED = 30; // px: where digits are lower on the screen, labels would hide them

/** @param {number} confidence */
export const percent = (confidence) => `${Math.min(99, Math.round(confidence * 100))}%`;

/**
 * The percentage of a number that is doubtful, once: none of one that is not complete.
 * @param {NumberRead | undefined} number
 */
const promised = (number) =>
  number?.complete && number.confidence >= LEAST && number.confidence < PLAIN ? percent(number.confidence) : "";

/**
 * A number's label: its digits, and how sure they are as a whole.
 * @param {NumberRead} number
 */
const titled = (number) => (number.complete ? `${number.text} ${promised(number)}`.trim() : `…${number.text}…`);

/**
 * The numbers that have a box: those of more than one digit, and those that were probably cut short.
 * @param {Answer | null | undefined} answer
 */
const outlined = (answer) => answer?.numbers.filter(({ digits, complete }) => digits.length > 1 || !complete) ?? [];

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
 * Put an element for each digit of an answer into a layer that covers the picture, and before them one for each number;
 * elements are used again.
 * @param {HTMLElement} layer
 * @param {Answer | null | undefined} answer
 * @param {{ mirrored?: boolean, chosen?: number }} how chosen: which of the digits, or, counted on, of the numbers
 */
export function showBoxes(layer, answer, { mirrored = false, chosen = -1 } = {}) {
  const digits = answer?.digits ?? [];
  const numbers = outlined(answer);
  const frames = elements(layer, "number", numbers.length, () => make("div", { className: "number" }, make("small")));
  const boxes = elements(layer, "box", digits.length, newBox);
  if (!answer) return;
  const { clientWidth: width, clientHeight: height } = layer; // once: between the changes below it would cost much
  const texts = certainties(answer);
  const heights = digits.map(({ box }) => (box[3] * height) / answer.height).sort((a, b) => a - b);
  const crowded = digits.length > 1 && heights[heights.length >> 1] < CROWDED;
  layer.classList.toggle("crowded", crowded);
  digits.forEach(({ digit, box: [x, y, w, h] }, i) => {
    const left = mirrored ? answer.width - x - w : x;
    const { style } = boxes[i];
    style.left = `calc(${(100 * left) / answer.width}% - var(--gap))`;
    style.top = `calc(${(100 * y) / answer.height}% - var(--gap))`;
    style.width = `calc(${(100 * w) / answer.width}% + 2 * var(--gap))`;
    style.height = `calc(${(100 * h) / answer.height}% + 2 * var(--gap))`;
    const [over, under] = [y, answer.height - y - h].map((free) => (free * height) / answer.height);
    const place = over >= 34 ? "" : under >= 34 ? " low" : " within"; // where there is room for the tag
    const slim = w * width < 44 * answer.width; // none for a wide one
    boxes[i].className = `box${i === chosen ? " chosen" : ""}${place}${slim ? " slim" : ""}`;
    const [label, certainty] = boxes[i].children[0].children;
    write(label, String(digit));
    write(certainty, texts[i]);
  });
  const scale = width / answer.width;
  const rim = crowded ? RIM.crowded : RIM.usual;
  numbers.forEach((number, k) => {
    const { from, to, high } = outline(answer, number);
    const [left, right] = mirrored ? [answer.width - to.x, answer.width - from.x] : [from.x, to.x];
    const [start, end] = mirrored ? [to.y, from.y] : [from.y, to.y];
    const turn = Math.atan2(end - start, right - left);
    const { style } = frames[k];
    style.left = `${left * scale}px`;
    style.top = `${start * scale}px`;
    style.width = `${Math.hypot(right - left, end - start) * scale + 2 * rim}px`;
    style.height = `${high * scale + 2 * rim}px`;
    style.transform = `rotate(${turn}rad) translate(${-rim}px, ${-high * scale - rim}px)`;
    const place = answer.digits.length + answer.numbers.indexOf(number);
    frames[k].className = `number${number.complete ? "" : " open"}${place === chosen ? " chosen" : ""}`;
    write(frames[k].children[0], number.digits.length > 1 ? titled(number) : "");
  });
}

/**
 * A layer's elements of a class, as many as are needed; others of them go. Numbers lie under digits.
 * @param {HTMLElement} layer
 * @param {string} name
 * @param {number} count
 * @param {() => HTMLElement} made
 */
function elements(layer, name, count, made) {
  const there = [...layer.getElementsByClassName(name)].map((one) => /** @type {HTMLElement} */ (one));
  for (const one of there.splice(count)) one.remove();
  const under = name === "number" ? layer.querySelector(".box") : null;
  while (there.length < count) there.push(layer.insertBefore(made(), under));
  return there;
}

function newBox() {
  return make("div", { className: "box" }, make("span", { className: "tag" }, make("span"), make("small")));
}

/**
 * The box of a number, in px of the picture: both ends of its lower side, which slants as its first and last digit stand,
 * and how high it is.
 * @param {Answer} answer
 * @param {NumberRead} number
 */
function outline(answer, number) {
  const boxes = number.digits.map((i) => answer.digits[i].box);
  const [x, y, w, h] = number.box;
  const [first, last] = [boxes[0], boxes[boxes.length - 1]].map((box) => ({ x: box[0] + box[2] / 2, y: box[1] + box[3] }));
  const slope = last.x > first.x ? (last.y - first.y) / (last.x - first.x) : 0;
  if (Math.abs(slope) < 0.2) return { from: { x, y: y + h }, to: { x: x + w, y: y + h }, high: h }; // unequal digits on a level line
  const at = (/** @type {number} */ to) => first.y + slope * (to - first.x);
  const high = Math.max(...boxes.map(([left, top, wide]) => at(left + wide / 2) - top)) * Math.cos(Math.atan(slope));
  return { from: { x, y: at(x) }, to: { x: x + w, y: at(x + w) }, high };
}

/**
 * The picture at its own size with boxes and labels painted on it, as a new canvas.
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
  for (const number of outlined(answer)) frame(context, answer, number, line, size);
  answer.digits.forEach(({ digit, box: [x, y, w, h] }, i) => {
    stroke(context, [x - 2 * line, y - 2 * line, w + 4 * line, h + 4 * line], line, "#35d08a");
    tag(context, String(digit), texts[i], x - 2 * line, y - 3 * line, h + 6 * line, size);
  });
  return canvas;
}

/**
 * The box of a number, dashed where the number is not complete, and its label under it.
 * @param {CanvasRenderingContext2D} context
 * @param {Answer} answer
 * @param {NumberRead} number
 * @param {number} line
 * @param {number} size
 */
function frame(context, answer, number, line, size) {
  const { from, to, high } = outline(answer, number);
  const rim = 4.5 * line;
  const wide = Math.hypot(to.x - from.x, to.y - from.y) + 2 * rim;
  context.save();
  context.translate(from.x, from.y);
  context.rotate(Math.atan2(to.y - from.y, to.x - from.x));
  if (!number.complete) context.setLineDash([3 * line, 2 * line]);
  stroke(context, [-rim, -high - rim, wide, high + 2 * rim], line, "#ffcd5a");
  const label = number.digits.length > 1 ? titled(number) : "";
  if (label) {
    context.font = `600 ${size * 0.8}px system-ui, sans-serif`;
    const width = context.measureText(label).width + 0.6 * size;
    const below = from.y + rim + 1.2 * size < answer.height;
    const y = below ? rim : rim - 1.2 * size;
    context.fillStyle = "#ffcd5a";
    context.fillRect(wide / 2 - rim - width / 2, y, width, 1.2 * size);
    context.fillStyle = "#17202b";
    context.fillText(label, wide / 2 - rim - width / 2 + 0.3 * size, y + 0.62 * size);
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {number} line
 * @param {string} colour
 */
function stroke(context, box, line, colour) {
  for (const [style, width] of /** @type {[string, number][]} */ ([["#17202b", 2 * line], [colour, line]])) {
    context.strokeStyle = style;
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
  const room = top + height + 1.4 * size <= context.canvas.height;
  const y = top > 1.4 * size ? top - 1.4 * size : room ? top + height : Math.max(0, top) + 0.2 * size; // at last within the box
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
