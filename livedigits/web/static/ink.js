// How strokes and paper look: the course of a stroke, painted on a canvas. The server paints the same course to read it.

/** @type {Record<string, [string, string]>} */
export const COLOURS = {
  ink: ["#17202b", "#f3f5f7"], // on light paper, on dark paper
  blue: ["#1f4fbf", "#8db4ff"],
  red: ["#c2272d", "#ff9a94"],
  green: ["#0d7a4a", "#6ee7a8"],
};
/** @type {Record<string, string>} */
const PAPERS = { plain: "#ffffff", ruled: "#ffffff", dark: "#20262e" };
const RULE = { step: 56, thick: 1.5, colour: "#b9cbe6" };
const STEP = 4; // of a px: in how many steps the width of a pen with pressure changes
const SIDES = 4; // parts of each curve where a course is taken as points

/** @typedef {{ width: number, path: string, shape?: Path2D }} Run px, an SVG path, and that as a canvas takes it */
/** @type {WeakMap<Stroke, { length: number, runs: Run[] }>} */
const known = new WeakMap();

/**
 * A stroke's colour on a paper.
 * @param {Stroke} stroke
 * @param {string} paper
 */
const colourOf = ({ colour }, paper) => COLOURS[colour][paper === "dark" ? 1 : 0];

/**
 * A stroke's course as SVG paths, each of one width in px: from the middle of one pair of points to that of the next,
 * bent towards the point between them. So a stroke that grows only changes at its end.
 * @param {Stroke} stroke
 */
function runs(stroke) {
  const { points, width } = stroke;
  const there = known.get(stroke);
  if (there?.length === points.length) return there.runs;
  const made = /** @type {Run[]} */ ([]);
  const wide = (/** @type {number} */ i) => Math.max(1, Math.round(width * points[i][2] * STEP)) / STEP;
  const at = (/** @type {number[]} */ [x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`;
  const last = points.length - 1;
  let start = points[0];
  for (let i = 1; i <= Math.max(last, 1); i++) {
    const bend = points[i - 1];
    const end = last ? middle(bend, points[i]) : [points[0][0] + 0.01, points[0][1], 1]; // a dot is a line of no length
    const thick = wide(i - 1);
    const run = made.at(-1);
    const piece = `Q${at(bend)} ${at(end)}`;
    if (run?.width === thick) run.path += piece;
    else made.push({ width: thick, path: `M${at(start)}${piece}` });
    start = /** @type {Point} */ (end);
  }
  const run = made[made.length - 1];
  if (last && wide(last) === run.width) run.path += `L${at(points[last])}`;
  else if (last) made.push({ width: wide(last), path: `M${at(start)}L${at(points[last])}` });
  known.set(stroke, { length: points.length, runs: made });
  return made;
}

/**
 * The same course as points.
 * @param {Stroke} stroke
 * @returns {Point[]}
 */
export function course({ points }) {
  if (points.length < 3) return points;
  const out = [points[0], middle(points[0], points[1])];
  for (let i = 1; i < points.length - 1; i++) {
    const [start, bend, end] = [middle(points[i - 1], points[i]), points[i], middle(points[i], points[i + 1])];
    for (let k = 1; k <= SIDES; k++) {
      const t = k / SIDES;
      const on = (/** @type {0 | 1} */ side) => (1 - t) ** 2 * start[side] + 2 * t * (1 - t) * bend[side] + t ** 2 * end[side];
      out.push([on(0), on(1), bend[2]]);
    }
  }
  return [...out, points[points.length - 1]];
}

/**
 * @param {Painter} context
 * @param {Stroke} stroke
 * @param {string} paper
 */
export function paintStroke(context, stroke, paper) {
  context.strokeStyle = colourOf(stroke, paper);
  context.lineCap = context.lineJoin = "round";
  for (const run of runs(stroke)) {
    context.lineWidth = run.width;
    context.stroke((run.shape ??= new Path2D(run.path)));
  }
}

/**
 * @param {Painter} context
 * @param {string} paper
 * @param {number} width
 * @param {number} height
 */
export function paintPaper(context, paper, width, height) {
  context.fillStyle = PAPERS[paper];
  context.fillRect(0, 0, width, height);
  if (paper !== "ruled") return;
  context.fillStyle = RULE.colour;
  for (let y = RULE.step; y < height; y += RULE.step) context.fillRect(0, y, width, RULE.thick);
}

/**
 * A drawing as SVG.
 * @param {{ paper: string, strokes: Stroke[] }} drawing
 * @param {number} width px
 * @param {number} height
 */
export function svgOf({ paper, strokes }, width, height) {
  const [w, h] = [Math.round(width), Math.round(height)];
  const rules = [];
  for (let y = RULE.step; paper === "ruled" && y < h; y += RULE.step) rules.push(`<path fill="${RULE.colour}" d="M0 ${y}h${w}v${RULE.thick}H0z"/>`);
  const paths = strokes.flatMap((stroke) =>
    runs(stroke).map((run) => `<path stroke="${colourOf(stroke, paper)}" stroke-width="${run.width}" d="${run.path}"/>`),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">
<path fill="${PAPERS[paper]}" d="M0 0h${w}v${h}H0z"/>
${rules.join("\n")}
<g fill="none" stroke-linecap="round" stroke-linejoin="round">
${paths.join("\n")}
</g>
</svg>
`;
}

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {Point}
 */
const middle = ([x0, y0, p0], [x1, y1, p1]) => [(x0 + x1) / 2, (y0 + y1) / 2, (p0 + p1) / 2];
