// A video: sent to the server, its results read line by line as they come, and found again by time.
import { post } from "./server.js";

/** Fill item.answers as frames are read, then item.text; `progress` is called now and then. */
export async function readVideo(item, progress) {
  item.answers.length = 0;
  const response = await post(`/api/video?name=${encodeURIComponent(item.name)}`, item.file);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    lines.forEach((line) => took(item, JSON.parse(line)));
    progress();
  }
  if (item.text === undefined) throw new Error("The server stopped before the video's end.");
}

function took(item, line) {
  if (!line.end) return item.answers.push(line);
  item.text = line.text;
  item.problem = line.error ?? "";
}

/** The result of the frame shown at a time in seconds; undefined where it has not been read yet. */
export function frameAt({ answers }, seconds) {
  let [low, high] = [0, answers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (answers[middle].time <= seconds + 0.001) low = middle + 1;
    else high = middle;
  }
  const last = answers.at(-1);
  return last && seconds > last.time + 0.2 ? undefined : answers[low - 1];
}
