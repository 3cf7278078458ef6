// A browser's camera -> the server -> results, over one WebSocket: one frame on the way at a time, always the newest.
import { blobOf, hiddenCanvas, painter } from "./dom.js";
import { events, lost, post, socket, words } from "./server.js";

const QUALITY = 0.85;
const TRY_AGAIN = 1013;
const REFUSED = 2; // WebSockets that do not open, where the server answers: some phones allow none by a certificate of one's own

/** @implements {CameraSource} */
export class Feed {
  /**
   * @param {HTMLVideoElement} video
   * @param {number} size px: longest side of what is sent
   * @param {{ answered: (answer: Answer, latency: number) => void, trouble: (sentence: string) => void, silent: () => void }} on
   *   answered: a result has come, with its latency in ms; silent: none will for a while
   */
  constructor(video, size, on) {
    this.video = video;
    this.size = size;
    this.on = on;
    this.paused = false;
    this.shown = hiddenCanvas(); // the frame that the last answer is about
    this.sent = hiddenCanvas(); // the frame that is on its way
    this.busy = false; // whether an answer is awaited
    this.fresh = 0; // ms: when the camera took a frame that was not sent yet; 0 without one
    this.taken = 0; // ms: when it took the one that is on its way
    this.running = true;
    this.refused = 0; // WebSockets that did not open, since one did
    this.connect = this.connect.bind(this);
    this.socket = this.connected();
    events.addEventListener("back", this.connect);
    this.watch();
  }

  stop() {
    this.running = false;
    events.removeEventListener("back", this.connect);
    this.socket.close();
  }

  connect() {
    if (this.running) this.socket = this.connected();
  }

  connected() {
    const opened = socket("/api/live");
    this.busy = false;
    opened.onopen = () => {
      this.refused = 0;
      this.pump();
    };
    opened.onmessage = ({ data }) => this.answered(JSON.parse(data));
    opened.onclose = (event) => this.closed(event);
    return opened;
  }

  /** @param {CloseEvent} event */
  async closed({ code, reason }) {
    if (!this.running) return;
    this.on.silent();
    if (code === TRY_AGAIN) {
      this.on.trouble(reason);
      setTimeout(this.connect, 3000);
      return;
    }
    this.refused = (await lost()) ? 0 : this.refused + 1;
    if (!this.running) return;
    if (this.posts) this.pump();
    else if (this.socket.readyState > WebSocket.OPEN) this.connect();
  }

  /** Whether frames are posted one by one, for want of a WebSocket: nothing of one is known in the next. */
  get posts() {
    return this.refused >= REFUSED;
  }

  /** Note each frame of the video as it is shown, and when the camera took it. */
  watch() {
    const seen = (/** @type {number} */ now, /** @type {VideoFrameCallbackMetadata | undefined} */ frame) => {
      if (!this.running) return;
      this.fresh = frame?.captureTime ?? now;
      this.pump();
      this.next(seen);
    };
    this.next(seen);
  }

  /** @param {(now: number, frame?: VideoFrameCallbackMetadata) => void} call */
  next(call) {
    if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(call);
    else requestAnimationFrame(call);
  }

  async pump() {
    const { video, sent, socket } = this;
    const open = socket.readyState === WebSocket.OPEN || this.posts;
    if (this.busy || this.paused || !this.fresh || !open || !video.videoWidth) return;
    this.busy = true;
    this.taken = this.fresh;
    this.fresh = 0;
    const scale = Math.min(1, this.size / Math.max(video.videoWidth, video.videoHeight));
    sent.width = Math.round(video.videoWidth * scale);
    sent.height = Math.round(video.videoHeight * scale);
    painter(sent).drawImage(video, 0, 0, sent.width, sent.height);
    const blob = await blobOf(sent, "image/jpeg", QUALITY);
    if (this.posts) this.answered(await this.posted(blob));
    else if (socket.readyState === WebSocket.OPEN) socket.send(blob);
  }

  /**
   * @param {Blob} blob
   * @returns {Promise<any>}
   */
  async posted(blob) {
    try {
      return (await post("/api/read?name=camera", blob)).json();
    } catch (error) {
      this.refused = 0; // there may be a WebSocket next time
      setTimeout(this.connect, 1000);
      return { error: words(error) };
    }
  }

  /** @param {Answer & { error?: string }} answer */
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
