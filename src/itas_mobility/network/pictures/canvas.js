"use strict";
/* What every map on a canvas needs: lines out of the page's data, the view and how hands and keys move it, drawing when
   there is time for it, lines on the screen and the one under the pointer. What a map shows is the page's own affair. */
window.itasCanvas = (function () {
  const root = document.documentElement;
  root.dataset.errors = "0";
  const countError = () => { root.dataset.errors = String(Number(root.dataset.errors) + 1); };
  for (const kind of ["error", "unhandledrejection", "securitypolicyviolation"]) addEventListener(kind, countError);

  const PATHS_PER_STROKE = 400;  // long paths are slow to stroke: cost grows faster than their length
  const SLOW_MS = 40;            // paintings above this are put off while the hand moves
  const SEEN_MARGIN_PX = 12;
  const SCALE_BAR_PX = 140;      // at most
  const SMALLEST_M = 50;         // a single junction does not fill the screen

  /* Lines as the page holds them: points of each, and one chain of differences from point to point across all. */
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
  /* West, south, east and north end of lines; infinite where there is none. */
  function boxOf(lines, isWanted = () => true) {
    const ends = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < lines.n; i++) {
      if (!isWanted(i)) continue;
      for (const end of [0, 1]) {
        ends[end] = Math.min(ends[end], lines.box[4 * i + end]);
        ends[2 + end] = Math.max(ends[2 + end], lines.box[4 * i + 2 + end]);
      }
    }
    return ends;
  }
  /* Texts enter a page as text nodes, never as markup. */
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* A map on the page's canvas. Given by the page: gridM, metres of a step of the lines; extent, its ends in steps;
     closest(fit), the most pixels of a step; ground(), the colour below all; paint(); find(sx, sy), what lies at a place
     of the screen, or null; describe(found), which fills the tip; format(number); scale, the bar and its text; and, where
     the page scrolls past the map, the hint how to take hold of it. Nothing is painted before start(). */
  function makeMap({ gridM, extent, closest, ground, paint, find, describe, format, scale, hint = null }) {
    const canvas = document.getElementById("map"), tip = document.getElementById("tip");
    const stage = canvas.parentElement, pen = canvas.getContext("2d");
    const view = { x: 0, y: 0, k: 1, fit: 1, w: 0, h: 0, moved: false };
    const map = { view, pen, tip, hovered: null };

    /* ---- view ------------------------------------------------------------------------------------------------ */
    function place() {
      const least = SMALLEST_M / gridM;
      const across = Math.max(extent[2] - extent[0], least), up = Math.max(extent[3] - extent[1], least);
      view.fit = 0.94 * Math.min(view.w / across, view.h / up);
      view.k = view.fit; view.x = (extent[0] + extent[2]) / 2; view.y = (extent[1] + extent[3]) / 2; view.moved = false;
    }
    function fit() { place(); draw(); }
    function zoom(factor, sx = view.w / 2, sy = view.h / 2) {
      const k = Math.min(Math.max(view.k * factor, view.fit * 0.35), closest(view.fit));
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
      paintAll();  // at once: a canvas of another size is empty
    }

    /* ---- drawing --------------------------------------------------------------------------------------------- */
    let waiting = false, later = 0, lastMs = 0, pictured = null;
    const picture = document.createElement("canvas");
    function draw(moving = false) {
      clearTimeout(later);
      if (moving && lastMs > SLOW_MS && pictured) {
        if (!waiting) soon(shift);
        later = setTimeout(() => draw(), 120);
        return;
      }
      if (waiting) { later = setTimeout(() => draw(), 30); return; }
      soon(paintAll);
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
      pen.setTransform(canvas.width / view.w, 0, 0, canvas.height / view.h, 0, 0);
      pen.fillStyle = ground();
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
    function paintAll() {
      const began = performance.now();
      blank();
      paint();
      lastMs = performance.now() - began;
      picture.width = canvas.width; picture.height = canvas.height;
      picture.getContext("2d").drawImage(canvas, 0, 0);
      pictured = { ...view };
      paintScale();
      root.dataset.ms = lastMs.toFixed(0);
      root.dataset.paints = String(Number(root.dataset.paints || 0) + 1);
    }
    function paintScale() {
      const most = (SCALE_BAR_PX / view.k) * gridM, power = Math.pow(10, Math.floor(Math.log10(most)));
      const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= most) || power;
      scale.bar.style.width = `${(metres / gridM) * view.k}px`;
      scale.text.textContent = metres >= 1000 ? `${format(metres / 1000)} km` : `${format(metres)} m`;
    }
    function seen(lines, i) {
      const dx = (view.w / 2 + SEEN_MARGIN_PX) / view.k, dy = (view.h / 2 + SEEN_MARGIN_PX) / view.k, b = 4 * i;
      return lines.box[b] < view.x + dx && lines.box[b + 2] > view.x - dx && lines.box[b + 1] < view.y + dy && lines.box[b + 3] > view.y - dy;
    }
    /* Adds a line to the path; steps below a pixel are left out. */
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
    /* Lines of one look. Translucent ones are one path: where two paths cross, the colour would be laid on twice. */
    function strokeLines(lines, rows, { colour, width, dash = [], cap = "round" }) {
      pen.strokeStyle = colour; pen.lineWidth = width; pen.lineCap = cap; pen.lineJoin = "round"; pen.setLineDash(dash);
      const most = pen.globalAlpha < 1 ? Infinity : PATHS_PER_STROKE;
      let traced = 0;
      pen.beginPath();
      for (const i of rows) {
        if (lines.start[i + 1] - lines.start[i] < 2 || !seen(lines, i)) continue;
        trace(lines, i);
        if (++traced === most) { pen.stroke(); pen.beginPath(); traced = 0; }
      }
      pen.stroke();
      pen.setLineDash([]);
    }

    /* ---- what lies under the hand ---------------------------------------------------------------------------- */
    const at = (sx, sy) => [view.x + (sx - view.w / 2) / view.k, view.y - (sy - view.h / 2) / view.k];
    /* The nearest of some lines and its distance, if that is less than `within` pixels; pixels of handicap count as distance. */
    function nearest(lines, rows, sx, sy, within, handicap = () => 0) {
      const { box, xy, start } = lines, [x, y] = at(sx, sy), reach = within / view.k;
      let found = null, least = within;
      for (const i of rows) {
        const b = 4 * i;
        if (box[b] > x + reach || box[b + 2] < x - reach || box[b + 1] > y + reach || box[b + 3] < y - reach) continue;
        const last = start[i + 1] - 1;
        for (let from = start[i]; from < Math.max(last, start[i] + 1); from++) {
          const to = Math.min(from + 1, last);
          const ax = xy[2 * from], ay = xy[2 * from + 1], dx = xy[2 * to] - ax, dy = xy[2 * to + 1] - ay;
          const size = dx * dx + dy * dy;
          const t = size ? Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / size, 0), 1) : 0;
          const distance = Math.hypot(x - ax - t * dx, y - ay - t * dy) * view.k + handicap(i);
          if (distance < least) { least = distance; found = i; }
        }
      }
      return found === null ? null : { row: found, distance: least };
    }
    const isSame = (a, b) => a === b || (a !== null && b !== null && Object.keys(a).every((key) => a[key] === b[key]));
    function point(sx, sy) {
      const found = find(sx, sy), isNew = !isSame(found, map.hovered);
      map.hovered = found;
      if (isNew) {
        tip.replaceChildren();
        if (found) describe(found);
        draw(true);
      }
      tip.hidden = !found;
      if (!found) return;
      const w = tip.offsetWidth, h = tip.offsetHeight;
      tip.style.left = `${Math.max(4, Math.min(sx + 16, view.w - w - 6))}px`;
      tip.style.top = `${Math.max(4, sy + 18 + h > view.h ? sy - h - 12 : sy + 18)}px`;
    }
    function leave() {
      tip.hidden = true;
      if (map.hovered) { map.hovered = null; draw(true); }
    }

    /* ---- hands ----------------------------------------------------------------------------------------------- */
    const held = new Map();
    let travelled = 0;
    const spot = (event) => { const frame = canvas.getBoundingClientRect(); return [event.clientX - frame.left, event.clientY - frame.top]; };
    canvas.addEventListener("pointerdown", (event) => {
      try { canvas.setPointerCapture(event.pointerId); } catch { /* made by a script: nothing to capture */ }
      held.set(event.pointerId, spot(event));
      travelled = 0;
      canvas.focus({ preventScroll: true });
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = spot(event), before = held.get(event.pointerId);
      if (!before) { if (event.pointerType !== "touch") point(...now); return; }
      held.set(event.pointerId, now);
      if (held.size === 1) {
        travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
        if (travelled > 3) { canvas.classList.add("dragging"); tip.hidden = true; pan(now[0] - before[0], now[1] - before[1]); }
      } else if (held.size === 2) {
        travelled = Infinity;
        const other = [...held].find(([id]) => id !== event.pointerId)[1];
        const old = Math.hypot(before[0] - other[0], before[1] - other[1]), wide = Math.hypot(now[0] - other[0], now[1] - other[1]);
        pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
        if (old > 0 && wide > 0) zoom(wide / old, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      }
    });
    const lift = (event) => {
      const known = held.delete(event.pointerId);
      canvas.classList.remove("dragging");
      if (known && travelled <= 3 && event.type === "pointerup") point(...spot(event));
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch" && !held.size) leave(); });
    canvas.addEventListener("dblclick", (event) => zoom(event.shiftKey ? 0.5 : 2, ...spot(event)));
    let hinting = 0;
    canvas.addEventListener("wheel", (event) => {
      // the page scrolls past the map unless the reader has taken hold of it
      if (hint && document.activeElement !== canvas && !event.ctrlKey && !event.metaKey) {
        hint.classList.add("on"); clearTimeout(hinting); hinting = setTimeout(() => hint.classList.remove("on"), 1100);
        return;
      }
      event.preventDefault();
      zoom(Math.exp(-Math.max(-120, Math.min(120, event.deltaY * (event.deltaMode ? 30 : 1))) * 0.0022), ...spot(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 180 : 60;
      const keys = { ArrowLeft: () => pan(step, 0), ArrowRight: () => pan(-step, 0), ArrowUp: () => pan(0, step), ArrowDown: () => pan(0, -step),
        "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: fit, Home: fit, Escape: leave };
      if (keys[event.key] && !event.ctrlKey && !event.metaKey) { event.preventDefault(); keys[event.key](); }
    });
    document.getElementById("zoom-in").addEventListener("click", () => zoom(1.6));
    document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.6));
    document.getElementById("zoom-reset").addEventListener("click", fit);

    function start() {
      resize();
      new ResizeObserver(() => { if (stage.clientWidth !== view.w || stage.clientHeight !== view.h) resize(); }).observe(stage);
    }
    return Object.assign(map, { px, py, draw, trace, strokeLines, seen, at, nearest, leave, start });
  }

  return { decode, boxOf, element, makeMap };
})();
