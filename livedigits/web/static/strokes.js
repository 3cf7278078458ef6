// Pointer and keyboard on the drawing area -> strokes.

const STEP = { coarse: 8, fine: 2 }; // px that an arrow key moves the pen, alone and with Shift
const STILL = 5; // px: a pointer that moved less has tapped

/**
 * Turn the input on a canvas into strokes.
 * `on` has: pen() -> {colour, width}; paint(stroke, from) while it grows; ended(stroke); chooseAt(x, y) -> whether a
 * digit was there to be chosen by a tap; repaint() when a stroke came to nothing.
 */
export function penInput(canvas, hair, on) {
  let stroke = null;
  let pointer = null;

  const place = (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    // Only pens know pressure: mice say 0.5, fingers anything.
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.4 + 1.2 * event.pressure : 1;
    return [event.clientX - left, event.clientY - top, pressure];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    event.preventDefault();
    canvas.classList.add("pointed");
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    lift();
    hair.hidden = true;
    pointer = event.pointerId;
    stroke = { ...on.pen(), points: [place(event)] };
    on.paint(stroke, 0);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const from = stroke.points.length;
    const events = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(events.length ? events : [event]).map(place));
    on.paint(stroke, from);
  });

  canvas.addEventListener("pointerup", (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    const [x, y] = stroke.points[0];
    const tapped = stroke.points.every((point) => Math.hypot(point[0] - x, point[1] - y) < STILL);
    const done = stroke;
    stroke = null;
    if (tapped && on.chooseAt(x, y)) on.repaint();
    else on.ended(done);
  });

  canvas.addEventListener("pointercancel", (event) => {
    if (event.pointerId !== pointer) return;
    pointer = stroke = null;
    on.repaint();
  });

  // The keyboard's pen: where it is, and whether it is down.
  let at = null;
  const show = () => {
    hair.hidden = false;
    hair.style.left = `${at[0]}px`;
    hair.style.top = `${at[1]}px`;
    hair.classList.toggle("down", stroke !== null);
  };

  const lift = () => {
    if (stroke === null) return;
    const done = stroke;
    stroke = null;
    on.ended(done);
  };

  const move = (x, y) => {
    at = [Math.min(Math.max(at[0] + x, 0), canvas.clientWidth), Math.min(Math.max(at[1] + y, 0), canvas.clientHeight)];
    if (stroke === null) return;
    stroke.points.push([...at, 1]);
    on.paint(stroke, stroke.points.length - 1);
  };

  const toggle = () => {
    if (stroke !== null) return lift();
    stroke = { ...on.pen(), points: [[...at, 1]] };
    on.paint(stroke, 0);
  };

  canvas.addEventListener("keydown", (event) => {
    if (pointer !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    const space = event.key === " " || event.key === "Enter";
    if (!way && !space) return;
    event.preventDefault();
    canvas.classList.remove("pointed");
    at ??= [canvas.clientWidth / 2, canvas.clientHeight / 2];
    const step = event.shiftKey ? STEP.fine : STEP.coarse;
    if (way) move(way[0] * step, way[1] * step);
    else if (!event.repeat) toggle();
    show();
  });

  canvas.addEventListener("blur", () => {
    if (pointer === null) lift();
    hair.hidden = true;
    canvas.classList.remove("pointed");
  });
}
