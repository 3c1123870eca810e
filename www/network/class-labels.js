// The names of the classes beside the neurons that stand for them.

import { addPart, store } from '../app/store.js';
import { createView } from '../app/views.js';
import { byId, create, setHidden, setText } from '../ui/dom.js';
import { canvas, shownView } from './network.js';

/** @typedef {{ left: number, top: number, width: number, height: number } | null} Cell */

const holder = byId('class-labels', HTMLElement);

/** CSS pixels of a cell that has room for a name, and names at most. */
const LEAST_HEIGHT = 10;
const MOST = 40;
const GAP = 6;

/** The last layer's number and the classes, where the network is a classifier. */
function outputs() {
  const { model } = store;
  const classes = model?.attribution?.classes ?? [];
  return model && classes.length <= MOST ? { block: model.blocks.length - 1, classes } : { block: 0, classes: [] };
}

function draw() {
  const view = shownView();
  const { classes } = outputs();
  setHidden(holder, !view || classes.length === 0);
  if (!view || classes.length === 0 || !store.engine) return;
  look(view.scale, view.left, view.top, canvas.width, canvas.height, classes.join());
}

const look = createView({
  every: Infinity,
  ask() {
    const { block, classes } = outputs();
    return classes.map((_, index) => /** @type {[string, number, number]} */ (['cell', block, index]));
  },
  take: (/** @type {Cell[]} */ ...cells) => show(cells),
  fail: () => setHidden(holder, true),
});

/** @param {Cell[]} cells in device pixels of the frame */
function show(cells) {
  const { classes } = outputs();
  if (holder.children.length !== classes.length) holder.replaceChildren(...classes.map(() => create('span')));
  classes.forEach((name, index) => {
    const label = /** @type {HTMLElement} */ (holder.children[index]);
    const cell = cells[index];
    const height = (cell?.height ?? 0) / devicePixelRatio;
    setHidden(label, height < LEAST_HEIGHT);
    if (!cell || height < LEAST_HEIGHT) return;
    setText(label, name);
    label.style.left = `${(cell.left + cell.width) / devicePixelRatio + GAP}px`;
    label.style.top = `${(cell.top + cell.height / 2) / devicePixelRatio}px`;
  });
}

addPart(draw);
