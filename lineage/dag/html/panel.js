// The panel with what is known about a node. Its lists are cut, so that the
// largest table does not make the page slow.

const shownNeighbours = 25;
const shownColumns = 40;
const shownMembers = 12;
const shownImpact = 8;

function showDetails(v, upstream, downstream) {
  openPanel('Details', [
    heading(v),
    actions(v),
    facts(v),
    description(v),
    ...members(v),
    ...impact(upstream, downstream),
    ...neighbourList('Reads from', v, up),
    ...neighbourList('Read by', v, down),
    ...columnList(v),
  ]);
}

function openPanel(label, children) {
  const close = el('button', { type: 'button', className: 'close', 'aria-label': `Close ${label.toLowerCase()}` }, '×');
  close.addEventListener('click', closePanel);
  const focused = panel.contains(document.activeElement);
  panel.setAttribute('aria-label', label);
  panel.replaceChildren(close, ...children);
  panel.hidden = false;
  panel.scrollTop = 0;
  if (focused) panel.focus(); // what had the focus is gone
}

function heading(v) {
  const mark = el('span', { className: 'mark' }, markOf(v));
  const name = el('h2', { dir: 'auto' }, nameOf(v));
  const head = el('header', {}, mark, name);
  head.style.setProperty('--project', projectOf(v).color);
  head.style.setProperty('--on', projectOf(v).ink);
  return head;
}

function actions(v) {
  const focus = el('button', { type: 'button' }, 'Focus here');
  focus.addEventListener('click', () => focusOn(v));
  const copy = el('button', { type: 'button' }, 'Copy ID');
  copy.addEventListener('click', async () => {
    copy.textContent = (await copyText(idOf(v))) ? 'Copied' : 'Copying is not allowed here';
  });
  return el('div', { className: 'actions' }, focus, copy);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not every browser allows it to a page from a disk
  }
}

function facts(v) {
  const kind = [typeOf(v), isExternal(v) && 'external', isPlaceholder(v) && 'placeholder'].filter(Boolean).join(', ');
  const list = [
    ['ID', idOf(v)],
    ['Type', kind],
    ['Project', projectOf(v).name],
    ['Package', string(nodes.package[v])],
    ['Relation', string(nodes.relation[v])],
    ['Materialization', string(nodes.materialization[v])],
    ['Adapter', string(nodes.adapter[v])],
    ['Version', string(nodes.version[v])],
    ['Owner', string(nodes.owner[v])],
    ['Path', string(nodes.path[v])],
    ['Tags', nodes.tags[v].map(string).join(', ')],
  ];
  const pairs = list.filter(([, value]) => value !== '');
  return el('dl', { className: 'facts' }, ...pairs.flatMap(([name, value]) => [
    el('dt', {}, name),
    el('dd', { dir: 'auto' }, value),
  ]));
}

function description(v) {
  return el('p', { className: 'description', dir: 'auto' }, string(nodes.description[v]));
}

function members(v) {
  const list = membersOf(v);
  const items = list.slice(0, shownMembers).map((m) => {
    const item = el('li', { dir: 'auto' }, `${m.project.name}/${m.uniqueID}`);
    item.style.setProperty('--project', m.project.color);
    return item;
  });
  return section(`Joined from ${plural(list.length, 'resource')}`, list.length, 'members', items);
}

// impact counts everything up and downstream.
function impact(upstream, downstream) {
  if (upstream.size + downstream.size === 0) return [];
  const counts = (group) => el('tbody', {}, ...countRows(group, upstream, downstream));
  const head = el('tr', {}, el('td'), el('th', { scope: 'col', className: 'up' }, 'Upstream'), el('th', { scope: 'col', className: 'down' }, 'Downstream'));
  return [
    el('h3', {}, 'Impact'),
    el('table', { className: 'impact' },
      el('thead', {}, head, countRow('All', upstream.size, downstream.size)),
      counts((v) => projectOf(v).name),
      counts(typeOf)),
  ];
}

function countRows(group, upstream, downstream) {
  const counts = new Map();
  const count = (v, side) => {
    const key = group(v);
    if (!counts.has(key)) counts.set(key, [0, 0]);
    counts.get(key)[side]++;
  };
  for (const v of upstream) count(v, 0);
  for (const v of downstream) count(v, 1);
  const rows = [...counts].sort(([a, [au, ad]], [b, [bu, bd]]) => bu + bd - au - ad || (a < b ? -1 : 1));
  const shown = rows.slice(0, shownImpact).map(([name, [ups, downs]]) => countRow(name, ups, downs));
  if (rows.length > shownImpact) shown.push(el('tr', {}, el('td', { className: 'more' }, more(rows.length - shownImpact))));
  return shown;
}

function countRow(name, ups, downs) {
  return el('tr', {}, el('th', { scope: 'row', dir: 'auto' }, name), el('td', {}, thousands(ups)), el('td', {}, thousands(downs)));
}

function neighbourList(title, v, way) {
  const list = neighbours(v, way);
  const items = list.slice(0, shownNeighbours).map((w) => el('li', {}, nodeButton(w)));
  return section(`${title} ${thousands(list.length)}`, list.length, 'neighbours', items);
}

// nodeButton leads to a node.
function nodeButton(v, text = nameOf(v)) {
  const button = el('button', { type: 'button', title: titleOf(v), dir: 'auto' }, text);
  button.dataset.mark = markOf(v);
  button.style.setProperty('--project', projectOf(v).color);
  button.style.setProperty('--on', projectOf(v).ink);
  button.addEventListener('click', () => select(v));
  return button;
}

function columnList(v) {
  const list = nodes.columns[v];
  const count = list.length / 3;
  const items = [];
  for (let i = 0; i < Math.min(count, shownColumns); i++) {
    const [name, type, about] = [0, 1, 2].map((k) => string(list[3 * i + k]));
    items.push(el('dt', { dir: 'auto' }, name), el('dd', { dir: 'auto' }, [type, about].filter(Boolean).join(' — ')));
  }
  if (count === 0) return [];
  const cut = count > shownColumns ? [el('p', { className: 'more' }, more(count - shownColumns))] : [];
  return [el('h3', {}, `Columns ${thousands(count)}`), el('dl', { className: 'columns' }, ...items), ...cut];
}

// section is a list with a heading that says what was left out; nothing if empty.
function section(title, total, className, items) {
  if (total === 0) return [];
  const cut = total > items.length ? [el('li', { className: 'more' }, more(total - items.length))] : [];
  return [el('h3', {}, title), el('ul', { className }, ...items, ...cut)];
}

const more = (n) => `and ${thousands(n)} more`;
