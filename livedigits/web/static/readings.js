// When a drawing is read: at once as a stroke ends, and while one grows from time to time, so that its label comes early.

// From one look at a growing stroke to the next, in ms, and in times of how long the last one took: more often, and the
// reading at the stroke's end has to share the processor with one.
const PAUSE = { least: 180, times: 5 };

export class Readings {
  /**
   * @param {() => Promise<Answer | null>} ask reads the drawing as it is
   * @param {(answer: Answer | null, ended: boolean) => void} answered
   *   an answer has come; ended: about the drawing, not about a stroke that grows
   * @param {(error: unknown) => void} failed
   */
  constructor(ask, answered, failed) {
    this.ask = ask;
    this.answered = answered;
    this.failed = failed;
    this.count = 0; // readings that were begun
    this.newest = 0; // of those that were answered
    this.reading = false; // whether the drawing is being read
    this.stale = false; // whether it has changed since
    this.looking = false; // whether a growing stroke is being read
    this.grown = false; // whether it has grown since
    this.looked = 0; // ms: when a look was begun last
    this.pause = PAUSE.least;
    this.ended = 0; // ms: when the drawing was read last
    this.timer = 0;
  }

  /** The drawing is another one: read it, and when it changes meanwhile, once more. A look that is under way is not waited for. */
  async now() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.grown = false;
    this.stale = true;
    if (this.reading) return;
    this.reading = true;
    this.ended = performance.now();
    while (this.stale) {
      this.stale = false;
      await this.once(true);
    }
    this.reading = false;
    if (this.grown) this.soon();
  }

  /** A stroke has grown: look at it in a moment, one look at a time. */
  soon() {
    this.grown = true;
    if (this.timer || this.reading || this.looking) return;
    this.timer = setTimeout(() => this.look(), Math.max(0, this.looked + this.pause - performance.now()));
  }

  /** The stroke came to nothing; whether one was looked at, which may be shown. */
  forget() {
    const looked = this.looked > this.ended;
    clearTimeout(this.timer);
    this.timer = 0;
    this.grown = false;
    return looked;
  }

  async look() {
    this.timer = 0;
    this.looking = true;
    this.grown = false;
    this.looked = performance.now();
    await this.once(false);
    this.looking = false;
    this.pause = Math.max(PAUSE.least, PAUSE.times * (performance.now() - this.looked));
    if (this.grown) this.soon();
  }

  /** @param {boolean} ended */
  async once(ended) {
    const number = (this.count += 1);
    try {
      const answer = await this.ask();
      if (number < this.newest || (!ended && this.reading)) return; // about what the drawing was before
      this.newest = number;
      this.answered(answer, ended);
    } catch (error) {
      if (ended) this.failed(error);
    }
  }
}
