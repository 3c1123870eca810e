// What the engine's methods take and give, as src/wasm/ writes it; tests/suite/boundary.rs compares both sides. Read by the
// type check alone; never loaded.

export * from './handle.js';

export interface Key {
  name: string;
  kind: 'number' | 'choice' | 'text';
  whole: boolean;
  min: number | null;
  max: number | null;
  choices: string[];
  default: string;
  help: string;
  group: 'files' | 'data' | 'model' | 'training' | 'manifold' | 'columns' | 'view' | 'machine';
  effect: Effect;
  /** The word for 0, where 0 has a meaning of its own. */
  zero?: string | null;
}

/**
 * What changing a setting does: it acts at once, takes the examples in another order, divides them into other splits,
 * reads the files again, starts the optimiser again, resizes the network, or builds another; `door`: the program that
 * holds the engine acts on it.
 */
export type Effect = 'live' | 'reorder' | 'divide' | 'reload' | 'optimiser' | 'surgery' | 'rebuild' | 'door';

export interface Notice {
  text: string;
  rebuilt: boolean;
  /** The files must be read again for the change to take effect. */
  reload: boolean;
  /** Number of classes of the images, if the network names others and should get a new head; 0 if not. */
  newClasses: number;
}

export interface Skipped {
  path: string;
  reason: string;
}

export interface DataSummary {
  name: string;
  images: number;
  files: number;
  bytes: number;
  used: number;
  skipped: number;
  skippedList: Skipped[];
  /** Whether the list above holds every one of them. */
  skippedListFull: boolean;
  /** What else the reader wants to say. */
  notes: string[];
  /** The faces that letters are of. */
  faces: string[];
  width: number;
  height: number;
  channels: number;
  train: number;
  validation: number;
  test: number;
  /** Left out by hand. */
  dropped: number;
  classes: { name: string; count: number }[];
  /** Names of the numbers that belong to each image. */
  numbers: string[];
  /** Size of the targets, if the images are pairs. */
  target: { width: number; height: number; channels: number } | null;
  /** Kinds of models that can learn from these images. */
  kinds: string[];
  storage: Storage;
  /** What the network does about data that were just taken. */
  notice?: Notice;
}

/** Where the pixels of the images are; all numbers are bytes but `reused`. */
export interface Storage {
  streamed: boolean;
  pixels: number;
  /** How many of them may be in memory. */
  inMemory: number;
  disk: number;
  /** Images that had been decoded before. */
  reused: number;
}

/** What training would cost; memory, free, pixels and disk in bytes. */
export interface Forecast {
  parameters: number;
  memory: number;
  /** Memory that is left for training, what it takes already included. */
  free: number;
  pixels: number;
  pixelsInMemory: number;
  disk: number;
  secondsPerEpoch: number;
  millisecondsPerStep: number;
  batchSize: number;
  largestBatch: number;
}

/** `count` pictures one after the other, RGBA. */
export interface Thumbnails {
  width: number;
  height: number;
  count: number;
  pixels: Uint8Array;
}

/** A kind of layer that can be written, with its sizes. */
export interface LayerKind {
  name: string;
  about: string;
  fields: { name: string; min: number; max: number; default: string }[];
}

export interface DraftLine {
  kind: string;
  name: string;
  /** One for each field of its kind: a number or a word. */
  values: string[];
  activation: string;
  /** Whether it is an autoencoder's code. */
  code: boolean;
  /** Empty: the layer before it. */
  from: string[];
}

/** What would become of an architecture. */
export interface Draft {
  lines: (Partial<DraftLine> & { title: string; shape: string; parameters: number; error: string | null })[];
  /** What the network is for, in a word. */
  task: string | null;
  parameters: number;
  error: string | null;
}

export interface Block {
  name: string;
  title: string;
  activation: string;
  width: number;
  height: number;
  channels: number;
  parameters: number;
  connections: number;
  inputs: number[];
  frozen: boolean;
}

/**
 * What can be done with a network, by which the page offers its parts: it has layers to look at, learns by gradients,
 * predicts classes, paints images, paints them from a code.
 */
