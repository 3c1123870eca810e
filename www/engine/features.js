// What this browser can run, and which of the three WebAssembly builds fits it.
//
// WebAssembly.validate looks at a tiny module that uses one instruction of the feature asked for; a module with an
// instruction that the browser does not know is refused whole, which is why there are several builds.

/** Every module starts with its magic number and version; then comes its type section. */
const start = [0, 97, 115, 109, 1, 0, 0, 0, 1];

// () -> v128: i8x16.splat(0)
const simd = [...start, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];

// () -> v128: i8x16.relaxed_swizzle(i8x16.splat(1), i8x16.splat(2))
const relaxedSimd = [
  ...start,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  15,
  1,
  13,
  0,
  65,
  1,
  253,
  15,
  65,
  2,
  253,
  15,
  253,
  128,
  2,
  11,
];

// () -> (): a shared memory of one page, and i32.atomic.load from it
const threads = [...start, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1, 10, 11, 1, 9, 0, 65, 0, 254, 16, 2, 0, 26, 11];

const can = (/** @type {number[]} */ bytes) => WebAssembly.validate(new Uint8Array(bytes));

/** The builds, best first. */
export const builds = ['threads-relaxed', 'threads', 'single'];

/**
 * What the page may use: every build needs `simd`; `isolated` says that shared memory may be made.
 * @returns {{ simd: boolean, relaxedSimd: boolean, threads: boolean, isolated: boolean }}
 */
export function features() {
  return {
    simd: can(simd),
    relaxedSimd: can(relaxedSimd),
    threads: can(threads),
    isolated: globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === 'function',
  };
}

/**
 * The build to load, and where it is the one without threads, why.
 * @returns {{ build: string, why: string | null }}
 */
export function fittingBuild() {
  const found = features();
  if (!found.simd) throw new Error('this browser has no WebAssembly SIMD, which the engine needs; a newer one has it');
  if (!found.threads) return { build: 'single', why: 'this browser has no WebAssembly threads' };
  if (!globalThis.crossOriginIsolated)
    return { build: 'single', why: 'this page is not isolated from other sites, so threads are not allowed' };
  if (!found.isolated) return { build: 'single', why: 'this browser gives pages no shared memory, which threads need' };
  return { build: found.relaxedSimd ? 'threads-relaxed' : 'threads', why: null };
}

/** The builds that this browser can run, best first. */
export const possibleBuilds = () => builds.slice(builds.indexOf(fittingBuild().build));

/** The build that will fit once the page is isolated. */
export function likelyBuild() {
  const found = features();
  return !found.threads ? 'single' : found.relaxedSimd ? 'threads-relaxed' : 'threads';
}
