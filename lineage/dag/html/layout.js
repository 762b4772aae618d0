// Where things are drawn. A drawing is
//
//	list    the nodes that are drawn
//	at      of a node: the place of its left upper corner
//	lines   of every edge: its number and path
//	width, height

const [boxWidth, boxHeight] = data.box;
const nodeGap = 16;
const lineGap = 9; // beside an edge that passes through a column
const passing = 1; // half the height of such an edge

// wholeDrawing is the drawing that came with the page.
function wholeDrawing() {
  const list = Array.from({ length: nodeCount }, (_, v) => v);
  const at = new Map(list.map((v) => [v, { x: nodes.x[v], y: nodes.y[v] }]));
  const lines = [];
  for (let e = 0; e < edgeCount; e++) lines.push({ e, path: linePath(cornersOf(e)) });
  return { list, at, lines, ...extent(at) };
}

// cornersOf returns the corners of an edge in the whole drawing with its ends,
// which lie in the middle of a side of a box.
function cornersOf(e) {
  const from = { x: nodes.x[edgeFrom[e]], y: nodes.y[edgeFrom[e]] };
  const to = { x: nodes.x[edgeTo[e]], y: nodes.y[edgeTo[e]] };
  const bends = data.edges.bends[e];
  const corners = [];
  for (let i = 0; i < bends.length; i += 2) corners.push({ x: bends[i], y: bends[i + 1] });
  return withEnds(from, corners, to);
}

// withEnds adds the sides of the boxes that an edge joins. An edge that closes a
// cycle leads from right to left.
function withEnds(from, corners, to) {
  const forward = from.x < to.x;
  const mid = boxHeight / 2;
  return [
    { x: forward ? from.x + boxWidth : from.x, y: from.y + mid },
    ...corners,
    { x: forward ? to.x : to.x + boxWidth, y: to.y + mid },
  ];
}

// linePath draws level stretches straight and the others as smooth curves.
function linePath(corners) {
  let [{ x, y }] = corners;
  let path = `M${x} ${y}`;
  for (const next of corners.slice(1)) {
    const middle = Math.round((x + next.x) / 2);
    path += next.y === y ? `H${next.x}` : `C${middle} ${y} ${middle} ${next.y} ${next.x} ${next.y}`;
    ({ x, y } = next);
  }
  return path;
}

function extent(at) {
  let width = 0;
  let height = 0;
  for (const { x, y } of at.values()) {
    width = Math.max(width, x + boxWidth);
    height = Math.max(height, y + boxHeight);
  }
  return { width, height };
}

// partDrawing draws some nodes with the edges between them. Columns without
// nodes go, the others keep the order that the whole drawing has, and within a
// column everything moves as near to its neighbours as its order allows.
function partDrawing(list) {
  const set = new Set(list);
  const columns = columnsOf(list);
  const routes = insideEdges(set).map((e) => route(e, columns));
  for (const column of columns.items) column.sort((a, b) => a.wish - b.wish);
  straighten(columns.items);
  const x = columnPlaces(columns.items);

  const at = new Map();
  for (const v of list) {
    const item = columns.itemOf.get(v);
    at.set(v, { x: x[item.column], y: Math.round(item.y - boxHeight / 2) });
  }
  const lines = routes.map(({ e, through }) => {
    const corners = through.flatMap((item) => passage(item, x[item.column], at.get(edgeFrom[e])));
    return { e, path: linePath(withEnds(at.get(edgeFrom[e]), corners, at.get(edgeTo[e]))) };
  });
  return { list, at, lines, ...extent(at) };
}

// passage returns the corners of an edge where it passes a column.
function passage(item, x, from) {
  const y = Math.round(item.y);
  const corners = [{ x, y }, { x: x + boxWidth, y }];
  return from.x < x ? corners : corners.reverse();
}

// columnsOf makes an item of every node and puts it into its column. All nodes
// are of one connected component, where a layer has one place.
function columnsOf(list) {
  const layers = [...new Set(list.map((v) => nodes.layer[v]))].sort((a, b) => a - b);
  const columnOf = new Map(layers.map((layer, column) => [layer, column]));
  const items = layers.map(() => []);
  const oldX = [];
  const itemOf = new Map();
  for (const v of list) {
    const column = columnOf.get(nodes.layer[v]);
    const item = newItem(column, nodes.y[v] + boxHeight / 2, boxHeight / 2);
    oldX[column] = nodes.x[v];
    itemOf.set(v, item);
    items[column].push(item);
  }
  return { oldX, items, itemOf };
}

