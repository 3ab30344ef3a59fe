// Slides: reveal.js. What does not fit is made smaller, but never smaller than can be read from a seat: then it goes on on the
// next slide, between cells, rows and lines of code.
const root = document.documentElement;
const themes = document.querySelector(".themes");
const KEY = "reconverge-theme";
const kept = () => { try { return localStorage.getItem(KEY) ?? ""; } catch { return ""; } };
const choose = (theme) => {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const button of themes.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.theme === theme));
};
choose(kept());
themes.hidden = new URLSearchParams(location.search).has("receiver");
themes.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  choose(button.dataset.theme);
  try { localStorage.setItem(KEY, button.dataset.theme); } catch { /* a page from a file may keep nothing */ }
  button.blur();
});

const narrow = innerWidth < 700;
document.body.classList.toggle("narrow", narrow);
const LEAST = narrow ? 0.75 : 0.8;
const MOST = 1.45;
// An explorer's own words are smaller, and it scrolls what is long.
const EXPLORER = 1.12;
const TALLEST = 576;
// How large a picture may become, and below which it is too small to be read: as many times as it was drawn.
const PICTURE = 1.13;
const SMALL = 0.97;
// What parts of one picture have in common.
const AGAIN = 60;
// What steps through a run, and what presses a button.
const TAKEN = /^(Arrow|Page|Home|End|Enter|Escape|Tab| )/;
// Margins that fall together are counted neither here nor there.
const EDGE = 8;
const deck = new Reveal({
  width: narrow ? 420 : 1280,
  height: narrow ? Math.round((420 * innerHeight) / innerWidth) : 720,
  margin: narrow ? 0 : 0.02,
  center: false,
  hash: true,
  slideNumber: "c/t",
  navigationMode: "linear",
  transition: "none",
  scrollActivationWidth: null,
  controlsTutorial: false,
  plugins: [RevealNotes],
  // Whoever steps through a run, scrolls or chooses does not turn the page; what an explorer has no use for is the slides'.
  keyboardCondition: (event) => {
    const at = document.activeElement;
    if (at?.shadowRoot) return !TAKEN.test(event.key) && !at.shadowRoot.activeElement?.closest("select,input[type=text]");
    return !at?.closest("select,input,.scrolls,pre[tabindex]");
  },
});

/** @param {Element | undefined} slide */
function fit(slide) {
  for (const box of slide?.querySelectorAll(".fit") ?? []) {
    const section = box.parentElement;
    const room = roomOf(section);
    box.style.setProperty("--room", `${room}px`);
    box.style.maxHeight = "none";
    box.style.overflow = "visible";
    const figure = box.querySelector(".figure");
    box.style.setProperty("--above", `${figure ? figure.getBoundingClientRect().top - box.getBoundingClientRect().top : 0}px`);
    // What is small may grow: a line of code alone is there to be read from the last row.
    const explorer = figure?.querySelector(".rcv-live");
    const picture = figure?.querySelector("img.rcv-picture");
    if (picture && !narrow && !section.matches(".closer")) picture.style.width = `${wide(picture, box, room)}px`;
    let zoom = narrow ? 1 : section.matches(".closer") ? 1 : explorer ? EXPLORER : figure ? 1 : MOST;
    box.style.zoom = String(zoom);
    if (explorer) {
      explorer.dataset.slide = "";
      tallest(box, room / zoom);
    }
    const over = () => box.offsetHeight * zoom > room + 1 || goesSideways(box);
    while (over() && zoom > LEAST) {
      zoom = Math.max(LEAST, zoom - 0.05);
      box.style.zoom = String(zoom);
    }
    const rest = box.offsetHeight * zoom > room + 1;
    box.style.overflow = "";
    box.style.maxHeight = `${room / zoom}px`;
    box.classList.toggle("scrolls", rest);
    if (rest) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    for (const pre of box.querySelectorAll("pre,.output,[style*=overflow]")) {
      if (pre.scrollWidth > pre.clientWidth + 1) pre.tabIndex = 0;
    }
  }
}

