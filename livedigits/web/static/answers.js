// What can be asked of an answer: where its digits are, and whether another says the same.

/**
 * Whether two answers say the same of the same writing, as when a drawing was read again because the page grew.
 * @param {Answer | null} one
 * @param {Answer | null} other
 */
export function alike(one, other) {
  if (!one || one.digits.length !== other?.digits.length) return false;
  return one.digits.every(({ digit, box: [x, y, w, h] }, i) => {
    const [left, top] = other.digits[i].box.map((side) => (side * one.width) / other.width);
    return digit === other.digits[i].digit && Math.abs(left - x) < w / 2 && Math.abs(top - y) < h / 2;
  });
}

/**
 * Which of the digits is at a place in px of the picture, the smallest of several; -1 where there is none.
 * @param {Answer | null} answer
 * @param {number} x
 * @param {number} y
 */
export function digitAt(answer, x, y) {
  const digits = answer?.digits ?? [];
  const there = digits.map((_, i) => i).filter((i) => {
    const [left, top, w, h] = digits[i].box;
    return x >= left && x <= left + w && y >= top && y <= top + h;
  });
  const area = (/** @type {number} */ i) => digits[i].box[2] * digits[i].box[3];
  return there.sort((a, b) => area(a) - area(b))[0] ?? -1;
}

/**
 * Which of the digits has its box's middle nearest to a place in px of the picture; -1 without any.
 * @param {Answer} answer
 * @param {number} x
 * @param {number} y
 */
export function nearest({ digits }, x, y) {
  const distances = digits.map(({ box: [left, top, w, h] }) => Math.hypot(left + w / 2 - x, top + h / 2 - y));
  return distances.indexOf(Math.min(...distances));
}

/**
 * An answer about the same picture in another size.
 * @param {Answer} answer
 * @param {number} factor
 * @returns {Answer}
 */
export function scaled(answer, factor) {
  const larger = (/** @type {Box} */ box) => /** @type {Box} */ (box.map((side) => side * factor));
  const digits = answer.digits.map((digit) => ({ ...digit, box: larger(digit.box) }));
  const numbers = answer.numbers.map((number) => ({ ...number, box: larger(number.box) }));
  return { ...answer, width: answer.width * factor, height: answer.height * factor, digits, numbers };
}
