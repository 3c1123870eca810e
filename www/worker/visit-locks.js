// Locks of the files that a visit keeps: each is held as long as the page of the visit lives, so that no page touches
// another one's files.

/** Milliseconds that a page which was just reloaded may take to let go, and between two looks. */
const PATIENCE_MILLISECONDS = 1500;
const LOOK_MILLISECONDS = 100;

/** Locks that this page holds, each with what lets it go. @type {Map<string, () => void>} */
const held = new Map();

const lockOf = (/** @type {string} */ name) => `neurarium-${name}`;

/**
 * Holds a lock until the page goes or lets go of it; null where another page holds it.
 * @param {string} name
 * @returns {Promise<(() => void) | null>}
 */
export async function takeLock(name) {
  const mine = held.get(name);
  if (mine) return mine;
  return new Promise((resolve) => {
    const hold = (/** @type {Lock | null} */ lock) => {
      if (!lock) return resolve(null);
      return new Promise((letGo) => {
        const release = () => {
          held.delete(name);
          letGo(null);
        };
        held.set(name, release);
        resolve(release);
      });
    };
    navigator.locks.request(lockOf(name), { ifAvailable: true }, hold);
  });
}

/** Whether a page holds a lock. @param {string} name */
export async function isLocked(name) {
  const { held: locks } = await navigator.locks.query();
  return (locks ?? []).some((lock) => lock.name === lockOf(name));
}

/** Whether a page still holds a lock after the time that a reload takes. @param {string} name */
export async function staysLocked(name) {
  for (let waited = 0; await isLocked(name); waited += LOOK_MILLISECONDS) {
    if (waited >= PATIENCE_MILLISECONDS) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
  }
  return false;
}
