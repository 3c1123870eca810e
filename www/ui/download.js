// One file out.

/** A name as part of a file name: coloured shapes -> coloured-shapes. @param {string} name */
export const plain = (name) => name.replace(/[^\p{L}\p{N}.]+/gu, '-').slice(0, 40);

/** Hands a file to the person. @param {string} name @param {Blob} file */
export function download(name, file) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
