// One thread of the engine's pool. It shares the engine's memory and works for it until the page is left.
import { catchPanics } from './panic.js';

const panicSentence = catchPanics();

self.onmessage = async ({ data: { module, memory, receiver, main, alarm } }) => {
  const glue = await import(main);
  await glue.default({ module_or_path: module, memory });
  self.postMessage('ready');
  try {
    glue.wbg_rayon_start_worker(receiver); // does not return
  } catch {
    // The engine's worker waits for this thread for ever and hears nothing, so the page gets a message.
    new BroadcastChannel(alarm).postMessage(panicSentence());
  }
};
self.postMessage('awake');
