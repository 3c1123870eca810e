// What the engine's methods take and give, as src/wasm.rs writes it. Read by the type check alone; never loaded.

export interface Key {
  name: string;
  kind: 'number' | 'choice' | 'text';
  whole: boolean;
  min: number | null;
  max: number | null;
  choices: string[];
  default: string;
  help: string;
  group: 'files' | 'data' | 'model' | 'training' | 'machine';
  /** Acts at once while training runs. */
  live: boolean;
  /** The word for 0, where 0 has a meaning of its own. */
  zero?: string | null;
}

export interface Notice {
  text: string;
  rebuilt: boolean;
  /** The files must be read again for the change to take effect. */
  reload: boolean;
}

export interface Progress {
  done: number;
  total: number;
  current: string;
  used: number;
  skipped: number;
  pending: boolean;
}

export interface Skipped {
  path: string;
  reason: string;
}

export interface DataSummary {
  name: string;
  files: number;
  bytes: number;
  used: number;
  skipped: number;
  skippedList: Skipped[];
  /** Whether the list above holds every one of them. */
  skippedListFull: boolean;
  /** What else the reader wants to say. */
  notes: string[];
  width: number;
  height: number;
  channels: number;
  train: number;
  validation: number;
  test: number;
  classes: { name: string; count: number }[];
  /** What the network does about data that were just taken. */
  notice?: Notice;
}

/** `count` pictures one after the other, RGBA. */
export interface Thumbnails {
  width: number;
  height: number;
  count: number;
  pixels: Uint8Array;
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

export interface ModelSummary {
  preset: string;
  task: 'autoencoder' | 'classifier';
  input: { width: number; height: number; channels: number };
  blocks: Block[];
  neurons: number;
  connections: number;
  parameters: number;
  embedding: { block: number; length: number } | null;
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
  imagesPerSecond: number | null;
  msPerStep: number | null;
  secondsPerEpoch: number | null;
  learningRate: number;
  batchSize: number;
  stepsPerEpoch: number;
  /** Share of a running evaluation that is done. */
  evaluating: number | null;
  /** Why training ended by itself. */
  finished: string | null;
  threads: number;
  memoryBytes: number;
  events: TrainingEvent[];
}

export interface Series {
  step: Float64Array;
  epoch: Float64Array;
  train: Float64Array;
}

export interface ValidationSeries {
  step: Float64Array;
  epoch: Float64Array;
  loss: Float64Array;
  /** NaN where it does not apply, as in psnr. */
  accuracy: Float64Array;
  psnr: Float64Array;
}

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
  output: Uint8Array | null;
  difference: Uint8Array | null;
  probabilities: { name: string; value: number }[] | null;
  loss: number | null;
  psnr: number | null;
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
  connections: number;
}

export interface Frame extends View {
  width: number;
  height: number;
  /** RGBA. */
  pixels: Uint8ClampedArray<ArrayBuffer>;
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
  incoming: { name: string; index: number; weight: number }[];
}

/** A file to be read as images, with its path inside what was dropped. */
export interface Source {
  path: string;
  file: File;
}

/** The page's handle on the engine: each method of the engine as a promise, and what engine.js adds. */
export interface Engine {
  build: string;
  threads: number;
  /** Why there is only one thread. */
  why: string | null;
  start(): Promise<void>;
  stop(): Promise<void>;
  step(): Promise<void>;
  keys(): Promise<Key[]>;
  config(): Promise<Record<string, string>>;
  set(key: string, value: string): Promise<Notice>;
  /** Null where loadCancel came first. */
  load(name: string, files: Source[]): Promise<DataSummary | null>;
  loadCancel(): Promise<void>;
  useSample(): Promise<DataSummary>;
  dataSummary(): Promise<DataSummary>;
  /** What the last reading left out, where nothing of it could be used. */
  failedList(): Promise<Skipped[]>;
  thumbnails(first: number, count: number): Promise<Thumbnails>;
  modelSummary(): Promise<ModelSummary>;
  reset(): Promise<Notice>;
  status(): Promise<Status>;
  series(from: number): Promise<Series>;
  valSeries(): Promise<ValidationSeries>;
  example(index: number): Promise<Example>;
  exampleIndex(): Promise<number>;
  embedding(index: number): Promise<Float32Array>;
  render(request: FrameRequest, spare?: Uint8ClampedArray): Promise<Frame>;
  hit(x: number, y: number): Promise<Hit | null>;
  save(): Promise<Uint8Array>;
  open(bytes: Uint8Array): Promise<Notice>;
  terminate(): void;
}

/** What the worker tells without being asked. */
export type EngineEvent =
  | { event: 'status'; running: boolean; status: Status }
  | { event: 'loading'; progress: Omit<Progress, 'pending'> }
  | { event: 'error'; error: string }
  | { event: 'dead'; error: string };