export type Ability =
  | 'layers'
  | 'columns'
  | 'gradients'
  | 'classify'
  | 'reconstruct'
  | 'translate'
  | 'exchange'
  | 'estimate'
  | 'embed'
  | 'structure'
  | 'rewire';

export interface ModelSummary {
  preset: string;
  task: string;
  abilities: Ability[];
  loss: string;
  input: { width: number; height: number; channels: number };
  blocks: Block[];
  neurons: number;
  connections: number;
  parameters: number;
  embedding: { block: number; length: number } | null;
  /** Set for a classifier. */
  attribution: AttributionSummary | null;
}

export type AttributionMethod = 'class-activation' | 'grad-cam' | 'integrated-gradients' | 'occlusion';

/** The ways to show where the network looks. */
export interface AttributionSummary {
  /** Names of the outputs of the network, which may know other classes than the data. */
  classes: string[];
  methods: AttributionMethod[];
  /** The layers that Grad-CAM can look at, and the one that it looks at by itself. */
  blocks: number[];
  block: number | null;
}

/** Absent or null: the predicted class, the last convolution. */
export interface Explain {
  method: AttributionMethod;
  class?: number | null;
  block?: number | null;
}

/** Facts about a heat map. */
export interface Explanation {
  class: number;
  probability: number;
  /** The largest absolute value. */
  limit: number;
  /** Integrated gradients: points on the way from black, and the share by which they miss being complete. */
  parts: number | null;
  gap: number | null;
}

/** The unit that is driven: a neuron, all places of a channel, the score of a class, a main direction of the codes. */
export type UnitChoice =
  { neuron: Neuron } | { channel: { block: number; channel: number } } | { class: number } | { direction: number };

