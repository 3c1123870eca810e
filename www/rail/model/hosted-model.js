// A model beside the page, which the address names: #open=model.safetensors. Folders for static hosts are made so.

import { store } from '../../app/store.js';
import { hideLoading, showError, showLoading } from '../../ui/messages.js';
import { openModel } from './model-file.js';

/** Files beside the page alone: an address from others brings nothing from elsewhere. */
const BESIDE = /^[\w-][\w.-]*\.(?:safetensors|onnx|zip)$/;

/** Opens the model that the address names, if it names one. */
export async function openNamed() {
  const name = new URLSearchParams(location.hash.slice(1)).get('open');
  if (name === null || !store.engine) return;
  const cancel = new AbortController();
  try {
    if (!BESIDE.test(name)) throw new Error(`open: expected the name of a model beside this page, got "${name}"`);
    showLoading(`Loading ${name}`, () => cancel.abort());
    const response = await fetch(new URL(name, document.baseURI), { signal: cancel.signal });
    if (!response.ok) throw new Error(`${name} could not be loaded: ${response.status}`);
    const file = new File([await response.blob()], name);
    hideLoading();
    await openModel(file);
  } catch (error) {
    hideLoading();
    showError(error, 'The page began with a new network instead.');
  }
}
