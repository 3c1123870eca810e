// Files from outside and ONNX in the decoders' build, and models in the single-threaded one, under Node.js: on 32 bits and without
// unwinding, where a size that a file claims can end the engine. Every file is used or refused with a sentence, and memory grows no further than decoding may.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { wasmMemory } from '../tools/wasm-memory.mjs';

const shared = '../shared/data';
const mostMemory = 640 << 20; // what decoding one file may take (src/data/load/picture.rs), and the rest
const targets = { target_width: 0, target_height: 0, target_channels: 0, paired: false };
const options = {
  width: 16,
  height: 16,
  channels: 0,
  resize: 'fit',
  background: [255, 255, 255],
  limit: 0,
  ...targets,
};

/** A fresh instance: the module keeps one of its own, so each file brings in another copy of it. */
let copies = 0;
async function instance(build = 'decoder') {
  Object.assign(globalThis, { neurariumProgress: () => false, addEventListener: () => {} }); // of a worker
  const glue = await import(`../../www/pkg/${build}/neurarium.js?copy=${++copies}`);
  const wasm = readFileSync(`www/pkg/${build}/neurarium_bg.wasm`);
  const { imported, shared, initial = 0, maximum } = wasmMemory(wasm);
  const own = imported ? new WebAssembly.Memory({ initial, maximum, shared }) : undefined;
  const { memory } = await glue.default({ module_or_path: wasm, memory: own });
  return { glue, memory };
}

/** The files of folders of shared/data. @param {string[]} folders */
function filesOf(...folders) {
  return folders.flatMap((folder) => {
    const names = readdirSync(join(shared, folder), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    return files.map(({ parentPath, name }) => ({ name, bytes: new Uint8Array(readFileSync(join(parentPath, name))) }));
  });
}

/** What became of each file of a drop, by its kind. @param {any} glue @param {string} name @param {Uint8Array} bytes */
function decoded(glue, name, bytes) {
  const decoder = new glue.Decoder(name, bytes);
  const kinds = [];
  for (let index = 0; index < decoder.files(); index++) kinds.push(decoder.decode(index, options)?.content);
  decoder.free();
  return kinds;
}

const skip = existsSync(shared) ? false : `${shared} is not there`;

test('hostile and awkward pictures are used or refused, within the memory of a decoder', { skip }, async () => {
  let { glue, memory } = await instance();
  for (const { name, bytes } of filesOf('hostile-files', 'awkward-images', 'field-cases')) {
    for (const content of decoded(glue, name, bytes)) {
      if (content?.kind === 'skipped') assert.match(content.reason, /^[^\x00-\x1f]+$/, name);
    }
    assert.ok(memory.buffer.byteLength < mostMemory, `${name}: ${memory.buffer.byteLength >> 20} MiB`);
    if (memory.buffer.byteLength > 64 << 20) ({ glue, memory } = await instance());
  }
});

test('a WebP that claims a large EXIF chunk is used, and takes no memory for it', { skip }, async () => {
  const { glue, memory } = await instance();
  for (const { name, bytes } of filesOf('hostile-files').filter(({ name }) => name.startsWith('webp-exif-claims'))) {
    assert.equal(decoded(glue, name, bytes)[0]?.kind, 'example', name);
  }
  assert.ok(memory.buffer.byteLength < 64 << 20);
});

test('lengths and counts in files may be anything', async () => {
  const { glue } = await instance();
  const file = (/** @type {number[][]} */ ...parts) => Uint8Array.from(parts.flat());
  const letters = (/** @type {string} */ text) => [...text].map((letter) => letter.charCodeAt(0));
  const endless = [255, 255, 255, 255];
  for (const bytes of [
    file(letters('RIFF'), endless, letters('WEBPVP8X'), endless, letters('EXIF'), endless),
    file([137, 80, 78, 71, 13, 10, 26, 10], endless, letters('eXIf'), endless),
    file(letters('II*\0'), endless, endless, endless),
    file(letters('II+\0\b\0\0\0'), endless, endless, endless, endless),
    file([0, 0, 8, 3], endless, endless, endless),
    file([0, 0, 1, 0, 255, 255], endless, endless, endless, endless),
    file(letters('PK\x05\x06\0\0\0\0'), endless, endless, endless, [0, 0]),
    file([0xff, 0xd8, 0xff, 0xe1, 0, 0, 0xff, 0xee, 0, 1, 0xff, 0xda]),
  ]) {
    assert.equal(decoded(glue, 'a', bytes)[0]?.kind, 'skipped', String(bytes));
  }
});

test('hostile models are opened or refused, and their counts do not wrap', { skip }, async () => {
  for (const { name, bytes } of filesOf('hostile-files').filter(({ name }) => name.endsWith('.safetensors'))) {
    const { glue } = await instance('single');
    const engine = new glue.Engine('limit=40\nmodel=autoencoder-dense\nembedding=4');
    let refused = '';
    try {
      engine.open(bytes);
    } catch (error) {
      assert.equal(typeof error, 'string', `${name}: ${error}`);
      refused = String(error);
    }
    if (/^(huge-work|training-nan)/.test(name)) assert.notEqual(refused, '', name);
    if (name.startsWith('more-than-4e9')) assert.equal(engine.modelSummary().connections, 4_872_148_032);
    assert.ok(engine.status(), name);
  }
});

test('files of ONNX become model files and are made of them again, or are refused with a sentence', async () => {
  const { glue } = await instance();
  for (const name of ['mobile', 'paint', 'plain', 'residual', 'wide']) {
    const bytes = new Uint8Array(readFileSync(`tests/oracle/onnx/${name}.onnx`));
    const model = glue.modelOfOnnx(bytes, [], []);
    assert.equal(Buffer.from(model.subarray(8, 9)).toString(), '{', name);
    const again = glue.onnxOfModel(model, 'tensor', 'whole');
    assert.equal(glue.modelOfOnnx(again, [], []).length > 0, true, name);
    const refused = (/** @type {() => void} */ work) => assert.throws(work, (error) => typeof error === 'string', name);
    refused(() => glue.modelOfOnnx(bytes.subarray(0, bytes.length - 9), [], []));
    refused(() => glue.onnxOfModel(model.subarray(0, model.length - 9), 'tensor', 'whole'));
    refused(() => glue.onnxOfModel(model, 'tensor', 'decoder'));
  }
});
