// The drawing as elements: a button for each node and a path for each edge.

const byId = (id) => document.getElementById(id);
const world = byId('world');
const boxes = new Map(); // the button of each node that is drawn
const lines = new Map(); // the path of each edge that is drawn
let drawing = wholeDrawingOfNothing();

function wholeDrawingOfNothing() {
  return { list: [], at: new Map(), lines: [], width: 0, height: 0 };
}

function draw(next) {
  drawing = next;
  world.style.setProperty('--width', `${boxWidth}px`);
  world.style.setProperty('--height', `${boxHeight}px`);
  boxes.clear();
  lines.clear();
  for (const v of next.list) boxes.set(v, newBox(v, next.at.get(v)));
  for (const { e, path } of next.lines) lines.set(e, newLine(path));
  world.classList.toggle('dense', lines.size > 250);
  byId('boxes').replaceChildren(...boxes.values());
  byId('edges').replaceChildren(...lines.values());
  byId('stubs').setAttribute('d', stubPath(next));
}

function newBox(v, { x, y }) {
  const box = el('button', { type: 'button', className: 'box', title: titleOf(v), dir: 'auto', tabIndex: -1 }, nameOf(v));
  box.dataset.node = v;
  box.dataset.mark = markOf(v);
  box.style.transform = `translate(${x}px, ${y}px)`;
  box.style.setProperty('--project', projectOf(v).color);
  box.style.setProperty('--on', projectOf(v).ink);
  if (isExternal(v) || isPlaceholder(v)) box.classList.add('ghost');
  const members = membersOf(v);
  if (members.length > 0) {
    box.classList.add('joined');
    const [first, second] = meeting(members);
    box.style.setProperty('--first', first.color);
    box.style.setProperty('--second', second.color);
  }
  return box;
}

function titleOf(v) {
  const members = membersOf(v);
  const joined = members.length > 0 ? `\njoins ${members.map((m) => `${m.project.name}/${m.uniqueID}`).slice(0, 4).join(', ')}` : '';
  return `${nameOf(v).slice(0, 200)}\n${typeOf(v)} in ${projectOf(v).name}${joined}`.slice(0, 600);
}

// meeting returns two projects of a joined node, different ones if it has any.
function meeting(members) {
  const first = members[0].project;
  const other = members.find((m) => m.project !== first);
  return [first, other ? other.project : first];
}

function newLine(path) {
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  return line;
}

// stubPath hints at neighbours that are not drawn: a short line on that side.
function stubPath({ list, at }) {
  let path = '';
  for (const v of list) {
    const { x, y } = at.get(v);
    const mid = y + boxHeight / 2;
    if (links(v, up, at) < degreeOf(v, up)) path += `M${x - 22} ${mid}h20`;
    if (links(v, down, at) < degreeOf(v, down)) path += `M${x + boxWidth + 2} ${mid}h20`;
  }
  return path;
}

// light marks the selected node, what is upstream and what is downstream of it.
function light(v, upstream, downstream) {
  world.classList.toggle('lit', v >= 0);
  for (const [w, box] of boxes) {
    box.classList.toggle('selected', w === v);
    box.classList.toggle('up', upstream.has(w));
    box.classList.toggle('down', downstream.has(w));
    box.setAttribute('aria-pressed', w === v);
    box.tabIndex = w === v ? 0 : -1;
  }
  const lit = [];
  for (const [e, line] of lines) {
    const isUp = upstream.has(edgeFrom[e]) && (edgeTo[e] === v || upstream.has(edgeTo[e]));
    const isDown = downstream.has(edgeTo[e]) && (edgeFrom[e] === v || downstream.has(edgeFrom[e]));
    line.classList.toggle('up', isUp);
    line.classList.toggle('down', isDown && !isUp);
    if (isUp || isDown) lit.push(line);
  }
  byId('edges').append(...lit); // above the others
}

// dim fades the nodes of all projects but the chosen ones; none chosen, none faded.
function dim(chosen) {
  for (const [v, box] of boxes) {
    box.classList.toggle('off', chosen.size > 0 && !touches(v, chosen));
  }
  for (const [e, line] of lines) {
    line.classList.toggle('off', chosen.size > 0 && !(touches(edgeFrom[e], chosen) && touches(edgeTo[e], chosen)));
  }
}

// touches says whether a node or one of its members is of a project in the set.
function touches(v, projects) {
  return projects.has(projectOf(v)) || membersOf(v).some((m) => projects.has(m.project));
}