/** As much of a run as there is room for. What stands above it is as high as it is. @param {HTMLElement} box @param {number} room */
function tallest(box, room) {
  const body = box.querySelector(".rcv-live").shadowRoot.querySelector(".body");
  box.style.setProperty("--rcv-tall", "200px");
  const tall = Math.floor(room - (box.offsetHeight - body.offsetHeight));
  box.style.setProperty("--rcv-tall", `${Math.max(200, Math.min(TALLEST, tall))}px`);
}

/** @param {HTMLElement} box */
function goesSideways(box) {
  return [box, ...box.querySelectorAll(".output,pre")].some((part) => part.scrollWidth > part.clientWidth + 1);
}

/** @param {Element} section */
function roomOf(section) {
  const style = getComputedStyle(section);
  return section.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
}

const WHOLE = ".figure,.rcv-live,img,svg,math,details:not([open]),p,li,tr,thead,h1,h2,h3,h4,.badge,.number,blockquote";
const HEADS = "h1,h2,h3,h4,.badge,.number,thead,.running";

/** Takes out of an element what stands below `limit`: a copy of it with the rest in it, or null where nothing may be parted.
 *  @param {Element} node @param {number} limit @returns {Element | null} */
function rest(node, limit) {
  if (node.matches("pre")) return linesBelow(node, limit);
  const shown = [...node.children].filter((child) => child.getBoundingClientRect().height);
  const bottom = (/** @type {Element} */ of) => of.getBoundingClientRect().bottom;
  // Its own edge stands below what it has.
  if (shown.length) limit -= Math.max(0, bottom(node) - Math.max(...shown.map(bottom)));
  const over = shown.find((child) => bottom(child) > limit);
  if (!over) return null;
  const inner = over.matches(WHOLE) ? null : rest(over, limit);
  let first = over;
  if (!inner) {
    // A heading goes with what it is of.
    while (first.previousElementSibling?.matches(HEADS)) first = first.previousElementSibling;
    if (!shown.some((child) => child !== first && child.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING)) return null;
  }
  const range = document.createRange();
  if (inner) range.setStartAfter(over);
  else range.setStartBefore(first);
  range.setEndAfter(node.lastChild);
  const made = /** @type {Element} */ (node.cloneNode(false));
  made.removeAttribute("id");
  const head = node.matches("table") && node.querySelector("thead");
  if (head) made.append(head.cloneNode(true));
  if (inner) made.append(inner);
  made.append(range.extractContents());
  return made;
}

/** @param {Element} pre @param {number} limit */
function linesBelow(pre, limit) {
  const [marked, plain] = [pre.innerHTML.split("\n"), pre.textContent.split("\n")];
  const box = pre.getBoundingClientRect();
  const fits = Math.floor((limit - box.top) / (box.height / plain.length) - 1);
  if (marked.length !== plain.length || fits < 4 || fits >= plain.length) return null;
  // Rather before a member than in the middle of one.
  let at = fits;
  while (at > fits / 2 && !/^ {0,2}[^\s}]/.test(plain[at] ?? "")) at -= 1;
  while (at > 1 && at > fits / 2 && /^ *\/\/\//.test(plain[at - 1] ?? "")) at -= 1;
  if (at <= fits / 2) at = fits;
  const made = /** @type {Element} */ (pre.cloneNode(false));
  made.innerHTML = marked.slice(at).join("\n");
  pre.innerHTML = marked.slice(0, at).join("\n");
  return made;
}

