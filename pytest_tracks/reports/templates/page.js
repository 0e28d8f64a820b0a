"use strict";
// Texts from plans and programs go into the page by textContent alone: none becomes markup.
(() => {
  const { tasks, tracks } = JSON.parse(document.getElementById("data").textContent);
  const placeOf = new Map(tasks.map((task, place) => [task.id, place]));
  const MOST_AT_ONCE = 30;
  const MOST_PRINTED = 200;
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;
  root.classList.add("scripted");

  const after = tasks.map(() => []);
  tasks.forEach((task, place) => (task.before || []).forEach((one) => after[one].push(place)));

  function make(name, className, ...children) {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...children.filter((child) => child !== "" && child !== undefined));
    return element;
  }
  const badge = (word, style) => make("span", `badge ${style}`, word);

  // -- the table: filter and sort ---------------------------------------------------------------

  const table = byId("table");
  const BLOCK = 50;
  const blocks = [...table.tBodies];
  const rows = blocks.flatMap((block) => [...block.rows]).map((row, place) => {
    const task = tasks[place];
    const cell = (at) => row.cells[at].textContent.trim();
    Object.assign(task, { title: cell(1), word: cell(3), time: cell(6), why: cell(row.cells.length - 1) });
    task.style = row.cells[3].firstElementChild.className;
    task.command ||= `pytest --task=${task.id}`;
    return { row, place, task };
  });
  const textOf = ({ id, title, word, why, owner, sprint }) =>
    [id, title, word, why, owner, sprint].join("\n").toLowerCase();
  const search = byId("search"), verdict = byId("verdict"), track = byId("track");

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = verdict.value, number = track.value && Number(track.value);
    lay(rows.filter((one) => {
      const { task } = one;
      one.text ??= textOf(task);
      return (!wanted || task.word === wanted) && (number === "" || task.track === number) &&
        words.every((word) => one.text.includes(word));
    }));
  }

  // Only what fits is in the table, in blocks of which the browser lays out those in sight.
  function lay(fitting) {
    blocks.forEach((block, number) => {
      const mine = fitting.slice(number * BLOCK, (number + 1) * BLOCK);
      block.replaceChildren(...mine.map((one) => one.row));
      block.hidden = mine.length === 0;
      block.style.containIntrinsicHeight = `auto ${mine.length * 33}px`;
    });
    byId("count").textContent = `${fitting.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
  }
  byId("filter").addEventListener("input", filter);
  byId("filter").addEventListener("submit", (event) => event.preventDefault());

  const VALUES = {
    place: (one) => one.place,
    title: (one) => one.task.title || "",
    track: (one) => one.task.track ?? tracks.length,
    word: (one) => one.task.word,
    met: (one) => one.task.met / ((one.task.criteria || []).length || 1),
    coverage: (one) => (one.task.coverage ? one.task.coverage[0] : -1),
    iterations: (one) => one.task.iterations || 0,
    minutes: (one) => one.task.minutes ?? -1,
  };
  const collator = new Intl.Collator("en", { numeric: true });

  function sort(button) {
    const heading = button.parentElement;
    const falls = heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const value = VALUES[button.dataset.key];
    const compare = typeof value(rows[0]) === "string" ? collator.compare : (a, b) => a - b;
    rows.sort((a, b) => (falls ? -1 : 1) * compare(value(a), value(b)) || a.place - b.place);
    filter();
  }
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) sort(button);
  });

  // -- the sections of tasks --------------------------------------------------------------------

  const sections = byId("sections");
  const made = new Map();

  function link(place) {
    const anchor = make("a", "", tasks[place].id);
    anchor.href = `#${encodeURIComponent(tasks[place].id)}`;
    return make("span", "", anchor, " ", badge(tasks[place].word, tasks[place].style));
  }

  function part(title, ...children) {
    return [make("h4", "", title), ...children];
  }

  const STYLES = { PASS: "good", FAIL: "bad", FLAKY: "bad", NOT_RUN: "dim" };

  function criterion(task, [id, text, known, gap, evidence, fix, outputs]) {
    const word = known || "PASS", style = STYLES[word] || "doubt";
    const item = make("li", "", badge(word.replace("_", " ").replace("NOT RUN", "not run"), style), " ", make("b", "", id), ` ${text}`);
    if (gap) item.append(make("span", "note gap", gap));
    for (const one of evidence || []) {
      const own = `${task.where.replace(/:\d+$/, "")}::${task.id}::${id}`;
      item.append(make("span", "note", `seen: ${one === 0 ? own : (task.seen || "") + one}`));
    }
    if (fix) item.append(make("span", "note", `to do: ${fix}`));
    // What a coverage gate has found stands in a part of its own.
    for (const [title, output] of (id === "coverage" && task.coverage ? [] : outputs || [])) {
      const details = make("details", "", make("summary", "", title), make("pre", "", output));
      details.open = style === "bad" && output.length < 3000;
      item.append(details);
    }
    return item;
  }

  function attempts(task) {
    const head = make("tr", "", ...["Started (UTC)", "Verdict", "Met", "Took", "Kind", "Commit"].map((name) => {
      const cell = make("th", "", name);
      cell.scope = "col";
      return cell;
    }));
    const lines = task.attempts.map(([at, word, took, kind, met, commit]) =>
      make("tr", "", ...[at, word || "no end", met, took, kind, commit].map((text) => make("td", "", text))));
    const table = make("table", "attempts", make("thead", "", head), make("tbody", "", ...lines));
    const box = make("div", "scroll", table);
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `Attempts at ${task.id}`);
    return box;
  }

  function coverage(task, [percent, required, statements]) {
    const text = `${percent} % of ${statements} covered, ${required} % required`;
    const lines = [make("p", "", text)];
    const gate = (task.criteria || []).find(([id]) => id === "coverage");
    for (const [title, output] of (gate && gate[6]) || []) lines.push(make("pre", "", output));
    return lines;
  }

  function section(place) {
    const task = tasks[place];
    const heading = make("h3", "", `${task.id} ${task.title || ""}`);
    heading.tabIndex = -1;
    const facts = [task.kind, task.track !== undefined && `track ${tracks[task.track]}`, task.sprint, task.owner && `owner ${task.owner}`, task.hours,
      `wave ${task.wave}`, task.critical && "on the critical path",
      task.iterations && `${task.iterations} ${task.iterations === 1 ? "iteration" : "iterations"}`,
      task.time, task.tier, task.where].filter(Boolean);
    const element = make("article", `task ${task.style}`,
      make("header", "", heading, badge(task.word, task.style)),
      make("p", "facts", facts.join(" · ")));
    if (task.why) element.append(make("p", "why", task.why));
    if (task.blockedBy) element.append(...part("Blocked by", make("div", "links", ...task.blockedBy.map(link))));
    if (task.criteria) {
      element.append(...part(`Criteria (${task.met} of ${task.criteria.length} met)`,
        make("ul", "", ...task.criteria.map((one) => criterion(task, one)))));
    }
    if (task.coverage) element.append(...part("Coverage", ...coverage(task, task.coverage)));
    if (task.attempts) element.append(...part("Attempts", attempts(task)));
    if (task.before) element.append(...part("Waits for", make("div", "links", ...task.before.map(link))));
    if (after[place].length) element.append(...part("Waited for by", make("div", "links", ...after[place].map(link))));
    element.append(...part("Run it again", make("pre", "command", task.command)));
    return element;
  }

  function show(place) {
    if (!made.has(place)) {
      const element = section(place);
      const next = [...made.keys()].filter((one) => one > place).sort((a, b) => a - b)[0];
      sections.insertBefore(element, next === undefined ? null : made.get(next));
      made.set(place, element);
      tell();
    }
    return made.get(place);
  }

  function tell() {
    const all = made.size === tasks.length;
    byId("which").textContent = all ? `All ${tasks.length} tasks.` :
      `${made.size} of ${tasks.length.toLocaleString("en")} tasks, those that are not PASS before others; a click on any task shows it here.`;
  }

  function follow() {
    const place = placeOf.get(decode(location.hash.slice(1)));
    if (place === undefined) return;
    const element = show(place);
    element.querySelector("h3").focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
  }
  function decode(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest && event.target.closest("a");
    const target = anchor && anchor.getAttribute("href");
    // The same target again is no change of the address, and shows its section all the same.
    if (target && target === location.hash) follow();
  });

  // -- the graph: what a task waits for, and what waits for it ----------------------------------

  function enliven() {
    const graph = byId("graph");
    const nodes = tasks.map((_, place) => byId(`n${place}`));
    nodes.forEach((node, place) => node.setAttribute("tabindex", place ? "-1" : "0"));
    const edges = [...graph.querySelectorAll("[data-e]")].map((path) => [path, ...path.dataset.e.split(" ").map(Number)]);
    const ways = byId("ways");

    function reach(start, neighbours) {
      const found = new Set([start]);
      const waiting = [start];
      while (waiting.length) {
        for (const one of neighbours(waiting.pop())) {
          if (!found.has(one)) { found.add(one); waiting.push(one); }
        }
      }
      return found;
    }
    const before = (place) => tasks[place].before || [];
    const count = (number, one) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
    let lit = null;

    function light(place) {
      if (place === lit) return;
      for (const element of graph.querySelectorAll(".on")) if (element !== ways) element.classList.remove("on");
      graph.classList.toggle("lit", place !== null);
      lit = place;
      if (ways) ways.setAttribute("d", "");
      if (place === null) { byId("about").textContent = ""; return; }
      const up = reach(place, before), down = reach(place, (one) => after[one]);
      for (const one of [...up, ...down]) nodes[one].classList.add("on");
      for (const [path, from, to] of edges) {
        path.classList.toggle("on", (up.has(from) && up.has(to)) || (down.has(from) && down.has(to)));
      }
      if (ways) ways.setAttribute("d", lines(up) + lines(down));
      const task = tasks[place];
      byId("about").textContent = `${task.id} ${task.title || ""}: ${task.word}; waits for ${count(up.size - 1, "task")}, ${count(down.size - 1, "task")} ${down.size === 2 ? "waits" : "wait"} for it`;
    }
    const point = (place) => nodes[place].getAttribute("transform").slice(10, -1);
    function lines(set) {
      const parts = [];
      for (const one of set) for (const from of before(one)) if (set.has(from)) parts.push(`M${point(from)}L${point(one)}`);
      return parts.join("");
    }
    const placeAt = (event) => {
      const node = event.target.closest && event.target.closest(".n");
      return node ? Number(node.id.slice(1)) : null;
    };
    // A pointer that rests while the page scrolls under it does not outdo the keyboard.
    const focused = () => (graph.contains(document.activeElement) ? placeAt({ target: document.activeElement }) : null);
    graph.addEventListener("mouseover", (event) => light(placeAt(event) ?? focused()));
    graph.addEventListener("mouseleave", () => light(focused()));
    graph.addEventListener("focusin", (event) => light(placeAt(event)));
    graph.addEventListener("focusout", () => light(null));
    graph.addEventListener("keydown", (event) => {
      const place = placeAt(event);
      if (place === null) return;
      const column = tasks.map((task, at) => at).filter((at) => tasks[at].wave === tasks[place].wave);
      const target = {
        ArrowLeft: () => before(place)[0],
        ArrowRight: () => after[place][0],
        ArrowUp: () => column[column.indexOf(place) - 1],
        ArrowDown: () => column[column.indexOf(place) + 1],
        Home: () => 0,
        End: () => tasks.length - 1,
      }[event.key];
      if (!target) return;
      event.preventDefault();
      const to = target();
      if (to === undefined) return;
      nodes[place].setAttribute("tabindex", "-1");
      nodes[to].setAttribute("tabindex", "0");
      nodes[to].focus();
    });
  }

  // Thousands of marks come when there is time for them: the page is there before.
  const later = byId("later");
  let isDrawn = false;
  function draw() {
    if (isDrawn) return;
    isDrawn = true;
    if (later) later.replaceWith(later.content);
    enliven();
  }
  if (later) {
    byId("canvas").style.minHeight = `${byId("canvas").dataset.height}px`;
    addEventListener("load", () => requestIdleCallback(draw, { timeout: 500 }));
  } else {
    draw();
  }

  // -- at the start -----------------------------------------------------------------------------

  const open = tasks.map((_, place) => place).filter((place) => tasks.length <= MOST_AT_ONCE || tasks[place].word !== "PASS");
  const urgency = { bad: 0, doubt: 1, dim: 2, good: 3 };
  open.sort((a, b) => urgency[tasks[a].style] - urgency[tasks[b].style] || a - b);
  open.slice(0, MOST_AT_ONCE).forEach(show);
  tell();
  addEventListener("beforeprint", () => {
    draw();
    if (tasks.length <= MOST_PRINTED) tasks.forEach((_, place) => show(place));
    for (const details of sections.querySelectorAll("details")) details.open = true;
  });
  follow();
})();
