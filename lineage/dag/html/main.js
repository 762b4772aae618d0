// What the page shows at the moment, and how that changes.

const state = {
  selected: -1,
  center: -1, // of the neighbourhood that is drawn, -1 if the whole graph is
  hopsUp: 2,
  hopsDown: 2,
  chosen: new Set(), // projects; empty means all
  upstream: new Set(), // of the selected node
  downstream: new Set(),
  total: 0, // nodes that would be drawn if there were room
};

// select marks a node, shows what is known about it and makes sure that it is in
// the drawing.
function select(v) {
  state.selected = v;
  state.upstream = new Set(reach(v, up));
  state.downstream = new Set(reach(v, down));
  writeHash(v);
  showDetails(v, state.upstream, state.downstream);
  byId('report').setAttribute('aria-pressed', 'false');
  if (drawing.at.has(v)) {
    repaint();
    refit(true);
    reveal(v);
  } else {
    focusOn(v);
  }
}

// goTo selects what a search has found. In a neighbourhood it becomes the centre,
// for what was searched for is what its surroundings are wanted of.
function goTo(v) {
  select(v);
  if (state.center >= 0 && state.center !== v) focusOn(v);
  boxes.get(v).focus({ preventScroll: true });
}

function deselect() {
  state.selected = -1;
  state.upstream = new Set();
  state.downstream = new Set();
  writeHash(-1);
  closePanel();
  repaint();
}

function closePanel() {
  panel.hidden = true;
  panel.replaceChildren();
  refit(true);
  byId('report').setAttribute('aria-pressed', 'false');
}

// focusOn draws the neighbourhood of a node.
function focusOn(v) {
  const { list, total } = neighbourhood(v, state.hopsUp, state.hopsDown);
  state.center = v;
  state.total = total;
  show(partDrawing(list));
  // Where the whole drawing would be too small to read, begin at its centre.
  if (view.scale < 0.5) centerOn(v);
}

function showWhole() {
  state.center = -1;
  state.total = nodeCount;
  show(wholeDrawing());
}

function show(next) {
  draw(next);
  repaint();
  fit();
  const whole = state.center < 0;
  byId('whole').setAttribute('aria-pressed', String(whole));
  byId('focus').setAttribute('aria-pressed', String(!whole));
  byId('hops-up').disabled = whole;
  byId('hops-down').disabled = whole;
  byId('status').textContent = statusText(next);
}

function statusText({ list, lines: drawnLines }) {
  if (nodeCount === 0) return 'This graph has no nodes';
  const shown = list.length < state.total
    ? `Showing ${thousands(list.length)} of ${plural(state.total, 'node')}`
    : `Showing ${plural(list.length, 'node')}, ${plural(drawnLines.length, 'edge')}`;
  if (state.center < 0) return shown;
  const near = `${shown} around ${nameOf(state.center).slice(0, 60)}`;
  return state.total < nodeCount ? `${near}; the graph has ${thousands(nodeCount)}` : near;
}

function repaint() {
  light(state.selected, state.upstream, state.downstream);
  dim(state.chosen);
  if (boxes.has(state.center)) boxes.get(state.center).classList.add('center');
}

// The address keeps the selected node, so that a link to it can be shared.

function writeHash(v) {
  const hash = v < 0 ? '' : `#id=${encodeURIComponent(idOf(v))}`;
  if (hash === location.hash) return;
  try {
    history.pushState(null, '', hash || location.pathname + location.search);
  } catch {
    // Some browsers refuse more than a hundred changes in half a minute.
  }
}

function hashNode() {
  const [, id] = /^#id=(.*)$/s.exec(location.hash) ?? [];
  try {
    return byID.get(decodeURIComponent(id ?? '')) ?? -1;
  } catch {
    return -1; // not something this page wrote
  }
}

addEventListener('popstate', () => {
  const v = hashNode();
  if (v >= 0 && v !== state.selected) select(v);
  if (v < 0 && state.selected >= 0) deselect();
});

// step returns the node that an arrow key leads to: along an edge to the nearest
// neighbour that is drawn, or else to any; up and down within the column.
function step(key) {
  const v = state.selected;
  const here = drawing.at.get(v);
  const nearest = (list) => list.reduce((best, w) => (best < 0 || away(w) < away(best) ? w : best), -1);
  const away = (w) => Math.hypot(drawing.at.get(w).x - here.x, drawing.at.get(w).y - here.y);
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const list = neighbours(v, key === 'ArrowLeft' ? up : down);
    const drawn = nearest(list.filter((w) => drawing.at.has(w)));
    return drawn >= 0 ? drawn : list[0] ?? -1;
  }
  const side = key === 'ArrowUp' ? -1 : 1;
  return nearest(drawing.list.filter((w) => {
    const { x, y } = drawing.at.get(w);
    return x === here.x && (y - here.y) * side > 0;
  }));
}

