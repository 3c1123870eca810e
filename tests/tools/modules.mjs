// The modules that an entry of the page brings in. A browser learns of an import only when it has read the module that
// names it, so a deep tree costs a round trip a level; the deployed page names them all at once.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { join } from 'node:path';

/** `import ... from './x.js'`, `import './x.js'` and `export ... from './x.js'`, over one line or more. */
const naming = /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'(\.[^']+)'/gm;

/**
 * @param {string} root the site
 * @param {string[]} entries paths below it
 * @returns {string[]} paths below it, entries first, each once
 */
export function modulesOf(root, entries) {
  const found = [...entries];
  for (const path of found) {
    // grows meanwhile
    for (const [, name] of readFileSync(join(root, path), 'utf8').matchAll(naming)) {
      const named = posix.join(posix.dirname(path), name);
      if (!found.includes(named)) found.push(named);
    }
  }
  return found;
}
