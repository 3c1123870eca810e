// A zip of files as they are, without compression (APPNOTE.TXT 4.3; pictures are compressed already).
//
// local header, name, bytes, for each file; then the directory: a header and name for each; then its end.

const LOCAL = 0x04034b50;
const ENTRY = 0x02014b50;
const END = 0x06054b50;
/** Names are UTF-8. */
const FLAGS = 0x0800;
/** 1 January 1980, midnight: the same files give the same zip. */
const DATE = 0x0021;

/**
 * @param {{ path: string, file: Blob }[]} files
 * @returns {Promise<Blob>}
 */
export async function zip(files) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {BlobPart[]} */
  const directory = [];
  let [at, length] = [0, 0];
  for (const { path, file } of files) {
    const name = new TextEncoder().encode(path);
    const sum = crc32(new Uint8Array(await file.arrayBuffer()));
    const common = [20, FLAGS, 0, 0, DATE, ...words(sum), ...words(file.size), ...words(file.size), name.length, 0];
    parts.push(shorts(...words(LOCAL), ...common), name, file);
    directory.push(shorts(...words(ENTRY), 20, ...common, 0, 0, 0, 0, 0, ...words(at)), name);
    at += 30 + name.length + file.size;
    length += 46 + name.length;
  }
  const end = shorts(...words(END), 0, 0, files.length, files.length, ...words(length), ...words(at), 0);
  return new Blob([...parts, ...directory, end], { type: 'application/zip' });
}

/** The two halves of 32 bits, the lower first. @param {number} value */
const words = (value) => [value & 0xffff, value >>> 16];

/** Numbers of 16 bits, little endian. @param {...number} values */
function shorts(...values) {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, place) => view.setUint16(2 * place, value, true));
  return view.buffer;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum;
});

/** CRC-32 of the zip format. @param {Uint8Array} bytes */
function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return ~sum >>> 0;
}
