// The eraser: strokes are cut where it passes, so that what is read is what is left.
import { course } from "./ink.js";

const STEP = 1.5; // px between the points of a course that is cut

/**
 * The strokes that an eraser leaves on its way; those that it does not touch are the same objects.
 * @param {Stroke[]} strokes
 * @param {number[]} from x, y in px of the drawing
 * @param {number[]} to
 * @param {number} radius px
 */
export const erased = (strokes, from, to, radius) => strokes.flatMap((stroke) => cut(stroke, from, to, radius));

/**
 * @param {Stroke} stroke
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} radius
 */
function cut(stroke, from, to, radius) {
  const reach = radius + stroke.width; // a pen's pressure makes it wider, up to 1.6 times
  const [left, right] = [Math.min(from[0], to[0]) - reach, Math.max(from[0], to[0]) + reach];
  const [top, bottom] = [Math.min(from[1], to[1]) - reach, Math.max(from[1], to[1]) + reach];
  const near = boxOf(stroke);
  if (near[0] > right || near[2] < left || near[1] > bottom || near[3] < top) return [stroke];
  const points = even(course(stroke));
  const kept = points.map((point) => distance(point, from, to) > radius + (stroke.width * point[2]) / 2);
  if (kept.every((stays) => stays)) return [stroke];
  const pieces = /** @type {Point[][]} */ ([]);
  points.forEach((point, i) => {
    if (!kept[i]) return;
    if (i && kept[i - 1]) pieces[pieces.length - 1].push(point);
    else pieces.push([point]);
  });
  return pieces.map((piece) => ({ ...stroke, points: piece }));
}

/** @param {Stroke} stroke */
function boxOf({ points }) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
  }
  return box;
}

/**
 * Points about STEP px apart on the same course: as many, however often it is cut.
 * @param {Point[]} points
 * @returns {Point[]}
 */
function even(points) {
  const out = [points[0]];
  points.slice(1).forEach(([x1, y1, pressure], i) => {
    const [x0, y0] = out[out.length - 1];
    const far = Math.hypot(x1 - x0, y1 - y0);
    const count = Math.round(far / STEP);
    for (let k = 1; k <= count; k++) out.push([x0 + ((x1 - x0) * k) / count, y0 + ((y1 - y0) * k) / count, pressure]);
    if (!count && i === points.length - 2 && far > 0) out.push([x1, y1, pressure]);
  });
  return out;
}

/**
 * From a point to the nearest of a line from one place to another.
 * @param {Point} point
 * @param {number[]} from
 * @param {number[]} to
 */
function distance([x, y], [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = dx || dy ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy))) : 0;
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}
