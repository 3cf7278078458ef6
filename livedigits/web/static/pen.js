// A drawing: its strokes, its paper, and what undo and redo go to. No events, no painting, no network.

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
}

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