/** The slide on which one that is too high goes on, or null. @param {Element} section */
function next(section) {
  const box = section.querySelector(".fit");
  box.style.zoom = String(LEAST);
  box.classList.toggle("wraps", goesSideways(box));
  const top = box.getBoundingClientRect().top;
  const made = rest(box, top + roomOf(section) - EDGE);
  box.style.zoom = "";
  if (!made) return null;
  made.classList.toggle("shows", Boolean(made.querySelector(".figure")));
  box.classList.toggle("shows", Boolean(box.querySelector(".figure")));
  const own = box.querySelector("h1,h2,.running");
  const words = own?.textContent.replace(/( #)?( \(continued\))?$/, "").trim();
  if (words && !made.querySelector("h1,h2")) {
    const running = document.createElement("p");
    running.className = "running";
    running.textContent = `${words} (continued)`;
    made.prepend(running);
  }
  made.querySelector(".cell")?.classList.remove("fragment");
  const after = /** @type {Element} */ (section.cloneNode(false));
  after.append(made);
  section.after(after);
  return after;
}

/** How wide a picture is where it is as large as the room lets it be. @param {Element} picture @param {Element} box @param {number} room */
function wide(picture, box, room) {
  const above = picture.getBoundingClientRect().top - box.getBoundingClientRect().top;
  return Math.min(box.clientWidth, picture.naturalWidth * PICTURE, (picture.naturalWidth * (room - above - 4)) / picture.naturalHeight);
}

/** What is too small to be read on a slide is there as a whole, and then from near, part after part. @param {Element} section */
function fromNear(section) {
  const box = section.querySelector(".fit");
  const picture = box?.querySelector(".figure img.rcv-picture");
  // Runs are stepped through.
  if (!picture?.naturalWidth || box.querySelector(".rcv-report")) return;
  const room = roomOf(section) - 34;
  if (wide(picture, box, room) >= picture.naturalWidth * SMALL) return;
  const width = picture.naturalWidth * PICTURE;
  const height = picture.naturalHeight * PICTURE;
  const words = box.querySelector("h1,h2,.running")?.textContent.replace(/( #)?( \(continued\))?$/, "").trim() ?? "";
  let last = section;
  for (let top = 0; top === 0 || top + AGAIN < height; top += room - AGAIN) {
    for (let left = 0; left === 0 || left + AGAIN < width; left += box.clientWidth - AGAIN) {
      const part = /** @type {HTMLElement} */ (section.cloneNode(false));
      part.classList.add("closer");
      part.innerHTML = '<div class="fit shows"><p class="running"></p><div class="part"></div></div>';
      part.querySelector(".running").textContent = `${words} (from near)`;
      const near = /** @type {HTMLElement} */ (picture.cloneNode(false));
      const middle = Math.max(0, (box.clientWidth - width) / 2);
      near.style.cssText = `width:${width}px;margin:-${top}px 0 0 ${middle - left}px!important`;
      const view = /** @type {HTMLElement} */ (part.querySelector(".part"));
      view.style.height = `${Math.min(room, height - top)}px`;
      view.append(near);
      last.after(part);
      last = part;
    }
  }
}

/** Before reveal.js hides what is not on the screen. */
async function parted() {
  await Promise.all([...document.querySelectorAll(".figure img")].map((picture) => picture.decode().catch(() => {})));
  const slides = document.querySelector(".slides");
  slides.style.cssText = "position:relative;width:1280px;height:720px";
  for (const column of slides.children) {
    column.classList.add("present");
    for (const section of [...column.children]) {
      for (let here = section; here; ) {
        here.classList.add("present");
        const after = next(here);
        fromNear(here);
        here.classList.remove("present");
        here = after;
      }
    }
    column.classList.remove("present");
  }
  slides.style.cssText = "";
}

const now = () => fit(deck.getCurrentSlide());
deck.on("ready", now);
deck.on("slidechanged", now);
deck.on("fragmentshown", now);
deck.on("resize", now);
document.addEventListener("toggle", now, true);
if (!narrow) await parted();
await deck.initialize();
globalThis.deck = deck;
// Into the run that is on the slide, and from its ends to the slides beside it.
deck.addKeyBinding({ keyCode: 69, key: "E", description: "Step through the run" }, () =>
  deck.getCurrentSlide().querySelector(".rcv-live")?.shadowRoot.querySelector(".list").focus());
document.addEventListener("rcv-leave", ({ target, detail }) => {
  target.shadowRoot.activeElement?.blur();
  if (detail > 0) deck.next();
  else deck.prev();
});
