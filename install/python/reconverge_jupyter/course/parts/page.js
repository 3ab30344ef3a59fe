// What a page does where scripts may run: the theme, contents that follow, boxes that scroll by keyboard, pictures on paper.
(() => {
  const root = document.documentElement;
  const themes = document.querySelector(".themes");
  const KEY = "reconverge-theme";
  const kept = () => { try { return localStorage.getItem(KEY) ?? ""; } catch { return ""; } };
  const choose = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of themes?.querySelectorAll("button") ?? []) button.setAttribute("aria-pressed", String(button.dataset.theme === theme));
  };
  choose(kept());
  if (themes) {
    themes.hidden = false;
    themes.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      choose(button.dataset.theme);
      try { localStorage.setItem(KEY, button.dataset.theme); } catch { /* a page from a file may keep nothing */ }
    });
  }

  // Where there is little room the contents are folded.
  const contents = document.querySelector(".contents details");
  if (contents && !matchMedia("(min-width:72rem)").matches) contents.open = false;
  const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const follow = () => {
    let at = headings[0];
    for (const heading of headings) if (heading.getBoundingClientRect().top < 120) at = heading;
    for (const [id, link] of links) at?.id === id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  };
  addEventListener("scroll", follow, { passive: true });
  follow();

  // What goes sideways is reached with the keyboard.
  const reach = () => {
    for (const box of document.querySelectorAll("pre,.output,.output [style*=overflow],.prose>table,math[display=block]")) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else if (box.tabIndex === 0) box.removeAttribute("tabindex");
    }
  };
  addEventListener("load", reach);
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  // A link into something folded opens it.
  const unfold = () => {
    const target = !location.hash ? null : document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest(".file")?.querySelector("details");
    if (folded) folded.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();

  // ── Paper ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  // A picture of a run becomes strips, one for each step, under lanes that are named again on each page; every picture
  // gets a page on which its smallest text has 7 pt.
  const LEAST = (7 * 96) / 72;
  const ROOM = { "": 684, wide: 1012, widest: 1477 };
  const TALL = { "": 950, wide: 660, widest: 990 };
  const GROWS = 1.3;
  // So much at most where a picture else had to be cut in two.
  const WHOLE = 1.4;
  const NS = "http://www.w3.org/2000/svg";
  const SEPARATOR = "#eef1f5";

  function paper() {
    const bench = document.createElement("div");
    bench.style.cssText = "position:absolute;left:0;top:0;width:0;height:0;overflow:hidden";
    document.body.append(bench);
    for (const picture of document.querySelectorAll("img.rcv-picture:not(.sliced)")) {
      const strips = sliced(picture, bench);
      if (!strips) continue;
      picture.after(strips);
      picture.classList.add("sliced");
    }
    bench.remove();
  }

  // Says of each element how it looks, and makes of each path of lines its lines: in the page the classes of one picture
  // would be those of all.
  function apart(svg) {
    const style = svg.querySelector("style");
    const rules = [...style.textContent.split("@media")[0].matchAll(/([^{}]+)\{([^{}]*)\}/g)];
    const colours = new Map(rules.flatMap(([, , look]) => [...look.matchAll(/(--[\w-]+):([^;]+)/g)].map(([, name, value]) => [name, value])));
    // What is said of a class counts for more than what is said of all elements of a name.
    const single = rules.flatMap(([, selectors, look]) => selectors.split(",").map((selector) => ({ selector: selector.trim(), look })));
    const ordered = single.sort((a, b) => Number(a.selector.includes(".")) - Number(b.selector.includes(".")));
    for (const { selector, look } of ordered) {
      for (const element of [svg, ...svg.querySelectorAll(selector)].filter((e) => e.matches(selector))) {
        for (const [, name, value] of look.matchAll(/(?:^|;)(\w[\w-]*):([^;]+)/g)) {
          element.setAttribute(name, value.replace(/var\((--[\w-]+)\)/g, (whole, colour) => colours.get(colour) ?? whole).replace(/px$/, ""));
        }
      }
    }
    style.remove();
    // A column of words is words, each at its place.
    for (const column of svg.querySelectorAll("g[transform]")) {
      const [, across] = /^translate\(([-\d.]+)\)$/.exec(column.getAttribute("transform")) ?? [];
      if (across === undefined) continue;
      for (const child of [...column.children]) {
        for (const { name, value } of column.attributes) {
          if (!["transform", "class"].includes(name) && !child.hasAttribute(name)) child.setAttribute(name, value);
        }
        child.setAttribute("x", String(Number(across) + Number(child.getAttribute("x") ?? 0)));
        column.before(child);
      }
      column.remove();
    }
    for (const words of svg.querySelectorAll("text")) {
      for (const name of ["fill", "font-size", "font-family", "font-weight"]) {
        if (!words.hasAttribute(name) && svg.hasAttribute(name)) words.setAttribute(name, svg.getAttribute(name));
      }
    }
    for (const path of svg.querySelectorAll("path")) {
      const lines = [...path.getAttribute("d").matchAll(/M([-\d.]+) ([-\d.]+)(?:H([-\d.]+)|V([-\d.]+)|L([-\d.]+) ([-\d.]+))(?=M|$)/g)];
      if (lines.map(([whole]) => whole).join("") !== path.getAttribute("d")) continue;
      for (const [, x1, y1, across, down, x2, y2] of lines) {
        const line = document.createElementNS(NS, "line");
        for (const { name, value } of path.attributes) if (name !== "d" && name !== "class") line.setAttribute(name, value);
        const ends = { x1, y1, x2: across ?? x2 ?? x1, y2: down ?? y2 ?? y1 };
        for (const [name, value] of Object.entries(ends)) line.setAttribute(name, value);
        path.before(line);
      }
      path.remove();
    }
  }

  // Where a picture that is higher than a page is cut: only lines go through there, and no head of an arrow.
  function edgesOf(drawn, height, tall) {
    const whole = drawn.filter(({ element }) => ["rect", "text"].includes(element.localName)).map(({ box }) => box);
    const cuts = (y) => whole.some((box) => box.y - 12 < y && y < box.y + box.height + 3);
    const edges = [0];
    while (height - edges.at(-1) > tall + 1) {
      const [from, last] = [edges.at(-1), edges.at(-1) + tall];
      let y = last;
      while (y > from + tall / 2 && cuts(y)) y -= 1;
      edges.push(cuts(y) ? last : y);
    }
    return [...edges, height];
  }

  function sliced(picture, bench) {
    const [, text] = /^data:image\/svg\+xml;charset=utf-8,(.*)$/s.exec(picture.src) ?? [];
    if (text === undefined) return null;
    const parsed = new DOMParser().parseFromString(decodeURIComponent(text), "image/svg+xml").documentElement;
    if (parsed.localName !== "svg") return null;
    const svg = document.importNode(parsed, true);
    apart(svg);
    bench.replaceChildren(svg);
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const shapes = [...svg.children].filter((e) => !["style", "title", "desc", "defs"].includes(e.localName)).map((element) => ({ element, box: element.getBBox() }));
    const frame = shapes.find(({ element, box }) => element.localName === "rect" && box.width > width - 4);
    const rows = shapes.filter(({ element }) => element.localName === "line" && element.getAttribute("stroke") === SEPARATOR && element.getAttribute("y1") === element.getAttribute("y2"));
    const drawn = shapes.filter((shape) => shape !== frame && !rows.includes(shape));
    const words = [...svg.querySelectorAll("[font-size]")].map((element) => ({ element, size: Number(element.getAttribute("font-size")) }));
    const least = Math.min(12, ...words.map(({ size }) => size));
    const wide = () => Math.max(...drawn.map(({ element }) => element.getBBox()).map((box) => box.x + box.width)) + 10;
    // Small words may grow a little before a page of their own is asked for.
    const natural = wide();
    // A run goes on on the next page; any other picture is as high as one, where that leaves its words in their places.
    const cuts = [...new Set(rows.map(({ box }) => box.y))].sort((a, b) => a - b);
    const lives = drawn.filter(({ element }) => element.localName === "line" && element.getAttribute("x1") === element.getAttribute("x2"));
    const goesOn = picture.classList.contains("rcv-run") && cuts.length > 1 && lives.length > 0;
    const narrow = (page, width) => Math.min(1, ROOM[page] / width);
    const small = (page, width) => Math.min(narrow(page, width), TALL[page] / height);
    const fits = (shrink, grows) => Object.keys(ROOM).find((page) => LEAST / shrink(page, natural) / least <= grows);
    const onOne = goesOn ? undefined : (fits(small, GROWS) ?? fits(small, WHOLE));
    const shrunk = onOne === undefined ? narrow : small;
    const page = onOne ?? fits(narrow, GROWS) ?? "widest";
    let right = natural;
    for (let i = 0; i < 8; i += 1) {
      const needed = (1.005 * LEAST) / shrunk(page, right);
      for (const { element, size } of words) element.setAttribute("font-size", String(Math.max(size, needed)));
      right = wide();
    }
    const scale = shrunk(page, right);
    const table = document.createElement("table");
    table.className = `paper ${page}`;
    table.setAttribute("role", "presentation");
    const strip = (from, to, heard) => {
      const made = document.createElementNS(NS, "svg");
      made.setAttribute("viewBox", `0 ${from} ${right} ${to - from}`);
      made.setAttribute("width", String(right * scale));
      made.setAttribute("height", String((to - from) * scale));
      if (heard) {
        made.setAttribute("role", "img");
        made.setAttribute("aria-label", picture.alt);
      } else made.setAttribute("aria-hidden", "true");
      made.setAttribute("font-family", svg.getAttribute("font-family"));
      for (const { element, box } of drawn) {
        const middle = box.y + box.height / 2;
        const inside = element.localName === "text" ? middle >= from && middle < to : box.y < to + 8 && box.y + box.height > from - 8;
        if (inside) made.append(element.cloneNode(true));
      }
      return made;
    };
    const put = (part, made) => {
      const row = document.createElement("tr");
      const cell = document.createElement("td");
      cell.append(made);
      row.append(cell);
      part.append(row);
    };
    const body = document.createElement("tbody");
    if (!goesOn) {
      const edges = edgesOf(drawn, height, TALL[page] / scale);
      for (let i = 1; i < edges.length; i += 1) put(body, strip(edges[i - 1], edges[i], i === 1));
    } else {
      const begin = Math.min(...lives.map(({ box }) => box.y));
      const end = Math.max(...lives.map(({ box }) => box.y + box.height));
      const named = drawn.filter(({ element, box }) => element.localName === "rect" && Math.abs(box.y + box.height - begin) < 1);
      const heads = Math.min(begin, ...named.map(({ box }) => box.y)) - 4;
      const head = document.createElement("thead");
      put(head, strip(heads, begin + 2, false));
      table.append(head);
      // The first step stands with the initial state, the last one with what explains the marks.
      const between = cuts.filter((y) => y > begin + 2 && y < end).slice(1, -1);
      const edges = [begin + 2, ...between, height];
      for (let i = 1; i < edges.length; i += 1) put(body, strip(edges[i - 1], edges[i], false));
      const whole = document.createElement("table");
      whole.className = `paper ${page}`;
      whole.setAttribute("role", "presentation");
      const title = document.createElement("tbody");
      put(title, strip(0, heads, true));
      whole.append(title);
      whole.style.breakAfter = "avoid";
      table.append(body);
      const both = document.createDocumentFragment();
      both.append(whole, table);
      return both;
    }
    table.append(body);
    return table;
  }
  addEventListener("beforeprint", paper);
  if (root.hasAttribute("data-paper")) paper();
})();
