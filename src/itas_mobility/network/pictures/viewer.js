"use strict";
/* An offline map of roads: what is in the network and what was left out, switched on and off by a legend. */
(function () {
  const { decode, boxOf, element, makeMap } = window.itasCanvas;
  const data = JSON.parse(document.getElementById("data").textContent);
  const format = new Intl.NumberFormat(data.language === "de" ? "de-DE" : "en-GB");
  const HIT_PX = 7, POINT_PX = 4.5;
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

  /* The network, and what was left out as far as it lies not much farther off. */
  function networkExtent() {
    const kept = boxOf(streets), left = boxOf(pieces), x = 0.25 * (kept[2] - kept[0]), y = 0.25 * (kept[3] - kept[1]);
    return [
      Math.min(kept[0], Math.max(left[0], kept[0] - x)), Math.min(kept[1], Math.max(left[1], kept[1] - y)),
      Math.max(kept[2], Math.min(left[2], kept[2] + x)), Math.max(kept[3], Math.min(left[3], kept[3] + y)),
    ];
  }
  const scale = document.getElementById("scale");
  const map = makeMap({
    gridM: data.grid_m, extent: networkExtent(), closest: (fit) => Math.max(4 / data.grid_m, fit), ground: () => "#f5f6f4",
    paint: paintNetwork, find: findLine, describe: describeLine, format: (number) => format.format(number), scale: { bar: scale, text: scale },
  });
  const { view, pen, tip, draw } = map;

  /* ---- drawing ----------------------------------------------------------------------------------------------- */
  function paintNetwork() {
    const growth = Math.min(Math.max(Math.pow(view.k / view.fit, 0.35), 0.8), 3);
    for (const { lines, rows, entry, kind } of layers.filter((layer) => layer.shown)) {
      const dashed = kind === "left" ? { dash: [5, 3], cap: "butt" } : {};
      map.strokeLines(lines, rows, { colour: entry.colour, width: entry.width * growth, ...dashed });
      for (const i of rows) if (lines.start[i + 1] - lines.start[i] === 1 && map.seen(lines, i)) paintPoint(lines, i, entry.colour);
    }
    if (map.hovered) {
      const { layer, row } = map.hovered;
      pen.globalAlpha = 0.45;
      map.strokeLines(layer.lines, [row], { colour: "#17232e", width: layer.entry.width * growth + 3 });
      pen.globalAlpha = 1;
    }
    document.documentElement.dataset.ready = "true";
  }
  function paintPoint(lines, i, colour) {
    const at = 2 * lines.start[i];
    pen.beginPath();
    pen.arc(map.px(lines.xy[at]), map.py(lines.xy[at + 1]), POINT_PX, 0, 2 * Math.PI);
    pen.fillStyle = colour; pen.fill();
    pen.lineWidth = 1.2; pen.strokeStyle = "#fff"; pen.stroke();
  }

  /* ---- what lies under the hand ------------------------------------------------------------------------------ */
  function findLine(sx, sy) {
    let within = HIT_PX, found = null;
    for (const layer of layers.filter((one) => one.shown)) {
      const hit = map.nearest(layer.lines, layer.rows, sx, sy, within);
      if (hit) { within = hit.distance; found = { layer, row: hit.row }; }
    }
    return found;
  }
  const bothWays = (there, back) => (back === undefined || back === there ? format.format(there) : `${format.format(there)} / ${format.format(back)}`);
  function describeLine({ layer, row }) {
    const tell = (text) => tip.append(element("span", "", text));
    if (layer.kind === "left") {
      tip.append(element("strong", "", data.texts.left));
      tell(layer.entry.name);
      if (data.left.way[row]) tell(`${data.texts.way} ${data.left.way[row]}`);
      return;
    }
    const s = data.streets, name = s.names[s.name[row]], back = s.back[row] || [];
    tip.append(element("strong", "", name || layer.entry.name));
    if (name) tell(layer.entry.name);
    const speed = bothWays(s.speed[row], back[0]), lanes = bothWays(s.lanes[row], back[1]);
    tell(`${format.format(s.length[row])} m · ${speed} km/h · ${data.texts.lanes}: ${lanes}`);
    if (!back.length) tell(data.texts.one_way);
    if (s.access[row]) tell(data.texts.destination);
    tell(data.uses.filter((_, bit) => s.modes[row] & (1 << bit)).join(", "));
  }

  /* ---- legend and switches ----------------------------------------------------------------------------------- */
  function addLegend(kind, id) {
    const section = document.getElementById(id), master = section.querySelector(".master"), list = section.querySelector("ul");
    const mine = layers.filter((layer) => layer.kind === kind).sort((a, b) => a.code - b.code);
    section.hidden = !mine.length;
    const boxes = mine.map((layer) => {
      const item = element("li"), label = element("label"), box = element("input"), swatch = element("i");
      box.type = "checkbox"; box.checked = layer.shown;
      box.dataset.layer = `${kind}-${layer.code}`;
      swatch.style.background = layer.entry.colour;
      if (layer.entry.is_place) swatch.className = "place";
      else swatch.style.height = `${Math.max(2, layer.entry.width * 1.4)}px`;
      box.addEventListener("change", () => { layer.shown = box.checked; sum(); draw(); });
      label.append(box, swatch, element("span", "", layer.entry.name), element("b", "", layer.entry.amount));
      item.append(label); list.append(item);
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
  addLegend("street", "kept");
  addLegend("left", "left-out");
  document.documentElement.dataset.streets = String(streets.n);
  document.documentElement.dataset.pieces = String(pieces.n);
  map.start();
})();
