"use strict";
/* An offline map of roads: decodes the page's data and draws it on a canvas. Texts enter the page as text nodes only. */
(function () {
  const root = document.documentElement;
  root.dataset.errors = "0";
  const count = () => { root.dataset.errors = String(Number(root.dataset.errors) + 1); };
  addEventListener("error", count);
  addEventListener("unhandledrejection", count);
  addEventListener("securitypolicyviolation", count);

  const data = JSON.parse(document.getElementById("data").textContent);
  const canvas = document.getElementById("map");
  const stage = canvas.parentElement;
  const pen = canvas.getContext("2d");
  const tip = document.getElementById("tip");
  const scale = document.getElementById("scale");
  const format = new Intl.NumberFormat(data.language === "de" ? "de-DE" : "en-GB");
  const view = { x: 0, y: 0, k: 1, fit: 1, w: 0, h: 0, moved: false };
  const PATHS_PER_STROKE = 400;  // long paths are slow to stroke: cost grows faster than their length
  const SLOW_MS = 40;            // paintings above this are put off while the hand moves
  const HIT_PX = 7;

  /* ---- decoding ---------------------------------------------------------------------------------------------- */
  function decode(lines) {
    let total = 0;
    for (const n of lines.n) total += n;
    const count = lines.n.length, xy = new Float32Array(2 * total);
    const start = new Int32Array(count + 1), box = new Float32Array(4 * count);
    let x = 0, y = 0, at = 0;
    for (let i = 0; i < count; i++) {
      let left = Infinity, low = Infinity, right = -Infinity, high = -Infinity;
      for (let j = 0; j < lines.n[i]; j++, at++) {
        x += lines.d[2 * at]; y += lines.d[2 * at + 1];
        xy[2 * at] = x; xy[2 * at + 1] = y;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < low) low = y;
        if (y > high) high = y;
      }
      start[i + 1] = at;
      box[4 * i] = left; box[4 * i + 1] = low; box[4 * i + 2] = right; box[4 * i + 3] = high;
    }
    return { n: count, xy, start, box };
  }
  const streets = decode(data.streets.lines), pieces = decode(data.left.lines);
  /* Sets of lines that are drawn alike and switched together, first to be painted first. */
  const layers = [];
  function addLayers(kind, lines, codes, entries) {
    const rows = entries.map(() => []);
    for (let i = 0; i < lines.n; i++) rows[codes[i]].push(i);
    entries.forEach((entry, code) => {
      if (rows[code].length) layers.push({ kind, lines, rows: rows[code], entry, shown: !entry.is_hidden, code });
    });
  }
  addLayers("left", pieces, data.left.reason, data.left.reasons);
  const leftLayers = layers.splice(0);
  addLayers("street", streets, data.streets.group, data.groups);
  layers.reverse();  // the main roads are named first and painted last
  layers.push(...leftLayers);

  /* ---- view -------------------------------------------------------------------------------------------------- */
  function boxOf(lines) {
    const b = [Infinity, Infinity, -Infinity, -Infinity];
    for (let o = 0; o < lines.box.length; o += 4) {
      b[0] = Math.min(b[0], lines.box[o]); b[1] = Math.min(b[1], lines.box[o + 1]);
      b[2] = Math.max(b[2], lines.box[o + 2]); b[3] = Math.max(b[3], lines.box[o + 3]);
    }
    return b;
  }
  /* The network, and what was left out as far as it lies not much farther off. */
  function bounds() {
    const kept = boxOf(streets), left = boxOf(pieces), x = 0.25 * (kept[2] - kept[0]), y = 0.25 * (kept[3] - kept[1]);
    return [
      Math.min(kept[0], Math.max(left[0], kept[0] - x)), Math.min(kept[1], Math.max(left[1], kept[1] - y)),
      Math.max(kept[2], Math.min(left[2], kept[2] + x)), Math.max(kept[3], Math.min(left[3], kept[3] + y)),
    ];
  }
  const extent = bounds();
  function fit() { place(); draw(); }
  function place() {
    view.fit = 0.94 * Math.min(view.w / Math.max(extent[2] - extent[0], 50), view.h / Math.max(extent[3] - extent[1], 50));
    view.k = view.fit; view.x = (extent[0] + extent[2]) / 2; view.y = (extent[1] + extent[3]) / 2; view.moved = false;
  }
  function zoom(factor, sx = view.w / 2, sy = view.h / 2) {
    const k = Math.min(Math.max(view.k * factor, view.fit * 0.4), Math.max(4 / data.grid_m, view.fit));
    view.x += (sx - view.w / 2) * (1 / view.k - 1 / k);
    view.y -= (sy - view.h / 2) * (1 / view.k - 1 / k);
    view.k = k; view.moved = true;
    draw(true);
  }
  function pan(dx, dy) { view.x -= dx / view.k; view.y += dy / view.k; view.moved = true; draw(true); }
  const px = (x) => (x - view.x) * view.k + view.w / 2;
  const py = (y) => view.h / 2 - (y - view.y) * view.k;
  function resize() {
    const w = stage.clientWidth, h = stage.clientHeight, dots = window.devicePixelRatio || 1;
    if (!w || !h) return;
    if (canvas.width !== Math.round(w * dots) || canvas.height !== Math.round(h * dots)) {
      canvas.width = Math.round(w * dots); canvas.height = Math.round(h * dots);
    }
    const first = !view.w;
    view.w = w; view.h = h;
    if (first || !view.moved) place();
    paint();  // at once: a canvas of another size is empty
  }

  /* ---- drawing ----------------------------------------------------------------------------------------------- */
  let waiting = false, later = 0, lastMs = 0, hovered = null;
  const picture = document.createElement("canvas");
  let pictured = null;
  function draw(moving = false) {
    clearTimeout(later);
    if (moving && lastMs > SLOW_MS && pictured) {
      if (!waiting) soon(shift);
      later = setTimeout(() => draw(), 120);
      return;
    }
    if (waiting) { later = setTimeout(() => draw(), 30); return; }
    soon(paint);
  }
  /* With the next frame; by the clock where no frames are shown (a hidden tab, a page that is being printed). */
  function soon(work) {
    waiting = true;
    let done = false;
    const run = () => { if (!done) { done = true; waiting = false; work(); } };
    requestAnimationFrame(run);
    setTimeout(run, 200);
  }
  function blank() {
    const dots = window.devicePixelRatio || 1;
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.fillStyle = "#f5f6f4";
    pen.fillRect(0, 0, view.w, view.h);
  }
  /* The last picture, moved and scaled, until there is time for a new one. */
  function shift() {
    blank();
    const s = view.k / pictured.k;
    const x = view.w / 2 + (pictured.x - view.x) * view.k - s * pictured.w / 2;
    const y = view.h / 2 - (pictured.y - view.y) * view.k - s * pictured.h / 2;
    pen.drawImage(picture, x, y, s * pictured.w, s * pictured.h);
    paintScale();
  }
  function paint() {
    const began = performance.now();
    blank();
    pen.lineCap = "round"; pen.lineJoin = "round";
    const growth = Math.min(Math.max(Math.pow(view.k / view.fit, 0.35), 0.8), 3);
    for (const layer of layers) {
      if (!layer.shown) continue;
      pen.strokeStyle = layer.entry.colour;
      pen.lineWidth = layer.entry.width * growth;
      pen.setLineDash(layer.kind === "left" ? [5, 3] : []);
      if (layer.kind === "left") pen.lineCap = "butt";
      strokeAll(layer);
    }
    pen.setLineDash([]);
    if (hovered) paintHovered(growth);
    lastMs = performance.now() - began;
    picture.width = canvas.width; picture.height = canvas.height;
    picture.getContext("2d").drawImage(canvas, 0, 0);
    pictured = { ...view };
    paintScale();
    root.dataset.ms = lastMs.toFixed(0);
    root.dataset.paints = String(Number(root.dataset.paints || 0) + 1);
    root.dataset.ready = "true";
  }
  function strokeAll(layer) {
    const { lines, rows } = layer, m = 10 / view.k;
    const west = view.x - view.w / 2 / view.k - m, east = view.x + view.w / 2 / view.k + m;
    const south = view.y - view.h / 2 / view.k - m, north = view.y + view.h / 2 / view.k + m;
    const dots = [];
    let open = 0;
    pen.beginPath();
    for (const i of rows) {
      const o = 4 * i;
      if (lines.box[o] > east || lines.box[o + 2] < west || lines.box[o + 1] > north || lines.box[o + 3] < south) continue;
      if (lines.start[i + 1] - lines.start[i] === 1) { dots.push(i); continue; }
      trace(lines, i);
      if (++open === PATHS_PER_STROKE) { pen.stroke(); pen.beginPath(); open = 0; }
    }
    pen.stroke();
    for (const i of dots) {
      const at = 2 * lines.start[i];
      pen.beginPath();
      pen.arc(px(lines.xy[at]), py(lines.xy[at + 1]), 4.5, 0, 2 * Math.PI);
      pen.fillStyle = layer.entry.colour; pen.fill();
      pen.setLineDash([]); pen.lineWidth = 1.2; pen.strokeStyle = "#fff"; pen.stroke();
    }
  }
  /* Steps below a pixel are left out. */
  function trace(lines, i) {
    const last = lines.start[i + 1] - 1;
    let at = lines.start[i], x = px(lines.xy[2 * at]), y = py(lines.xy[2 * at + 1]);
    pen.moveTo(x, y);
    for (at++; at <= last; at++) {
      const nx = px(lines.xy[2 * at]), ny = py(lines.xy[2 * at + 1]);
      if (at < last && Math.abs(nx - x) + Math.abs(ny - y) < 1) continue;
      pen.lineTo(nx, ny); x = nx; y = ny;
    }
  }
  function paintHovered(growth) {
    const { layer, row } = hovered, lines = layer.lines;
    pen.strokeStyle = "#17232e"; pen.lineWidth = layer.entry.width * growth + 3; pen.globalAlpha = 0.45;
    if (lines.start[row + 1] - lines.start[row] > 1) { pen.beginPath(); trace(lines, row); pen.stroke(); }
    pen.globalAlpha = 1;
  }
  function paintScale() {
    const most = (140 / view.k) * data.grid_m, power = Math.pow(10, Math.floor(Math.log10(most)));
    const metres = [5, 2, 1].map((s) => s * power).find((v) => v <= most);
    scale.style.width = `${(metres / data.grid_m) * view.k}px`;
    scale.textContent = metres >= 1000 ? `${format.format(metres / 1000)} km` : `${format.format(metres)} m`;
  }

  /* ---- what lies under the hand ------------------------------------------------------------------------------ */
  function nearest(sx, sy) {
    const x = view.x + (sx - view.w / 2) / view.k, y = view.y - (sy - view.h / 2) / view.k, reach = HIT_PX / view.k;
    let best = reach, found = null;
    for (const layer of layers) {
      if (!layer.shown) continue;
      const { box, xy, start } = layer.lines;
      for (const i of layer.rows) {
        const o = 4 * i;
        if (box[o] > x + reach || box[o + 2] < x - reach || box[o + 1] > y + reach || box[o + 3] < y - reach) continue;
        for (let at = start[i]; at < Math.max(start[i + 1] - 1, start[i] + 1); at++) {
          const end = Math.min(at + 1, start[i + 1] - 1);
          const ax = xy[2 * at], ay = xy[2 * at + 1], dx = xy[2 * end] - ax, dy = xy[2 * end + 1] - ay;
          const size = dx * dx + dy * dy;
          const t = size ? Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / size, 0), 1) : 0;
          const far = Math.hypot(x - ax - t * dx, y - ay - t * dy);
          if (far < best) { best = far; found = { layer, row: i }; }
        }
      }
    }
    return found;
  }
  function line(parent, text, strong) {
    const element = document.createElement(strong ? "strong" : "span");
    element.textContent = text;
    parent.append(element);
  }
  const bothWays = (there, back) => (back === undefined || back === there ? format.format(there) : `${format.format(there)} / ${format.format(back)}`);
  function describe({ layer, row }) {
    tip.replaceChildren();
    if (layer.kind === "left") {
      line(tip, data.texts.left, true);
      line(tip, layer.entry.name);
      if (data.left.way[row]) line(tip, `${data.texts.way} ${data.left.way[row]}`);
      return;
    }
    const s = data.streets, name = s.names[s.name[row]], back = s.back[row] || [];
    line(tip, name || layer.entry.name, true);
    if (name) line(tip, layer.entry.name);
    const speed = bothWays(s.speed[row], back[0]), lanes = bothWays(s.lanes[row], back[1]);
    line(tip, `${format.format(s.length[row])} m · ${speed} km/h · ${data.texts.lanes}: ${lanes}`);
    if (!back.length) line(tip, data.texts.one_way);
    if (s.access[row]) line(tip, data.texts.destination);
    line(tip, data.uses.filter((_, bit) => s.modes[row] & (1 << bit)).join(", "));
  }
  function point(event) {
    const frame = canvas.getBoundingClientRect(), sx = event.clientX - frame.x, sy = event.clientY - frame.y;
    const found = nearest(sx, sy), before = hovered;
    hovered = found;
    tip.hidden = !found;
    if (found) {
      describe(found);
      tip.style.left = `${Math.max(6, Math.min(sx + 14, view.w - tip.offsetWidth - 6))}px`;
      tip.style.top = `${Math.max(6, sy + 18 + tip.offsetHeight > view.h ? sy - tip.offsetHeight - 12 : sy + 18)}px`;
    }
    const same = before && found && before.layer === found.layer && before.row === found.row;
    if (!same && (before || found) && lastMs <= SLOW_MS) draw();
  }

  /* ---- hands ------------------------------------------------------------------------------------------------- */
  const held = new Map();
  canvas.addEventListener("pointerdown", (event) => {
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    try { canvas.setPointerCapture(event.pointerId); } catch { /* made by a script: nothing to capture */ }
    tip.hidden = true;
  });
  canvas.addEventListener("pointermove", (event) => {
    const from = held.get(event.pointerId);
    if (!from) { if (event.pointerType !== "touch") point(event); return; }
    const others = [...held.entries()].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    if (others.length) {
      const o = others[0], frame = canvas.getBoundingClientRect();
      const before = Math.hypot(from.x - o.x, from.y - o.y), now = Math.hypot(event.clientX - o.x, event.clientY - o.y);
      if (before > 5 && now > 5) zoom(now / before, (event.clientX + o.x) / 2 - frame.x, (event.clientY + o.y) / 2 - frame.y);
    } else pan(event.clientX - from.x, event.clientY - from.y);
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  const release = (event) => {
    held.delete(event.pointerId);
    if (event.pointerType === "touch") point(event);
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", (event) => held.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; hovered = null; });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const frame = canvas.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.03 : 0.0015)), event.clientX - frame.x, event.clientY - frame.y);
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => {
    const frame = canvas.getBoundingClientRect();
    zoom(2, event.clientX - frame.x, event.clientY - frame.y);
  });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (moves[event.key]) pan(...moves[event.key]);
    else if (event.key === "+") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  });
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.6));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.6));
  document.getElementById("zoom-reset").addEventListener("click", fit);

  /* ---- legend and switches ----------------------------------------------------------------------------------- */
  function legend(kind, id) {
    const section = document.getElementById(id), master = section.querySelector(".master"), list = section.querySelector("ul");
    const mine = layers.filter((layer) => layer.kind === kind).sort((a, b) => a.code - b.code);
    section.hidden = !mine.length;
    const boxes = mine.map((layer) => {
      const item = document.createElement("li"), label = document.createElement("label");
      const box = document.createElement("input"), swatch = document.createElement("i"), text = document.createElement("span");
      const amount = document.createElement("b");
      box.type = "checkbox"; box.checked = layer.shown;
      box.dataset.layer = `${kind}-${layer.code}`;
      swatch.style.background = layer.entry.colour;
      if (layer.entry.is_place) swatch.className = "place";
      else swatch.style.height = `${Math.max(2, layer.entry.width * 1.4)}px`;
      text.textContent = layer.entry.name; amount.textContent = layer.entry.amount;
      box.addEventListener("change", () => { layer.shown = box.checked; sum(); draw(); });
      label.append(box, swatch, text, amount); item.append(label); list.append(item);
      return box;
    });
    const sum = () => {
      master.checked = boxes.some((box) => box.checked);
      master.indeterminate = master.checked && !boxes.every((box) => box.checked);
    };
    sum();
    master.addEventListener("change", () => {
      boxes.forEach((box, i) => { box.checked = master.checked; mine[i].shown = master.checked; });
      draw();
    });
  }
  legend("street", "kept");
  legend("left", "left-out");
  root.dataset.streets = String(streets.n);
  root.dataset.pieces = String(pieces.n);
  resize();
  new ResizeObserver(() => { if (stage.clientWidth !== view.w || stage.clientHeight !== view.h) resize(); }).observe(stage);
})();
