
"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const audio = document.querySelector("audio");
  const lines = [...document.querySelectorAll("main .line")];
  const words = [...document.querySelectorAll("main .w")];
  const number = new Map(words.map((word, n) => [word, n]));
  const start = (word) => Number(word.dataset.s);
  const timed = [...words].sort((a, b) => start(a) - start(b));
  const starts = timed.map(start);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let spots = [];
  let cursor = null;
  let now = null;

  const before = (seconds) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= seconds) low = middle + 1; else high = middle;
    }
    return low - 1;
  };

  const show = (element) => {
    const box = element.getBoundingClientRect();
    const bar = document.querySelector(".bar").getBoundingClientRect().top;
    if (box.top < 40 || box.bottom > bar - 20) {
      element.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    }
  };

  const put = (word) => {
    if (cursor) cursor.classList.remove("at");
    cursor = word;
    word.classList.add("at");
    one("note").textContent = word.title ? word.textContent + ": " + word.title : "";
    const place = spots.findIndex((spot) => spot.includes(word));
    one("count").textContent = (place < 0 ? "" : place + 1 + " / ") + spots.length;
  };

  const play = (seconds) => {
    if (!audio) return;
    audio.currentTime = seconds;
    audio.play().catch(() => {});
  };

  const toggle = () => {
    if (!audio) return;
    if (audio.paused) audio.play().catch(() => {}); else audio.pause();
  };

  const mark = () => {
    const seconds = audio.currentTime + 0.02;
    let word = timed[before(seconds)] || null;
    if (word && seconds > Number(word.dataset.e) + 0.4) word = null;
    if (word === now) return;
    if (now) now.classList.remove("now");
    now = word;
    if (!now) return;
    now.classList.add("now");
    if (one("follow").checked && !audio.paused && !now.closest("[hidden]")) show(now);
  };

  const run = () => {
    mark();
    if (!audio.paused) requestAnimationFrame(run);
  };

  const isSpot = (word, level, changes) =>
    word.dataset.d !== undefined || Number(word.dataset.q || 0) >= level || (changes && word.dataset.c !== undefined);

  const filter = () => {
    const level = Number(one("level").value);
    const changes = one("changes").checked;
    const only = one("only").checked;
    document.body.dataset.level = String(level);
    spots = [];
    let last = -2;
    let line = null;
    const doubtful = new Set();
    words.forEach((word, n) => {
      if (!isSpot(word, level, changes)) return;
      const own = word.parentElement;
      doubtful.add(own);
      if (n === last + 1 && own === line) spots[spots.length - 1].push(word); else spots.push([word]);
      last = n;
      line = own;
    });
    for (const each of lines) each.hidden = only && !doubtful.has(each);
    one("count").textContent = String(spots.length);
  };

  const here = () => {
    if (cursor) return number.get(cursor);
    const word = audio ? timed[before(audio.currentTime + 0.02)] : null;
    return word ? number.get(word) : -1;
  };

  const go = (word) => {
    put(word);
    word.tabIndex = -1;
    word.focus({ preventScroll: true });
    show(word);
  };

  const jump = (step) => {
    if (!spots.length) return;
    const at = here();
    const place = step > 0
      ? spots.findIndex((spot) => number.get(spot[0]) > at)
      : spots.findLastIndex((spot) => number.get(spot[0]) < at);
    const spot = spots[place < 0 ? (step > 0 ? 0 : spots.length - 1) : place];
    go(spot[0]);
    if (audio) audio.currentTime = start(spot[0]);
  };

  const seek = (word) => {
    if (!word) return;
    go(word);
    if (audio) audio.currentTime = start(word);
  };

  const stepWord = (step) => {
    let n = here() + step;
    while (words[n] && words[n].parentElement.hidden) n += step;
    seek(words[n]);
  };

  const stepLine = (step) => {
    const at = words[Math.max(0, here())];
    let n = at ? lines.indexOf(at.parentElement) + step : -1;
    while (lines[n] && lines[n].hidden) n += step;
    if (lines[n]) seek(lines[n].querySelector(".w"));
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-s]");
    if (link) {
      event.preventDefault();
      const word = link.dataset.w === undefined ? null : words[Number(link.dataset.w)];
      if (word) {
        word.parentElement.hidden = false;
        put(word);
        show(word);
      }
      play(Number(link.dataset.s));
      return;
    }
    const word = event.target.closest("main .w");
    if (!word || !getSelection().isCollapsed) return;
    put(word);
    play(start(word));
  });

  const keys = {
    " ": toggle,
    n: () => jump(1),
    p: () => jump(-1),
    j: () => stepLine(1),
    k: () => stepLine(-1),
    f: () => { one("only").checked = !one("only").checked; filter(); },
    ArrowRight: () => stepWord(1),
    ArrowLeft: () => stepWord(-1),
    Enter: () => { if (cursor) play(start(cursor)); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const on = event.target.closest ? event.target.closest("input, select, button, summary, audio, a") : null;
    if (on && (event.key === " " || event.key === "Enter" || event.key.startsWith("Arrow"))) {
      if (!(on.tagName === "A" && event.key !== "Enter")) return;
    }
    if (on && on.tagName === "SELECT") return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  one("next").addEventListener("click", () => jump(1));
  one("before").addEventListener("click", () => jump(-1));
  for (const id of ["level", "changes", "only"]) one(id).addEventListener("change", filter);
  one("level").value = "2";
  if (audio) {
    one("rate").addEventListener("change", () => { audio.playbackRate = Number(one("rate").value); });
    audio.addEventListener("play", () => { if (cursor) cursor.classList.remove("at"); cursor = null; run(); });
    audio.addEventListener("seeked", mark);
    audio.addEventListener("timeupdate", mark);
    audio.addEventListener("error", () => { one("failed").hidden = false; });
  }
  filter();
})();
