// Pointer and keyboard on the drawing area -> strokes.

const STEP = { coarse: 8, fine: 2 }; // px that an arrow key moves the pen, alone and with Shift
const STILL = 5; // px: a pointer that moved less has tapped

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Turn the input on a canvas into strokes.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} hair marks where the keyboard's pen is
 * @param {{
 *   pen: () => { colour: string, width: number },
 *   paint: (stroke: Stroke, from: number) => void,
 *   ended: (stroke: Stroke) => void,
 *   chooseAt: (x: number, y: number) => boolean,
 *   repaint: () => void,
 * }} on paint: a stroke has grown; chooseAt: a tap, whether it has chosen a digit; repaint: a stroke came to nothing
 */
export function penInput(canvas, hair, on) {
  const state = {
    stroke: /** @type {Stroke | null} */ (null), // that is being drawn
    pointer: /** @type {number | null} */ (null), // that draws it; null: the keyboard does
    at: /** @type {[number, number] | null} */ (null), // where the keyboard's pen is
  };

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  const place = (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    // Only pens know pressure: mice say 0.5, fingers anything.
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.4 + 1.2 * event.pressure : 1;
    return [event.clientX - left, event.clientY - top, pressure];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (state.pointer !== null || event.button !== 0) return;
    event.preventDefault();
    canvas.classList.add("pointed");
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    lift();
    hair.hidden = true;
    state.pointer = event.pointerId;
    state.stroke = { ...on.pen(), points: [place(event)] };
    on.paint(state.stroke, 0);
  });

  canvas.addEventListener("pointermove", (event) => {
    const { stroke } = state;
    if (event.pointerId !== state.pointer || !stroke) return;
    const from = stroke.points.length;
    const events = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(events.length ? events : [event]).map(place));
    on.paint(stroke, from);
  });

  canvas.addEventListener("pointerup", (event) => {
    const { stroke } = state;
    if (event.pointerId !== state.pointer || !stroke) return;
    state.pointer = state.stroke = null;
    const [x, y] = stroke.points[0];
    const tapped = stroke.points.every((point) => Math.hypot(point[0] - x, point[1] - y) < STILL);
    if (tapped && on.chooseAt(x, y)) on.repaint();
    else on.ended(stroke);
  });

  canvas.addEventListener("pointercancel", (event) => {
    if (event.pointerId !== state.pointer) return;
    state.pointer = state.stroke = null;
    on.repaint();
  });

  const lift = () => {
    const { stroke } = state;
    state.stroke = null;
    if (stroke) on.ended(stroke);
  };

  /**
   * Move the keyboard's pen.
   * @param {[number, number]} from
   * @param {[number, number]} way
   * @returns {[number, number]} where it is now
   */
  const moved = ([left, top], [x, y]) => {
    const to = /** @type {[number, number]} */ ([clamp(left + x, canvas.clientWidth), clamp(top + y, canvas.clientHeight)]);
    if (state.stroke) {
      state.stroke.points.push([...to, 1]);
      on.paint(state.stroke, state.stroke.points.length - 1);
    }
    return to;
  };

  /** @param {[number, number]} at */
  const toggle = (at) => {
    if (state.stroke) return lift();
    state.stroke = { ...on.pen(), points: [[...at, 1]] };
    on.paint(state.stroke, 0);
  };

  /** @param {[number, number]} at */
  const showHair = ([left, top]) => {
    hair.hidden = false;
    hair.style.left = `${left}px`;
    hair.style.top = `${top}px`;
    hair.classList.toggle("down", state.stroke !== null);
  };

  canvas.addEventListener("keydown", (event) => {
    if (state.pointer !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key];
    const space = event.key === " " || event.key === "Enter";
    if (!way && !space) return;
    event.preventDefault();
    canvas.classList.remove("pointed");
    state.at ??= [canvas.clientWidth / 2, canvas.clientHeight / 2];
    const step = event.shiftKey ? STEP.fine : STEP.coarse;
    if (way) state.at = moved(state.at, [way[0] * step, way[1] * step]);
    else if (!event.repeat) toggle(state.at);
    showHair(state.at);
  });

  canvas.addEventListener("blur", () => {
    if (state.pointer === null) lift();
    hair.hidden = true;
    canvas.classList.remove("pointed");
  });
}

/**
 * @param {number} value
 * @param {number} most
 */
const clamp = (value, most) => Math.min(Math.max(value, 0), most);
