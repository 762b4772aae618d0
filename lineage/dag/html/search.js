// The search box and its list of results.

const searchBox = byId('search');
const resultList = byId('results');
const resultsShown = 40;
const search = { found: [], active: 0 };

// The fields of every node in lower case, made at the first search.
let fields = null;

function searchFields() {
  fields ??= Array.from({ length: nodeCount }, (_, v) => {
    const tags = nodes.tags[v].map((t) => string(t).toLowerCase());
    const field = {
      name: nameOf(v).toLowerCase(),
      id: [idOf(v), ...membersOf(v).map((m) => m.uniqueID)].join('\n').toLowerCase(),
      relation: string(nodes.relation[v]).toLowerCase(),
      type: `\n${typeOf(v).toLowerCase()}`,
      project: [projectOf(v), ...membersOf(v).map((m) => m.project)].map((p) => p.name).join('\n').toLowerCase(),
      tag: tags.map((t) => `\n${t}`).join(''),
    };
    field.any = [field.name, field.id, field.relation, field.tag].join('\n');
    return field;
  });
  return fields;
}

// parseQuery returns a word and the field to look in for each word of a query. A
// type or tag has to begin with the word, so that type:model finds no
// semantic_model; in the other fields it may be anywhere.
function parseQuery(query) {
  return query.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
    const [, field, rest] = /^(tag|type|project|name|relation|id):(.+)$/.exec(word) ?? [];
    if (!field) return { field: 'any', word };
    return { field, word: field === 'type' || field === 'tag' ? `\n${rest}` : rest };
  });
}

// find returns the nodes that have all words, those with a word for a name first.
function find(query) {
  const words = parseQuery(query);
  if (words.length === 0) return [];
  const found = [];
  searchFields().forEach((field, v) => {
    if (words.every(({ field: f, word }) => field[f].includes(word))) found.push({ v, rank: rank(field, words) });
  });
  return found.sort((a, b) => a.rank - b.rank || a.v - b.v).map(({ v }) => v);
}

function rank({ name }, words) {
  const ranks = words.map(({ word }) => (name === word ? 0 : name.startsWith(word) ? 1 : name.includes(word) ? 2 : 3));
  return Math.min(...ranks);
}

function showResults() {
  const query = searchBox.value;
  search.found = find(query);
  search.active = 0;
  const shown = search.found.slice(0, resultsShown);
  const total = el('p', { className: 'total' }, totalText(shown.length));
  const list = el('div', { id: 'result-list', role: 'listbox', 'aria-label': 'Nodes found' }, ...shown.map(newResult));
  resultList.replaceChildren(total, list);
  resultList.hidden = query.trim() === '';
  searchBox.setAttribute('aria-expanded', String(!resultList.hidden));
  activate(0);
}

function totalText(shown) {
  const total = search.found.length;
  if (total === 0) return 'Nothing found';
  return total > shown ? `${thousands(shown)} of ${thousands(total)} nodes found` : `${plural(total, 'node')} found`;
}

function newResult(v, i) {
  const about = el('small', {}, `${typeOf(v)} · ${projectOf(v).name}`);
  const result = el('div', { className: 'result', role: 'option', id: `result-${i}` }, nameOf(v), about);
  result.dataset.node = v;
  result.style.setProperty('--project', projectOf(v).color);
  return result;
}

function activate(i) {
  const results = resultList.querySelectorAll('.result');
  search.active = Math.max(0, Math.min(i, results.length - 1));
  results.forEach((result, at) => result.setAttribute('aria-selected', String(at === search.active)));
  if (results.length > 0) {
    searchBox.setAttribute('aria-activedescendant', `result-${search.active}`);
    results[search.active].scrollIntoView({ block: 'nearest' });
  } else {
    searchBox.removeAttribute('aria-activedescendant');
  }
}

function closeResults() {
  resultList.hidden = true;
  resultList.replaceChildren();
  searchBox.setAttribute('aria-expanded', 'false');
  searchBox.removeAttribute('aria-activedescendant');
}

searchBox.addEventListener('input', showResults);
searchBox.addEventListener('focus', () => {
  if (searchBox.value.trim() !== '') showResults();
});
searchBox.addEventListener('blur', closeResults);
searchBox.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    activate(search.active + (event.key === 'ArrowDown' ? 1 : -1));
  } else if (event.key === 'Enter' && !resultList.hidden && search.found.length > 0) {
    goTo(search.found[search.active]);
  } else if (event.key === 'Escape') {
    event.stopPropagation();
    searchBox.value = '';
    closeResults();
    stage.focus();
  }
});

// A press on a result must not take the focus from the box first: the list
// would be gone before the click.
resultList.addEventListener('pointerdown', (event) => event.preventDefault());
resultList.addEventListener('click', (event) => {
  const result = event.target.closest('.result');
  if (result) goTo(Number(result.dataset.node));
});
