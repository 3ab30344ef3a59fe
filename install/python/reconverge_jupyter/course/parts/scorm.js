// Tells a learning management system how far the reader is, by SCORM 1.2's run-time interface. Where there is none, or it
// does not answer, the page is what it is elsewhere.
(() => {
  // Where the standard says that it is to be looked for: in the frames around the page, then around the window that opened it.
  const around = (frame) => {
    for (let depth = 0; frame && depth < 50; depth++) {
      if (frame.API) return frame.API;
      if (frame.parent === frame) return null;
      frame = frame.parent;
    }
    return null;
  };
  let api = null;
  // What lies in another place may not be looked into.
  try { api = around(window) ?? around(window.opener); } catch { /* none of ours */ }
  const call = (name, ...words) => {
    try { return String(api[name](...words)); } catch { return ""; }
  };
  if (!api || call("LMSInitialize", "") !== "true") return;

  const began = Date.now();
  const done = new Set(["completed", "passed", "failed"]);
  const status = call("LMSGetValue", "cmi.core.lesson_status");
  const watched = call("LMSGetValue", "cmi.core.lesson_mode") !== "browse";
  const tell = (word) => {
    call("LMSSetValue", "cmi.core.lesson_status", word);
    call("LMSCommit", "");
  };
  let read = done.has(status);
  if (!read && watched) tell("incomplete");

  // Where the reader was: below which heading.
  const headings = [...document.querySelectorAll("main :is(h2,h3)[id]")];
  const place = document.getElementById(call("LMSGetValue", "cmi.core.lesson_location"));
  if (place && !location.hash && !read) place.scrollIntoView();
  const above = () => headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 2).pop()?.id ?? "";

  // A lesson is read when its end was seen.
  const end = document.createElement("div");
  end.style.height = "1px";
  document.querySelector("main").append(end);
  new IntersectionObserver((seen, observer) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    observer.disconnect();
    if (read || !watched) return;
    read = true;
    tell("completed");
  }).observe(end);

  // Hours, minutes and seconds with hundredths, as the interface has them.
  const since = () => {
    const parts = [3600000, 60000, 1000, 10].map((unit, i) => Math.floor((Date.now() - began) / unit) % [10000, 60, 60, 100][i]);
    const [hours, minutes, seconds, hundredths] = parts.map((part) => String(part).padStart(2, "0"));
    return `${hours.padStart(4, "0")}:${minutes}:${seconds}.${hundredths}`;
  };
  let over = false;
  addEventListener("pagehide", () => {
    if (over) return;
    over = true;
    call("LMSSetValue", "cmi.core.lesson_location", above().slice(0, 255));
    call("LMSSetValue", "cmi.core.session_time", since());
    call("LMSSetValue", "cmi.core.exit", read ? "" : "suspend");
    call("LMSFinish", "");
  });
})();
