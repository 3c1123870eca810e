// A build on its way to this page, of the engine or of the decoders: fetched and compiled here, while the worker that will
// run it and the rest of the page are still loading, and counted as it arrives.

/**
 * How far it is.
 * @typedef {object} Arrival
 * @property {number} share what is here, 0 to 1
 * @property {number} bytes what travels altogether, as compressed as it does; 0 where the service worker has kept it
 *
 * A build that is ready to be run, and how its memory must be made (tests/tools/wasm-memory.mjs).
 * @typedef {{ module: WebAssembly.Module, memory: { shared?: boolean, initial: number, maximum: number } }} Build
 */

/** The build that reads files of others. */
export const DECODERS = 'decoder';

/** A failure is forgotten, so the next file tries again. @type {Promise<WebAssembly.Module> | null} */
let decoders = null;

/** That build, fetched for the first file and then shared by all that this page or this worker reads. */
export function decoderModule() {
  decoders ??= loadBuild(DECODERS).then(
    ({ module }) => module,
    (error) => {
      decoders = null;
      throw error;
    },
  );
  return decoders;
}

/**
 * @param {string} build
 * @param {(arrival: Arrival) => void} [onArrival]
 * @returns {Promise<Build>}
 */
export async function loadBuild(build, onArrival = () => {}) {
  const address = (/** @type {string} */ name) => new URL(`../pkg/${build}/${name}`, import.meta.url);
  const fetched = async (/** @type {string} */ name) => {
    const response = await fetch(address(name), { priority: 'high' });
    const what = build === DECODERS ? 'the decoders of files' : 'the engine';
    if (!response.ok) throw new Error(`${what} could not be loaded: ${response.status} for ${name}`);
    return response;
  };
  const [response, { bytes, ...memory }] = await Promise.all([
    fetched('neurarium_bg.wasm'),
    fetched('memory.json').then((answer) => answer.json()),
  ]);
  // The browser decodes what was compressed on the way, so the share is one of the bytes that came out of it.
  const sent = response.headers.has('Content-Encoding') ? Number(response.headers.get('Content-Length')) : bytes;
  const travels = response.headers.has('Neurarium-Kept') ? 0 : sent || bytes;
  let read = 0;
  const counted = new TransformStream({
    transform(/** @type {Uint8Array} */ piece, stream) {
      read += piece.length;
      onArrival({ share: read / bytes, bytes: travels });
      stream.enqueue(piece);
    },
  });
  // Not every host names the type that streaming compilation asks for.
  const headers = { 'Content-Type': 'application/wasm' };
  const body = /** @type {ReadableStream} */ (response.body).pipeThrough(counted);
  return { module: await WebAssembly.compileStreaming(new Response(body, { headers })), memory };
}
