// Numbers as people read them: thousands apart, sensible digits, a real minus sign.

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const NONE = '–';

/** 1204 -> "1,204". @param {number | null | undefined} value */
export function count(value) {
  return isNumber(value) ? whole.format(value) : NONE;
}

/** 1 -> "1 image", 2 -> "2 images". @param {number} value @param {string} one @param {string} [many] */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 30720 -> "30.7 k"; exact below 10,000. @param {number} value */
export function brief(value) {
  if (value < 10_000) return count(value);
  const [scaled, unit] = value < 1e6 ? [value / 1e3, 'k'] : value < 1e9 ? [value / 1e6, 'M'] : [value / 1e9, 'G'];
  return `${significant(scaled, 3)} ${unit}`;
}

/** A loss: four digits that count, no jumping of the width. @param {number | null | undefined} value */
export function loss(value) {
  if (!isNumber(value)) return NONE;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.0001 || size >= 10_000) return value.toExponential(2).replace('e-', 'e−').replace('e+', 'e');
  return value.toFixed(size < 0.001 ? 6 : size < 0.01 ? 5 : size < 10 ? 4 : size < 100 ? 3 : 1);
}

/** A rate or another setting: as short as it can be written, 7.81e-6 below 0.0001. @param {number} value */
export function setting(value) {
  const rounded = Number(value.toPrecision(3));
  return rounded !== 0 && Math.abs(rounded) < 1e-4 ? rounded.toExponential() : String(rounded);
}

/** With this many digits that count. @param {number | null | undefined} value @param {number} digits */
export function significant(value, digits = 3) {
  if (!isNumber(value)) return NONE;
  if (value === 0) return '0';
  const after = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return after > 6 ? value.toPrecision(digits) : value.toFixed(after);
}

/** A value of a neuron or a weight, with sign. @param {number | null | undefined} value */
export function signed(value) {
  if (!isNumber(value)) return NONE;
  return `${value < 0 ? '−' : '+'}${significant(Math.abs(value), 3)}`;
}

/** Bytes as MiB. @param {number} bytes */
export function mebibytes(bytes) {
  const value = bytes / 1024 / 1024;
  return value < 0.1 && value > 0 ? '< 0.1' : value < 100 ? value.toFixed(1) : count(value);
}

/** Seconds as 4.2 s, 1:05 or 2:03:07. @param {number} seconds */
export function clock(seconds) {
  if (seconds < 60) return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`;
  const all = Math.round(seconds);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

/** 0.9873 -> "98.7 %". @param {number} value */
export function percent(value) {
  return `${(value * 100).toFixed(1)} %`;
}

/** @param {number | null | undefined} value @returns {value is number} */
export function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value);
}

/** How long ago something was, roughly. @param {number} milliseconds */
export function ago(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 2) return 'just now';
  if (minutes < 120) return `${minutes} minutes ago`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} hours ago` : `${Math.round(minutes / 1440)} days ago`;
}
