// Before the first paint, so that the page does not flash in the other colours.
{
  let kept = null;
  try {
    kept = localStorage.getItem("theme");
  } catch {
    // storage is switched off: the colours are not kept
  }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
}
