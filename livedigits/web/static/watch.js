// A camera of the machine that runs the server: its pictures and results, each asked for when the last was shown.
import { painter } from "./dom.js";
import { events, lost, socket } from "./server.js";

/** @implements {CameraSource} */
export class Watch {
  /**
   * @param {string} source
   * @param {HTMLCanvasElement} canvas where its pictures are shown
   * @param {{ answered: (answer: Answer) => void, trouble: (sentence: string) => void, silent: () => void }} on
   *   answered: a picture is on the canvas; trouble: it has ended; silent: none will come for a while
   */
  constructor(source, canvas, on) {
    this.path = `/api/watch?source=${encodeURIComponent(source)}`;
    this.shown = canvas;
    this.on = on;
    this.held = false;
    this.running = true;
    this.answer = /** @type {Answer | null} */ (null); // of the picture that comes next
    this.connect = this.connect.bind(this);
    this.socket = this.connected();
    events.addEventListener("back", this.connect);
  }

  stop() {
    this.running = false;
    events.removeEventListener("back", this.connect);
    this.socket.close();
  }

  set paused(paused) {
    this.held = paused;
    if (!paused) this.ask();
  }

  get paused() {
    return this.held;
  }

  ask() {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send("next");
  }

  connect() {
    if (this.running) this.socket = this.connected();
  }

  connected() {
    const opened = socket(this.path);
    opened.onmessage = ({ data }) => (typeof data === "string" ? this.told(JSON.parse(data)) : this.pictured(data));
    opened.onclose = ({ reason }) => this.closed(reason);
    return opened;
  }

  /** @param {Answer & { error?: string }} answer */
  told(answer) {
    if (answer.error) this.end(answer.error);
    else this.answer = answer;
  }

  /** @param {string} sentence */
  end(sentence) {
    if (!this.running) return;
    this.stop();
    this.on.trouble(sentence);
  }

  /** @param {string} reason */
  async closed(reason) {
    if (!this.running) return;
    if (reason) return this.end(reason);
    this.on.silent();
    await lost();
    if (this.running && this.socket.readyState > WebSocket.OPEN) this.connect();
  }

  /** @param {Blob} blob */
  async pictured(blob) {
    const { answer } = this;
    const bitmap = await createImageBitmap(blob);
    if (!this.running || this.held || !answer) return bitmap.close();
    this.ask();
    this.shown.width = bitmap.width;
    this.shown.height = bitmap.height;
    painter(this.shown).drawImage(bitmap, 0, 0);
    bitmap.close();
    this.on.answered(answer);
  }
}
