// The explorer of a run: step, scrub, look at the whole state, at what else was possible, at another run beside it.
//
// Enters: a run and its surroundings (a page, a notebook). Leaves: an element with a tree of its own, so that styles and names
// of the page and of the explorer never meet. It works with the keyboard alone and says to screen readers where it is.

import { align, standing, valuesAt } from "./beside.js";
import { Details } from "./details.js";
import { copy, counted, download, h, say } from "./dom.js";
import { ROW } from "./lanes.js";
import { Run, line } from "./run.js";
import { Story } from "./story.js";
import { STYLE } from "./style.js";

/**
 * @typedef {import("./lanes.js").Row} Row
 * @typedef {{run?: Run, values?: [string, string][], error?: string}} Answer A run by hand, or an expression along a run.
 * @typedef {object} Surroundings What the explorer can ask of where it stands.
 * @property {() => Run[]} runs All runs of the page, in order.
 * @property {(run: Run) => string | null} still The still picture of a run, as a data URI.
 * @property {(piece: import("./run.js").Piece) => boolean} jump Shows a line of source; `false`: it is not on the page.
 * @property {((code: string) => Promise<Answer>) | null} ask Executes a cell in a kernel, without a trace in its session.
 */

/** The least height of a row on a slide. */
const LOWEST = 20;

/** From so many pixels on it has two columns (`@container` in `style.js`). */
const WIDE = 896;

