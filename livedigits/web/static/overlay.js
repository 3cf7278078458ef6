// Boxes and digits over a picture: as elements over what is on screen, or painted onto a canvas to be saved.
import { make } from "./dom.js";

const percent = (confidence) => `${Math.min(99, Math.round(confidence * 100))}%`;

/** Put one element for each digit of an answer into a layer that covers the picture; elements are used again. */
export function showBoxes(layer, answer, { mirrored = false, chosen = -1 } = {}) {
  const digits = answer?.digits ?? [];
  while (layer.children.length > digits.length) layer.lastChild.remove();
  while (layer.children.length < digits.length) layer.append(newBox());
  const { clientWidth: width, clientHeight: height } = layer; // once: between the changes below it would cost much
  digits.forEach(({ digit, confidence, box: [x, y, w, h] }, i) => {
    const element = layer.children[i];
    const left = mirrored ? answer.width - x - w : x;
    const { style } = element;
    style.left = `calc(${(100 * left) / answer.width}% - 5px)`;
    style.top = `calc(${(100 * y) / answer.height}% - 5px)`;
    style.width = `calc(${(100 * w) / answer.width}% + 10px)`;
    style.height = `calc(${(100 * h) / answer.height}% + 10px)`;
    const low = y * height < 34 * answer.height; // no room for the tag above it
    const slim = w * width < 44 * answer.width; // nor for a wide one
    element.className = `box${i === chosen ? " chosen" : ""}${low ? " low" : ""}${slim ? " slim" : ""}`;
    const [label, certainty] = element.firstChild.childNodes;
    label.data = digit;
    certainty.textContent = percent(confidence);
  });
}

function newBox() {
  const tag = make("span", { className: "tag" });
  tag.append(document.createTextNode(""), document.createElement("small"));
  return make("div", { className: "box" }, tag);
}

/** The picture at its own size with boxes and digits painted on it, as a new canvas. */
export function painted(picture, answer) {
  const canvas = make("canvas", { width: answer.width, height: answer.height });
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, answer.width, answer.height);
  const short = Math.min(answer.width, answer.height);
  const line = Math.max(1.5, short / 300);
  const size = Math.max(12, short / 32);
  context.textBaseline = "middle";
  for (const { digit, confidence, box: [x, y, w, h] } of answer.digits) {
    stroke(context, [x - 2 * line, y - 2 * line, w + 4 * line, h + 4 * line], line);
    tag(context, digit, percent(confidence), x - 2 * line, y - 3 * line, h + 6 * line, size);
  }
  return canvas;
}

function stroke(context, box, line) {
  for (const [colour, width] of [["#17202b", 2 * line], ["#35d08a", line]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(...box);
  }
}

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

/** Size a view so that a picture of width x height lies whole and centred in its stage. */
export function fit(view, width, height) {
  const stage = view.parentElement;
  stage.style.setProperty("--ratio", `${width} / ${height}`);
  const scale = Math.min(stage.clientWidth / width, stage.clientHeight / height);
  view.style.width = `${Math.round(width * scale)}px`;
  view.style.height = `${Math.round(height * scale)}px`;
}
