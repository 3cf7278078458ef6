// The dialog "Use a phone as camera": the address of this page for phones, and its QR code.
import { $, button, write } from "./dom.js";
import { info } from "./server.js";

const dialog = $("phone", HTMLDialogElement);
const picture = $("phone-code", HTMLImageElement);

function open() {
  const { phone } = info;
  $("phone-in").hidden = !phone;
  $("phone-out").hidden = phone !== null;
  if (phone) {
    picture.src = `/api/phone.svg?of=${encodeURIComponent(phone.fingerprint)}`;
    write($("phone-address"), phone.address);
    write($("phone-fingerprint"), phone.fingerprint.replaceAll(":", " "));
  }
  dialog.showModal();
}

export function start() {
  button("phone-open").hidden = location.protocol === "https:"; // this is the phone
  button("phone-open").onclick = open;
  button("phone-close").onclick = () => dialog.close();
  dialog.onclick = ({ target }) => target === dialog && dialog.close(); // beside it
}
