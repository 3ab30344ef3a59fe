// Slides: reveal.js, with each slide made as small as it must be to fit, and never smaller than can be read from a seat.
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
const LEAST = narrow ? 0.75 : 0.6;
const MOST = 1.45;
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
  // Whoever steps through a run, scrolls or chooses does not turn the page.
  keyboardCondition: () => {
    const at = document.activeElement;
    return !at || (!at.shadowRoot && !at.closest("select,input,.scrolls,pre[tabindex]"));
  },
});

/** @param {Element | undefined} slide */
function fit(slide) {
  for (const box of slide?.querySelectorAll(".fit") ?? []) {
    const section = box.parentElement;
    const style = getComputedStyle(section);
    const room = section.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    box.style.setProperty("--room", `${room}px`);
    box.style.maxHeight = "none";
    box.style.overflow = "visible";
    const figure = box.querySelector(".figure");
    box.style.setProperty("--above", `${figure ? figure.getBoundingClientRect().top - box.getBoundingClientRect().top : 0}px`);
    // What is small may grow: a line of code alone is there to be read from the last row.
    let zoom = narrow || figure ? 1 : MOST;
    box.style.zoom = String(zoom);
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

/** @param {HTMLElement} box */
function goesSideways(box) {
  return [box, ...box.querySelectorAll(".output")].some((part) => part.scrollWidth > part.clientWidth + 1);
}

const now = () => fit(deck.getCurrentSlide());
deck.on("ready", now);
deck.on("slidechanged", now);
deck.on("fragmentshown", now);
deck.on("resize", now);
document.addEventListener("toggle", now, true);
await deck.initialize();
globalThis.deck = deck;
