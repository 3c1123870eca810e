// Buffers that move with a message instead of being copied.

/** The buffers of a message's arrays. @returns {ArrayBuffer[]} */
export function buffersIn(/** @type {any} */ message, depth = 0) {
  if (ArrayBuffer.isView(message)) return message.buffer instanceof ArrayBuffer ? [message.buffer] : [];
  if (depth === 5 || typeof message !== 'object' || message === null) return [];
  if (Array.isArray(message) && typeof message[0] !== 'object') return []; // a long list of numbers or words
  return [...new Set(Object.values(message).flatMap((part) => buffersIn(part, depth + 1)))];
}
