// Reads zips whose entries are stored as they are, to use what the page saved as its reader would.

const END = 22;
const LISTED = 46;

/** The entries by name, in the order of the list at the end. @param {Buffer} bytes @returns {Map<string, Buffer>} */
export function entriesOf(bytes) {
  const entries = new Map();
  const end = bytes.length - END;
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    const [length, names, more, comment] = [
      bytes.readUInt32LE(at + 24),
      ...[28, 30, 32].map((from) => bytes.readUInt16LE(at + from)),
    ];
    const local = bytes.readUInt32LE(at + 42);
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    entries.set(bytes.toString('utf8', at + LISTED, at + LISTED + names), bytes.subarray(begin, begin + length));
    at += LISTED + names + more + comment;
  }
  return entries;
}
