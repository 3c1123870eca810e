// The images with the largest losses, worst first.

import { addPart, app } from '../../app/store.js';
import { byId, setHidden } from '../../ui/dom.js';
import { createGallery } from './gallery.js';
import { measured } from './evaluation.js';
import { isTabSeen } from '../tabs.js';

const panel = byId('worst', HTMLElement);
const hint = byId('worst-hint', HTMLElement);
const wrong = byId('worst-wrong', HTMLInputElement);
const wrongLabel = byId('worst-wrong-label', HTMLElement);
const gallery = createGallery(panel);
let seen = '';

function draw() {
  if (!isTabSeen('worst') || !app.engine) return;
  setHidden(hint, Boolean(measured.found));
  setHidden(panel, !measured.found);
  setHidden(wrongLabel, app.model?.task !== 'classifier');
  if (!measured.found) {
    seen = '';
    return;
  }
  const place = `${measured.split} ${wrong.checked} ${app.modelVersion}`;
  const wanted = `${place} ${measured.version}`;
  // A new epoch changes nothing under the hand of a person who is choosing.
  if (wanted === seen || (gallery.busy && seen.startsWith(`${place} `))) return;
  seen = wanted;
  gallery.show(wrong.checked && app.model?.task === 'classifier' ? { wrong: true } : {});
}

addPart(draw);
wrong.addEventListener('change', draw);
