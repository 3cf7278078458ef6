// A browser's camera -> the server -> results, over one WebSocket: one frame on the way at a time, always the newest.
import { blobOf, hiddenCanvas } from "./dom.js";
import { events, lost, socket } from "./server.js";

const QUALITY = 0.85;
const TRY_AGAIN = 1013;

/** `on` has: answered(answer, latency in ms), called when a result has come; trouble(sentence). */
export class Feed {
  constructor(video, on) {
    this.video = video;
    this.on = on;
    this.size = 640; // px: longest side of what is sent
    this.paused = false;
    this.shown = hiddenCanvas(); // the frame that the last answer is about
    this.sent = hiddenCanvas(); // the frame that is on its way
    this.stop = this.stop.bind(this);
    this.connect = this.connect.bind(this);
    events.addEventListener("back", this.connect);
    this.running = true;
    this.connect();
    this.watch();
  }

  stop() {
    this.running = false;
    events.removeEventListener("back", this.connect);
    this.socket.close();
  }

  connect() {
    if (!this.running) return;
    this.socket = socket("/api/live");
    this.busy = false;
    this.socket.onopen = () => this.pump();
    this.socket.onmessage = ({ data }) => this.answered(JSON.parse(data));
    this.socket.onclose = (event) => this.closed(event);
  }

  closed({ code, reason }) {
    if (!this.running) return;
    if (code !== TRY_AGAIN) return lost().then(() => this.running && this.socket.readyState > 1 && this.connect());
    this.on.trouble(reason);
    setTimeout(this.connect, 3000);
  }

  /** Note each frame of the video as it is shown, and when the camera took it. */
  watch() {
    const next = this.video.requestVideoFrameCallback
      ? (call) => this.video.requestVideoFrameCallback(call)
      : (call) => requestAnimationFrame(call);
    const seen = (now, frame) => {
      if (!this.running) return;
      this.fresh = frame?.captureTime ?? now;
      this.pump();
      next(seen);
    };
    next(seen);
  }

  async pump() {
    if (this.busy || this.paused || !this.fresh || this.socket.readyState !== 1 || !this.video.videoWidth) return;
    this.busy = true;
    this.taken = this.fresh;
    this.fresh = 0;
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, this.size / Math.max(width, height));
    this.sent.width = Math.round(width * scale);
    this.sent.height = Math.round(height * scale);
    this.sent.getContext("2d").drawImage(this.video, 0, 0, this.sent.width, this.sent.height);
    const target = this.socket;
    const blob = await blobOf(this.sent, "image/jpeg", QUALITY);
    if (target.readyState === 1) target.send(blob);
  }

  answered(answer) {
    this.busy = false;
    if (!this.running) return;
    if (answer.error) this.on.trouble(answer.error);
    else {
      [this.shown, this.sent] = [this.sent, this.shown];
      this.on.answered(answer, performance.now() - this.taken);
    }
    this.pump();
  }
}
