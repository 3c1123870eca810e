// The base network that the page's own host serves, fetched only when it is asked for; its licence stands beside the button.

import { addPart, invalidate, store } from '../../app/store.js';
import { byId, setDisabled } from '../../ui/dom.js';
import { clearError, hideLoading, showError, showLoading, showNotice, showProgress } from '../../ui/messages.js';
import { openModel } from './model-file.js';

const button = byId('open-base', HTMLButtonElement);
const name = 'efficientnet-lite0-224-fp16.onnx';
const bytes = 9_297_461;
const address = new URL(`../../base/${name}`, import.meta.url);

async function openBase() {
  if (!store.engine || store.loading) return;
  const cancel = new AbortController();
  clearError();
  store.loading = true;
  invalidate();
  showLoading('Loading EfficientNet-Lite0', () => cancel.abort());
  let file = null;
  try {
    file = await fetched(cancel.signal);
  } catch (error) {
    if (cancel.signal.aborted) showNotice('Loading was cancelled; the network is as it was');
    else showError(error, 'The network is as it was. Try again, or open an ONNX file of your own.');
  }
  store.loading = false;
  hideLoading();
  invalidate();
  if (file) await openModel(file);
}

/** The file, counted in KiB as it arrives. @param {AbortSignal} signal */
async function fetched(signal) {
  const response = await fetch(address, { signal });
  if (!response.ok || !response.body) throw new Error(`the base network could not be loaded: ${response.status}`);
  let read = 0;
  const counted = new TransformStream({
    transform(/** @type {Uint8Array} */ piece, stream) {
      read += piece.length;
      showProgress(Math.round(read / 1024), Math.round(bytes / 1024), 'KiB');
      stream.enqueue(piece);
    },
  });
  return new File([await new Response(response.body.pipeThrough(counted)).blob()], name);
}

addPart(() => setDisabled(button, store.engine === null || store.model === null || store.loading));
button.addEventListener('click', openBase);