/** One explorer on a page. */
export class Explorer {
  /**
   * @param {Run} run
   * @param {Surroundings} around
   */
  constructor(run, around) {
    this.around = around;
    this.run = run;
    /** @type {Run | null} */
    this.other = null;
    /** @type {import("./beside.js").Pair[]} */
    this.pairs = [];
    /** @type {Row[]} */
    this.rows = [];
    this.row = -1;
    this.tall = 0;
    this.folding = false;
    /** @type {Set<number>} Folded stretches that the reader opened, by their first position. */
    this.opened = new Set();
    /** @type {Run[]} What the reader went on to, by hand. */
    this.byHand = [];
    const other = (/** @type {number} */ position) => this.go(this.pairs.findIndex((pair) => pair.other === position));
    this.story = new Story((row) => this.go(row), (row) => this.unfold(row), (position) => this.goTo(position));
    this.beside = new Story((row) => this.go(row), (row) => this.unfold(row), other);
    this.details = new Details(run, around, {
      goTo: (position) => this.goTo(position),
      goOn: (position, possible) => void this.goOn(position, possible),
      flash: (words) => this.flash(words),
    });
    this.title = h("p", { class: "title" });
    this.subtitle = h("p", { class: "subtitle" });
    this.note = h("p", { class: "note" });
    this.choice = h("select", { class: "run", onchange: () => this.show(this.all()[Number(this.choice.value)]) });
    this.pair = h("select", {
      class: "beside",
      onchange: () => this.compare(this.all()[Number(this.pair.value)] ?? null),
    });
    // Which runs there are, the page may learn later.
    for (const list of [this.choice, this.pair]) list.addEventListener("pointerdown", () => this.offer());
    for (const list of [this.choice, this.pair]) list.addEventListener("focus", () => this.offer());
    this.range = h("input", { type: "range", min: "0", step: "1", "aria-label": "step" });
    this.range.addEventListener("input", () => this.go(Number(this.range.value)));
    this.where = h("output", {});
    this.live = h("div", { class: "heard", role: "status", "aria-live": "polite" });
    this.foldButton = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.fold() }, "Fold local steps");
    this.left = h("div", {});
    this.right = h("div", {});
    this.names = { one: h("p", { class: "of" }), other: h("p", { class: "of" }) };
    this.stories = h("div", { class: "stories" });
    this.menu = h("details", { class: "menu" });
    const step = (/** @type {string} */ sign, /** @type {string} */ words, /** @type {() => void} */ act) => {
      const it = h("button", { type: "button", title: words, "aria-label": words, onclick: act });
      it.innerHTML = `<svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true"><path fill="currentColor" d="${sign}"/></svg>`;
      return it;
    };
    this.start = step("M2 0H4V12H2ZM13 0V12L5 6Z", "to the beginning (Home)", () => this.go(0));
    this.back = step("M10 0V12L1 6Z", "one step back (arrow left)", () => this.go(this.row - 1));
    this.forward = step("M4 0V12L13 6Z", "one step forward (arrow right)", () => this.go(this.row + 1));
    this.end = step("M10 0H12V12H10ZM1 0V12L9 6Z", "to the end (End)", () => this.go(this.rows.length - 1));
    this.details.source.addEventListener("toggle", () => this.hold(0));
    this.body = h("div", { class: "body" }, this.stories, this.details.element);
    this.box = h("section", { class: "explorer" }, this.header(), this.bar(), this.body, this.live);
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.element = h("div", { class: "rcv-live", "data-lm-suppress-shortcuts": "true" });
    this.element.attachShadow({ mode: "open" }).append(h("style", {}, STYLE), this.box);
    this.follow();
    this.show(run);
  }

  focus() {
    this.story.list.focus();
  }

  header() {
    this.menu.append(
      h("summary", { class: "button" }, "Save and share"),
      h(
        "div",
        {},
        this.item("Copy as scenario", async () => ((await copy(this.run.scenario())) ? "The scenario is copied." : this.pasted())),
        this.item("Copy link to this step", async () => {
          const url = this.link();
          return (await copy(url)) ? "The link is copied." : url;
        }),
        this.item("Save picture as SVG", () => this.save("svg")),
        this.item("Save picture as PNG", () => this.save("png")),
        this.item("Show the still picture", () => this.still()),
      ),
    );
    this.menu.addEventListener("focusout", (event) => {
      const to = /** @type {Node | null} */ (event.relatedTarget);
      if (to !== null && !this.menu.contains(to)) this.menu.open = false;
    });
    // A press anywhere else closes it, too. Nothing listens while it is closed, so nothing outlives the explorer.
    const elsewhere = (/** @type {Event} */ event) => {
      if (!event.composedPath().includes(this.menu)) this.menu.open = false;
    };
    this.menu.addEventListener("toggle", () => {
      if (this.menu.open) document.addEventListener("pointerdown", elsewhere, true);
      else document.removeEventListener("pointerdown", elsewhere, true);
    });
    return h(
      "header",
      {},
      h("div", { class: "names" }, this.title, this.subtitle, this.note),
      h(
        "div",
        { class: "choose" },
        h("label", {}, "Run", this.choice),
        h("label", {}, "Beside it", this.pair),
        this.menu,
      ),
    );
  }

  /**
   * @param {string} words
   * @param {() => string | Promise<string>} act
   */
  item(words, act) {
    const told = async () => {
      const said = await act();
      say(this.live, said);
      this.where.title = said;
      this.flash(said);
      this.menu.open = false;
    };
    return h("button", { type: "button", onclick: told }, words);
  }

  /**
   * Says for a moment what was done.
   * @param {string} words
   */
  flash(words) {
    if (words === "") return;
    say(this.where, words);
    clearTimeout(this.flashing);
    this.flashing = setTimeout(() => this.place(), 2500);
  }

  bar() {
    return h(
      "div",
      { class: "bar", role: "group", "aria-label": "steps" },
      h("div", { class: "moves" }, this.start, this.back, this.forward, this.end),
      this.range,
      this.where,
      h("button", { type: "button", title: "where it was decided (Escape)", onclick: () => this.reset() }, "Reset"),
      this.foldButton,
    );
  }

  /** Everything that can be chosen. */
  all() {
    const runs = this.around.runs();
    const own = runs.includes(this.run) || this.byHand.includes(this.run) ? [] : [this.run];
    return [...own, ...runs, ...this.byHand];
  }

  /** Fills the lists of runs. */
  offer() {
    const all = this.all();
    const options = all.map((run, i) => h("option", { value: i }, this.name(run)));
    const others = all.map((run, i) => (run === this.run ? null : h("option", { value: i }, this.name(run))));
    const same = (/** @type {HTMLElement | undefined} */ list, /** @type {(HTMLElement | null)[]} */ items) =>
      list?.textContent === items.map((i) => i?.textContent ?? "").join("") && list.children.length > 0;
    if (!same(this.choice, options)) this.choice.replaceChildren(...options);
    const besides = [h("option", { value: "-1" }, "nothing"), ...others];
    if (!same(this.pair, besides)) this.pair.replaceChildren(...besides.filter((o) => o !== null));
    this.choice.value = String(all.indexOf(this.run));
    this.pair.value = String(this.other === null ? -1 : all.indexOf(this.other));
  }

  /**
   * What tells a run from all others: where others are called the same, its system; where that does not do, a number.
   * @param {Run} run
   */
  name(run) {
    const called = (/** @type {Run} */ r) => `${r.place() === "" ? "" : `${r.place()}: `}${r.title}`;
    const alike = this.all().filter((r) => called(r) === called(run));
    if (alike.every((r) => r === run)) return called(run);
    const same = alike.filter((r) => r.drawn.target === run.drawn.target);
    const system = (/** @type {Run} */ r) => r.drawn.target.split("(")[0];
    const whole = alike.some((r) => system(r) === system(run) && !same.includes(r));
    const of = same.length === alike.length ? "" : `, ${whole ? run.drawn.target : system(run)}`;
    return `${called(run)}${of}${same.length < 2 ? "" : ` (${same.indexOf(run) + 1})`}`;
  }

  /**
   * Turns to a run.
   * @param {Run} run
   * @param {number} [position]
   */
  show(run, position = run.first) {
    this.run = run;
    this.opened.clear();
    const good = run.drawn.mark.startsWith("✓");
    this.box.setAttribute("aria-label", `run: ${run.title}`);
    this.box.classList.toggle("good", good);
    say(this.title, `${run.decides === null ? "" : `${run.drawn.mark.slice(0, 1)} `}${run.title}`);
    say(this.subtitle, run.drawn.subtitle);
    say(this.note, (run.drawn.note ?? "").replaceAll("`", ""));
    this.details.show(run);
    this.compare(this.other === run ? null : this.other, position);
  }

  /**
   * Puts a run beside, or takes it away.
   * @param {Run | null} other
   * @param {number} [position] Of the run, where it is to stand.
   */
  compare(other, position = this.position) {
    this.other = other;
    this.pairs = other === null ? [] : align(this.run, other);
    this.foldButton.hidden = other !== null;
    this.body.classList.toggle("two", other !== null);
    this.stories.classList.toggle("two", other !== null);
    this.draw(position);
    this.offer();
  }

  /**
   * Lays the rows out, and goes to a position.
   * @param {number} position
   */
  draw(position) {
    const { run, other, pairs, story, beside, names } = this;
    const wide = this.element.clientWidth;
    const close = this.slide || wide < WIDE;
    const room = Math.min(560, Math.max(close ? 84 : 120, wide * (other === null ? 0.3 : 0.2)));
    if (other === null) {
      this.rows = this.plain();
      story.show(run, this.rows, { name: "steps", only: new Set(), room, close });
      this.arrange([story.element]);
    } else {
      const rows = (/** @type {"one" | "other"} */ of) =>
        pairs.map((pair) => ({ from: pair[of] ?? 0, to: pair[of] ?? 0, folded: 0, gap: pair[of] === null }));
      const only = (/** @type {"one" | "other"} */ of) =>
        new Set(pairs.map((p, i) => (p[of === "one" ? "other" : "one"] === null ? i : -1)).filter((i) => i >= 0));
      this.rows = rows("one");
      story.show(run, this.rows, { name: `steps of ${run.title}`, only: only("one"), room, close });
      beside.show(other, rows("other"), { name: `steps of ${other.title}`, only: only("other"), room, close });
      names.one.replaceChildren(this.name(run));
      names.other.replaceChildren(h("i", {}, `≠ ${this.name(other)}`));
      this.arrange([this.left, this.right]);
      if (story.element.parentElement !== this.left) this.left.replaceChildren(names.one, story.element);
      if (beside.element.parentElement !== this.right) this.right.replaceChildren(names.other, beside.element);
    }
    this.lay();
    this.range.max = String(this.rows.length - 1);
    this.row = -1;
    this.hold(0);
    const row = this.rows.findIndex((r) => !r.gap && r.from <= position && position <= r.to);
    this.go(row < 0 ? 0 : row);
  }

  /** Whether it stands on a slide, where nothing is to scroll. */
  get slide() {
    return this.element.dataset.slide !== undefined;
  }

  /** Draws the lanes as high as the words beside them; rows of two runs that belong together are equally high. */
  lay() {
    let [line, heights] = [ROW, this.heights(ROW)];
    for (; this.slide && line > LOWEST && !this.story.whole(); heights = this.heights(line)) line -= 2;
    this.story.lay(heights, line);
    if (this.other !== null) this.beside.lay(heights, line);
    this.spare();
  }

  /**
   * Of each row, where one of one line is so high.
   * @param {number} line
   */
  heights(line) {
    this.box.style.setProperty("--row", `${line}px`);
    const [one, other] = [this.story.heights(), this.other === null ? [] : this.beside.heights()];
    return one.map((height, i) => Math.max(height, other[i] ?? 0));
  }

  /** Leaves out of the details, on a slide, what there is no room for: the last things first. */
  spare() {
    const side = this.details.element;
    for (let less = 0; this.slide && less <= 6; less++) {
      side.dataset.less = String(less);
      if (side.scrollHeight <= side.clientHeight + 1) return;
    }
  }

  /**
   * Puts the stories in their places. What has the focus keeps it: whoever is moved loses it.
   * @param {HTMLElement[]} elements
   */
  arrange(elements) {
    const { stories, story } = this;
    if (elements.every((e, i) => stories.children[i] === e && stories.children.length === elements.length)) return;
    const focused = this.element.shadowRoot?.activeElement === story.list;
    stories.replaceChildren(...elements);
    if (focused) requestAnimationFrame(() => story.list.focus({ preventScroll: true }));
  }

  /** One row for each step; local ones folded where that is asked for. */
  plain() {
    /** @type {Row[]} */
    const rows = [{ from: 0, to: 0, folded: 0, gap: false }];
    for (let p = 1; p <= this.run.last; p++) {
      const last = rows[rows.length - 1];
      const step = this.run.steps[p - 1];
      const joins =
        this.folding && this.local(p) && last.to > 0 && this.local(last.to) &&
        this.run.steps[last.to - 1].lane === step.lane && !this.opened.has(last.from);
      if (joins) {
        last.to = p;
        last.folded = last.to - last.from + 1;
      } else rows.push({ from: p, to: p, folded: 0, gap: false });
    }
    return rows;
  }

  /**
   * A step that no other node has to do with, and that decides nothing.
   * @param {number} position
   */
  local(position) {
    const step = this.run.steps[position - 1];
    const alone = ["action", "resolution", "reconciler"].includes(step.kind) && step.sent.length === 0;
    return alone && step.changes.every((c) => c.lane === step.lane) && position !== this.run.decides;
  }

  fold() {
    this.folding = !this.folding;
    this.opened.clear();
    this.foldButton.setAttribute("aria-pressed", String(this.folding));
    this.draw(this.position);
  }

  /** @param {number} row */
  unfold(row) {
    const { from, to, folded } = this.rows[row];
    if (folded === 0) return;
    for (let p = from; p <= to; p++) this.opened.add(p);
    this.draw(from);
  }

  /** Where the run stands: the number of steps taken. */
  get position() {
    if (this.other !== null) return standing(this.pairs, this.row).one;
    return this.rows[this.row]?.to ?? this.run.first;
  }

  reset() {
    const row = this.rows.findIndex((r) => !r.gap && r.from <= this.run.first && this.run.first <= r.to);
    this.go(Math.max(row, 0));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = target.matches("input[type=text], select, textarea");
    if (event.key === "Escape" && this.menu.open) {
      this.menu.open = false;
      this.menu.querySelector("summary")?.focus();
    } else if (typing) return;
    else if (event.key === "Escape") this.reset();
    else if (event.key === "Enter" && target === this.story.list && this.rows[this.row].folded > 0) this.unfold(this.row);
    else {
      /** @type {Record<string, number>} */
      const to = {
        ArrowLeft: this.row - 1, ArrowUp: this.row - 1, ArrowRight: this.row + 1, ArrowDown: this.row + 1,
        Home: 0, End: this.rows.length - 1, PageUp: this.row - 10, PageDown: this.row + 10,
      };
      if (!(event.key in to)) return;
      // What points from a seat has two keys, which go from step to step there, and at the ends from slide to slide.
      if (this.slide && event.key.startsWith("Page")) to[event.key] = this.row + (event.key === "PageUp" ? -1 : 1);
      const beyond = to[event.key] < 0 ? -1 : to[event.key] >= this.rows.length ? 1 : 0;
      if (this.slide && beyond !== 0) {
        this.element.dispatchEvent(new CustomEvent("rcv-leave", { bubbles: true, detail: beyond }));
      }
      // The details scroll by themselves.
      if (target === this.details.element && ["ArrowUp", "ArrowDown", "PageUp", "PageDown"].includes(event.key)) return;
      this.go(to[event.key]);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * Goes to a row, or to the nearest that there is.
   * @param {number} row
   */
  go(row) {
    row = Math.max(0, Math.min(row, this.rows.length - 1));
    if (row === this.row) return;
    this.row = row;
    this.story.go(row);
    const { one, other } = this.other === null ? { one: this.position, other: 0 } : standing(this.pairs, row);
    if (this.other !== null) this.beside.go(row);
    this.details.go(one, this.other === null ? null : valuesAt(this.other, other));
    this.spare();
    this.hold(this.details.element.offsetHeight);
    this.place();
    say(this.live, this.spoken(one));
    this.back.disabled = row === 0;
    this.forward.disabled = row === this.rows.length - 1;
  }

  /**
   * The details stay as high as they were once: what stands below keeps its place from step to step.
   * @param {number} height 0: from anew.
   */
  hold(height) {
    if (height !== 0 && height <= this.tall) return;
    this.tall = height;
    this.details.element.style.setProperty("--held", `${height}px`);
  }

  place() {
    const [p, numbers] = [this.position, this.run.numbers];
    const n = numbers[this.run.last];
    say(this.where, p === 0 ? `initial, of ${counted(n, "step")}` : `step ${numbers[p]} of ${n}`);
    this.range.value = String(this.row);
    this.range.setAttribute("aria-valuetext", this.spoken(p));
  }

  /** @param {number} position */
  spoken(position) {
    const step = this.run.stepTo(position);
    if (step === undefined) return `initial state, of ${counted(this.run.numbers[this.run.last], "step")}`;
    const decided = this.run.decides === position ? `. ${this.run.drawn.mark}` : "";
    return `step ${this.run.numbers[position]} of ${this.run.numbers[this.run.last]}: ${line(step)}${decided}`;
  }

  /** @param {number} position */
  goTo(position) {
    const row = this.rows.findIndex((r) => !r.gap && r.from <= position && position <= r.to);
    if (row >= 0) this.go(row);
  }

  /**
   * Takes a step that the run does not, by hand in the kernel.
   * @param {number} position
   * @param {import("./run.js").Possible} possible
   */
  async goOn(position, possible) {
    if (this.around.ask === null || this.run.drawn.start === undefined) return;
    const steps = this.run.steps.slice(0, position).map((step) => `do ${step.label}`);
    const busy = setTimeout(() => this.flash("The kernel answers once the cell that runs is done."), 600);
    const answer = await this.around.ask([this.run.drawn.start, ...steps, possible.line].join("\n"));
    clearTimeout(busy);
    if (answer.run === undefined) {
      this.flash(answer.error ?? "The kernel does not take this step.");
      return;
    }
    const run = answer.run;
    run.drawn.title = `by hand: ${possible.line.replace(/^do /, "")} after ${counted(position, "step")}`;
    run.drawn.start = this.run.drawn.start;
    this.byHand = [...this.byHand.filter((known) => known.id !== run.id), run];
    this.show(run, run.last);
    this.story.list.focus();
  }

  /** The address of this step. */
  link() {
    const url = new URL(location.href);
    url.searchParams.delete("token");
    url.hash = `rcv-${this.run.id}-${this.position}`;
    return url.href;
  }

  /** Where nothing can be copied, the text is shown to be copied by hand. */
  pasted() {
    const area = h("textarea", { rows: "8", style: "width:100%", "aria-label": "scenario" }, this.run.scenario());
    this.details.messages.prepend(area);
    area.select();
    return "Copy the text below.";
  }

  /** @returns {string} */
  still() {
    this.element.dispatchEvent(new CustomEvent("rcv-still", { bubbles: true, composed: true }));
    return "";
  }

  /**
   * The picture of the run, and that of the run beside it.
   * @param {"svg" | "png"} form
   */
  async save(form) {
    const shown = this.other === null ? [this.run] : [this.run, this.other];
    const picture = async (/** @type {Run} */ run) => {
      const uri = this.around.still(run);
      return uri === null ? [] : [named(coloured(await (await fetch(uri)).text()), this.name(run))];
    };
    const texts = (await Promise.all(shown.map(picture))).flat();
    if (texts.length === 0) return "There is no picture of this run.";
    const { svg, width, height } = together(texts);
    const name = `${this.run.drawn.title.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "")}.${form}`;
    if (form === "svg") download(name, new Blob([svg], { type: "image/svg+xml" }));
    else download(name, await painted(svg, width, height));
    return `Saved as ${name}.`;
  }

  /** Keeps to the theme of the notebook, where it has one of its own; else to the colour scheme of the page. */
  follow() {
    const look = () => {
      const { dataset, classList } = document.body;
      const dark =
        dataset.jpThemeLight === "false" || classList.contains("vscode-dark") ||
        (classList.contains("vscode-high-contrast") && !classList.contains("vscode-high-contrast-light"));
      const known = dataset.jpThemeLight !== undefined || /vscode-(dark|light|high)/.test(document.body.className);
      if (known) this.element.dataset.theme = dark ? "dark" : "light";
    };
    look();
    new MutationObserver(look).observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
    new MutationObserver(() => this.draw(this.position)).observe(this.element, { attributes: true, attributeFilter: ["data-slide"] });
    let width = 0;
    new ResizeObserver(() => {
      if (Math.abs(this.element.clientWidth - width) < 40) {
        this.lay();
        return;
      }
      width = this.element.clientWidth;
      this.draw(this.position);
    }).observe(this.element);
  }
}

/**
 * Pictures side by side, as one.
 * @param {string[]} texts
 */
function together(texts) {
  const drawn = texts.map((text) => new DOMParser().parseFromString(text, "image/svg+xml").documentElement);
  const size = (/** @type {Element} */ svg, /** @type {string} */ side) => Number(svg.getAttribute(side));
  const width = drawn.reduce((sum, svg) => sum + size(svg, "width"), 0);
  const height = Math.max(...drawn.map((svg) => size(svg, "height")));
  if (drawn.length === 1) return { svg: texts[0], width, height };
  const whole = /** @type {Element} */ (drawn[0].cloneNode(false));
  whole.setAttribute("width", String(width));
  whole.setAttribute("height", String(height));
  whole.setAttribute("viewBox", `0 0 ${width} ${height}`);
  let x = 0;
  drawn.forEach(apart);
  for (const svg of drawn) {
    svg.setAttribute("x", String(x));
    x += size(svg, "width");
    whole.append(svg);
  }
  return { svg: new XMLSerializer().serializeToString(whole), width, height };
}

/**
 * A picture of a run by hand, which nothing in it tells from others, with what it is called here.
 * @param {string} svg
 * @param {string} name
 */
function named(svg, name) {
  const text = name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return svg.replace(">by hand</text>", () => `>${text}</text>`);
}

/**
 * A picture whose colours are told where they are used: other programs know no names for them. It is light.
 * @param {string} svg
 */
function coloured(svg) {
  const named = new Map([...svg.split("@media")[0].matchAll(/--(\w+):([^;}]+)/g)].map(([, name, colour]) => [name, colour]));
  const plain = svg.replace(/@media[^{]*\{svg\{[^}]*\}\}/, "").replace(/svg\{--[^}]*\}/, "");
  return plain.replace(/var\(--(\w+)\)/g, (_, name) => named.get(name) ?? "");
}

/**
 * Says of each element how it looks: classes of two pictures in one would be taken for each other.
 * @param {Element} svg
 */
function apart(svg) {
  const style = svg.querySelector("style");
  const rules = [...(style?.textContent ?? "").matchAll(/([^{}]+)\{([^{}]*)\}/g)];
  const single = rules.flatMap(([, selectors, look]) => selectors.split(",").map((selector) => ({ selector, look })));
  // What is said of a class counts for more than what is said of all elements of a name.
  single.sort((a, b) => Number(a.selector.includes(".")) - Number(b.selector.includes(".")));
  for (const { selector, look } of single) {
    for (const element of [svg, ...svg.querySelectorAll(selector)]) {
      if (element.matches(selector)) element.setAttribute("style", `${element.getAttribute("style") ?? ""}${look};`);
    }
  }
  style?.remove();
}

/**
 * @param {string} svg
 * @param {number} width
 * @param {number} height
 * @returns {Promise<Blob>}
 */
async function painted(svg, width, height) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = h("canvas", { width: width * 2, height: height * 2 });
  canvas.getContext("2d")?.drawImage(image, 0, 0, width * 2, height * 2);
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob === null ? failed(new Error("no picture")) : done(blob)), "image/png"),
  );
}
