// Reads how a WebAssembly module wants its memory, from its import section (binary format, section 2). The page must know
// it before the module is there, and how many bytes it has, however it was compressed on its way.
//
//   node tests/tools/wasm-memory.mjs FILE.wasm
//
// prints {"bytes":4000000,"imported":true,"shared":true,"initial":18,"maximum":65536} (pages of 64 KiB), or
// {"bytes":4000000,"imported":false}.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {{ imported: boolean, shared?: boolean, initial?: number, maximum?: number }} WasmMemory
 * @param {Uint8Array} bytes
 * @returns {WasmMemory}
 */
export function wasmMemory(bytes) {
  let at = 8; // after the magic number and the version
  const number = () => {
    // LEB128: seven bits a byte, the lowest first, the top bit says that more follow.
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const skip = (/** @type {number} */ length) => {
    at += length;
  };
  const limits = () => {
    const flags = number(); // bit 0: has a maximum, bit 1: shared
    const initial = number();
    return { imported: true, shared: (flags & 2) !== 0, initial, maximum: flags & 1 ? number() : undefined };
  };

  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section === 2) {
      for (let left = number(); left > 0; left--) {
        skip(number()); // module name
        skip(number()); // field name
        const kind = bytes[at++];
        if (kind === 2) return limits();
        if (kind === 0)
          number(); // function: index of its type
        else if (kind === 1)
          (skip(1), limits()); // table: type of its elements, size
        else if (kind === 3)
          skip(2); // global: type, mutability
        else if (kind === 4)
          (skip(1), number()); // tag
        else throw new Error(`import of unknown kind ${kind}`);
      }
    }
    at = end;
  }
  return { imported: false };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const bytes = readFileSync(process.argv[2]);
  console.log(JSON.stringify({ bytes: bytes.length, ...wasmMemory(bytes) }));
}
