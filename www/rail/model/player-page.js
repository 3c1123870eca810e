// A trained model as one HTML file: the page of www/player, the engine for running alone, and the model, all inside.

const FOLDER = new URL('../../player/', import.meta.url);
const BUILD = new URL('../../pkg/player/', import.meta.url);

/** @param {URL} url */
async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url.pathname.split('/').pop()} cannot be read (${answer.status})`);
  return answer;
}

/** @param {BlobPart} bytes */
async function packed(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  const small = new Uint8Array(await new Response(stream).arrayBuffer());
  let text = '';
  for (let at = 0; at < small.length; at += 0x8000) text += String.fromCharCode(...small.subarray(at, at + 0x8000));
  return btoa(text);
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** @param {Uint8Array<ArrayBuffer>} model a model file @param {string} title */
export async function playerPage(model, title) {
  const text = async (/** @type {URL} */ url) => (await fetched(url)).text();
  const wasm = await (await fetched(new URL('neurarium_bg.wasm', BUILD))).arrayBuffer();
  const sources = ['player.html', 'player.css', 'player.js'].map((name) => new URL(name, FOLDER));
  const [page, style, script, glue] = await Promise.all([...sources, new URL('neurarium.js', BUILD)].map(text));
  /** @type {Record<string, string>} */
  const contents = {
    'the title': escaped(title),
    '/* style */': style,
    '/* glue */': glue,
    '"the wasm"': `"${await packed(wasm)}"`,
    '"the model"': `"${await packed(model)}"`,
    '/* script */': script,
  };
  const places = /the title|\/\* (?:style|glue|script) \*\/|"the (?:wasm|model)"/g;
  return page.replace(places, (place) => contents[place]);
}
