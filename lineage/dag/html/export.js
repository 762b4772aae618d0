// The drawing as an SVG file that stands alone: no style sheet, no script, the
// colours of the page as it is.

function svgText() {
  const css = getComputedStyle(document.documentElement);
  const color = (name) => css.getPropertyValue(`--${name}`).trim();
  const margin = 32;
  const width = drawing.width + 2 * margin;
  const height = drawing.height + 2 * margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`,
    ` viewBox="${-margin} ${-margin} ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${xml(data.title)}</title>`,
    `<rect x="${-margin}" y="${-margin}" width="${width}" height="${height}" fill="${color('page')}"/>`,
    ...['edge', 'up', 'down'].map((kind) => svgTip(kind, color(kind))),
    '<g fill="none">',
    ...drawing.lines.map((line) => svgLine(line, color)),
    '</g>',
    ...drawing.list.map((v) => svgBox(v, color)),
    '</svg>\n',
  ].join('\n');
}

const svgTip = (kind, fill) =>
  `<marker id="tip-${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" ` +
  `markerUnits="userSpaceOnUse" orient="auto"><path d="M0 .5 8 4 0 7.5Z" fill="${fill}"/></marker>`;

function svgLine({ e, path }, color) {
  const { classList } = lines.get(e);
  const kind = ['up', 'down'].find((k) => classList.contains(k)) ?? 'edge';
  const faded = (kind === 'edge' && world.classList.contains('lit')) || classList.contains('off');
  return `<path d="${path}" stroke="${color(kind)}" stroke-width="${kind === 'edge' ? 1.3 : 2}" ` +
    `marker-end="url(#tip-${kind})"${faded ? ' opacity="0.25"' : ''}/>`;
}

function svgBox(v, color) {
  const { x, y } = drawing.at.get(v);
  const { classList } = boxes.get(v);
  const kind = ['selected', 'up', 'down'].find((k) => classList.contains(k));
  const faded = (!kind && world.classList.contains('lit')) || classList.contains('off');
  const { color: fill, ink } = projectOf(v);
  const stroke = kind ? color(kind) : fill;
  const mid = boxHeight / 2;
  const size = `width="${boxWidth}" height="${boxHeight}" rx="8"`;
  return [
    `<g transform="translate(${x} ${y})"${faded ? ' opacity="0.3"' : ''}><title>${xml(idOf(v))}</title>`,
    `<rect ${size} fill="${color('card')}"/>`,
    `<rect ${size} fill="${fill}" fill-opacity="0.12" stroke="${stroke}" stroke-width="${kind ? 2.5 : 1}"` +
      `${classList.contains('ghost') ? ' stroke-dasharray="4 3"' : ''}/>`,
    `<rect x="7" y="${mid - 9}" width="38" height="18" rx="5" fill="${fill}"/>`,
    `<text x="26" y="${mid + 3.5}" font-size="10" font-weight="700" text-anchor="middle" fill="${ink}">${xml(markOf(v))}</text>`,
    ...svgMeeting(v, mid),
    `<text x="53" y="${mid + 4.5}" fill="${color('ink')}">${xml(shorten(nameOf(v), boxWidth - 53 - 28))}</text>`,
    '</g>',
  ].join('');
}

function svgMeeting(v, mid) {
  const list = membersOf(v);
  if (list.length === 0) return [];
  const [first, second] = meeting(list);
  const x = boxWidth - 16;
  return [
    `<path d="M${x} ${mid - 7}a7 7 0 0 0 0 14Z" fill="${first.color}"/>`,
    `<path d="M${x} ${mid - 7}a7 7 0 0 1 0 14Z" fill="${second.color}"/>`,
  ];
}

// xml escapes text and replaces what XML cannot hold at all.
function xml(text) {
  const allowed = text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
  return allowed.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const ruler = document.createElement('canvas').getContext('2d');

// shorten cuts a text to a width, between characters.
function shorten(text, width) {
  ruler.font = '13px system-ui, sans-serif';
  if (text.length < 100 && ruler.measureText(text).width <= width) return text;
  const letters = [...text.slice(0, 200)];
  let n = letters.length;
  while (n > 0 && ruler.measureText(`${letters.slice(0, n).join('')}…`).width > width) n--;
  return `${letters.slice(0, n).join('')}…`;
}

function exportSVG() {
  const url = URL.createObjectURL(new Blob([svgText()], { type: 'image/svg+xml' }));
  el('a', { href: url, download: 'lineage.svg' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
