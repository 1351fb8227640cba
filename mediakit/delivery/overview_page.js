
"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const main = document.querySelector("main");
  const episodes = [...main.querySelectorAll(".episode")];
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const texts = new Map([...main.querySelectorAll(".short, .episode")].map((part) => [part, fold(part.textContent)]));
  const heads = new Map(episodes.map((part) => [part, fold(part.dataset.name)]));
  const ranks = { failed: 0, look: 1, done: 2 };
  const orders = {
    name: () => 0,
    score: (a, b) => b.dataset.score - a.dataset.score,
    seconds: (a, b) => a.dataset.seconds - b.dataset.seconds,
    state: (a, b) => ranks[a.dataset.state] - ranks[b.dataset.state],
  };

  const filter = () => {
    const words = fold(one("search").value).split(/\s+/).filter(Boolean);
    const channel = one("channel").value;
    const state = one("state").value;
    let count = 0;
    for (const episode of episodes) {
      const named = words.every((word) => heads.get(episode).includes(word));
      const fits = !state || episode.dataset.state === state;
      const shorts = [...episode.querySelectorAll(".short")];
      let left = 0;
      for (const short of shorts) {
        const outlets = [...short.querySelectorAll("figure")];
        for (const outlet of outlets) outlet.hidden = Boolean(channel) && outlet.dataset.channel !== channel;
        const said = named || words.every((word) => texts.get(short).includes(word) || heads.get(episode).includes(word));
        short.hidden = !said || (outlets.length > 0 && outlets.every((outlet) => outlet.hidden));
        left += short.hidden ? 0 : 1;
      }
      const bare = !shorts.length && !channel && words.every((word) => texts.get(episode).includes(word));
      episode.hidden = !fits || !(left || bare);
      count += episode.hidden ? 0 : left;
    }
    one("count").textContent = count;
  };

  const sort = () => {
    const order = orders[one("sort").value];
    const sorted = [...episodes].sort((a, b) => order(a, b) || episodes.indexOf(a) - episodes.indexOf(b));
    main.append(...sorted);
  };

  main.addEventListener("click", (event) => {
    const link = event.target.closest("a.play");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const video = document.createElement("video");
    video.controls = true;
    video.src = link.href;
    video.addEventListener("error", () => video.replaceWith(link), { once: true });
    for (const other of main.querySelectorAll("video")) other.pause();
    link.replaceWith(video);
    video.play().catch(() => {});
  });

  one("search").addEventListener("input", filter);
  one("channel").addEventListener("change", filter);
  one("state").addEventListener("change", filter);
  one("sort").addEventListener("change", sort);
  document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  filter();
  sort();
})();
