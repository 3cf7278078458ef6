// A camera of the machine that runs the server: its pictures and results, each asked for when the last was shown.
import { events, lost, socket } from "./server.js";

/** `on` has: answered(answer), called when a picture is on the canvas; trouble(sentence), after which it has ended. */
export class Watch {
  constructor(source, canvas, on) {
    this.path = `/api/watch?source=${encodeURIComponent(source)}`;
    this.shown = canvas;
    this.on = on;
    this.held = false;
    this.running = true;
    this.connect = this.connect.bind(this);
    events.addEventListener("back", this.connect);
    this.connect();
  }

  stop() {
    this.running = false;
    events.removeEventListener("back", this.connect);
    this.socket.close();
  }

  set paused(paused) {
    this.held = paused;
    if (!paused && this.socket.readyState === 1) this.socket.send("next");
  }

  get paused() {
    return this.held;
  }

  connect() {
    if (!this.running) return;
    this.socket = socket(this.path);
    this.socket.onmessage = ({ data }) => (typeof data === "string" ? this.told(JSON.parse(data)) : this.pictured(data));
    this.socket.onclose = ({ reason }) => this.closed(reason);
  }

  told(answer) {
    this.answer = answer;
    if (answer.error) this.end(answer.error);
  }

  end(sentence) {
    if (!this.running) return;
    this.stop();
    this.on.trouble(sentence);
  }

  closed(reason) {
    if (!this.running) return;
    if (reason) return this.end(reason);
    lost().then(() => this.running && this.socket.readyState > 1 && this.connect());
  }

  async pictured(blob) {
    const { answer } = this;
    const bitmap = await createImageBitmap(blob);
    if (!this.running || this.held) return bitmap.close();
    if (this.socket.readyState === 1) this.socket.send("next");
    this.shown.width = bitmap.width;
    this.shown.height = bitmap.height;
    this.shown.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    this.on.answered(answer);
  }
}
