// A lifeline: a lock that a worker holds as long as it lives. No browser reports that a worker has ended, by itself or for
// want of memory; but it hands the lock to the next that asks.

/** Held from when the promise resolves. @param {string} name */
export function holdLifeline(name) {
  return new Promise((resolve) => {
    if (!navigator.locks) return resolve(undefined); // over plain http
    navigator.locks
      .request(name, () => {
        resolve(undefined);
        return new Promise(() => {});
      })
      .catch(resolve);
  });
}

/** @param {string} name of a lifeline that is held @param {() => void} onEnd the worker is gone */
export function watchLifeline(name, onEnd) {
  navigator.locks?.request(name, onEnd).catch(() => {});
}
