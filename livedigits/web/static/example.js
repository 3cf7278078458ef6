// An example for an empty page: our own strokes, written before one's eyes, or at once where motion is not wanted.

const SIZE = [343, 105]; // px that these strokes take
const PACE = 22; // ms from point to point
const LARGEST = 1.6; // times that size
/** @type {[number, number][][]} */
const LINES = [
  [[0, 9], [14, 5], [29, 4], [45, 9], [54, 22], [54, 38], [48, 52], [40, 65], [32, 77], [22, 89], [12, 100], [22, 103], [37, 103], [52, 103], [68, 103], [78, 104]],
  [[130, 0], [118, 10], [113, 24], [114, 40], [116, 57], [116, 73], [121, 89], [132, 101], [146, 99], [154, 86], [155, 70], [154, 54], [152, 37], [148, 21], [138, 7], [131, 2]],
  [[190, 30], [194, 14], [207, 5], [226, 9], [240, 19], [242, 37], [236, 52], [225, 65], [214, 78], [203, 90], [198, 97], [215, 94], [229, 105], [245, 104], [256, 92], [256, 92]],
  [[327, 1], [316, 12], [307, 25], [299, 37], [293, 51], [291, 67], [294, 84], [304, 98], [319, 105], [333, 99], [342, 86], [343, 70], [331, 59], [315, 58], [303, 66], [297, 80], [297, 80]],
];

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Write it in the middle of the paper, until somebody does anything: puts the pen down, clears the paper, goes elsewhere.
 * @param {{ width: number, height: number }} paper px
 * @param {{ began: (at: Point, byEraser: boolean) => void, moved: (points: Point[]) => void, ended: (tap: boolean) => void }} hand
 */
export async function write(paper, hand) {
  const scale = Math.min(LARGEST, (0.8 * paper.width) / SIZE[0], (0.5 * paper.height) / SIZE[1]);
  const [left, top] = [(paper.width - SIZE[0] * scale) / 2, (paper.height - SIZE[1] * scale) / 2];
  const lines = LINES.map((line) => line.map(([x, y]) => /** @type {Point} */ ([left + x * scale, top + y * scale, 1])));
  const ending = new AbortController();
  const { signal } = ending;
  let down = false;
  const end = () => {
    ending.abort();
    if (down) hand.ended(false);
  };
  for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, end, { capture: true, signal });
  for (const line of lines) {
    hand.began(line[0], false);
    down = true;
    for (const at of line.slice(1)) {
      if (!still()) await new Promise((resolve) => setTimeout(resolve, PACE));
      if (signal.aborted) return;
      hand.moved([at]);
    }
    down = false;
    hand.ended(false);
  }
  ending.abort();
}
