// The images with the largest losses, worst first.

import { addPart, can, same, store } from '../../app/store.js';
import { byId, setHidden } from '../../ui/dom.js';
import { createGallery } from './gallery.js';
import { measured } from './evaluation.js';
import { isTabSeen } from '../shown-tab.js';

const panel = byId('worst', HTMLElement);
const hint = byId('worst-hint', HTMLElement);
const wrong = byId('worst-wrong', HTMLInputElement);
const wrongLabel = byId('worst-wrong-label', HTMLElement);
const gallery = createGallery(panel);
/** What is shown. @type {unknown[]} */
let seen = [];

function draw() {
  if (!isTabSeen('worst') || !store.engine) return;
  setHidden(hint, Boolean(measured.found));
  setHidden(panel, !measured.found);
  setHidden(wrongLabel, !can('classify'));
  if (!measured.found) {
    seen = [];
    return;
  }
  const place = [measured.split, wrong.checked, store.stamps.network];
  const wanted = [...place, measured.version];
  // A new epoch changes nothing under the hand of a person who is choosing.
  if (same(wanted, seen) || (gallery.busy && same(place, seen.slice(0, place.length)))) return;
  seen = wanted;
  gallery.show(wrong.checked && can('classify') ? { wrong: true } : {});
}

addPart(draw);
wrong.addEventListener('change', draw);