/** A rectangle of input pixels. */
export interface ReceptiveField {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Wishes of one unit. */
export interface WantedUnit {
  /** The neuron that stands for it. */
  block: number;
  index: number;
  /** The responses to its pictures. */
  responses: (number | null)[];
  /** The part that it sees of its pictures, if it looks at one place. */
  field: ReceptiveField | null;
  /** Nothing drives it. */
  dead: boolean;
  most: DrivingImage[];
  least: DrivingImage[];
}

/** An image of the data set, and the place in it where the response is strongest. */
export interface DrivingImage {
  example: number;
  response: number;
  field: ReceptiveField;
}

/** Numbers that rise whenever something changes: what was made of it is then out of date. */
export interface Stamps {
  data: number;
  network: number;
  /** The weights, with pins and holds. */
  theta: number;
  /** The same where anything but training wrote them. */
  written: number;
  /** The curves, where they began again. */
  history: number;
  /** The runs that were set aside. */
  runs: number;
}

/** What changed since the last state; parts that are absent are as they were. */
export interface State {
  stamps: Stamps;
  status: Status;
  running: boolean;
  /** The one that is shown; -1: the own input. */
  example: number;
  config?: Record<string, string>;
  /** Keys that were set, as opposed to those that have their default or suit the network. */
  chosen?: string[];
  /** Defaults that suit this network, where they differ from those of the table. */
  suited?: Record<string, string>;
  data?: DataSummary;
  model?: ModelSummary;
  history?: History;
  snapshots?: Snapshots;
  runs?: RunSummary[];
}

/** A run that was set aside. */
export interface RunSummary {
  id: number;
  name: string;
  preset: string;
  step: number;
  epochs: number;
  loss: number | null;
  valLoss: number | null;
  accuracy: number | null;
  psnr: number | null;
  mse: number | null;
  /** Name of the data that it was trained on. */
  data: string;
  /** Why it was set aside, as a clause. */
  why: string;
  current: boolean;
}

/** What a person sees of a run in a list: the name given by hand, and a data URL; both empty where there is none. */
export interface RunLook {
  label: string;
  picture: string;
}

/** The curves of a run over its steps and over its evaluations. */
export interface RunCurves {
  series: Series;
  validation: Series;
}

/** A run that an earlier visit has left. */
export interface KeptRun extends RunSummary, RunLook {
  /** The name of its files. */
  key: string;
  /** When it was kept, in milliseconds since 1970. */
  at: number;
}

/** The runs in the browser's private files. */
export interface KeptRuns {
  runs: KeptRun[];
  /** What all of them take, those of this visit too, and what they may take. */
  bytes: number;
  budget: number;
  /** Why one that was set aside is not kept. */
  failure: string | null;
}

export interface TrainingEvent {
  id: number;
  step: number;
  kind: string;
  text: string;
}

export interface Status {
  step: number;
  epoch: number;
  /** How many training will do; 0: until stopped. */
  epochs: number;
  examplesSeen: number;
  loss: number | null;
  valLoss: number | null;
  accuracy: number | null;
  psnr: number | null;
  mse: number | null;
  imagesPerSecond: number | null;
  msPerStep: number | null;
  secondsPerEpoch: number | null;
  learningRate: number;
  /** What plateaus and divergence have made of the learning rate that was set, as a factor. */
  rateFactor: number;
  batchSize: number;
  stepsPerEpoch: number;
  /** Share of a running evaluation that is done. */
  evaluating: number | null;
  /** Share of the images whose features are there, before a head is fitted to them. */
  preparing: number | null;
  /** Why training ended by itself. */
  finished: string | null;
  threads: number;
  memoryBytes: number;
  events: TrainingEvent[];
  /** Spent training. */
  seconds: number;
}

/**
 * Numbers by the names of their series, one for each step or evaluation; NaN where nothing was recorded. Every one has
 * step, epoch, examples (images seen) and seconds (spent training, pauses not included); the others depend on what
 * learns.
 */
export type Series = Record<string, Float64Array>;

// --- What was measured

export type SplitName = 'train' | 'validation' | 'test';

/** Ends of the 95 % interval. */
export interface Interval {
  low: number;
  high: number;
}

export interface ClassReport {
  name: string;
  examples: number;
  /** Examples predicted as the class, correctly or not. */
  predicted: number;
  correct: number;
  precision: number | null;
  recall: number | null;
  f1: number | null;
}

export interface Measurement {
  split: SplitName;
  step: number;
  /** Steps taken since. */
  stale: number;
  figures: {
    examples: number;
    loss: number;
    accuracy: number | null;
    f1: number | null;
    psnr: number | null;
    ssim: number | null;
    /** The PSNR of the inputs as they are, where there are pairs. */
    identity: number | null;
    mse: number | null;
    mae: number | null;
    r2: number | null;
  };
  lossInterval: Interval | null;
  accuracyInterval: Interval | null;
  psnrInterval: Interval | null;
  ssimInterval: Interval | null;
  mseInterval: Interval | null;
  classes: ClassReport[] | null;
  calibration: CalibrationReport | null;
  /** [label, predicted class]. */
  confusion: Uint32Array | null;
  /** The pairs of classes confused most: label, prediction, count. */
  mixedUp: [number, number, number][];
}

export interface MeasuredExample {
  example: number;
  name: string;
  loss: number;
  label: number | null;
  predicted: number | null;
  confidence: number | null;
  psnr: number | null;
  /** The PSNR of its input as it is, if it is a pair. */
  identity: number | null;
  ssim: number | null;
  mse: number | null;
  mae: number | null;
}

/** How unlike the images trained on the own input is, and what 99 of 100 images kept out of training stay below. */
export interface OwnNovelty {
  novelty: number;
  bound: number;
  /** The step of the network that was asked. */
  step: number;
}

/** Which of the measured examples are wanted; absent: all. */
export interface Wanted {
  label?: number;
  predicted?: number;
  /** Leaves out correct predictions. */
  wrong?: boolean;
  first?: number;
  count?: number;
}

/** The content of a gallery: measured examples, or these. */
export type Listed = Wanted | { examples: number[] };

export interface Example {
  index: number;
  count: number;
  name: string;
  label: string | null;
  split: string;
  width: number;
  height: number;
  channels: number;
  input: Uint8Array;
  /** The wanted output, if the example is a pair; its size is that of the output. */
  target: Uint8Array | null;
  outputWidth: number;
  outputHeight: number;
  output: Uint8Array | null;
  difference: Uint8Array | null;
  probabilities: { name: string; value: number }[] | null;
  /** The numbers that a regressor estimates, with those that belong to the example. */
  numbers: { name: string; value: number; expected: number | null }[] | null;
  loss: number | null;
  psnr: number | null;
  /** The PSNR of the input as it is, if the example is a pair. */
  identity: number | null;
}

/** Which part of the scene is drawn: `scale` device pixels per unit of the scene, `left`, `top` in the scene. */
export interface View {
  scale: number;
  left: number;
  top: number;
}

export interface FrameRequest extends View {
  width: number;
  height: number;
  /** Device pixels to the CSS pixel. */
  ratio: number;
  theme: 'light' | 'dark';
  mode: string;
  /** Lines drawn at most, the strongest first. */
  connections: number;
  /** What makes a line strong. */
  by: 'strength' | 'contribution';
  /** Lines weaker than this share of the strongest are left out. */
  cut: number;
  highlight: Neuron | null;
  selected: Neuron[];
  selectedConnections: [Neuron, Neuron][];
  /** Number of the frame that the page holds; 0: none. */
  held: number;
}

/** Where the colours of a panel of the drawing end. */
export interface PanelScale {
  /** The block whose numbers it shows. */
  block: number;
  name: string;
  /** Values of this size have the full colour. */
  limit: number;
}

export interface Frame extends View {
  /** Its number. */
  frame: number;
  width: number;
  height: number;
  /** What differs from the frame that the page holds. */
  parts: { left: number; top: number; width: number; height: number }[];
  /** Where the colours of each panel end. */
  scales: PanelScale[];
  /** RGBA of the parts, one after the other; may be in the engine's memory, then only until the next frame is asked for. */
  pixels: Uint8ClampedArray;
}

export interface Hit {
  block: number;
  name: string;
  title: string;
  index: number;
  x: number;
  y: number;
  channel: number;
  value: number;
  bias: number | null;
  incoming: Link[];
  outgoing: Link[];
}

// --- Neurons and connections

export interface Neuron {
  block: number;
  index: number;
}

/** index = (y * width + x) * channels + channel. */
export interface Place extends Neuron {
  name: string;
  x: number;
  y: number;
  channel: number;
}

/** A connection, seen from one of its ends: the place is the other end. */
export interface Link extends Place {
  parameter: number | null;
  weight: number | null;
  /** The value of its source. */
  value: number;
  contribution: number;
  pinned: boolean;
}

export interface WeightImage {
  block: number;
  left: number;
  top: number;
  width: number;
  height: number;
  channel: number;
  channels: number;
  /** Tiles in a row of the picture. */
  columns: number;
  limit: number;
  /** [height, width, channels]; -1 where there is none. */
  parameters: Int32Array;
  values: Float32Array;
  pixels: Uint8Array;
  pixelWidth: number;
  pixelHeight: number;
}

export interface NeuronView extends Place {
  kind: 'neuron';
  title: string;
  value: number;
  bias: { parameter: number; value: number; pinned: boolean } | null;
  gradient: number | null;
  slope: number;
  saturated: number | null;
  held: number | null;
  heldChannel: number | null;
  pinned: 'none' | 'some' | 'all';
  frozen: boolean;
  weights: number;
  norm: number;
  incoming: Link[];
  outgoing: Link[];
  incomingCount: number;
  outgoingCount: number;
  image: WeightImage | null;
}

export interface ConnectionView {
  kind: 'connection';
  source: Place;
  target: Place;
  parameter: number | null;
  weight: number | null;
  value: number;
  contribution: number;
  pinned: boolean;
  /** Places that use this weight. */
  shared: number;
}

/** Some neurons of one block. */
export interface Picked {
  block: number;
  indices: number[];
}

export type Question =
  | (Neuron & { strongest?: number; by_contribution?: boolean; image?: boolean; dark?: boolean })
  | { source: Neuron; target: Neuron };

/** A change of a free graph; neurons are numbers in its pool. */
export type GraphChange =
  | { connect: { from: number; to: number } }
  | { disconnect: { from: number; to: number } }
  | { redirect: { from: number; to: number; source: number } }
  | { remove: { neurons: number[] } }
  | { place: { neuron: number; at: number } }
  | { resize: { free: number; seed: number } }
  | { prune: { least: number } };

/** A neuron that compares two lines: x and y of their ends, in pixels. */
export interface LinePair {
  adds: [number, number, number, number];
  subtracts: [number, number, number, number];
  bias: number;
}

/** Surgery on a layer; a unit is a neuron, or a channel of a picture. */
export type Operation =
  | { widen: { block: number; units: number; copies?: boolean; seed?: number } }
  | { lines: { block: number; pairs: LinePair[] } }
  | { deepen: { block: number; kernel?: number; linear?: boolean } }
  | { cull: { block: number; units: number[] } }
  | { recycle: { block: number; units: number[]; seed?: number } }
  | { vacuum: { block: number; least: number } }
  | { thin: { block: number; keep: number; of: number } }
  | { remove: { block: number; seed?: number } };

/** Proposals for surgery on a layer. */
export interface SurgeryPlan {
  block: number;
  units: number;
  isMap: boolean;
  more: number;
  threshold: number;
  /** Whether it can get neurons that compare lines of a picture. */
  comparesLines: boolean;
}

/** What an operation does: before and after it. */
export interface OperationEffect {
  parameters: [number, number];
  pinned: [number, number];
  work: [number, number];
  milliseconds: [number, number];
  inputs: number;
  /** Null: it is not finite. */
  difference: number | null;
  largest: number;
  isEqual: boolean;
}

/** Units of a layer, by their use. */
export interface UnitCensus {
  units: number;
  ranked: number[];
  largest: number[];
  silent: number[];
  unread: number[];
  rare: number[];
}

/** The loss with all units of a layer, and without each. */
export interface Contributions {
  images: number;
  loss: number;
  without: number[];
  /** The units that are missed least first. */
  ranked: number[];
}

export type Command =
  | { do: 'set'; parameters: number[]; values: number[] }
  | { do: 'add'; parameters: number[]; amount: number }
  | { do: 'scale-incoming' | 'scale-outgoing'; neurons: Picked[]; factor: number }
  | { do: 'add-incoming'; neurons: Picked[]; amount: number }
  | { do: 'set-curve'; neuron: Neuron; bump?: number; number: CurveNumber; value: number }
  | { do: 'set-bias'; neurons: Picked[]; value: number }
  | { do: 'pin'; neurons?: Picked[]; parameters?: number[]; pinned: boolean }
  | { do: 'hold'; neurons: Picked[]; value: number; channel?: boolean }
  | { do: 'release'; neurons: Picked[]; channel?: boolean }
  | { do: 'operate'; operation: Operation }
  | { do: 'rewire'; block: number; change: GraphChange }
  | { do: 'change-column'; column: number; neuron: number; change: ColumnChange }
  | { do: 'reinitialise'; neurons: Picked[]; seed?: number }
  /** `of`: how many images there are, so that the numbers mean the same. */
  | { do: 'relabel'; examples: number[]; of: number; class: number }
  | { do: 'move'; examples: number[]; of: number; split: SplitName | 'dropped' }
  | { do: 'freeze'; blocks: number[]; frozen: boolean }
  | { do: 'setting'; key: string; value: string }
  /** No command but a note in a journal: from here on training went on with other data. */
  | { do: 'data'; name: string }
  | { do: 'undo' }
  | { do: 'redo' };

export interface EditResult {
  text: string;
  step: number;
  lossBefore: number | null;
  lossAfter: number | null;
  touched: number;
  /** What Ctrl+Z would take back now, and Shift+Ctrl+Z do again. */
  undo: string | null;
  redo: string | null;
  notice: Notice | null;
}

export interface History {
  undo: string | null;
  redo: string | null;
  entries: { step: number; text: string; undone: boolean }[];
}

// --- A free graph

export interface FreeGraphSummary {
  block: number;
  inputs: number;
  outputs: number;
  free: number;
  steps: number;
  connections: number;
}

/** A neuron of the pool: inputs, outputs, free ones. */
export interface FreeNeuron {
  neuron: number;
  name: string;
  /** After the last step, for what is shown. */
  value: number;
  bias: FreeWeight | null;
  /** The strongest first. */
  sources: FreeConnection[];
  readers: number;
  isFree: boolean;
}

export interface FreeWeight {
  parameter: number;
  value: number;
}

export interface FreeConnection {
  neuron: number;
  name: string;
  parameter: number;
  weight: number;
}

// --- Spiking columns

export interface ColumnsPicture {
  width: number;
  height: number;
  columns: ColumnPicture[];
  /** Additions of whole numbers that the answer takes. */
  additions: number;
}

/** A column, and its answer for what is shown. */
export interface ColumnPicture {
  name: string;
  spikes: number;
  spiking: number;
  neurons: number;
  occupied: number;
  slots: number;
  /** RGBA: all connections, and those that were on, of neurons that spiked. */
  field: Uint8Array;
  votes: Uint8Array;
}

/** A neuron of a column, and what it does for what is shown. */
export interface ColumnNeuronPicture {
  column: number;
  /** Name of the class. */
  name: string;
  neuron: number;
  neurons: number;
  spikes: number;
  silenced: boolean;
  /** The next neuron of the column that spikes. */
  next: number | null;
  slots: Slot[];
  width: number;
  height: number;
  channels: number;
  /** The largest weight that fits. */
  most: number;
  /** RGBA: its weights at their pixels. */
  field: Uint8Array;
}

/** A slot for a connection; free where the weight is 0. */
export interface Slot {
  x: number;
  y: number;
  channel: number;
  weight: number;
  pinned: boolean;
  /** Whether it is on for what is shown. */
  on: boolean;
}

/** A change to one neuron of a column. */
export type ColumnChange =
  | { slot: { slot: number; receptor: number; weight: number } }
  | { pin: { slot: number; pinned: boolean } }
  | { 'pin-all': { pinned: boolean } }
  | { silence: { silenced: boolean } };

// --- A structure that follows from parameters

/** How a picture is to be drawn, in device pixels; `ratio` of them for each CSS pixel. */
export interface Surface {
  width: number;
  height: number;
  ratio: number;
  dark: boolean;
}

export interface StructureSummary {
  block: number;
  inputs: number;
  hidden: number;
  outputs: number;
  /** Edges there could be. */
  cells: number;
  edges: number;
  edgeShare: number;
  cutoff: number;
  levels: number;
  /** Outputs that kept their strongest edge. */
  kept: number;
}

/** The frames of the history, a number each. */
export interface StructureFrames {
  steps: Uint32Array;
  edges: Uint32Array;
  born: Uint32Array;
  cut: Uint32Array;
}

export type CurveNumber = 'height' | 'power' | 'shift' | 'period' | 'phase' | 'width' | 'centre';

export interface CurveValue {
  number: CurveNumber;
  value: number;
  /** When the run began. */
  start: number;
  least: number;
  most: number;
}

/** The closeness curve of a neuron over all it may read. */
export interface Curve {
  neuron: Neuron;
  name: string;
  bump: number;
  bumps: number;
  numbers: CurveValue[];
  cutoff: number;
  closeness: Float32Array;
  start: Float32Array;
  /** The first so many sources are inputs. */
  inputs: number;
  /** The sources that it reads. */
  sources: Uint32Array;
  /** Whether its edges follow from it. */
  decides: boolean;
}

/** A place of the adjacency. */
export interface Cell {
  target: number;
  source: number;
  text: string;
  /** 0: no edge. */
  strength: number;
  /** The weight of its own; null: it has none. */
  parameter: number | null;
  pinned: boolean;
}

// --- The embedding desk

/** The code that the decoder shows; `low` and `high` end its sliders. */
export interface Code {
  values: Float32Array;
  /** It is the example's own. */
  own: boolean;
  low: Float32Array;
  high: Float32Array;
}

/** `count` pictures one after the other, RGBA, and the codes they were decoded from. */
export interface Pictures {
  width: number;
  height: number;
  count: number;
  pixels: Uint8Array;
  codes: Float32Array;
}

export interface Mix {
  base: 'own' | 'current' | 'mean' | number[];
  plus: number[];
  minus: number[];
  strength: number;
}

export interface Directions {
  step: number;
  examples: number;
  sampled: boolean;
  deviations: Float32Array;
  explained: Float32Array;
  positions: Float32Array;
  /** Steps taken since. */
  stale: number;
}

export interface CodeMap {
  x: Float32Array;
  y: Float32Array;
  example: Uint32Array;
  /** -1: none. */
  label: Int32Array;
  left: number;
  right: number;
  bottom: number;
  top: number;
  currentX: number;
  currentY: number;
  stale: number;
}

// --- Classes over time

/** The evaluations that the run has kept; series have a value for each. */
export interface ClassTimeline {
  steps: number[];
  epochs: number[];
  /** The latest up to the network that is shown. */
  shown: number | null;
  accuracy: number[];
  ece: number[];
  splits: SplitClasses[];
  /** How often each class was predicted, for each evaluation. */
  predicted: Uint32Array;
}

export interface SplitClasses {
  split: SplitName;
  counts: number[];
}

export interface KeptEvaluation {
  step: number;
  epoch: number;
  accuracy: number | null;
  calibration: CalibrationReport | null;
  /** [label, predicted class]. */
  confusion: Uint32Array;
}

export interface CalibrationReport {
  /** Expected calibration error: sum of n / N |accuracy - mean confidence| over the bins. */
  ece: number;
  bins: CalibrationBin[];
}

/** Predictions whose confidences are in a bin; their sum is `confidence`. */
export interface CalibrationBin {
  examples: number;
  correct: number;
  confidence: number;
}

export interface ConfusionFlow {
  /** Images that became right, became wrong, and are wrong in another way. */
  mended: number;
  broken: number;
  moved: number;
  flows: CellFlow[];
}

export interface CellFlow {
  label: number;
  before: number;
  after: number;
  examples: number[];
}

// --- Layers over time

export type LayerQuantity = 'weights' | 'biases' | 'activations' | 'gradients';

/** One quantity of all layers over time. */
export interface HistogramsView {
  steps: number[];
  epochs: number[];
  /** The frame of the network that is shown. */
  shown: number | null;
  alarms: string[];
  /** The numbers at which all bins but the last end. */
  limits: number[];
  layers: LayerHistory[];
}

/** A value for each frame; NaN where there was none. */
export interface LayerHistory {
  name: string;
  numbers: number;
  alarming: boolean;
  /** Shares of 64 bins for each frame, without numbers that are 0, and the share of those. */
  shares: Float32Array;
  zeros: Float32Array;
  /** 9 percentiles for each frame. */
  percentiles: Float32Array;
  rms: Float32Array;
  updateRatio: Float32Array;
  dead: Float32Array;
  saturated: Float32Array;
}

// --- Maps of all images

export type MapMethod = 'pca' | 'tsne' | 'umap' | 'tour';
export type MapColouring = 'class' | 'predicted' | 'right' | 'loss' | 'split' | 'cluster';
/** The source of the points. */
export type MapSource = 'pixels' | 'probabilities' | 'code' | { block: number };

/** Settings of t-SNE and UMAP. */
export interface LayoutSettings {
  perplexity: number;
  exaggeration: number;
  /** Null: the number of points / 12. */
  learningRate: number | null;
  neighbours: number;
  minDist: number;
}

/** Measures of how far a map keeps neighbours; all but the last in 0..1. */
export interface MapQuality {
  trustworthiness: number;
  continuity: number;
  neighboursKept: number;
  labelAccuracy: number | null;
  lookedAt: number;
}

export interface MapView {
  source: MapSource;
  method: MapMethod;
  splits: (SplitName | 'dropped')[];
  /** Steps taken since. */
  stale: number;
  isDone: boolean;
  version: number;
  quality: MapQuality | null;
  /** Left, right, bottom and top. */
  frame: [number, number, number, number];
  /** Names of the axes of a tour. */
  axes: string[];
  /** x and y in turn; null: those of the version that is known. */
  points: Float32Array | null;
  examples: Uint32Array | null;
}

/** A neighbour in the map, and whether it is among the nearest in space. */
export interface TruePoint {
  example: number;
  isTrue: boolean;
}

export interface TourFrame {
  /** x and y in turn. */
  points: Float32Array;
  axes: Float32Array;
  reach: number;
}

/** Progress of a map that is being made. */
export interface ProjectionProgress {
  stage: string;
  done: number;
  total: number;
}

export interface ProjectRequest {
  source: MapSource;
  method: MapMethod;
  splits: (SplitName | 'dropped')[];
  settings?: LayoutSettings;
  /** Points begin where they are in the latest map. */
  stay?: boolean;
}

export type JobKind = keyof Jobs | 'load';

/** How far a job is, which the engine works on in slices. */
export interface Job {
  kind: JobKind;
  done: number;
  /** 0: not known. */
  total: number;
}

export interface JobProgress<Kind extends keyof Jobs = keyof Jobs> extends Job {
  id: number;
  kind: Kind;
  pending: boolean;
  /** What it has found so far. */
  found: Jobs[Kind]['found'];
}

/** What each kind of job takes, and what it finds; null: nothing that is not asked for elsewhere. */
export interface Jobs {
  encode: { request: {}; found: null };
  invert: { request: { target: InversionTarget }; found: { before: number; error: number } };
  range: { request: {}; found: RangeTest };
  evaluate: { request: { split: SplitName }; found: { split: SplitName } };
  audit: { request: {}; found: Finding[] };
  forecast: { request: {}; found: Forecast | null };
  project: { request: ProjectRequest; found: ProjectionProgress };
  explain: { request: Explain; found: Explanation[] };
  maximise: { request: { unit: UnitChoice; variants?: number; seed?: number }; found: WantedUnit[] };
  'maximise-layer': { request: { block: number | null; seed?: number }; found: WantedUnit[] };
  preview: { request: { operation: Operation }; found: OperationEffect };
  knockout: { request: { block: number }; found: Contributions };
  census: { request: { block: number }; found: UnitCensus };
  lines: { request: { block: number; units: number; seed?: number }; found: { pairs: LinePair[] } };
  follow: { request: {}; found: FollowedRounds };
  'explain-sheet': { request: Explain & { examples: number[] }; found: Explanation[] };
  /** What the network says about every image, as CSV. */
  predict: { request: {}; found: { table: string } };
  /** The bound by the features of a classifier; null where there are too few images. */
  novelty: { request: {}; found: { bound: number | null } };
  /** The description of the run in JSON, without `<`; null before the end. */
  report: { request: { title?: string }; found: string | null };
}

/** How far a network for letters was followed, and the cycle of letters in which it ends; of one: a fixed point. */
export interface FollowedRounds {
  rounds: number;
  cycle: LetterCycle | null;
}

export interface LetterCycle {
  /** The first round from which on letters repeat. */
  from: number;
  period: number;
}

/** The picture that is wanted: an example, the own input, or the bytes of an image file. */
export type InversionTarget = { example: number } | 'own' | { file: number[] };

/** What the data audit found. */
export interface Finding {
  kind: string;
  severity: 'fault' | 'warning' | 'note';
  count: number;
  text: string;
  /** Numbers of examples to look at. */
  groups: number[][];
  /** What the buttons say. */
  fixes: string[];
}

/** What a saved run says of itself. */
export interface EarlierSession {
  preset: string;
  step: number;
  epochs: number;
  loss: number | null;
  valLoss: number | null;
  data: string;
  images: number;
  mark: string;
  seconds: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** The moments of a run that can be looked back at. */
export interface Snapshots {
  steps: number[];
  epochs: number[];
  /** Number of the one that is shown; null: the latest network. */
  shown: number | null;
}

/** Loss against learning rate. */
export interface RangeTest {
  rates: number[];
  losses: number[];
  smoothed: number[];
  proposal: number | null;
  /** The rate up to which steps are stable where the network is now, by the curvature of the loss. */
  safe: number | null;
}
