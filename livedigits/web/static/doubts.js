// The doubtful fields of many sheets, on the tab "Fields": a folder of --doubtful is opened, corrected, and its list saved.
import { $, button, download, input, write } from "./dom.js";
import { NAME, parsed, show, written } from "./doubtful.js";
import { say } from "./result.js";
import { words } from "./server.js";

const state = {
  rows: /** @type {import("./doubtful.js").Row[]} */ ([]),
  crops: /** @type {Map<string, string>} */ (new Map()), // addresses of the crops' pictures, by the names of their files
};

/** @param {File} file */
const pathOf = (file) => file.webkitRelativePath || file.name;

/** @param {FileList | null} files of a folder, or of its list and crops */
async function open(files) {
  const all = [...(files ?? [])];
  if (!all.length) return;
  const [list] = all.filter(({ name }) => name === NAME).sort((one, other) => pathOf(one).length - pathOf(other).length);
  try {
    if (!list) throw new Error(`There is no ${NAME} there: choose the folder that --doubtful has written.`);
    const rows = parsed(await list.text());
    close();
    const folder = pathOf(list).slice(0, -NAME.length);
    const wanted = new Map(rows.map(({ crop }) => [folder + crop, crop]));
    for (const file of all) {
      const crop = wanted.get(pathOf(file));
      if (crop) state.crops.set(crop, URL.createObjectURL(file));
    }
    state.rows = rows;
    say("");
  } catch (error) {
    return say(words(error), true);
  }
  $("doubtful").hidden = false;
  $("fields").classList.add("listing");
  show($("doubtful-rows"), state.rows, (crop) => state.crops.get(crop) ?? "", (count) => write($("doubtful-count"), count));
  $("doubtful-rows").querySelector("input")?.focus();
}

function close() {
  $("doubtful").hidden = true;
  $("fields").classList.remove("listing");
  $("doubtful-rows").replaceChildren();
  for (const address of state.crops.values()) URL.revokeObjectURL(address);
  Object.assign(state, { rows: [], crops: new Map() });
}

export function start() {
  const chooser = input("doubtful-input");
  button("doubtful-open").onclick = () => chooser.click();
  chooser.onchange = async () => (await open(chooser.files), (chooser.value = ""));
  button("doubtful-save").onclick = () => download(new Blob([written(state.rows)], { type: "text/csv" }), NAME);
  button("doubtful-close").onclick = close;
}
