// Which part of the graph is drawn.

// drawBudget is how many elements a drawing may have, one for each node and one
// for each edge. With the lists beside it the document stays below 2,000, which
// every browser lays out within a frame or two.
const drawBudget = 1400;
const fitsWhole = nodeCount + edgeCount <= drawBudget;

// A whole drawing of more nodes than this is too small to read when it opens.
const opensWhole = fitsWhole && nodeCount <= 150;

// neighbourhood returns what is at most the given numbers of hops from a node.
// If that is too much to draw, what is nearest goes first, up and downstream in
// turn, so that a crowd on one side does not hide the other.
function neighbourhood(center, hopsUp, hopsDown) {
  const sides = [reach(center, up, hopsUp), reach(center, down, hopsDown)];
  const total = new Set([center, ...sides[0], ...sides[1]]).size;
  const drawn = new Set();
  let cost = 0;
  const admit = (v) => {
    const added = drawn.has(v) ? 0 : 1 + links(v, up, drawn) + links(v, down, drawn);
    if (cost + added > drawBudget) return false;
    cost += added;
    drawn.add(v);
    return true;
  };

  let room = admit(center);
  for (let i = 0; room && i < Math.max(sides[0].length, sides[1].length); i++) {
    for (const side of sides) {
      room = room && (i >= side.length || admit(side[i]));
    }
  }
  return { list: [...drawn].sort((a, b) => a - b), total };
}

// links counts the edges between v and a set in one direction.
function links(v, way, set) {
  let n = 0;
  for (const e of edgesOf(v, way)) {
    if (set.has(way.far[e])) n++;
  }
  return n;
}

// insideEdges returns the edges that join two nodes of a set.
function insideEdges(set) {
  const inside = [];
  for (const v of set) {
    for (const e of edgesOf(v, down)) {
      if (set.has(edgeTo[e])) inside.push(e);
    }
  }
  return inside;
}
