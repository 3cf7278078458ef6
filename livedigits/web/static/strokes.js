// Pointer and keyboard on the drawing area -> where the pen or the eraser goes down, how it moves, and when it lifts.

const STEP = { coarse: 8, fine: 2 }; // px that an arrow key moves the pen, alone and with Shift
const STILL = 5; // px: a pointer that moved less has tapped
const NEAR = 800; // ms after a pen was heard of: until then touches are the hand that holds it
const PINCH = 350; // ms: a finger that was down shorter before a second came began a pinch, and no stroke
const ERASER = 5; // button of a pen's other end

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Turn the input on a canvas into strokes.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} hair marks where the keyboard's pen is
 * @param {{
 *   places: () => (event: PointerEvent) => [number, number],
 *   size: () => { width: number, height: number, scale: number },
 *   began: (at: Point, erases: boolean) => void,
 *   moved: (points: Point[]) => void,
 *   ended: (tap: boolean) => void,
 *   cancelled: () => void,
 * }} on places: what tells, during a stroke, where pointers are in px of the drawing; size: of the drawing, and px of the page for one of it;
 *   began: erases: by the pen's other end; ended: tap: at one place, by a pointer; cancelled: it was no stroke
 */
export function penInput(canvas, hair, on) {
  const state = {
    down: false, // whether a pen is on the paper
    pointer: /** @type {{ id: number, type: string, since: number, still: boolean, from: [number, number] } | null} */ (null),
    where: (/** @type {PointerEvent} */ _event) => /** @type {[number, number]} */ ([0, 0]), // of the stroke's pointers
    at: /** @type {[number, number] | null} */ (null), // where the keyboard's pen is
    penSeen: -Infinity, // ms: when a pen was heard of last
    penOver: false, // whether one hovers or draws
  };

  const penIsNear = () => state.penOver || performance.now() - state.penSeen < NEAR;

  /** @param {PointerEvent} event */
  const notePen = ({ pointerType, type }) => {
    if (pointerType !== "pen") return;
    state.penSeen = performance.now();
    state.penOver = type !== "pointerleave" && type !== "pointercancel";
    canvas.classList.toggle("pen", state.penOver); // no pinch by the palm
  };

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  const place = (event) => {
    // Only pens know pressure: mice say 0.5, fingers anything.
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.4 + 1.2 * event.pressure : 1;
    return [...state.where(event), pressure];
  };

  const lift = () => {
    if (!state.down) return;
    state.down = false;
    on.ended(false);
  };

  const cancel = () => {
    state.pointer = null;
    if (!state.down) return;
    state.down = false;
    on.cancelled();
  };

  /**
   * Whether a pointer that comes while another draws takes its place.
   * @param {PointerEvent} event
   */
  const takesOver = ({ pointerType, timeStamp }) => {
    const { pointer } = state;
    if (!pointer) return true;
    const palm = pointerType === "pen" && pointer.type === "touch";
    const pinch = pointerType === "touch" && pointer.type === "touch" && timeStamp - pointer.since < PINCH;
    if (palm || pinch) cancel();
    return palm;
  };

  canvas.addEventListener("pointerdown", (event) => {
    notePen(event);
    const erases = event.button === ERASER;
    if (event.button !== 0 && !erases) return;
    if (event.pointerType === "touch" && penIsNear()) return event.preventDefault();
    if (!takesOver(event)) return;
    event.preventDefault();
    canvas.classList.add("pointed");
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    lift();
    hair.hidden = true;
    const from = /** @type {[number, number]} */ ([event.clientX, event.clientY]);
    state.pointer = { id: event.pointerId, type: event.pointerType, since: event.timeStamp, still: true, from };
    state.down = true;
    state.where = on.places();
    on.began(place(event), erases);
  });

  canvas.addEventListener("pointermove", (event) => {
    notePen(event);
    const { pointer } = state;
    if (event.pointerId !== pointer?.id) return;
    const events = event.getCoalescedEvents?.() ?? [];
    const all = events.length ? events : [event];
    pointer.still &&= all.every(({ clientX, clientY }) => Math.hypot(clientX - pointer.from[0], clientY - pointer.from[1]) < STILL);
    on.moved(all.map(place));
  });

  canvas.addEventListener("pointerup", (event) => {
    const { pointer } = state;
    if (event.pointerId !== pointer?.id) return;
    state.pointer = null;
    state.down = false;
    on.ended(pointer.still);
  });

  canvas.addEventListener("pointercancel", (event) => {
    notePen(event);
    const { pointer } = state;
    if (event.pointerId !== pointer?.id) return;
    if (event.timeStamp - pointer.since < PINCH || pointer.still) return cancel();
    state.pointer = null; // a palm that came to a finger's stroke: what is written stays
    lift();
  });

  for (const kind of /** @type {const} */ (["pointerenter", "pointerleave"])) canvas.addEventListener(kind, notePen);

  /**
   * Move the keyboard's pen.
   * @param {[number, number]} from
   * @param {[number, number]} way
   * @returns {[number, number]} where it is now
   */
  const moved = ([left, top], [x, y]) => {
    const { width, height, scale } = on.size();
    const to = /** @type {[number, number]} */ ([clamp(left + x / scale, width), clamp(top + y / scale, height)]);
    if (state.down) on.moved([[...to, 1]]);
    return to;
  };

  /** @param {[number, number]} at */
  const toggle = (at) => {
    if (state.down) return lift();
    state.down = true;
    on.began([...at, 1], false);
  };

  /** @param {[number, number]} at */
  const showHair = ([left, top]) => {
    const { scale } = on.size();
    hair.hidden = false;
    hair.style.left = `${left * scale}px`;
    hair.style.top = `${top * scale}px`;
    hair.classList.toggle("down", state.down);
  };

  canvas.addEventListener("keydown", (event) => {
    if (state.pointer || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key];
    const space = event.key === " " || event.key === "Enter";
    if (!way && !space) return;
    event.preventDefault();
    canvas.classList.remove("pointed");
    const { width, height } = on.size();
    state.at ??= [width / 2, height / 2];
    const step = event.shiftKey ? STEP.fine : STEP.coarse;
    if (way) state.at = moved(state.at, [way[0] * step, way[1] * step]);
    else if (!event.repeat) toggle(state.at);
    showHair(state.at);
  });

  canvas.addEventListener("blur", () => {
    if (!state.pointer) lift();
    hair.hidden = true;
    canvas.classList.remove("pointed");
  });
}

/**
 * @param {number} value
 * @param {number} most
 */
const clamp = (value, most) => Math.min(Math.max(value, 0), most);
