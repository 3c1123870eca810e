// The numbers that every engine starts from; README.md has the formulas.

/** `count` numbers in [0, 1). */
function hashed(/** @type {number} */ count, /** @type {number} */ k) {
  return Float64Array.from({ length: count }, (_, i) => ((Math.imul(i, 2654435761) + k * 40503) >>> 0) / 2 ** 32);
}

/** A batch as batch x height x width x channels, moved to batch x channels x height x width where `order` is NCHW. */
export function input({ input: [h, w, c] }, batch, k, order) {
  const x = Float32Array.from(hashed(batch * h * w * c, k), (value) => Math.floor(256 * value) / 255);
  return order === 'NCHW' ? moveChannels(x, batch, h * w, c, 1) : x;
}

/** The class of each image. */
export const labels = (/** @type {number} */ batch) => Int32Array.from({ length: batch }, (_, i) => i % 10);

/**
 * The weights of the dense and convolution layers in turn: dense out x in, convolutions out x 3 x 3 x in. Where `order`
 * is NCHW, convolutions are out x in x 3 x 3, and dense layers before or after a picture have their values in its order.
 */
export function weights({ layers }, order) {
  const nchw = order === 'NCHW';
  let k = 0;
  let channels = 0; // of the picture before this layer; 0: it is a vector
  return layers.flatMap(({ op, from, to }, at) => {
    if (op === 'shape') channels = to[2];
    if (op !== 'dense' && op !== 'conv') return [];
    k += 1;
    const fanIn = op === 'conv' ? 9 * from : from;
    const bound = Math.sqrt(6 / fanIn);
    let values = Float32Array.from(hashed(to * fanIn, k), (value) => (value - 0.5) * 2 * bound);
    if (nchw && op === 'conv') values = moveChannels(values, to, 9, from, 1);
    if (nchw && op === 'dense' && channels > 0) values = moveChannels(values, to, from / channels, channels, 1);
    const after = layers[at + 1];
    if (nchw && after?.op === 'shape') values = moveChannels(values, 1, to / after.to[2], after.to[2], from);
    channels = op === 'conv' ? to : 0;
    return [{ op, from, to, values }];
  });
}

/** outer x places x channels x inner becomes outer x channels x places x inner. */
function moveChannels(values, outer, places, channels, inner) {
  const moved = new Float32Array(values.length);
  for (let o = 0; o < outer; o++)
    for (let p = 0; p < places; p++)
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < inner; i++)
          moved[((o * channels + c) * places + p) * inner + i] = values[((o * places + p) * channels + c) * inner + i];
  return moved;
}
