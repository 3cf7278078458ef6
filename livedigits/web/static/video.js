// A video: sent to the server, its results read line by line as they come, and found again by time.
import { post } from "./server.js";

/**
 * Read a video; `progress` is called with the answers that have come since the last call.
 * @param {Blob} file
 * @param {string} name
 * @param {(answers: Answer[]) => void} progress
 * @returns {Promise<{ text: string, error?: string }>} of the whole video
 */
export async function readVideo(file, name, progress) {
  const response = await post(`/api/video?name=${encodeURIComponent(name)}`, file);
  if (!response.body) throw new Error("The server sent nothing.");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let end;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    const parsed = lines.map((line) => JSON.parse(line));
    end = parsed.find((line) => line.end);
    progress(parsed.filter((line) => !line.end));
  }
  if (!end) throw new Error("The server stopped before the video's end.");
  return end;
}

/**
 * The result of the frame shown at a time in seconds; undefined where it has not been read yet.
 * @param {Answer[]} answers
 * @param {number} seconds
 */
export function frameAt(answers, seconds) {
  let [low, high] = [0, answers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (answers[middle].time <= seconds + 0.001) low = middle + 1;
    else high = middle;
  }
  const last = answers.at(-1);
  return last && seconds > last.time + 0.2 ? undefined : answers[low - 1];
}