// An item is a node or the passage of an edge through a column; half is half of
// its height, and y its middle.
function newItem(column, wish, half) {
  return { column, wish, half, y: wish, weight: 1, offset: 0, before: [], after: [] };
}

// route adds the passages of an edge through the columns between its ends.
function route(e, columns) {
  const from = columns.itemOf.get(edgeFrom[e]);
  const to = columns.itemOf.get(edgeTo[e]);
  const step = from.column < to.column ? 1 : -1;
  const through = [];
  for (let c = from.column + step; c !== to.column; c += step) {
    const item = newItem(c, heightAt(e, columns.oldX[c] + boxWidth / 2), passing);
    columns.items[c].push(item);
    through.push(item);
  }
  const chain = step > 0 ? [from, ...through, to] : [to, ...through.toReversed(), from];
  for (let i = 1; i < chain.length; i++) join(chain[i - 1], chain[i]);
  return { e, through };
}

// join lets two items pull at each other; long edges more than short ones, for
// their bends catch the eye.
function join(a, b) {
  const passages = (a.half === passing) + (b.half === passing);
  const pull = [1, 2, 8][passages];
  a.after.push({ item: b, pull });
  b.before.push({ item: a, pull });
}

// heightAt returns the height at which an edge passes x in the whole drawing.
function heightAt(e, x) {
  const corners = cornersOf(e);
  const i = corners.findIndex((c, at) => at > 0 && (c.x - x) * (corners[at - 1].x - x) <= 0);
  const [a, b] = [corners[i - 1], corners[i]];
  return a.x === b.x ? a.y : a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x);
}

// straighten moves the items of all columns up and down, first towards what is
// before them and what is after them in turn, then towards both.
function straighten(columns) {
  for (const column of columns) settle(column, () => []);
  for (let round = 0; round < 16; round++) {
    const both = round >= 10;
    for (const column of columns) settle(column, (i) => (both ? i.before.concat(i.after) : i.before));
    for (const column of columns.toReversed()) settle(column, (i) => (both ? i.before.concat(i.after) : i.after));
  }
  let top = Infinity;
  for (const item of columns.flat()) top = Math.min(top, item.y - item.half);
  for (const item of columns.flat()) item.y -= top;
}

// settle moves the items of a column as near as possible to the middle of their
// neighbours, by least squares, but keeps them in order and apart: pool adjacent
// violators.
function settle(column, neighboursOf) {
  const blocks = [];
  let last = null;
  for (const item of column) {
    const gap = last && last.half > passing && item.half > passing ? nodeGap : lineGap;
    item.offset = last ? last.offset + last.half + gap + item.half : 0;
    last = item;
    let { weight, sum } = wishOf(item, neighboursOf(item));
    sum -= weight * item.offset;
    let count = 1;
    while (blocks.length > 0 && blocks.at(-1).sum / blocks.at(-1).weight > sum / weight) {
      const block = blocks.pop();
      sum += block.sum;
      weight += block.weight;
      count += block.count;
    }
    blocks.push({ sum, weight, count });
  }
  let i = 0;
  for (const { sum, weight, count } of blocks) {
    for (const end = i + count; i < end; i++) column[i].y = sum / weight + column[i].offset;
  }
}

// wishOf returns where the neighbours pull an item. One without any stays where
// it is unless it is in the way.
function wishOf(item, pulls) {
  if (pulls.length === 0) return { weight: 0.1, sum: 0.1 * item.y };
  let weight = 0;
  let sum = 0;
  for (const { item: other, pull } of pulls) {
    weight += pull;
    sum += pull * other.y;
  }
  return { weight, sum };
}

// columnPlaces returns the left side of each column. The gap after a column is
// the wider the steeper the edges in it are.
function columnPlaces(columns) {
  const places = [];
  let x = 0;
  for (const column of columns) {
    places.push(x);
    let rise = 0;
    for (const item of column) {
      for (const { item: other } of item.after) rise = Math.max(rise, Math.abs(other.y - item.y));
    }
    x += boxWidth + Math.round(Math.min(72 + rise / 8, 260));
  }
  return places;
}
