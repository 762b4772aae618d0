// The window on the drawing: moving it by pointer, wheel and button.

const stage = byId('stage');
const panel = byId('panel');
const view = { x: 0, y: 0, scale: 1, fitted: false };
const maxScale = 2.5;
const minScale = 0.04;

function showView(smooth = false) {
  world.classList.toggle('gliding', smooth);
  world.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  stage.style.backgroundPosition = `${view.x}px ${view.y}px`;
  // In whole steps, for every change costs a look at every line.
  world.style.setProperty('--far', Math.max(1, Math.round(0.6 / view.scale)));
}

// freeArea is the part of the stage that nothing lies over.
function freeArea() {
  const area = stage.getBoundingClientRect();
  const cover = panel.hidden ? null : panel.getBoundingClientRect();
  if (!cover) return { width: area.width, height: area.height };
  const beside = cover.left - area.left > 120;
  return {
    width: beside ? cover.left - area.left : area.width,
    height: beside ? area.height : Math.max(cover.top - area.top, 80),
  };
}

function fit(smooth = false) {
  const margin = 48;
  const free = freeArea();
  const scale = Math.min(
    (free.width - 2 * margin) / Math.max(drawing.width, 1),
    (free.height - 2 * margin) / Math.max(drawing.height, 1),
    1.1,
  );
  view.scale = Math.max(scale, minScale);
  view.x = (free.width - drawing.width * view.scale) / 2;
  view.y = (free.height - drawing.height * view.scale) / 2;
  view.fitted = true;
  showView(smooth);
}

// refit fits again after the free area has changed, if nobody has moved the view
// since it was fitted.
function refit(smooth = false) {
  if (view.fitted) fit(smooth);
}

new ResizeObserver(() => refit()).observe(stage);

// centerOn moves a node to the middle, at a scale at which names can be read.
function centerOn(v, smooth = false) {
  const free = freeArea();
  const { x, y } = drawing.at.get(v);
  view.fitted = false;
  view.scale = Math.min(Math.max(view.scale, 0.7), 1.1);
  view.x = free.width / 2 - (x + boxWidth / 2) * view.scale;
  view.y = free.height / 2 - (y + boxHeight / 2) * view.scale;
  showView(smooth);
}

// reveal moves the view only if a node is not to be seen or too small to read.
function reveal(v, smooth = true) {
  const free = freeArea();
  const { x, y } = drawing.at.get(v);
  const left = view.x + x * view.scale;
  const top = view.y + y * view.scale;
  const inside = left >= 8 && top >= 8 && left + boxWidth * view.scale <= free.width - 8 &&
    top + boxHeight * view.scale <= free.height - 8;
  if (!inside || view.scale < 0.35) centerOn(v, smooth);
}

// zoom scales around a point of the stage.
function zoom(factor, x, y, smooth = false) {
  const scale = Math.min(Math.max(view.scale * factor, minScale), maxScale);
  view.fitted = false;
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  showView(smooth);
}

function zoomAtMiddle(factor) {
  const free = freeArea();
  zoom(factor, free.width / 2, free.height / 2, true);
}

stage.addEventListener('wheel', (event) => {
  event.preventDefault();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  const speed = event.ctrlKey ? 0.01 : 0.0016; // a pinch comes as small steps with Ctrl
  const area = stage.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY * lines * speed), event.clientX - area.left, event.clientY - area.top);
}, { passive: false });

// Dragging starts only after a few pixels, so that a click on a node stays one.
const pointers = new Map();
let dragged = false;

stage.addEventListener('pointerdown', (event) => {
  if (event.button !== 0) return;
  if (pointers.size === 0) dragged = false;
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});

stage.addEventListener('pointermove', (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const dx = event.clientX - last.x;
  const dy = event.clientY - last.y;
  if (!dragged && Math.hypot(dx, dy) < 4) return;
  if (!dragged) stage.setPointerCapture(event.pointerId);
  dragged = true;
  stage.classList.add('dragging');
  const others = [...pointers.values()].filter((p) => p !== last);
  if (others.length === 0) {
    view.fitted = false;
    view.x += dx;
    view.y += dy;
    showView();
  } else {
    pinch(last, { x: event.clientX, y: event.clientY }, others[0]);
  }
  last.x = event.clientX;
  last.y = event.clientY;
});

// pinch zooms around the finger that rests.
function pinch(from, to, rest) {
  const area = stage.getBoundingClientRect();
  const before = Math.hypot(from.x - rest.x, from.y - rest.y);
  const after = Math.hypot(to.x - rest.x, to.y - rest.y);
  if (before > 0) zoom(after / before, rest.x - area.left, rest.y - area.top);
}

for (const end of ['pointerup', 'pointercancel']) {
  stage.addEventListener(end, (event) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) stage.classList.remove('dragging');
  });
}
