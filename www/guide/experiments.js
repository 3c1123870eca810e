// Ready experiments: the pictures and the network that learns them. Each is one click, and a link.

/**
 * @typedef {object} Experiment
 * @property {string} id
 * @property {string} title
 * @property {string} words what happens, in one line
 * @property {string} sign a letter or two, or the name of an icon as `#name`
 * @property {Record<string, string>} settings that differ from the defaults; `sample` and `model` first
 * @property {'folder' | 'collect'} [asks] what the person brings first
 */

/** @type {Experiment[]} */
export const EXPERIMENTS = [
  {
    id: 'digits',
    title: 'Digits you draw',
    words: 'Learns to read, then reads yours',
    sign: '3',
    settings: { sample: 'digits', model: 'classifier-cnn' },
  },
  {
    id: 'shapes',
    title: 'Squeeze and redraw',
    words: 'Shapes become 128 numbers',
    sign: '#sample',
    settings: { sample: 'shapes', model: 'autoencoder' },
  },
  {
    id: 'morph',
    title: 'Morphing faces',
    words: 'Turn one smiley into another',
    sign: '#face',
    settings: { sample: 'smileys', model: 'autoencoder', embedding: '32' },
  },
  {
    id: 'camera',
    title: 'Show it things',
    words: 'Your webcam makes the data set',
    sign: '#camera',
    settings: { model: 'classifier-cnn' },
    asks: 'collect',
  },
  {
    id: 'folders',
    title: 'Your folders',
    words: 'One folder for each name',
    sign: '#folder',
    settings: { model: 'classifier-cnn' },
    asks: 'folder',
  },
  {
    id: 'sharpen',
    title: 'Make it sharp',
    words: 'Blurred pictures become clear',
    sign: '#sharp',
    settings: { sample: 'blurred', model: 'unet' },
  },
  {
    id: 'letters',
    title: 'A to a',
    words: 'Capitals become small, and back',
    sign: 'Aa',
    settings: { sample: 'letters', model: 'letters' },
  },
  {
    id: 'wiring',
    title: 'Wires itself',
    words: 'Chooses its own connections',
    sign: '#model',
    settings: { sample: 'sums', model: 'manifold' },
  },
];

/** The address of an experiment, behind the `#`. @param {Experiment} experiment */
export const addressOf = ({ settings }) => new URLSearchParams(settings).toString();
