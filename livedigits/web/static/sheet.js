// The paper on the screen: its size and scale, and a stroke that is being drawn, over what has dried.
import { make, painter } from "./dom.js";
import { paintPaper, paintStroke } from "./ink.js";
import { extent } from "./pen.js";

const FINEST = 3; // px of the canvas for one of the page, at most
const RIM = 8; // px around what would not fit on smaller paper

/** @typedef {import("./pen.js").Drawing} Drawing */

export class Sheet {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = painter(canvas);
    this.dried = make("canvas"); // what was painted without the stroke that is being drawn
    this.dry = painter(this.dried);
    this.width = 0; // px of the drawing; 0 before the paper is seen
    this.height = 0;
    this.scale = 1; // px of the page for one of the drawing: below 1 where the paper has become too small for it
    this.fine = 1; // px of the canvas for one of the drawing
  }

  /**
   * Take the canvas's size on the page; strokes that would no longer fit are seen smaller. Whether anything has changed.
   * @param {Stroke[]} strokes that have to fit
   */
  resize(strokes) {
    const { canvas, dried } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width || !height) return false;
    const ratio = Math.min(devicePixelRatio || 1, FINEST);
    const size = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.width && canvas.width === size[0] && canvas.height === size[1]) return false;
    const bounds = extent(strokes);
    this.scale = bounds ? Math.min(1, width / (bounds[2] + RIM), height / (bounds[3] + RIM)) : 1;
    this.width = width / this.scale;
    this.height = height / this.scale;
    [canvas.width, canvas.height] = [dried.width, dried.height] = size;
    this.fine = this.scale * ratio;
    this.dry.setTransform(this.fine, 0, 0, this.fine, 0, 0);
    return true;
  }

  /** @param {Drawing} drawing */
  paint({ paper, strokes }) {
    paintPaper(this.dry, paper, this.width, this.height);
    for (const stroke of strokes) paintStroke(this.dry, stroke, paper);
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.drawImage(this.dried, 0, 0);
  }

  /**
   * Paint a stroke as far as it has grown. It is painted as a whole each time, so that it looks as it will remain.
   * @param {Stroke} stroke
   * @param {string} paper
   */
  grow(stroke, paper) {
    const { canvas, context, dried, fine } = this;
    const bounds = extent([stroke]) ?? [0, 0, 0, 0];
    const rim = 2 + stroke.width * 2 * fine;
    const [left, top] = [0, 1].map((side) => Math.max(0, Math.floor(bounds[side] * fine - rim)));
    const right = Math.min(canvas.width, Math.ceil(bounds[2] * fine + rim));
    const bottom = Math.min(canvas.height, Math.ceil(bounds[3] * fine + rim));
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (right > left && bottom > top) context.drawImage(dried, left, top, right - left, bottom - top, left, top, right - left, bottom - top);
    context.setTransform(fine, 0, 0, fine, 0, 0);
    paintStroke(context, stroke, paper);
  }

  /**
   * The stroke has ended, and dries.
   * @param {Stroke} stroke
   * @param {string} paper
   */
  end(stroke, paper) {
    paintStroke(this.dry, stroke, paper);
  }

  /**
   * What tells where pointers are, in px of the drawing, as long as the page stays as it is: asked for at each of them,
   * the canvas's place would cost a layout.
   * @returns {(event: { clientX: number, clientY: number }) => [number, number]}
   */
  places() {
    const { left, top } = this.canvas.getBoundingClientRect();
    return ({ clientX, clientY }) => [(clientX - left) / this.scale, (clientY - top) / this.scale];
  }

  /**
   * The drawing as a new canvas, so many px wide.
   * @param {Drawing} drawing
   * @param {number} width
   */
  picture({ paper, strokes }, width = this.canvas.width) {
    const scale = width / this.width;
    const canvas = make("canvas", { width: Math.round(width), height: Math.round(this.height * scale) });
    const context = painter(canvas);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    paintPaper(context, paper, this.width, this.height);
    for (const stroke of strokes) paintStroke(context, stroke, paper);
    return canvas;
  }
}