function walk(key) {
  const start = state.center >= 0 ? state.center : drawing.list[0] ?? -1;
  const next = state.selected < 0 || !drawing.at.has(state.selected) ? start : step(key);
  if (next < 0) return;
  select(next);
  boxes.get(next)?.focus({ preventScroll: true });
}

const keys = {
  '/': () => searchBox.select(),
  Escape: () => (panel.hidden || state.selected >= 0 ? deselect() : closePanel()),
  '+': () => zoomAtMiddle(1.3),
  '=': () => zoomAtMiddle(1.3),
  '-': () => zoomAtMiddle(1 / 1.3),
  0: () => fit(true),
  f: () => state.selected >= 0 && focusOn(state.selected),
};

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select')) return;
  if (event.key.startsWith('Arrow') && !event.target.closest('aside')) {
    event.preventDefault();
    walk(event.key);
  } else if (Object.hasOwn(keys, event.key)) {
    event.preventDefault();
    keys[event.key]();
  }
});

stage.addEventListener('click', (event) => {
  if (dragged && event.detail > 0) return; // detail is 0 for a click by keyboard
  const box = event.target.closest('.box');
  if (box) select(Number(box.dataset.node));
  else if (state.selected >= 0) deselect();
});

stage.addEventListener('dblclick', (event) => {
  const box = event.target.closest('.box');
  if (box) focusOn(Number(box.dataset.node));
});

byId('zoom-in').addEventListener('click', () => zoomAtMiddle(1.3));
byId('zoom-out').addEventListener('click', () => zoomAtMiddle(1 / 1.3));
byId('fit').addEventListener('click', () => fit(true));
byId('export').addEventListener('click', exportSVG);
byId('whole').addEventListener('click', showWhole);
byId('focus').addEventListener('click', () => focusOn(focusNode()));
byId('report').addEventListener('click', () => {
  const open = byId('report').getAttribute('aria-pressed') === 'true';
  if (open) {
    closePanel();
    return;
  }
  showReport();
  refit(true);
  byId('report').setAttribute('aria-pressed', 'true');
});

// focusNode is the node to draw the surroundings of if none is named.
const focusNode = () => [state.selected, state.center, data.focus].find((v) => v >= 0);

function addHops(id, name) {
  const box = byId(id);
  for (let n = 1; n <= 10; n++) box.append(el('option', { value: n }, String(n)));
  box.append(el('option', { value: 'Infinity' }, 'all'));
  box.value = String(state[name]);
  box.addEventListener('change', () => {
    state[name] = Number(box.value);
    focusOn(focusNode());
  });
}

// The legend: a button for each project that fades the others.

const shownProjects = 20;

function showLegend() {
  const count = new Map(data.projects.map((p) => [p, 0]));
  for (let v = 0; v < nodeCount; v++) count.set(projectOf(v), count.get(projectOf(v)) + 1);
  const entries = data.projects.slice(0, shownProjects).map((p) => legendEntry(p, count.get(p)));
  const rest = data.projects.length - entries.length;
  if (rest > 0) entries.push(el('p', { className: 'more' }, more(rest)));
  if (nodes.members.some((list) => list.length > 0)) entries.push(el('p', { className: 'key joined' }, 'joined from several'));
  byId('legend').replaceChildren(...entries);
  byId('legend').hidden = entries.length === 0;
}

function legendEntry(project, count) {
  const button = el('button', { type: 'button', 'aria-pressed': 'false', dir: 'auto', title: project.name.slice(0, 300) },
    el('span', {}, project.name), el('small', {}, thousands(count)));
  button.style.setProperty('--project', project.color);
  button.addEventListener('click', () => {
    if (!state.chosen.delete(project)) state.chosen.add(project);
    button.setAttribute('aria-pressed', String(state.chosen.has(project)));
    repaint();
  });
  return button;
}

function start() {
  byId('title').textContent = data.title;
  byId('whole').disabled = !fitsWhole;
  if (!fitsWhole) byId('whole').title = 'Too large to be drawn at once';
  byId('focus').disabled = nodeCount === 0;
  addHops('hops-up', 'hopsUp');
  addHops('hops-down', 'hopsDown');
  byId('tools').append(...(data.links ?? []).map((link) => el('a', { href: link.url }, link.text)));
  showLegend();
  if (opensWhole) showWhole();
  else focusOn(data.focus);
  const linked = hashNode();
  if (linked >= 0) select(linked);
  else if (data.selected) select(data.focus);
}

start();
