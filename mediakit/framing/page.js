"use strict";
(() => {
  const body = document.body;
  const shots = [...document.querySelectorAll(".shot")];
  const shape = document.getElementById("shape");
  const show = document.getElementById("show");
  const count = document.getElementById("count");
  const now = () => Number(shape.value);
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  function select() {
    body.dataset.shape = shape.value;
    for (const part of document.querySelectorAll("[data-of]")) part.toggleAttribute("hidden", Number(part.dataset.of) !== now());
    let shown = 0;
    for (const shot of shots) {
      const doubtful = shot.dataset.doubtful.split(" ")[now()] === "1";
      shot.hidden = show.value === "doubtful" && !doubtful;
      shown += shot.hidden ? 0 : 1;
      reset(shot);
    }
    count.textContent = `${shown} / ${shots.length}`;
  }

  function reset(shot) {
    shot.querySelector("code").textContent = "";
    shot.querySelector(".result").hidden = true;
    for (const mine of shot.querySelectorAll(".mine")) mine.remove();
    shot.querySelector("select").value = "";
    shot.querySelector("input").value = shot.dataset.heights.split(" ")[now()];
    shot.place = null;
  }

  function tell(shot, line) {
    shot.querySelector("code").textContent = line;
    shot.querySelector(".result").hidden = !line;
  }

  function draw(shot) {
    if (!shot.place) return;
    const scale = Number(shape.selectedOptions[0].dataset.scale);
    const height = clamp(Number(shot.querySelector("input").value), 0.05, Math.min(1, 1 / scale));
    const width = height * scale;
    const x = clamp(shot.place[0], width / 2, 1 - width / 2), y = clamp(shot.place[1], height / 2, 1 - height / 2);
    for (const svg of shot.querySelectorAll("svg")) {
      svg.querySelector(".mine")?.remove();
      const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const down = svg.viewBox.baseVal.height;
      const sizes = { x: (x - width / 2) * 1000, y: (y - height / 2) * down, width: width * 1000, height: height * down };
      for (const [name, value] of Object.entries(sizes)) box.setAttribute(name, value.toFixed(1));
      box.setAttribute("class", "mine");
      svg.append(box);
    }
    tell(shot, `window: {x: ${x.toFixed(3)}, y: ${y.toFixed(3)}, height: ${Number(height.toFixed(3))}}`);
  }

  async function copy(shot, button) {
    const code = shot.querySelector("code");
    try {
      await navigator.clipboard.writeText(`    ${code.textContent}\n`);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    const was = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = was; }, 1200);
  }

  for (const shot of shots) {
    for (const figure of shot.querySelectorAll("figure")) {
      figure.addEventListener("click", (event) => {
        const area = figure.querySelector("svg").getBoundingClientRect();
        shot.querySelector("select").value = "";
        shot.place = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
        draw(shot);
      });
    }
    shot.querySelector("input").addEventListener("input", () => draw(shot));
    shot.querySelector("select").addEventListener("change", (event) => {
      shot.place = null;
      for (const mine of shot.querySelectorAll(".mine")) mine.remove();
      tell(shot, event.target.value);
    });
    shot.querySelector("button").addEventListener("click", (event) => copy(shot, event.currentTarget));
  }
  shape.addEventListener("change", select);
  show.addEventListener("change", select);

  let at = -1;
  addEventListener("keydown", (event) => {
    if (event.target.closest("select, input, button") || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const open = shots.filter((shot) => !shot.hidden);
    if (!open.length) return;
    at = clamp(open.indexOf(shots[at]) + step, 0, open.length - 1);
    shots.forEach((shot) => shot.classList.toggle("at", shot === open[at]));
    open[at].scrollIntoView({ block: "nearest" });
    at = shots.indexOf(open[at]);
  });
  select();
})();
