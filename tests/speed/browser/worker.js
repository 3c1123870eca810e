// Measures in the browser: takes {build, threads, calls: [[function, ...arguments]]} and answers each call's figures.
import './worker/helper.js'; // hears before this script what concerns the threads

self.onmessage = async ({ data: { build, threads, calls } }) => {
  try {
    const glue = await import(`./pkg/${build}/neurarium_speed.js`);
    const { shared, initial, maximum } = await (await fetch(`/www/pkg/${build}/memory.json`)).json();
    await glue.default({ memory: new WebAssembly.Memory({ initial, maximum, shared }) });
    if (shared) await glue.initThreadPool(threads);
    for (const [name, ...values] of calls) self.postMessage({ figures: JSON.parse(glue[name](...values)) });
    self.postMessage({ done: true });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
