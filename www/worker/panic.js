// What a panic of the engine says. WebAssembly only traps; the message went to the console just before.

/** Watches the console of this worker; the function it returns makes one sentence of the last message. */
export function catchPanics() {
  let message = '';
  const report = console.error;
  console.error = (...parts) => {
    const lines = String(parts[0]).split('\n');
    // "panicked at src/file.rs:1:2:" and, on the next line, why.
    if (lines[0].startsWith('panicked at')) message = lines[1]?.trim() || lines[0];
    report(...parts);
  };
  return () => {
    const cause = message ? `a mistake in it (${message})` : 'a mistake in it, or because memory ran out';
    return `The engine stopped because of ${cause}; reload the page to go on. What was learned since the last save is lost`;
  };
}
