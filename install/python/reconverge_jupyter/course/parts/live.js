// Cells of a page that are changed and run in it: the engine is in the page, in a worker, and nothing is asked of a server.
//
// Enters: what the exporter wrote beside the page (#rcv-cells: which cells, files, words), `ENGINE`, the text of kernel/web/engine.js.
// Leaves: below each cell buttons, below those what it shows. A cell sees what those above it define: before it, those above are
// run that have not run as they stand now, and where a changed one has an error, those below are not run. What is shown for an
// earlier text says so.
const base = document.currentScript.src;
const begin = () => {
  const told = document.getElementById("rcv-cells");
  if (!told) return;
  const { cells: listed, files, words, engine } = JSON.parse(told.textContent);

  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  // ── Colours ────────────────────────────────────────────────────────────────────────────────────────────────────────
  // As the package's lexer has them.
  const any = (group) => `\\b(?:${words[group].join("|")})\\b`;
  const KINDS = [
    ["sd", "///.*"],
    ["c1", "//.*"],
    ["s", '"(?:\\\\.|[^"\\\\\\n])*"'],
    ["m", "\\b\\d[\\d_]*(?:ns|us|ms|s|m|h)?\\b"],
    ["kd", any("declarations")],
    ["kn", any("commands")],
    ["kc", any("constants")],
    ["ow", any("operators")],
    ["kt", any("types")],
    ["k", any("keywords")],
    ["nc", "\\b[A-Z]\\w*\\b"],
    ["nf", "\\b[A-Za-z_]\\w*(?=\\()"],
    ["n", "\\b[A-Za-z_]\\w*\\b"],
    ["o", ":=|\\+=|-=|==|!=|<=|>=|\\.\\.|->|[-+*/%&<>=?|]"],
    ["p", "[{}\\[\\]().,:;]"],
  ];
  const TOKEN = new RegExp(KINDS.map(([, pattern]) => `(${pattern})`).join("|"), "g");
  /** The nodes of a line, with its end. No token is longer than a line. */
  function coloured(line) {
    const made = [];
    let at = 0;
    for (const found of line.matchAll(TOKEN)) {
      if (found.index > at) made.push(new Text(line.slice(at, found.index)));
      const kind = KINDS[found.slice(1).findIndex((group) => group !== undefined)][0];
      made.push(make("span", { class: kind }, found[0]));
      at = found.index + found[0].length;
    }
    made.push(new Text(`${line.slice(at)}\n`));
    return made;
  }

  // What errors come with: bold and colours of a terminal.
  const INKS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
  function inked(text) {
    const made = document.createDocumentFragment();
    let classes = new Set();
    for (const [, codes, piece] of ("\x1b[m" + text).matchAll(/\x1b\[([\d;]*)m([^\x1b]*)/g)) {
      for (const code of codes.split(";").map(Number)) {
        const ink = code >= 90 ? INKS[code - 90] : INKS[code - 30];
        if (code === 0) classes = new Set();
        else if (code === 1) classes.add("ansi-bold");
        else if (ink) {
          classes = new Set([...classes].filter((c) => c === "ansi-bold"));
          classes.add(`ansi-${ink}-fg`);
        }
      }
      if (piece) made.append(classes.size ? make("span", { class: [...classes].join(" ") }, piece) : piece);
    }
    return made;
  }

  // ── The engine ─────────────────────────────────────────────────────────────────────────────────────────────────────
  const WORKER = `${ENGINE}\nengineServes();`;
  let packed = null;
  // On a site the module lies beside the pages, once, and is read when it is first wanted.
  function module() {
    packed ??= new Promise((done, failed) => {
      if (!engine) return void done(document.getElementById("rcv-engine").textContent.trim());
      const script = make("script", { src: new URL(engine, base).href });
      script.onload = () => done(globalThis.RECONVERGE_ENGINE);
      script.onerror = () => failed(new Error(`${script.src} cannot be read`));
      document.head.append(script);
    });
    return packed;
  }

  // Where a site is read from files, its search has put something else in the place of workers; a frame has its own.
  let native = null;
  function nativeWorker() {
    if (native) return native;
    if (/\[native code\]/.test(Function.prototype.toString.call(Worker))) return (native = Worker);
    const frame = make("iframe", { hidden: "" });
    document.body.append(frame);
    return (native = frame.contentWindow.Worker);
  }

  /** Stopped by the reader. */
  class Stopped extends Error {}

  // One worker, and what ran in it: what is stopped takes the worker along, and the next one runs those again.
  const session = { worker: null, ran: [], stop: null };
  function asked(message, hear, ends) {
    return new Promise((done, failed) => {
      session.stop = () => failed(new Stopped());
      session.worker.onmessage = ({ data }) => {
        if (data.kind === "broken") failed(new Error(data.words));
        else if (data.kind === ends) done(data);
        else hear(data);
      };
      session.worker.onerror = (event) => failed(new Error(event.message));
      session.worker.postMessage(message);
    }).finally(() => (session.stop = null));
  }
  function forget() {
    session.worker?.terminate();
    session.worker = null;
  }
  async function started(say) {
    if (session.worker) return;
    say("Starting the engine…");
    const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
    const bytes = await module();
    session.worker = new (nativeWorker())(url);
    // Not before it has been read, which on a busy machine comes late.
    await asked({ packed: bytes, files }, () => {}, "ready").finally(() => URL.revokeObjectURL(url));
    for (const { cell } of session.ran) {
      say(`Running ${cell.name} again…`);
      const { alive } = await asked({ cell }, (what) => heard(what, `${cell.name} again: `, say), "ended");
      if (!alive) throw new Error(`${cell.name} ended the engine`);
    }
  }
  const heard = (what, before, say) => {
    if (what.kind === "progress") say(before + what.bundle.data["text/plain"]);
  };

  // An expectation that is not met: what the cell defines stands all the same. After other errors it may not.
  const UNMET = "E0510";

  // Runs a cell; what it tells goes to `show`. Whether it had an error, and whether the engine lives.
  async function carriedOut(cell, show, say, before) {
    await started(say);
    say(`${before}running…`);
    let failed = false;
    const hear = (what) => {
      if (what.kind === "progress") return heard(what, before, say);
      failed ||= what.kind === "failed" && what.ename !== UNMET;
      show(what);
    };
    const { alive } = await asked({ cell }, hear, "ended");
    session.ran = session.ran.filter((other) => other.cell.id !== cell.id);
    if (alive) session.ran.push({ cell });
    else forget();
    return { failed: failed || !alive, alive };
  }

  // What a cell says without these is nothing to those below it.
  const MATTERS = /\b(?:system|extend|use|start|do)\b/;
  const LIKE = ["font-family", "font-size", "font-weight", "line-height", "letter-spacing", "padding", "tab-size"];

  // ── Cells ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  class Live {
    constructor({ id, name, number }) {
      this.id = id;
      this.name = name;
      this.section = document.getElementById(`cell-${id}`);
      this.input = [...this.section.querySelectorAll(".input")].find((input) => !input.closest("details"));
      this.pre = this.input.querySelector("pre");
      this.first = this.pre.textContent.trimEnd();
      this.area = make("textarea", { spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off" });
      this.area.setAttribute("aria-label", `Cell ${number}: Shift and Enter run it`);
      this.area.value = this.first;
      this.ran = null;
      // Whether that had an error, and whether it has to run again for those below.
      this.failed = false;
      this.again = false;
      // The cell above for whose error it was not run.
      this.waits = null;
      // For which texts of the cells above and its own it shows what it shows; null: for those that the page was written from.
      this.seen = null;
      // The lines that are shown, each with its nodes.
      this.drawn = [];
      this.pre.replaceChildren();
      this.pre.setAttribute("translate", "no");
      const box = this.pre.parentElement;
      const sheet = make("div", { class: "live-sheet" });
      box.append(sheet);
      box.classList.add("live-edit");
      sheet.append(this.pre, this.area);
      this.run = make("button", { type: "button" }, "Run");
      this.stop = make("button", { type: "button", hidden: "" }, "Stop");
      this.reset = make("button", { type: "button", hidden: "" }, "Reset");
      this.status = make("span", { role: "status" });
      this.stale = make("span", { class: "live-stale", hidden: "" });
      for (const button of [this.run, this.stop, this.reset]) button.append(make("span", { class: "live-heard" }, ` ${name}`));
      this.bar = make("div", { class: "live-bar" }, this.run, this.stop, this.reset, this.status, this.stale);
      this.input.after(this.bar);
      // What stood there when the page was written; a solution stays.
      this.written = [];
      for (let next = this.bar.nextElementSibling; next; next = next.nextElementSibling) {
        if (!next.matches("details.answer") || !next.querySelector(".input")) this.written.push(next);
      }
      this.shown = make("div", { class: "live-shown" });
      this.bar.after(this.shown);
      this.area.addEventListener("input", () => this.changed());
      this.area.addEventListener("keydown", (event) => this.key(event));
      this.run.addEventListener("click", () => void go(this));
      this.stop.addEventListener("click", () => session.stop?.());
      this.reset.addEventListener("click", () => this.begin());
      this.fit();
      this.draw();
    }

    /** What is typed lies on what is shown, in whatever style the page has. */
    fit() {
      const shown = getComputedStyle(this.pre);
      for (const name of LIKE) this.area.style.setProperty(name, shown.getPropertyValue(name));
    }

    get code() {
      return this.area.value;
    }

    /** Whether it is no longer what the page was written from. */
    get differs() {
      return this.code !== this.first;
    }

    changed() {
      this.draw();
      this.reset.hidden = !this.differs && !this.shown.hasChildNodes() && !this.written.some((element) => element.hidden);
      this.input.classList.toggle("live-changed", this.code !== (this.ran ?? this.first));
      markStale();
    }

    /** Colours the lines that are not as they are shown. What inserts a text tells of each of its lines. */
    draw() {
      const [lines, drawn] = [this.code.split("\n"), this.drawn];
      const most = Math.min(lines.length, drawn.length);
      let head = 0;
      while (head < most && lines[head] === drawn[head].line) head++;
      let tail = 0;
      while (tail < most - head && lines.at(-1 - tail) === drawn.at(-1 - tail).line) tail++;
      const made = lines.slice(head, lines.length - tail).map((line) => ({ line, nodes: coloured(line) }));
      const after = drawn.slice(drawn.length - tail);
      for (const { nodes } of drawn.slice(head, drawn.length - tail)) for (const node of nodes) node.remove();
      const fragment = document.createDocumentFragment();
      for (const { nodes } of made) fragment.append(...nodes);
      this.pre.insertBefore(fragment, after[0]?.nodes[0] ?? null);
      this.drawn = [...drawn.slice(0, head), ...made, ...after];
    }

    /** Says which text has changed since that for which it shows what it shows. */
    mark(texts) {
      const shows = this.shown.hasChildNodes() || this.written.some((element) => !element.hidden && element.matches(".output,.answer"));
      const other = (text, i) => {
        const was = this.seen ? this.seen[i] : cells[i].first;
        return text !== was && (cells[i] === this || MATTERS.test(was) || MATTERS.test(text));
      };
      const changed = shows ? texts.findIndex(other) : -1;
      this.stale.hidden = changed < 0;
      this.stale.textContent = changed < 0 ? "" : `Shown for an earlier text of ${cells[changed].name}.`;
    }

    key(event) {
      if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void go(this);
      } else if (event.key === "Enter" && !event.isComposing) {
        const before = this.area.value.slice(0, this.area.selectionStart).split("\n").pop();
        const indent = /^ */.exec(before)[0] + (/[{[(]\s*$/.test(before) ? "  " : "");
        if (!indent) return;
        event.preventDefault();
        // As if typed, so that it can be undone.
        document.execCommand("insertText", false, `\n${indent}`);
      }
    }

    /** As the page was written. */
    begin() {
      this.area.value = this.first;
      this.shown.replaceChildren();
      for (const element of this.written) element.hidden = false;
      this.seen = null;
      this.say("");
      this.changed();
    }

    say(text) {
      this.status.textContent = text;
    }

    busy(yes) {
      this.section.setAttribute("aria-busy", String(yes));
      this.stop.hidden = !yes;
      this.run.hidden = yes;
    }

    /** Takes the place of what was shown before. */
    fresh() {
      for (const element of this.written) element.hidden = true;
      this.shown.replaceChildren();
      this.stale.hidden = true;
    }

    show(what) {
      if (what.kind === "failed") {
        const lines = what.traceback.join("\n");
        this.shown.append(make("div", { class: "output wrong" }, make("pre", {}, inked(lines))));
      } else if (what.kind === "done") {
        if (what.warnings) this.put(what.warnings);
        if (!this.shown.hasChildNodes()) this.shown.append(make("div", { class: "output quiet" }, "It shows nothing."));
      } else this.put(what.bundle);
    }

    put({ data }) {
      const box = make("div", { class: "output" });
      this.shown.append(box);
      if (!data["text/html"]) return void box.append(make("pre", {}, data["text/plain"]));
      // The engine writes it, and no text of a cell is markup in it.
      box.innerHTML = data["text/html"];
      for (const style of box.querySelectorAll(".rcv > style,.rcv-style")) style.remove();
      for (const folded of box.querySelectorAll("details:not(.rcv-words)")) {
        if (folded.querySelector("img")) folded.classList.add("carries");
      }
      const report = data["application/vnd.reconverge+json"];
      if (!report?.drawn) return;
      const script = make("script", { type: "application/json", class: "rcv-report", "data-cell": this.name }, JSON.stringify(report));
      box.after(script);
      script.dispatchEvent(new Event("rcv-report", { bubbles: true }));
    }
  }

  let running = null;
  async function go(cell) {
    if (running) return running.say(`First stop this one, or let it end.`);
    running = cell;
    cell.waits = null;
    const say = (words) => cell.say(words);
    cell.busy(true);
    if (document.activeElement === cell.run || document.activeElement === document.body) cell.stop.focus();
    try {
      for (const other of above(cell)) {
        if (other.ran !== other.code || other.again) await one(other, say, `${other.name} first: `);
        // As it was written it may have one: it is there to show it, or an exercise is not done yet.
        if (!other.failed || other.ran === other.first) continue;
        cell.fresh();
        cell.changed();
        cell.waits = other;
        return say(`Not run: ${other.name} above has an error.`);
      }
      await one(cell, say, "");
      say("");
    } catch (error) {
      forget();
      if (error instanceof Stopped) say("Stopped. What ran before it runs again when it is needed.");
      else say(`The engine does not run here: ${error.message}`);
    } finally {
      running = null;
      const focused = document.activeElement === cell.stop;
      cell.busy(false);
      if (focused) cell.run.focus();
      // Boxes that go sideways are looked for anew.
      dispatchEvent(new Event("resize"));
    }
  }

  const above = (cell) => cells.slice(0, cells.indexOf(cell));

  // What a cell showed when the page was written is right as long as it and those above are as they were.
  async function one(cell, say, before) {
    const code = cell.code;
    const texts = [...above(cell).map((other) => other.ran), code];
    const quiet = before && !cell.shown.hasChildNodes() && texts.every((text, i) => text === cells[i].first);
    if (!quiet) {
      cell.fresh();
      cell.seen = texts;
    }
    const show = quiet ? () => {} : (what) => cell.show(what);
    const { failed, alive } = await carriedOut({ id: cell.id, name: cell.name, code }, show, say, before);
    // The engine keeps what an earlier text has defined until another takes its place.
    if (failed && alive && cell.ran !== null && cell.ran !== code && code === cell.first) forget();
    cell.ran = code;
    cell.failed = failed;
    for (const other of cells) {
      if (failed || other.waits !== cell) continue;
      other.waits = null;
      other.say("");
    }
    // What may be mended from above is tried again; not what ended the engine as it was written.
    cell.again = failed && (alive || code !== cell.first);
    cell.changed();
  }

  const cells = [];
  function markStale() {
    const texts = cells.map((cell) => cell.code);
    cells.forEach((cell, i) => cell.mark(texts.slice(0, i + 1)));
  }
  for (const cell of listed) cells.push(new Live(cell));
  addEventListener("resize", () => cells.forEach((cell) => cell.fit()));
  const first = document.querySelector("main .cell,.md-content .lesson");
  first?.after(
    make("p", { class: "live-note" }, "The code on this page can be changed and run, here and without a network: press Run below a cell, or Shift and Enter in it."),
  );
};
if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
else begin();
