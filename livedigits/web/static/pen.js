// Strokes and paper: what a drawing consists of, and how it is painted. No events, no network.

/** @type {Record<string, [string, string]>} */
export const COLOURS = {
  ink: ["#17202b", "#f3f5f7"], // on light paper, on dark paper
  blue: ["#1f4fbf", "#8db4ff"],
  red: ["#c2272d", "#ff9a94"],
  green: ["#0d7a4a", "#6ee7a8"],
};
/** @type {Record<string, string>} */
const PAPERS = { plain: "#ffffff", ruled: "#ffffff", dark: "#20262e" };
const RULE = { step: 56, colour: "#b9cbe6" };

export class Drawing {
  constructor() {
    this.strokes = /** @type {Stroke[]} */ ([]);
    this.paper = "plain";
    this.past = /** @type {Stroke[][]} */ ([]); // what undo goes back to, the last first
    this.future = /** @type {Stroke[][]} */ ([]);
  }

  /**
   * Replace the strokes by others, so that it can be undone.
   * @param {Stroke[]} strokes
   */
  change(strokes) {
    this.past.push(this.strokes);
    this.future = [];
    this.strokes = strokes;
  }

  /** @param {Stroke} stroke */
  add(stroke) {
    this.change([...this.strokes, stroke]);
  }

  undo() {
    const before = this.past.pop();
    if (!before) return false;
    this.future.push(this.strokes);
    this.strokes = before;
    return true;
  }

  redo() {
    const after = this.future.pop();
    if (!after) return false;
    this.past.push(this.strokes);
    this.strokes = after;
    return true;
  }

  /**
   * @param {Painter} context
   * @param {number} width
   * @param {number} height
   */
  paint(context, width, height) {
    paintPaper(context, this.paper, width, height);
    for (const stroke of this.strokes) this.paintStroke(context, stroke);
  }

  /**
   * Paint a stroke, or what was added to it since its point number `from`.
   * @param {Painter} context
   * @param {Stroke} stroke
   * @param {number} from
   */
  paintStroke(context, stroke, from = 0) {
    const colour = COLOURS[stroke.colour][this.paper === "dark" ? 1 : 0];
    context.strokeStyle = context.fillStyle = colour;
    context.lineCap = context.lineJoin = "round";
    if (stroke.points.length === 1) dot(context, stroke);
    for (let i = Math.max(1, from); i < stroke.points.length; i++) segment(context, stroke, i);
  }
}

/**
 * @param {Painter} context
 * @param {string} paper
 * @param {number} width
 * @param {number} height
 */
function paintPaper(context, paper, width, height) {
  context.fillStyle = PAPERS[paper];
  context.fillRect(0, 0, width, height);
  if (paper !== "ruled") return;
  context.fillStyle = RULE.colour;
  for (let y = RULE.step; y < height; y += RULE.step) context.fillRect(0, y, width, 1.5);
}

/**
 * @param {Painter} context
 * @param {Stroke} stroke
 */
function dot(context, { width, points: [[x, y, pressure]] }) {
  context.beginPath();
  context.arc(x, y, (width * pressure) / 2, 0, 2 * Math.PI);
  context.fill();
}

/**
 * From the middle of one pair of points to the middle of the next, bent towards the point between them.
 * @param {Painter} context
 * @param {Stroke} stroke
 * @param {number} i of the last of the three points
 */
function segment(context, { width, points }, i) {
  const [x, y, pressure] = points[i];
  const [beforeX, beforeY] = points[i - 1];
  const [startX, startY] = i > 1 ? middle(points[i - 2], points[i - 1]) : points[0];
  const last = i === points.length - 1;
  const [endX, endY] = middle(points[i - 1], points[i]);
  context.lineWidth = width * pressure;
  context.beginPath();
  context.moveTo(startX, startY);
  context.quadraticCurveTo(beforeX, beforeY, endX, endY);
  if (last) context.lineTo(x, y);
  context.stroke();
}

/**
 * @param {Point} a
 * @param {Point} b
 */
const middle = ([x0, y0], [x1, y1]) => [(x0 + x1) / 2, (y0 + y1) / 2];

/**
 * Left, top, right, bottom of strokes in px; null without any.
 * @param {Stroke[]} strokes
 */
export function extent(strokes) {
  const points = strokes.flatMap((stroke) => stroke.points);
  if (!points.length) return null;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const least = (/** @type {number[]} */ values) => values.reduce((a, b) => Math.min(a, b));
  const most = (/** @type {number[]} */ values) => values.reduce((a, b) => Math.max(a, b));
  return [least(xs), least(ys), most(xs), most(ys)];
}
