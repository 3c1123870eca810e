// The map of all images: a point each, placed by what they are or by what the network makes of them.

import { addPart, can, invalidate, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { jobOf } from '../../app/jobs.js';
import { watchCode, latent } from '../../look/latent/latent.js';
import { byId, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { count, counted } from '../../ui/format.js';
import { colour, theme } from '../../ui/theme.js';
import { isTabSeen } from '../shown-tab.js';
import { coloursOf, packed, showLegend } from './map-colours.js';
import { drawControls, isCodeMap } from './map-controls.js';
import { offerFiles } from './map-files.js';
import { light, lit, litPoints } from './lit.js';
import './map-list.js';
import { drawOutline, watchPointer } from './map-pointer.js';
import { drawSelection, forgetSelection } from './map-selection.js';
import { drawTour } from './map-tour.js';
import { showAge, showFigures } from './map-words.js';
import { paintPoints } from './scatter.js';
import { look, seenFrame, seenPlacement, showAll } from './shown-map.js';

/** @import { CodeMap, MapColouring, MapView } from '../../engine/types.js' */

const canvas = byId('map-canvas', HTMLCanvasElement);
const legend = byId('map-legend', HTMLElement);
const hint = byId('map-hint', HTMLElement);
const figures = byId('map-figures', HTMLElement);
const colouring = byId('map-colours', HTMLSelectElement);

const MILLISECONDS = 500;

/** The version of the points that are here. */
let version = 0;
/** The engine's numbers that points are coloured by, the colours, and what those are for. */
/** @type {Float32Array} */
let values = new Float32Array();
/** @type {Uint32Array} */
let colours = new Uint32Array();
let coloured = '';
/** 1 for each point that lights up, because it was chosen elsewhere. @type {Uint8Array | null} */
let shining = null;
const litButton = byId('map-lit', HTMLButtonElement);

const isSeen = () => isTabSeen('map');

function draw() {
  if (!isSeen() || !store.engine) return;
  drawControls();
  for (const option of colouring.options)
    setHidden(
      option,
      (option.dataset.for === 'classify' && !can('classify')) ||
        (option.value === 'class' && !store.data?.classes.length),
    );
  if (colouring.selectedOptions[0]?.hidden) colouring.value = store.data?.classes.length ? 'class' : 'split';
  look.by = /** @type {MapColouring} */ (colouring.value);
  const { valLoss, evaluating } = store.status ?? {};
  if (isCodeMap()) lookAtCodes(latent.directions?.step, store.example);
  else lookAtMap(jobOf('project')?.done, look.by, valLoss, evaluating === null, lit.what);
  tell();
  drawSelection();
}

const lookAtCodes = createView({
  every: MILLISECONDS,
  ask: () => [['map']],
  take(/** @type {CodeMap | null} */ found) {
    if (!isCodeMap()) return;
    version = 0;
    shining = null;
    if (!found) return show(null);
    const points = new Float32Array(2 * found.x.length);
    found.x.forEach((x, i) => points.set([x, found.y[i]], 2 * i));
    values = Float32Array.from(found.label, (label) => (label < 0 ? NaN : label));
    const { left, right, bottom, top, stale } = found;
    const [across, up] = [(right - left) * 0.04 || 1e-6, (top - bottom) * 0.04 || 1e-6];
    show({
      points,
      examples: found.example,
      frame: { left: left - across, right: right + across, bottom: bottom - up, top: top + up },
      current: { x: found.currentX, y: found.currentY },
      view: null,
      stale,
    });
  },
});

const lookAtMap = createView({
  every: MILLISECONDS,
  ask: () => [
    ['mapView', version],
    ['mapColours', look.by],
    ...(lit.what && 'split' in lit.what
      ? /** @type {['mapColours', MapColouring][]} */ ([
          ['mapColours', 'class'],
          ['mapColours', 'predicted'],
          ['mapColours', 'split'],
        ])
      : []),
  ],
  take(
    /** @type {MapView | null} */ view,
    /** @type {Float32Array} */ found,
    /** @type {Float32Array | undefined} */ classes,
    /** @type {Float32Array | undefined} */ predicted,
    /** @type {Float32Array | undefined} */ splits,
  ) {
    if (isCodeMap()) return;
    if (!view) {
      version = 0;
      return show(null);
    }
    values = found;
    const before = look.map?.view ? look.map : null;
    const points = view.points ?? before?.points;
    const examples = view.examples ?? before?.examples;
    version = points && examples ? view.version : 0;
    if (!points || !examples || points.length === 0) return show(null);
    shining = litPoints(examples, classes && predicted && splits ? { classes, predicted, splits } : null);
    const [left, right, bottom, top] = view.frame;
    show({ points, examples, frame: { left, right, bottom, top }, current: null, view, stale: view.stale });
  },
});

/** @param {typeof look.map} map */
function show(map) {
  const kind = (/** @type {typeof map} */ of) => `${of?.view?.splits} ${of?.examples.length}`;
  const other = kind(map) !== kind(look.map);
  if (other) {
    forgetSelection();
    showAll();
  }
  look.map = map;
  coloured = '';
  paint();
  tell();
}

function tell() {
  const { map } = look;
  setHidden(hint, map !== null);
  setHidden(figures, !map?.view);
  showAge(byId('map-words', HTMLElement), map);
  showFigures(byId('map-quality', HTMLElement), map);
  tellLit();
  offerFiles(values);
  drawTour(paint);
}

function tellLit() {
  const { what } = lit;
  setHidden(litButton, !what || !look.map?.view);
  if (!what) return;
  const points = shining?.reduce((sum, one) => sum + one, 0) ?? 0;
  const here = points > 0 ? `${counted(points, 'image')} lit` : 'none in this map';
  setText(litButton, `${what.words}: ${here}; show all`);
}

/** Paints the points where they are now. */
function paint() {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const { map } = look;
  const ink = canvas.getContext('2d');
  if (!ink || width === 0) return;
  if (!map) {
    ink.clearRect(0, 0, width, height);
    return showLegend(legend, []);
  }
  const wanted = `${look.by} ${theme()}`;
  if (coloured !== wanted) {
    coloured = wanted;
    const made = coloursOf(map.view ? look.by : 'class', values);
    colours = made.colours;
    showLegend(legend, made.legend);
  }
  const frame = seenFrame(canvas);
  paintPoints(canvas, map.points, colours, frame, look.chosen ?? shining, packed(colour('--surface')));
  ink.save();
  ink.scale(devicePixelRatio, devicePixelRatio);
  if (map.current) ring(ink, seenPlacement(canvas).pixel(map.current.x, map.current.y), 7);
  drawOutline(ink);
  ink.restore();
  const { length } = map.examples;
  setAttribute(
    canvas,
    'aria-label',
    `Map of ${count(length)} ${map.view ? 'images' : 'codes'}. Arrow keys move a cursor, Enter opens ${map.view ? 'the nearest image' : 'what is there'}, S chooses the images around it, plus and minus zoom, 0 shows all, Escape chooses none.`,
  );
}

/** @param {CanvasRenderingContext2D} ink @param {[number, number]} spot @param {number} radius */
function ring(ink, [x, y], radius) {
  for (const [style, width] of /** @type {const} */ ([
    ['--background', 5],
    ['--text', 2],
  ])) {
    ink.strokeStyle = colour(style);
    ink.lineWidth = width;
    ink.beginPath();
    ink.arc(x, y, radius, 0, 2 * Math.PI);
    ink.stroke();
  }
}

addPart(draw);
watchCode(() => isSeen() && isCodeMap());
watchPointer(canvas, paint, ring);
new ResizeObserver(() => {
  if (isSeen()) paint();
}).observe(canvas);
document.addEventListener('theme', () => {
  if (isSeen()) paint();
});
colouring.addEventListener('change', invalidate);
litButton.addEventListener('click', () => light(null));
