// Decodes files, in an instance of the decoders' build. A decoder that fails ends this instance and nothing else: decoders.js
// then starts another. It is handed the build, and answers requests {key, path, file, from, count, options} for the files
// from number `from` on of what is dropped: one file, or an archive, which stays open for the next request of the same key.
import { buffersIn } from '../engine/buffers.js';
import { DECODERS } from '../engine/loading.js';

/** @type {Promise<{ Decoder: any, memory: WebAssembly.Memory }>} */
let begun;
/** @type {{ key: number, decoder: any } | null} */
let open = null;

self.onmessage = async ({ data }) => {
  if (data instanceof WebAssembly.Module) {
    begun = begin(data);
    begun.catch(() => {}); // the first answer reports it
    return;
  }
  try {
    const made = await answer(data);
    self.postMessage(made, { transfer: buffersIn(made) });
  } catch {
    self.postMessage({ failed: 'its decoder failed on it' });
  }
};

async function begin(/** @type {WebAssembly.Module} */ module) {
  const { default: init, Decoder } = await import(`../pkg/${DECODERS}/neurarium.js`);
  const { memory } = await init({ module_or_path: module });
  return { Decoder, memory };
}

/** @returns {Promise<import('./decoders.js').Answer>} */
async function answer(/** @type {import('./decoders.js').Request} */ { key, path, file, from, count, options }) {
  const { Decoder, memory } = await begun;
  if (open?.key !== key) {
    open?.decoder.free();
    open = null;
    let bytes;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch {
      return { failed: 'could not be read; it was moved, changed or is not permitted' };
    }
    open = { key, decoder: new Decoder(path, bytes) };
  }
  const { decoder } = open;
  const files = decoder.files();
  self.postMessage({ files });
  const items = [];
  for (let index = from; index < Math.min(from + count, files); index++) {
    if (files > 1 && count === 1) self.postMessage({ at: decoder.path(index) });
    const item = decoder.decode(index, options);
    if (item) items.push(item);
  }
  const note = from === 0 ? decoder.note() : undefined;
  const pairs = decoder.hasPairs();
  if (files === 1) {
    decoder.free();
    open = null;
  }
  return { items, files, note, pairs, held: memory.buffer.byteLength };
}

self.postMessage('awake');
