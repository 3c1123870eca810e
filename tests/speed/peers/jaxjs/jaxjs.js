// jax-js, WebAssembly backend: kernels that it writes at run time, over its own pool of workers or, with one thread,
// without. Adam is written out here, for its optimisers are not in the package.
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { input, labels, weights } from '../data.js';

let alone = false; // on this thread, without the pool

export async function open(threads) {
  alone = threads === 1;
  // Its pool is as large as the number of processors it sees.
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads });
  if (!(await init('wasm')).includes('wasm')) throw new Error('the backend did not start');
  defaultDevice('wasm');
}

// Every use of an array but the last one says `.ref`: an array is freed by the function it is given to.
export function start(workload, batch, rate, k) {
  const [h, w, c] = workload.input;
  const x = np.array(input(workload, batch, k, 'NCHW')).reshape(h === 1 ? [batch, c] : [batch, c, h, w]);
  const classes = workload.loss === 'cross_entropy';
  const target = classes ? nn.oneHot(np.array(labels(batch), { dtype: np.int32 }), 10) : x.ref;
  let parameters = weights(workload, 'NCHW').map(({ op, from, to, values }) => [
    // dense in x out
    op === 'dense' ? np.array(values).reshape([to, from]).transpose() : np.array(values).reshape([to, from, 3, 3]),
    np.zeros([to]),
  ]);
  let m = tree.map((p) => np.zeros(p.shape), parameters);
  let v = tree.map((p) => np.zeros(p.shape), parameters);
  let steps = 0;
  let last;

  function lossOf(parameters, x, target) {
    let y = x;
    let k = 0;
    for (const { op, to, stride, act } of workload.layers) {
      if (op === 'dense' || op === 'conv') {
        const [weight, bias] = parameters[k++];
        if (op === 'dense') y = np.matmul(y.reshape([batch, -1]), weight).add(bias);
        else
          y = lax
            .convGeneralDilated(
              y,
              weight,
              [stride, stride],
              [
                [1, 1],
                [1, 1],
              ],
            )
            .add(bias.reshape([to, 1, 1]));
      } else if (op === 'pool') y = lax.reduceWindow(y, np.max, [2, 2], [2, 2]);
      else if (op === 'upsample') y = np.repeat(np.repeat(y, 2, 2), 2, 3);
      else if (op === 'shape') y = y.reshape([batch, to[2], to[0], to[1]]);
      if (act) y = act === 'relu' ? nn.relu(y) : nn.sigmoid(y);
    }
    if (classes)
      return nn
        .logSoftmax(y)
        .mul(target)
        .sum()
        .mul(-1 / batch);
    return np.square(y.sub(target)).mean();
  }

  const step = jit((parameters, m, v, size, correction, x, target) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(parameters), x, target);
    const m2 = tree.map((m, g) => m.mul(0.9).add(g.ref.mul(0.1)), m, gradients);
    const v2 = tree.map((v, g) => v.mul(0.999).add(np.square(g).mul(0.001)), v, gradients);
    const moved = tree.map(
      (p, m, v) => p.sub(m.ref.mul(size.ref).div(np.sqrt(v.ref).mul(correction.ref).add(1e-8))),
      parameters,
      m2,
      v2,
    );
    size.dispose();
    correction.dispose();
    return [loss, moved, m2, v2];
  });

  return {
    step() {
      last?.dispose();
      steps += 1;
      const size = rate / (1 - 0.9 ** steps);
      const correction = 1 / Math.sqrt(1 - 0.999 ** steps);
      [last, parameters, m, v] = step(parameters, m, v, size, correction, x.ref, target.ref);
      return alone ? last.ref.dataSync() : blockUntilReady(parameters); // reading a loss runs the whole step
    },
    loss: async () => (alone ? last.ref.dataSync() : await last.ref.data())[0],
    end() {
      tree.dispose([parameters, m, v, x, target, last]);
      step.dispose();
    },
  };
}
