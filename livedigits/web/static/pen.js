// Strokes and paper: what a drawing consists of, and how it is painted. No events, no network.

export const COLOURS = {
  ink: ["#17202b", "#f3f5f7"], // on light paper, on dark paper
  blue: ["#1f4fbf", "#8db4ff"],
  red: ["#c2272d", "#ff9a94"],
  green: ["#0d7a4a", "#6ee7a8"],
};
const PAPERS = { plain: "#ffffff", ruled: "#ffffff", dark: "#20262e" };
const RULE = { step: 56, colour: "#b9cbe6" };

export class Drawing {
  constructor() {
    this.strokes = []; // {colour, width, points: [[x, y, pressure], ...]} in px of the page
    this.paper = "plain";
    this.past = [];
    this.future = [];
  }

  /** Replace the strokes by others, so that it can be undone. */
  change(strokes) {
    this.past.push(this.strokes);
    this.future = [];
    this.strokes = strokes;
  }

  add(stroke) {
    this.change([...this.strokes, stroke]);
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.strokes);
    this.strokes = this.past.pop();
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.strokes);
    this.strokes = this.future.pop();
    return true;
  }

  paint(context, width, height) {
    paintPaper(context, this.paper, width, height);
    for (const stroke of this.strokes) this.paintStroke(context, stroke);
  }

  /** Paint a stroke, or what was added to it since its point number `from`. */
  paintStroke(context, stroke, from = 0) {
    const colour = COLOURS[stroke.colour][this.paper === "dark" ? 1 : 0];
    context.strokeStyle = context.fillStyle = colour;
    context.lineCap = context.lineJoin = "round";
    if (stroke.points.length === 1) dot(context, stroke);
    for (let i = Math.max(1, from); i < stroke.points.length; i++) segment(context, stroke, i);
  }
}

function paintPaper(context, paper, width, height) {
  context.fillStyle = PAPERS[paper];
  context.fillRect(0, 0, width, height);
  if (paper !== "ruled") return;
  context.fillStyle = RULE.colour;
  for (let y = RULE.step; y < height; y += RULE.step) context.fillRect(0, y, width, 1.5);
}

function dot(context, { width, points: [[x, y, pressure]] }) {
  context.beginPath();
  context.arc(x, y, (width * pressure) / 2, 0, 2 * Math.PI);
  context.fill();
}

/** From the middle of one pair of points to the middle of the next, bent towards the point between them. */
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

const middle = ([x0, y0], [x1, y1]) => [(x0 + x1) / 2, (y0 + y1) / 2];

/** Left, top, right, bottom of strokes in px; null without any. */
export function extent(strokes) {
  const points = strokes.flatMap((stroke) => stroke.points);
  if (!points.length) return null;
  const reach = (axis, pick) => points.reduce((found, point) => pick(found, point[axis]), points[0][axis]);
  return [reach(0, Math.min), reach(1, Math.min), reach(0, Math.max), reach(1, Math.max)];
}
