// One measurement in a fresh worker: worker.js?engine=E&threads=T&workload=W&batch=B answers with one message.
import { measure } from './measure.js';

const read = async (/** @type {string} */ file) => (await fetch(file)).json();
const asked = new URL(self.location.href).searchParams;
const name = asked.get('workload');
const batch = Number(asked.get('batch'));
try {
  const rules = await read('rules.json');
  const workload = (await read('workloads.json'))[name];
  const engine = await import(`./${asked.get('engine')}.js`);
  await engine.open(Number(asked.get('threads')));
  self.postMessage(await measure(rules, (rate) => engine.start(workload, batch, rate, rules.input_k)));
} catch (error) {
  self.postMessage({ cannot: String(error?.message ?? error) });
}
