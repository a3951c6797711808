"use strict";
/* The map of the report: what it shows of each run, its legend, tips and tables. */
(function () {
  const { decode, boxOf, element, makeMap } = window.itasCanvas;
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const source = data.map;
  const legend = document.getElementById("legend"), scale = document.getElementById("scale");
  const state = { run: data.shown, layer: "volume", language: root.lang, sites: true, names: true, transit: false, shift: 0 };
  const INTERNAL = 0, EXTERNAL = 2, LAST_MAIN_CLASS = 7;
  const REACHABLE = "reachable_share", CAR = "car_share";
  const SHIFT_LAYERS = ["shift", "shift_change"];
  const SATURATION_STEPS = [50, 80, 100];
  const HIT_PX = 7, STOPS_FROM_ZOOM = 1.6;
  let colours = {};

  /* ---- decoding ---------------------------------------------------------------------------------------------- */
  const streets = decode(source.roads.lines);
  const everyStreet = Array.from({ length: streets.n }, (_, i) => i);
  const rings = decode(source.zones.rings);
  const stops = decode(source.transit.stops).xy;
  const zoneRings = source.zones.name.map(() => []);
  source.zones.rings.n.forEach((_, ring) => zoneRings[source.zones.owner[ring]].push(ring));

  /* Of each run: both directions, their sum, and the higher saturation of the two. */
  const loads = data.runs.map((_, run) => {
    const forward = new Float32Array(streets.n), backward = new Float32Array(streets.n).fill(NaN);
    const sum = new Float32Array(streets.n), saturation = new Float32Array(streets.n);
    const take = (column, at) => {
      const value = source.roads[column][run][at];
      if (value === null) return NaN;
      return run === 0 ? value : value + (source.roads[column][0][at] || 0);
    };
    for (let i = 0, at = 0; i < streets.n; i++) {
      forward[i] = take("volume", at);
      let worst = take("saturation", at);
      at++;
      if (source.roads.two[i]) {
        backward[i] = take("volume", at);
        const other = take("saturation", at);
        worst = isNaN(worst) || other > worst ? other : worst;
        at++;
      }
      sum[i] = isNaN(forward[i]) && isNaN(backward[i]) ? NaN : (forward[i] || 0) + (backward[i] || 0);
      saturation[i] = worst;
    }
    return { forward, backward, sum, saturation };
  });
  /* Of each site and shift: who reaches it from which zone. The codes are those of encode_shifts. */
  const shifts = source.shifts;
  const TENTHS = 10, WAITED = 10, TIME = -4;
  const REACHED = 0, WRONG_TIME = 1, NO_RIDE = 2, NO_STOP_HOME = 3, NO_STOP_GATE = 4;
  const RESULT_OF_CAUSE = { "-1": NO_STOP_HOME, "-2": NO_STOP_GATE, "-3": NO_RIDE, "-4": WRONG_TIME };
  const GAINED = 0, LOST = 1, STILL = 2, STILL_NOT = 3;
  const shiftOf = (run) => shifts.rows.length ? shifts.values[run][state.shift] : null;
  const entry = (shift, column, zone) => shift === null ? null : shifts.columns[shift[column]][zone];
  /* Of two ways that fail, the cause that is hardest to mend: it comes first among the codes -1, -2, ... */
  function shiftResult(run, zone) {
    const shift = shiftOf(run), out = entry(shift, "out", zone), back = entry(shift, "back", zone);
    if (out === null) return null;
    const failing = [out, back].filter((v) => v < 0);
    return failing.length ? RESULT_OF_CAUSE[Math.max(...failing)] : REACHED;
  }
  function shiftChange(zone) {
    const before = shiftResult(0, zone), now = shiftResult(state.run, zone);
    if (before === null || now === null) return null;
    return now === REACHED ? (before === REACHED ? STILL : GAINED) : before === REACHED ? LOST : STILL_NOT;
  }
  const shiftClass = (zone) => (state.layer === "shift" ? shiftResult(state.run, zone) : shiftChange(zone));
  const shiftColour = (value) => colours[(state.layer === "shift" ? "r" : "g") + value];
  const shiftWord = (value) => say((state.layer === "shift" ? "legend_shift_" : "legend_change_") + value);

  const strongest = (values) => {
    const sorted = Float32Array.from(values).filter((v) => v > 0).sort();
    return sorted.length ? sorted[Math.floor(0.998 * (sorted.length - 1))] : 1;
  };
  const topVolume = strongest(loads[0].sum);
  const changes = loads.map((load) => load.sum.map((v, i) => (v || 0) - (loads[0].sum[i] || 0)));
  const topChange = Math.max(20, ...changes.slice(1).map((values) => strongest(values.map(Math.abs))));

  /* ---- words and numbers ------------------------------------------------------------------------------------- */
  const say = (key) => data.texts[state.language][key];
  const locale = () => (state.language === "de" ? "de-DE" : "en-GB");
  const whole = (v) => (v === null || isNaN(v) ? "–" : new Intl.NumberFormat(locale()).format(Math.round(v)));
  const signed = (v) => (Math.round(v) > 0 ? "+" : Math.round(v) < 0 ? "\u2212" : "±") + whole(Math.abs(v));
  const percent = (perMille) => perMille === null || perMille === undefined ? "–"
    : new Intl.NumberFormat(locale(), { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(perMille / 10) + "\u202f%";
  const fill = (key, n) => say(key).replaceAll("{}", whole(n));
  const pick = (pair) => pair[state.language === "de" ? 0 : 1];
  /* Of the shares that colour the zones, that of a column; undefined where the map shows something else. */
  const shareLayer = (column) => source.zones.layers.find((one) => one.column === column);
  const shareWords = (column) => shareLayer(column).label[state.language];
  /* A share, or a quantity in the unit of its layer. */
  const quantity = (layer, v) => (layer.unit === null ? percent(v) : v === null ? "–" : whole(v) + "\u202f" + layer.unit[state.language]);

  function readColours() {
    const style = getComputedStyle(root);
    colours = new Proxy({}, { get: (kept, name) => kept[name] || (kept[name] = style.getPropertyValue("--" + name).trim()) });
  }

  /* ---- view -------------------------------------------------------------------------------------------------- */
  function regionExtent() {
    const inside = boxOf(rings, (ring) => source.zones.kind[source.zones.owner[ring]] === INTERNAL);
    return [inside, boxOf(streets), [-100, -100, 100, 100]].find((box) => box.every(Number.isFinite));
  }
  readColours();
  const map = makeMap({
    gridM: source.grid_m, extent: regionExtent(), closest: (fit) => Math.max(fit * 60, 1), ground: () => colours["map-ground"],
    paint: paintMap, find: findPlace, describe: describePlace, format: whole,
    scale: { bar: scale.firstElementChild, text: scale.lastElementChild }, hint: document.getElementById("hint"),
  });
  const { view, pen, tip, px, py, draw, trace, strokeLines, leave } = map;
  const isHovered = (kind, index) => map.hovered !== null && map.hovered.kind === kind && map.hovered.index === index;
  const isClose = (zoomed) => view.k / view.fit >= zoomed;

  /* ---- drawing ----------------------------------------------------------------------------------------------- */
  const isRoadLayer = () => state.layer === "volume" || state.layer === "difference";
  const growth = () => Math.min(Math.max(Math.pow(view.k / view.fit, 0.4), 0.75), 2.6);
  const volumeWidth = (v) => (0.8 + 8.2 * Math.sqrt(Math.min(v / topVolume, 1.4))) * growth();
  const changeWidth = (v) => (1.4 + 7.5 * Math.sqrt(Math.min(Math.abs(v) / topChange, 1.4))) * growth();
  const saturationStep = (s) => { let i = 0; while (i < SATURATION_STEPS.length && s >= SATURATION_STEPS[i]) i++; return i; };

  /* Steps of a share's colour scale: fixed for shares that fill the range, else six even steps up to the highest. */
  function zoneScale(layer) {
    let top = 0;
    for (const run of source.zones.values) run[layer].forEach((v, i) => { if (v !== null && source.zones.kind[i] === INTERNAL) top = Math.max(top, v); });
    if (shareLayer(layer).unit !== null) {
      const power = Math.max(1, Math.pow(10, Math.floor(Math.log10(Math.max(top, 1))) - 1)); // whole steps
      return [6, 12, 18, 24, 30, 42, 60, 90, 120].map((room) => room * power).find((room) => room >= top) || top;
    }
    const rooms = [60, 120, 180, 300, 420, 600, 780, 1000];
    return rooms.find((room) => room >= top) || 1000;
  }
  const zoneStep = (value, top) => Math.min(5, Math.floor((6 * value) / top));

  /* Colour of each zone in the layer that is shown; none for zones without a value. */
  function zoneColours() {
    if (SHIFT_LAYERS.includes(state.layer)) {
      return (zone) => { const value = shiftClass(zone); return value === null ? null : shiftColour(value); };
    }
    if (!shareLayer(state.layer)) return () => null;
    const top = zoneScale(state.layer), values = source.zones.values[state.run][state.layer];
    return (zone) => (values[zone] === null ? null : colours["z" + zoneStep(values[zone], top)]);
  }
  function traceZone(zone) {
    pen.beginPath();
    for (const ring of zoneRings[zone]) { trace(rings, ring); pen.closePath(); }
  }
  function paintZones() {
    const colourOf = zoneColours();
    pen.lineJoin = "round";
    for (const kind of [EXTERNAL, INTERNAL]) {
      for (let zone = 0; zone < zoneRings.length; zone++) {
        if (source.zones.kind[zone] !== kind || !zoneRings[zone].some((ring) => map.seen(rings, ring))) continue;
        traceZone(zone);
        pen.fillStyle = (kind === INTERNAL && colourOf(zone)) || colours[kind === INTERNAL ? "map-zone" : "map-outside"];
        pen.fill("evenodd");
        pen.strokeStyle = colours["map-border"];
        pen.lineWidth = kind === INTERNAL ? 0.9 : 0.6;
        pen.stroke();
      }
    }
    if (map.hovered && map.hovered.kind === "zone") {
      traceZone(map.hovered.index);
      pen.strokeStyle = colours["map-label"]; pen.lineWidth = 2; pen.stroke();
    }
  }

  function paintRoads() {
    const layer = state.layer, load = loads[state.run], change = changes[state.run], base = loads[0];
    const quiet = [{ rows: [], colour: colours["map-road"], width: 0.7 * growth() }, { rows: [], colour: colours["map-road-strong"], width: 1.5 * growth() }];
    const loud = [];
    const removed = { rows: [], colour: colours.closed, width: 2.6 * growth(), dash: [7, 6] };
    const BUCKETS = 10;
    const threshold = Math.max(5, 0.004 * topChange);
    for (let i = 0; i < streets.n; i++) {
      const main = source.roads.cls[i] <= LAST_MAIN_CLASS;
      if (layer === "volume" || layer === "difference") {
        if (isNaN(load.sum[i])) { if (!isNaN(base.sum[i])) removed.rows.push(i); continue; }
        const isChange = layer === "difference";
        if (isChange ? Math.abs(change[i]) >= threshold : load.sum[i] >= 1) {
          const part = Math.sqrt(Math.min(isChange ? Math.abs(change[i]) / topChange : load.sum[i] / topVolume, 1.4)) / Math.sqrt(1.4);
          const bucket = Math.min(BUCKETS - 1, Math.floor(part * BUCKETS));
          const colour = isChange ? (change[i] < 0 ? 0 : 1) : saturationStep(load.saturation[i]);
          const at = bucket * 4 + colour;
          if (!loud[at]) {
            const middle = Math.pow(((bucket + 0.5) / BUCKETS) * Math.sqrt(1.4), 2);
            loud[at] = { rows: [], colour: isChange ? colours[colour ? "d-more" : "d-less"] : colours["v" + colour], width: isChange ? changeWidth(middle * topChange) : volumeWidth(middle * topVolume) };
          }
          loud[at].rows.push(i);
          continue;
        }
      } else if (!main && !isClose(2)) continue;
      quiet[main ? 1 : 0].rows.push(i);
    }
    if (!isRoadLayer()) pen.globalAlpha = SHIFT_LAYERS.includes(layer) ? 0.35 : 0.55;
    for (const group of quiet) strokeLines(streets, group.rows, group);
    pen.globalAlpha = 1;
    for (const group of loud) if (group) strokeLines(streets, group.rows, group);
    strokeLines(streets, removed.rows, removed);
    if (map.hovered && map.hovered.kind === "street") strokeLines(streets, [map.hovered.index], { colour: colours["map-label"], width: 2 });
  }

  function paintTransit() {
    pen.lineJoin = "round"; pen.lineCap = "round";
    for (const line of source.transit.lines) {
      pen.beginPath();
      line.stops.forEach((s, j) => (j ? pen.lineTo(px(stops[2 * s]), py(stops[2 * s + 1])) : pen.moveTo(px(stops[2 * s]), py(stops[2 * s + 1]))));
      pen.strokeStyle = colours["k-" + line.mode] || colours["k-BUS"];
      pen.globalAlpha = 0.85;
      pen.lineWidth = (line.mode === "TRAIN" ? 2.6 : line.mode === "BUS" ? 1.1 : 2.2) * growth();
      pen.setLineDash(line.mode === "TRAIN" ? [9, 4] : []);
      pen.stroke();
    }
    pen.setLineDash([]); pen.globalAlpha = 1;
    const size = Math.min(3.4, 0.9 * growth() * growth());
    if (!isClose(STOPS_FROM_ZOOM)) return;
    pen.beginPath();
    for (let s = 0; s < source.transit.name.length; s++) {
      const x = px(stops[2 * s]), y = py(stops[2 * s + 1]);
      if (x < -5 || y < -5 || x > view.w + 5 || y > view.h + 5) continue;
      pen.moveTo(x + size, y); pen.arc(x, y, size, 0, 2 * Math.PI);
    }
    pen.fillStyle = colours["map-zone"]; pen.strokeStyle = colours["map-label"]; pen.lineWidth = 1;
    pen.fill(); pen.stroke();
  }

  const topWorkers = Math.max(1, ...source.sites.values[0].workers.map((v) => v || 0));
  /* The site whose shift is shown; null in other layers. */
  const chosenSite = () => (SHIFT_LAYERS.includes(state.layer) && shifts.rows.length ? shifts.rows[state.shift].site : null);
  const siteRadius = (i) => 4.5 + 9 * Math.sqrt((source.sites.values[state.run].workers[i] || 0) / topWorkers);
  function paintSites() {
    const order = source.sites.xy.map((_, i) => i).sort((a, b) => siteRadius(b) - siteRadius(a));
    const chosen = chosenSite();
    for (const i of order) {
      const x = px(source.sites.xy[i][0]), y = py(source.sites.xy[i][1]), r = siteRadius(i);
      if (i === chosen) {
        pen.beginPath(); pen.arc(x, y, r + 6, 0, 2 * Math.PI);
        pen.lineWidth = 7; pen.strokeStyle = colours["map-halo"]; pen.stroke();
        pen.lineWidth = 3; pen.strokeStyle = colours["map-site"]; pen.stroke();
      }
      pen.beginPath(); pen.arc(x, y, r, 0, 2 * Math.PI);
      pen.globalAlpha = chosen === null || i === chosen ? 0.86 : 0.35; pen.fillStyle = colours["map-site"]; pen.fill();
      pen.globalAlpha = 1; pen.lineWidth = isHovered("site", i) ? 3.5 : 1.8;
      pen.strokeStyle = colours["map-site-ink"]; pen.stroke();
    }
  }

  function paintNames() {
    const taken = [];
    const free = (b) => !taken.some((t) => b[0] < t[2] && b[2] > t[0] && b[1] < t[3] && b[3] > t[1]);
    if (state.sites) source.sites.xy.forEach((p, i) => { const r = siteRadius(i) * 0.75, x = px(p[0]), y = py(p[1]); taken.push([x - r, y - r, x + r, y + r]); });
    const family = getComputedStyle(document.body).fontFamily;
    pen.textAlign = "center"; pen.textBaseline = "middle"; pen.lineJoin = "round";
    const write = (text, x, y, font, shifts, must, colour) => {
      pen.font = font + " " + family;
      const w = pen.measureText(text).width / 2 + 4, h = parseFloat(font.split("px")[0].split(" ").pop()) / 2 + 3;
      const places = shifts(w, h);
      for (let i = 0; i < places.length; i++) {
        const [dx, dy] = places[i];
        const b = [x + dx - w, y + dy - h, x + dx + w, y + dy + h];
        if (b[0] < 0 || b[2] > view.w || b[1] < 0 || b[3] > view.h) continue;
        // the largest towns are named even where sites crowd around their middle
        if (!free(b) && !(must && i === places.length - 1)) continue;
        taken.push(b);
        pen.lineWidth = 4; pen.strokeStyle = colours["map-halo"]; pen.strokeText(text, x + dx, y + dy);
        pen.fillStyle = colour || colours["map-label"]; pen.fillText(text, x + dx, y + dy);
        return;
      }
    };
    const around = (w, h) => [[0, 0], [0, -h - 4], [0, h + 4], [w, 0], [-w, 0], [w * 0.7, -h - 4], [-w * 0.7, -h - 4], [w * 0.7, h + 4], [-w * 0.7, h + 4], [0, -2.5 * h]];
    for (const town of source.towns) {
      if (town.outside) { write(town.name, px(town.x), py(town.y), "400 12px", around, false, colours.soft); continue; }
      const font = town.residents > 50000 ? "650 16px" : town.residents > 12000 ? "600 13.5px" : "500 12px";
      write(town.name, px(town.x), py(town.y), font, around, town.residents > 20000);
    }
    if (!state.sites) return;
    source.sites.name.forEach((name, i) => {
      const isNamed = chosenSite() === null ? source.sites.values[state.run].workers[i] >= 0.999 * topWorkers : i === chosenSite();
      if (!isClose(2.2) && !isNamed) return;
      const r = siteRadius(i) + 3;
      write(name, px(source.sites.xy[i][0]), py(source.sites.xy[i][1]), "italic 500 12px", (w, h) => [[0, r + h], [0, -r - h], [w + r, 0], [-w - r, 0]]);
    });
  }

  function paintMap() {
    paintZones();
    paintRoads();
    if (state.transit) paintTransit();
    if (state.sites) paintSites();
    if (state.names) paintNames();
  }

  /* ---- legend ------------------------------------------------------------------------------------------------ */
  function group(title) {
    const made = element("div", "group");
    if (title) made.append(element("b", "", title));
    legend.append(made);
    return made;
  }
  function item(into, className, style, text) {
    const made = element("span", "item"), mark = element("i", className);
    Object.assign(mark.style, style);
    made.append(mark, document.createTextNode(text));
    into.append(made);
  }
  function nice(value) {
    const power = Math.pow(10, Math.floor(Math.log10(Math.max(value, 1))));
    return [5, 2, 1].map((f) => f * power).find((v) => v <= value) || 1;
  }
  const shiftTitle = () => {
    const row = shifts.rows[state.shift], shift = shiftOf(state.run);
    return [source.sites.name[row.site], pick(row.name), row.days].join(" · ") + (shift === null ? "" : " " + shift.time);
  };
  /* Each class with its workers: the colours alone would weigh a hamlet like a town. */
  function paintShiftLegend() {
    const box = group(shiftTitle()), now = shiftOf(state.run);
    if (now === null) { box.append(element("span", "", say("legend_no_shift"))); return; }
    if (state.layer === "shift_change" && state.run === 0) { box.append(element("span", "", say("legend_base"))); return; }
    const sums = new Array(state.layer === "shift" ? 5 : 4).fill(0);
    let away = 0, awayReached = 0, empty = 0;
    source.zones.kind.forEach((kind, zone) => {
      const value = shiftClass(zone), workers = (entry(now, "workers", zone) || 0) / TENTHS;
      if (kind === EXTERNAL) { away += workers; if (shiftResult(state.run, zone) === REACHED) awayReached += workers; }
      else if (value === null) empty += 1;
      else sums[value] += workers;
    });
    const total = sums.reduce((a, b) => a + b, 0);
    sums.forEach((workers, value) => {
      if (!workers && !source.zones.kind.some((kind, zone) => kind === INTERNAL && shiftClass(zone) === value)) return;
      item(box, "box", { background: shiftColour(value) }, shiftWord(value) + ": " + whole(workers) + " (" + whole((100 * workers) / Math.max(total, 1e-9)) + "\u202f%)");
    });
    if (empty) item(box, "box", { background: colours["map-zone"] }, say("legend_no_workers"));
    if (away >= 1) group("").append(element("span", "muted", "+ " + whole(away) + " " + say("legend_workers") + " " + say("legend_from_outside") + ": " + whole(awayReached)));
  }
  function paintLegend() {
    legend.replaceChildren();
    if (state.layer === "volume") {
      const colour = group(say("legend_saturation"));
      ["< 50 %", "50–80 %", "80–100 %", "> 100 %"].forEach((text, i) => item(colour, "line", { background: colours["v" + i], height: "6px" }, text));
      const width = group(say("legend_width"));
      [0.04, 0.25, 1].map((part) => nice(part * topVolume)).filter((v, i, all) => all.indexOf(v) === i)
        .forEach((v) => item(width, "line", { background: colours["map-road-strong"], height: (0.8 + 8.2 * Math.sqrt(v / topVolume)) + "px" }, whole(v)));
    } else if (state.layer === "difference") {
      if (state.run === 0) { group("").append(element("span", "", say("legend_base"))); }
      else {
        const colour = group(say("legend_difference"));
        [0.1, 1].map((part) => nice(part * topChange)).reverse().forEach((v) => item(colour, "line", { background: colours["d-less"], height: (1.4 + 7.5 * Math.sqrt(v / topChange)) + "px" }, "\u2212" + whole(v)));
        [0.1, 1].map((part) => nice(part * topChange)).forEach((v) => item(colour, "line", { background: colours["d-more"], height: (1.4 + 7.5 * Math.sqrt(v / topChange)) + "px" }, "+" + whole(v)));
      }
    } else if (SHIFT_LAYERS.includes(state.layer)) {
      paintShiftLegend();
    } else {
      const top = zoneScale(state.layer), colour = group(shareWords(state.layer)), unit = shareLayer(state.layer).unit;
      const part = unit === null ? 10 : 1, sign = unit === null ? "%" : unit[state.language];
      for (let i = 0; i < 6; i++) item(colour, "box", { background: colours["z" + i] }, whole((top * i) / 6 / part) + "–" + whole((top * (i + 1)) / 6 / part) + "\u202f" + sign);
      item(colour, "box", { background: colours["map-zone"] }, say("legend_no_data"));
    }
    if (isRoadLayer()) {
      if (loads[state.run].sum.some((v, i) => isNaN(v) && !isNaN(loads[0].sum[i]))) {
        item(group(""), "line", { borderTop: "3px dashed " + colours.closed }, say("legend_closed"));
      }
      if (source.roads.unknown[state.run]) group("").append(element("span", "muted", whole(source.roads.unknown[state.run]) + " " + say("legend_hidden_links")));
    }
    if (state.transit) {
      const lines = group("");
      for (const mode of new Set(source.transit.lines.map((line) => line.mode))) item(lines, "line", { background: colours["k-" + mode], height: "4px" }, pick(data.modes[mode]));
    }
    if (state.sites && source.sites.xy.length) item(group(""), "dot", {}, say("legend_site"));
  }

  /* ---- pointing ---------------------------------------------------------------------------------------------- */
  function inside(zone, x, y) {
    let odd = false;
    for (const ring of zoneRings[zone]) {
      if (x < rings.box[4 * ring] || x > rings.box[4 * ring + 2] || y < rings.box[4 * ring + 1] || y > rings.box[4 * ring + 3]) continue;
      for (let a = rings.start[ring], b = rings.start[ring + 1] - 1; a < rings.start[ring + 1]; b = a++) {
        const ay = rings.xy[2 * a + 1], by = rings.xy[2 * b + 1];
        if ((ay > y) !== (by > y) && x < ((rings.xy[2 * b] - rings.xy[2 * a]) * (y - ay)) / (by - ay) + rings.xy[2 * a]) odd = !odd;
      }
    }
    return odd;
  }
  function findSite(sx, sy) {
    let best = null, near = Infinity;
    source.sites.xy.forEach((p, i) => {
      const d = Math.hypot(px(p[0]) - sx, py(p[1]) - sy);
      if (d < siteRadius(i) + 3 && d < near) { near = d; best = i; }
    });
    return best;
  }
  function findStop(sx, sy) {
    let best = null, near = HIT_PX;
    for (let s = 0; s < source.transit.name.length; s++) {
      const d = Math.hypot(px(stops[2 * s]) - sx, py(stops[2 * s + 1]) - sy);
      if (d < near) { near = d; best = s; }
    }
    return best;
  }
  /* A main road wins over a side street at about the same distance. */
  function findStreet(sx, sy) {
    const hit = map.nearest(streets, everyStreet, sx, sy, HIT_PX, (i) => 0.15 * source.roads.cls[i]);
    return hit && hit.row;
  }
  function findZone(sx, sy) {
    const [x, y] = map.at(sx, sy), zone = zoneRings.findIndex((_, i) => inside(i, x, y));
    return zone < 0 ? null : zone;
  }
  /* What lies on top. */
  function findPlace(sx, sy) {
    const kinds = [["site", state.sites, findSite], ["stop", state.transit && isClose(STOPS_FROM_ZOOM), findStop],
      ["street", isRoadLayer(), findStreet], ["zone", true, findZone]];
    for (const [kind, isShown, look] of kinds) {
      const index = isShown ? look(sx, sy) : null;
      if (index !== null) return { kind, index };
    }
    return null;
  }

  function row(label, value, before, asides = []) {
    const made = element("div"), right = element("span", "", value);
    made.append(element("span", "", label), right);
    tip.append(made);
    for (const words of asides) tip.append(element("em", "aside", words));
    if (before !== undefined && before !== value) {
      const old = element("div", "muted");
      old.append(element("span", "", "(" + say("tip_baseline") + ")"), element("span", "", before));
      tip.append(old);
    }
  }
  /* One way of a zone in words: minutes, transfers and wait, or what fails and what would mend it. */
  function wayWords(shift, way, zone) {
    const value = entry(shift, way, zone), note = entry(shift, way + "_note", zone);
    if (value >= 0) {
      const transfers = note % WAITED, wait = Math.floor(note / WAITED);
      if (value === 0) return [say("tip_at_site")];
      const change = transfers > 1 ? fill("tip_transfers", transfers) : say("tip_transfers_" + transfers);
      return [fill("tip_minutes", value) + ", " + change, ...(wait ? [fill("tip_wait", wait)] : [])];
    }
    const words = [say("tip_cause_" + -value)];
    if (value === TIME) words.push(fill("tip_mend_" + way + (note > 0 ? "_later" : "_earlier"), Math.abs(note)));
    return words;
  }
  const few = (tenths) => (tenths < TENTHS ? "< 1" : whole(tenths / TENTHS));
  function describeShift(zone) {
    const now = shiftOf(state.run), value = shiftClass(zone);
    tip.append(element("em", "", shiftTitle()));
    if (entry(now, "out", zone) === null) { tip.append(element("span", "", say(now === null ? "legend_no_shift" : "legend_no_workers"))); return; }
    if (value !== null) {
      const result = element("span", "result"), mark = element("i", "");
      mark.style.background = shiftColour(value);
      result.append(mark, document.createTextNode(shiftWord(value)));
      tip.append(result);
    }
    const fails = ["out", "back"].filter((way) => entry(now, way, zone) < 0);
    if (fails.length) tip.append(element("em", "", say("tip_fails_" + fails.join("_"))));
    row(say("tip_shift_workers"), few(entry(now, "workers", zone)));
    for (const way of ["out", "back"]) {
      const [first, ...asides] = wayWords(now, way, zone);
      const before = state.run && entry(shiftOf(0), "out", zone) !== null ? wayWords(shiftOf(0), way, zone)[0] : undefined;
      row(say("tip_" + way), first, before, asides);
    }
  }
  function describeStreet(i) {
    const run = state.run, load = loads[run], cls = data.classes[source.roads.cls[i]];
    const name = source.roads.names[source.roads.name[i]];
    tip.append(element("strong", "", name || pick(cls)));
    if (name) tip.append(element("em", "", pick(cls)));
    if (isNaN(load.sum[i])) { row(say("tip_vehicles"), "0", whole(loads[0].sum[i])); tip.append(element("em", "", say("tip_removed"))); return; }
    row(say("tip_vehicles"), whole(load.sum[i]));
    if (!isNaN(load.backward[i])) row(say("tip_directions"), whole(load.forward[i]) + " / " + whole(load.backward[i]));
    row(say("tip_saturation"), whole(load.saturation[i]) + "\u202f%");
    if (run) row(say("tip_change"), signed(changes[run][i]));
  }
  function describeZone(i) {
    const run = state.run, now = source.zones.values[run], base = source.zones.values[0];
    tip.append(element("strong", "", source.zones.name[i]));
    if (SHIFT_LAYERS.includes(state.layer) && shifts.rows.length) { describeShift(i); return; }
    if (now.workers[i] !== null) row(say("tip_workers_home"), whole(now.workers[i]));
    for (const layer of source.zones.layers) {
      const { column } = layer;
      if (now[column][i] === null) continue;
      const isCompared = run && (column === REACHABLE || column === state.layer);
      row(shareWords(column), quantity(layer, now[column][i]), isCompared ? quantity(layer, base[column][i]) : undefined);
    }
  }
  function describeSite(i) {
    const run = state.run, now = source.sites.values[run], base = source.sites.values[0];
    const show = (label, column, format) => { if (now[column][i] !== null) row(label, format(now[column][i]), run ? format(base[column][i]) : undefined); };
    tip.append(element("strong", "", source.sites.name[i]));
    show(say("tip_workers"), "workers", whole);
    if (shareLayer(CAR)) show(shareWords(CAR), CAR, percent);
    show(say("tip_reachable"), REACHABLE, percent);
    show(say("tip_cars"), "cars", whole);
    show(say("tip_electric"), "electric_cars", whole);
    show(say("tip_peak"), "charging_peak_kw", (v) => whole(v) + "\u202fkW");
  }
  function describeStop(i) {
    tip.append(element("strong", "", source.transit.name[i]), element("em", "", say("tip_stop")));
    const lines = new Set(source.transit.lines.filter((line) => line.stops.includes(i)).map((line) => pick(data.modes[line.mode]) + " " + line.line));
    tip.append(element("span", "", [...lines].slice(0, 12).join(", ")));
  }
  function describePlace({ kind, index }) {
    ({ street: describeStreet, zone: describeZone, site: describeSite, stop: describeStop })[kind](index);
  }

  /* ---- choosing a shift, and the table of what the map shows of it --------------------------------------------- */
  const shiftPick = document.getElementById("shift-pick"), siteSelect = document.getElementById("shift-site");
  const rowSelect = document.getElementById("shift-row"), shiftTable = document.getElementById("shift-table");
  function option(into, value, text, isChosen) {
    const made = element("option", "", text);
    made.value = String(value); made.selected = isChosen;
    into.append(made);
  }
  function paintShiftPick() {
    const isShown = SHIFT_LAYERS.includes(state.layer) && shifts.rows.length > 0;
    shiftPick.hidden = shiftTable.hidden = !isShown;
    if (!isShown) return;
    const site = shifts.rows[state.shift].site;
    const workers = source.sites.values[0].workers;
    const sites = [...new Set(shifts.rows.map((one) => one.site))].sort((a, b) => (workers[b] || 0) - (workers[a] || 0));
    siteSelect.replaceChildren();
    for (const one of sites) option(siteSelect, one, source.sites.name[one], one === site);
    rowSelect.replaceChildren();
    shifts.rows.forEach((one, i) => {
      if (one.site !== site) return;
      const shift = shifts.values[state.run][i] || shifts.values.map((run) => run[i]).find((found) => found !== null);
      option(rowSelect, i, pick(one.name) + " " + shift.time + " · " + one.days, i === state.shift);
    });
    if (shiftTable.open) paintShiftTable();
  }
  /* Zones with most workers first; drawn when opened, as it has a row for every zone. */
  function paintShiftTable() {
    const body = shiftTable.querySelector("tbody"), now = shiftOf(state.run);
    body.replaceChildren();
    const zones = source.zones.name.map((_, zone) => zone).filter((zone) => entry(now, "out", zone) !== null);
    zones.sort((a, b) => entry(now, "workers", b) - entry(now, "workers", a));
    for (const zone of zones) {
      const made = element("tr"), head = element("th", "", source.zones.name[zone]), value = shiftClass(zone);
      head.scope = "row";
      made.append(head, element("td", "num", few(entry(now, "workers", zone))), element("td", "", value === null ? "–" : shiftWord(value)));
      for (const way of ["out", "back"]) made.append(element("td", "", wayWords(now, way, zone).join("; ")));
      body.append(made);
    }
  }
  siteSelect.addEventListener("change", () => change({ shift: shifts.rows.findIndex((one) => one.site === Number(siteSelect.value)) }));
  rowSelect.addEventListener("change", () => change({ shift: Number(rowSelect.value) }));
  shiftTable.addEventListener("toggle", () => { if (shiftTable.open) paintShiftTable(); });

  function change(part) {
    Object.assign(state, part);
    leave();
    draw();
    paintLegend();
    paintShiftPick();
    root.dataset.mapLayer = state.layer;
    root.dataset.mapRun = String(state.run);
  }
  const layerSelect = document.getElementById("layer");
  /* One way to show the map for each share of the data. That of all shifts stands above the single shifts. */
  for (const { column, label } of source.zones.layers) {
    const made = element("option", "", label[state.language]);
    made.value = column; made.dataset.textDe = label.de; made.dataset.textEn = label.en;
    layerSelect.insertBefore(made, column === REACHABLE ? layerSelect.querySelector("option[value=shift]") : null);
  }
  layerSelect.addEventListener("change", (event) => change({ layer: event.target.value }));
  for (const name of ["sites", "names", "transit"]) {
    document.getElementById("show-" + name).addEventListener("change", (event) => change({ [name]: event.target.checked }));
  }
  const repaint = () => { readColours(); paintLegend(); draw(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

  map.start();
  paintLegend();
  root.dataset.streets = String(streets.n);
  window.itasReport = { data, change };
})();
