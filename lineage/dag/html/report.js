// The panel with what the merge of the projects decided.

const shownItems = 12;

function showReport() {
  const report = { ...data.report, projects: data.report.projects ?? [] };
  const ref = (r) => `${r.project}/${r.unique_id}`;
  openPanel('Report', [
    el('header', {}, el('h2', {}, 'Merge report')),
    ...projectTable(report),
    ...levelTable(report),
    ...reportList('matches', 'Matches', (m) => [`${m.level}: `, refButton(m.from), ' is ', refButton(m.to)]),
    ...reportList('ambiguities', 'Ambiguous, not joined', (a) => [
      refButton(a.node), ` (${a.level}) could be ${cut(a.candidates.map(ref), 4, ', ', a.candidates.length + (a.more ?? 0))}`,
    ]),
    ...reportList('conflicts', 'Conflicts: built more than once', (c) => [
      `${c.relation || c.level}: ${cut(c.builders.map(ref), 6)}`,
    ]),
    ...reportList('cycles', 'Cycles', (path) => [cut(path, 12, ' → ')]),
    ...reportList('unmatched', 'Unmatched: no given project builds them', (r) => [refButton(r)]),
    ...reportList('placeholders', 'Placeholders: named but not described', (r) => [refButton(r)]),
    ...reportList('internal', 'Edges within one node', (o) => [`${o.project}: ${o.from} → ${o.to}`]),
    ...reportList('left_out', 'Left out', (l) => [
      `${l.project}: ${thousands(l.nodes)} × ${l.type}, ${plural(l.edges, "edge")}`,
    ]),
    ...warnings(report),
  ]);
}

function projectTable({ projects, totals }) {
  if (totals.projects === 0) return [el('p', {}, 'This graph was not made by merging projects.')];
  const cell = (text) => el('td', {}, text);
  const rows = projects.slice(0, shownItems).map((p) => el('tr', {},
    el('th', { scope: 'row', dir: 'auto' }, p.name),
    cell([p.adapter, p.dbt_version && `dbt ${p.dbt_version}`, p.schema_version].filter(Boolean).join(', ')),
    cell(thousands(p.nodes)), cell(thousands(p.edges))));
  const head = el('tr', {}, ...['Project', '', 'Nodes', 'Edges'].map((t) => el('th', { scope: 'col' }, t)));
  return [
    el('h3', {}, `Projects ${thousands(totals.projects)}`),
    el('table', { className: 'projects' }, el('thead', {}, head), el('tbody', {}, ...rows)),
    ...leftOver(totals.projects, rows.length),
  ];
}

function levelTable({ levels, totals }) {
  if (totals.matches === 0) return [];
  const rows = levels.map((l) => el('tr', {}, el('th', { scope: 'row' }, l.level), el('td', {}, thousands(l.count))));
  return [el('h3', {}, 'Matches by level'), el('table', { className: 'levels' }, el('tbody', {}, ...rows))];
}

// reportList shows the beginning of a list of the report.
function reportList(name, title, children) {
  const total = data.report.totals[name];
  const items = (data.report[name] ?? []).slice(0, shownItems);
  return section(`${title} ${thousands(total)}`, total, 'report', items.map((item) => el('li', {}, ...children(item))));
}

// refButton leads to the node of a resource; if it has none it is text.
function refButton(ref) {
  const text = `${ref.project}/${ref.unique_id}`;
  const v = nodeOf(ref);
  return v === undefined ? text : nodeButton(v, text);
}

// The nodes by their resources, made for the first report.
let byRef = null;

function nodeOf({ project, unique_id: uniqueID }) {
  const key = (p, id) => JSON.stringify([p, id]);
  if (!byRef) {
    byRef = new Map();
    for (let v = 0; v < nodeCount; v++) {
      byRef.set(key(projectOf(v).name, string(nodes.unique_id[v])), v);
      for (const m of membersOf(v)) byRef.set(key(m.project.name, m.uniqueID), v);
    }
  }
  return byRef.get(key(project, uniqueID));
}

function warnings({ projects }) {
  const all = projects.flatMap((p) => (p.warnings ?? []).map((w) => `${p.name}: ${w}`));
  const items = all.slice(0, shownItems).map((w) => el('li', { dir: 'auto' }, w));
  return section(`Warnings ${thousands(all.length)}`, all.length, 'report', items);
}

const cut = (list, n, separator = ', ', total = list.length) =>
  list.slice(0, n).join(separator) + (total > n ? `${separator}${more(total - n)}` : '');

const leftOver = (total, shown) => (total > shown ? [el('p', { className: 'more' }, more(total - shown))] : []);
