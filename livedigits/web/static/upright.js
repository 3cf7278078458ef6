// Pages that lie on their side or upside down in a picture: the picture as it was turned to be read.
import { blobOf, make, painter } from "./dom.js";

/**
 * @param {File} file
 * @param {number} degrees clockwise, a multiple of 90
 * @returns {Promise<Blob>} fails where the browser cannot show the picture, or cannot encode one so large
 */
export async function upright(file, degrees) {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const canvas = degrees % 180 ? make("canvas", { width: height, height: width }) : make("canvas", { width, height });
  const context = painter(canvas);
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((degrees * Math.PI) / 180);
  context.drawImage(bitmap, -width / 2, -height / 2);
  bitmap.close();
  return blobOf(canvas, file.type === "image/jpeg" ? file.type : "image/png", 0.95);
}

/**
 * What is said of a picture that was turned.
 * @param {number | undefined} degrees
 */
export const saidOf = (degrees) =>
  degrees ? `The page lies ${degrees === 180 ? "upside down" : "on its side"}: turned by ${degrees}° to be read.` : "";
