// TensorFlow.js, WebAssembly backend with SIMD, and with threads where more than one is asked for.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { input, labels, weights } from '../data.js';

export async function open(threads) {
  setWasmPaths(new URL('tfjs/', import.meta.url).href);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  setThreadsCount(threads);
  // The backend starts no more threads than half of the processors it sees.
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads });
  await tf.setBackend('wasm');
  await tf.ready();
  if (!tf.env().getBool('WASM_HAS_SIMD_SUPPORT')) throw new Error('the backend did not find SIMD');
  if (threads > 1 && getThreadsCount() !== threads) throw new Error(`the backend runs on ${getThreadsCount()} threads`);
}

export function start(workload, batch, rate, k) {
  const [h, w, c] = workload.input;
  const x = tf.tensor(input(workload, batch, k), h === 1 ? [batch, c] : [batch, h, w, c]);
  const classes = workload.loss === 'cross_entropy';
  const target = classes ? tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels(batch), 'int32'), 10), 'float32')) : x;
  const parameters = tf.tidy(() =>
    weights(workload).map(({ op, from, to, values }) => [
      // dense in x out, convolutions height x width x in x out
      tf.variable(
        op === 'dense'
          ? tf.transpose(tf.tensor(values, [to, from]))
          : tf.transpose(tf.tensor(values, [to, 3, 3, from]), [1, 2, 3, 0]),
      ),
      tf.variable(tf.zeros([to])),
    ]),
  );
  const adam = tf.train.adam(rate, 0.9, 0.999, 1e-8);
  let last;

  function forward() {
    let y = x;
    let k = 0;
    for (const { op, to, stride, act } of workload.layers) {
      if (op === 'dense')
        y = tf.add(tf.matMul(y.rank === 4 ? tf.reshape(y, [batch, -1]) : y, parameters[k][0]), parameters[k++][1]);
      else if (op === 'conv') y = tf.add(tf.conv2d(y, parameters[k][0], stride, 1), parameters[k++][1]);
      else if (op === 'pool') y = tf.maxPool(y, 2, 2, 'valid');
      else if (op === 'upsample') y = tf.image.resizeNearestNeighbor(y, [2 * y.shape[1], 2 * y.shape[2]]);
      else if (op === 'shape') y = tf.reshape(y, [batch, ...to]);
      if (act) y = act === 'relu' ? tf.relu(y) : tf.sigmoid(y);
    }
    return classes ? tf.losses.softmaxCrossEntropy(target, y) : tf.losses.meanSquaredError(target, y);
  }

  return {
    step() {
      last?.dispose();
      last = adam.minimize(forward, true, parameters.flat());
    },
    loss: () => last.dataSync()[0],
    end() {
      tf.dispose([x, target, parameters, last]);
      adam.dispose();
    },
  };
}
