import { type PictureFit, pictureSize } from "./picture-size.js";
import type { Shown } from "./shown-picture.js";

/** Says how `element` is seen now and whenever that changes, until the function returned is called. */
export function observeElement(element: HTMLVideoElement, handleView: (view: Shown) => void): () => void {
  let isInView = true;
  const update = () => {
    // A picture in a window of its own is seen wherever its element is.
    const isElsewhere = document.pictureInPictureElement === element;
    const { clientWidth, clientHeight, videoWidth, videoHeight } = element;
    if (isElsewhere) handleView({ type: "visible", width: videoWidth || 1, height: videoHeight || 1 });
    else if (!isInView || document.hidden || clientWidth === 0 || clientHeight === 0) handleView({ type: "hidden" });
    else {
      const box = { width: clientWidth, height: clientHeight };
      const picture = { width: videoWidth, height: videoHeight };
      const fit = getComputedStyle(element).objectFit as PictureFit;
      handleView({ type: "visible", ...pictureSize(box, picture, fit, devicePixelRatio) });
    }
  };
  const sizes = new ResizeObserver(update);
  const views = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? isInView;
    update();
  });
  sizes.observe(element);
  views.observe(element);
  const events = ["enterpictureinpicture", "leavepictureinpicture", "loadedmetadata"] as const;
  for (const event of events) element.addEventListener(event, update);
  document.addEventListener("visibilitychange", update);
  return () => {
    sizes.disconnect();
    views.disconnect();
    for (const event of events) element.removeEventListener(event, update);
    document.removeEventListener("visibilitychange", update);
  };
}
