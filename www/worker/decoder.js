// Decodes files in an instance of the engine's build of its own. A decoder that fails ends this instance and nothing else:
// decoders.js then starts another. It answers requests {key, path, file, from, count, options} for the files from number
// `from` on of what is dropped: one file, or an archive, which stays open for the next request of the same key.

/** @type {any} */
let glue;
/** @type {WebAssembly.Memory} */
let memory;
/** @type {{ key: number, decoder: any } | null} */
let open = null;

self.onmessage = async ({ data }) => {
  if (data.build) return begin(data);
  try {
    const made = await answer(data);
    const buffers = 'items' in made ? made.items.map(({ bytes }) => bytes.buffer) : [];
    self.postMessage(made, { transfer: /** @type {ArrayBuffer[]} */ (buffers) });
  } catch {
    self.postMessage({ failed: 'its decoder failed on it' });
  }
};

/** @type {Promise<void>} */
let begun;

function begin(/** @type {import('./decoders.js').Beginning} */ { build, module, memory: wanted }) {
  begun = (async () => {
    glue = await import(`../pkg/${build}/neurarium.js`);
    const exported = await glue.default({ module_or_path: module, memory: ownMemory(wanted) });
    memory = exported.memory;
  })();
  begun.catch(() => {}); // the first answer reports it
}

/** A memory that no other instance shares. */
function ownMemory(/** @type {import('../engine/loading.js').Build['memory']} */ { shared, initial, maximum }) {
  if (!shared) return undefined; // it brings its own
  for (let most = Math.min(maximum, 32768); ; most = Math.floor(most / 2)) {
    try {
      return new WebAssembly.Memory({ initial, maximum: Math.max(initial, most), shared: true });
    } catch (error) {
      if (most < initial) throw error;
    }
  }
}

/** @returns {Promise<import('./decoders.js').Answer>} */
async function answer(/** @type {import('./decoders.js').Request} */ { key, path, file, from, count, options }) {
  await begun;
  if (open?.key !== key) {
    open?.decoder.free();
    open = null;
    let bytes;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch {
      return { failed: 'could not be read; it was moved, changed or is not permitted' };
    }
    open = { key, decoder: new glue.Decoder(path, bytes) };
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
  if (files === 1) {
    decoder.free();
    open = null;
  }
  return { items, files, note, held: memory.buffer.byteLength };
}
