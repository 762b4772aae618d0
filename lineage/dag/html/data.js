// The graph as the page received it, and the ways to walk it.

const data = JSON.parse(document.getElementById('data').textContent);
const nodes = data.nodes;
const edgeFrom = Int32Array.from(data.edges.from);
const edgeTo = Int32Array.from(data.edges.to);
const nodeCount = nodes.id.length;
const edgeCount = edgeFrom.length;

const string = (number) => data.strings[number];
const idOf = (v) => string(nodes.id[v]);
const nameOf = (v) => string(nodes.name[v]) || idOf(v);
const typeOf = (v) => string(nodes.type[v]);
const projectOf = (v) => data.projects[nodes.project[v]];
const isExternal = (v) => (nodes.flags[v] & 1) !== 0;
const isPlaceholder = (v) => (nodes.flags[v] & 2) !== 0;

const marks = {
  model: 'MDL', source: 'SRC', seed: 'SEED', snapshot: 'SNAP', exposure: 'EXP', metric: 'MET',
  semantic_model: 'SEM', saved_query: 'QRY', analysis: 'ANA', test: 'TEST', unit_test: 'TEST',
  function: 'FN', operation: 'OP',
};
const markOf = (v) => (Object.hasOwn(marks, typeOf(v)) ? marks[typeOf(v)] : typeOf(v).slice(0, 3).toUpperCase() || '?');

// incidence lists the edges of every node by one of their ends: those of v are
// edge[start[v]] to edge[start[v + 1] - 1].
function incidence(ends) {
  const start = new Int32Array(nodeCount + 1);
  for (const v of ends) start[v + 1]++;
  for (let v = 0; v < nodeCount; v++) start[v + 1] += start[v];
  const next = start.slice();
  const edge = new Int32Array(ends.length);
  for (let e = 0; e < ends.length; e++) edge[next[ends[e]]++] = e;
  return { start, edge };
}

// A direction is a way to walk: the edges of a node and where they lead.
const down = { ...incidence(edgeFrom), far: edgeTo };
const up = { ...incidence(edgeTo), far: edgeFrom };

const edgesOf = (v, way) => way.edge.subarray(way.start[v], way.start[v + 1]);
const neighbours = (v, way) => Array.from(edgesOf(v, way), (e) => way.far[e]);
const degreeOf = (v, way) => way.start[v + 1] - way.start[v];

// reach returns what can be reached from v, nearest first, without v itself.
function reach(v, way, hops = Infinity) {
  const seen = new Uint8Array(nodeCount);
  seen[v] = 1;
  const found = [v];
  for (let at = 0, end = 1, depth = 0; at < found.length && depth < hops; depth++) {
    for (; at < end; at++) {
      for (const e of edgesOf(found[at], way)) {
        const w = way.far[e];
        if (!seen[w]) {
          seen[w] = 1;
          found.push(w);
        }
      }
    }
    end = found.length;
  }
  return found.slice(1);
}

const byID = new Map(nodes.id.map((number, v) => [string(number), v]));

function membersOf(v) {
  const list = nodes.members[v];
  const refs = [];
  for (let i = 0; i < list.length; i += 2) {
    refs.push({ project: data.projects[list[i]], uniqueID: string(list[i + 1]) });
  }
  return refs;
}

const thousands = (n) => n.toLocaleString('en');
const plural = (n, word) => `${thousands(n)} ${word}${n === 1 ? '' : 's'}`;

// el makes an element. Text goes in as text, never as markup: names come from
// other people's projects.
function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}
