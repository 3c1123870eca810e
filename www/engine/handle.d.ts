// The page's handle on the engine, and what it hears without asking. Read by the type check alone; never loaded.

import type {
  ClassTimeline,
  Code,
  ConfusionFlow,
  Cell,
  CodeMap,
  Command,
  ConnectionView,
  Curve,
  DataSummary,
  Directions,
  Draft,
  EarlierSession,
  EditResult,
  Example,
  FreeGraphSummary,
  FreeNeuron,
  Frame,
  FrameRequest,
  HistogramsView,
  Hit,
  Job,
  JobProgress,
  Jobs,
  Key,
  KeptEvaluation,
  KeptRuns,
  LayerKind,
  LayerQuantity,
  MeasuredExample,
  Measurement,
  LayoutSettings,
  MapColouring,
  MapView,
  Mix,
  Neuron,
  NeuronView,
  Notice,
  OwnNovelty,
  Picked,
  Pictures,
  Question,
  RunCurves,
  RunLook,
  Series,
  Skipped,
  SplitName,
  State,
  StructureFrames,
  StructureSummary,
  SurgeryPlan,
  Surface,
  Thumbnails,
  TourFrame,
  TruePoint,
  TrainingEvent,
  Wanted,
} from './types.js';

/** A file to be read as images, with its path inside what was dropped. */
export interface Source {
  path: string;
  file: File;
}

/** Files that are read together: what came with one drop or dialog. */
export interface DataPart {
  name: string;
  sources: Source[];
}

/** The page's handle on the engine: each method of the engine as a promise, and what the worker adds. */
/** A question: a method of the engine and its arguments. */
export type Call = [method: string, ...args: any[]];
export type Answer = { value: any } | { error: string };

export interface Engine {
  /** Which of the three builds runs. */
  build: string;
  threads: number;
  /** Why there is only one thread. */
  why: string | null;
  /** The table of settings. */
  keyTable: Key[];
  /** Trains until `stop`, the end of the epochs, or an error. */
  start(): Promise<void>;
  stop(): Promise<void>;
  step(): Promise<void>;
  /** Trains to the end of the epoch. */
  epoch(): Promise<void>;
  /** Writes the run for the next visit, now; `done`, in shared memory, is 1 afterwards. */
  saveSession(done?: Int32Array): Promise<void>;
  /** The run that an earlier visit has left. */
  earlierSession(): Promise<EarlierSession | null>;
  restoreSession(): Promise<Notice>;
  forgetSession(): Promise<void>;
  /** Looks for runs that were set aside on earlier visits; the event `kept` lists them. */
  findKeptRuns(): Promise<void>;
  /** Keeps what a person sees of a run that was set aside with its file. */
  describeRun(id: number, look: RunLook): Promise<void>;
  /** The model file of a run that an earlier visit has left. */
  keptRunFile(key: string): Promise<Uint8Array>;
  /** Its curves, thinned; null where they are not kept. */
  keptRunCurves(key: string): Promise<RunCurves | null>;
  renameKeptRun(key: string, label: string): Promise<void>;
  discardKeptRun(key: string): Promise<void>;
  /** Whether this browser has the private files that a run is kept in. */
  keepsRuns(): Promise<boolean>;
  /** The answers to several questions, in their order, in one message. */
  look(calls: Call[]): Promise<Answer[]>;
  /** Works on a job and gives what it found; null where jobCancel came first, another of its kind began, or it lost its meaning. */
  jobRun<Kind extends keyof Jobs>(kind: Kind, request: Jobs[Kind]['request']): Promise<Jobs[Kind]['found'] | null>;
  jobCancel(kind: keyof Jobs): Promise<void>;
  /** Lets the job of a kind stand still, or go on. */
  jobHold(kind: keyof Jobs, hold: boolean): Promise<void>;
  /** Without points and examples where they are still those of the version `known`. */
  classTimeline(label: number | undefined): Promise<ClassTimeline>;
  keptEvaluation(index: number): Promise<KeptEvaluation>;
  keptExamples(index: number, label: number, predicted: number | null): Promise<Uint32Array>;
  confusionFlow(before: number, after: number): Promise<ConfusionFlow>;
  histograms(quantity: LayerQuantity | null): Promise<HistogramsView>;
  mapView(known: number): Promise<MapView | null>;
  /** A number for each point of the map; NaN: not known. */
  mapColours(by: MapColouring): Promise<Float32Array>;
  mapNeighbours(example: number, count: number): Promise<TruePoint[]>;
  /** Changes the settings of the map that is being made. */
  setMapSettings(settings: LayoutSettings): Promise<void>;
  /** Moves the tour on, in radians. */
  advanceTour(angle: number): Promise<TourFrame>;
  setTourAxis(axis: number, x: number, y: number): Promise<TourFrame>;
  /** Examples as the network that is shown scores them now. */
  scored(examples: Uint32Array): Promise<{ examples: MeasuredExample[] }>;
  restoreRun(id: number): Promise<Notice>;
  /** Views and edits the other of two networks that learn from each other. */
  setFocus(focus: number): Promise<void>;
  /** The shown letter and what both networks make of it, again and again, as ink: RGBA of all pictures. */
  letterRounds(rounds: number, scale: number): Promise<Uint8Array>;
  /** The way from the shown letter to an example, what the first network makes along it, and the second: RGBA of all pictures. */
  letterWay(to: number, steps: number, scale: number): Promise<Uint8Array>;
  /** The letters in which the followed network ends. */
  followedLetters(scale: number): Promise<Thumbnails | null>;
  /** The letters that both networks make of the face that is shown, as an SVG; without a name it is called after the face. */
  alphabetSvg(name: string): Promise<string>;
  discardRun(id: number): Promise<void>;
  /** The curves of a run that was set aside. */
  runCurves(id: number): Promise<RunCurves>;
  saveRun(id: number): Promise<Uint8Array>;
  /** -1: the latest network. */
  travel(moment: number): Promise<void>;
  branch(): Promise<Notice | null>;
  pastRuns(): Promise<number>;
  pastRun(index: number): Promise<{ series: Series; validation: Series } | null>;
  /** `kind` is csv, json or tensorboard; `start` in seconds since 1970. */
  historyFile(kind: string, start: number): Promise<Uint8Array>;
  set(key: string, value: string): Promise<Notice>;
  /** Reads the parts of a data set, one after the other, and `adds` them to the present one or replaces it. Null where loadCancel came first. */
  load(parts: DataPart[], adds: boolean): Promise<DataSummary | null>;
  loadCancel(): Promise<void>;
  /** Decoded images on disk that are not in use. */
  unusedBytes(): Promise<number>;
  removeUnused(): Promise<void>;
  useSample(): Promise<DataSummary>;
  /** What the last reading left out, where nothing of it could be used. */
  failedList(): Promise<Skipped[]>;
  thumbnails(first: number, count: number): Promise<Thumbnails>;
  reset(): Promise<Notice>;
  /** Makes the network the base of a classifier of the data's classes. */
  transfer(cut: string, freeze: string, head: string): Promise<Notice>;
  layerKinds(): Promise<LayerKind[]>;
  /** The network as text, or a preset. */
  draft(preset?: string): Promise<string>;
  checkDraft(text: string): Promise<Draft>;
  series(from: number): Promise<Series>;
  valSeries(): Promise<Series>;
  /** The events from event number `from` on. */
  events(from: number): Promise<TrainingEvent[]>;
  /** Carries out a fix of a finding of the last audit. */
  fix(finding: number, fix: number): Promise<Notice>;
  /** RGBA of an example as the next steps would use it, one after the other. */
  augmented(index: number, count: number): Promise<Uint8Array>;
  measurement(split: SplitName): Promise<Measurement | null>;
  worst(split: SplitName, wanted: Wanted): Promise<{ total: number; examples: MeasuredExample[] }>;
  picturesOf(examples: Uint32Array): Promise<Thumbnails>;
  example(index: number, dark: boolean): Promise<Example>;
  embedding(index: number): Promise<Float32Array>;
  /** The pictures that the last job found, of a layer or of one unit. */
  wantedPictures(sheet: boolean): Promise<Thumbnails | null>;
  /** How unlike the images trained on the own input is, by the last measure. */
  ownNovelty(): Promise<OwnNovelty | null>;
  /** The incoming weights of every unit of a layer; null where it has none. */
  weightSheet(block: number, dark: boolean): Promise<Thumbnails | null>;
  /** The heat maps of the last job, of a sheet or of what is shown, over their pictures. */
  heatMaps(sheet: boolean, dark: boolean, opacity: number): Promise<Thumbnails | null>;
  render(request: FrameRequest, spare?: Uint8ClampedArray): Promise<Frame>;
  hit(x: number, y: number): Promise<Hit | null>;
  hitConnection(x: number, y: number, reach: number): Promise<{ source: Neuron; target: Neuron } | null>;
  /** Where a neuron's cell is in the last frame, in device pixels. */
  cell(block: number, index: number): Promise<{ left: number; top: number; width: number; height: number } | null>;
  neuronsIn(left: number, top: number, right: number, bottom: number): Promise<{ count: number; neurons: Picked[] }>;
  inspect(items: Question[]): Promise<(NeuronView | ConnectionView | null)[]>;
  /**
   * Carries out an edit, and answers several questions about what is then, in one message. `joins`: it goes on with the
   * last edit, as while a slider is dragged.
   */
  editAndLook(command: Command, joins: boolean, calls: Call[]): Promise<{ value: EditResult; answers: Answer[] }>;
  journal(): Promise<string>;
  replay(text: string): Promise<number>;
  ownInput(name: string, bytes: Uint8Array): Promise<Example>;
  ownPixels(name: string, width: number, height: number, rgba: Uint8Array): Promise<Example>;
  leaveOwn(): Promise<void>;
  outputPng(): Promise<Uint8Array>;
  surgeryPlan(block: number): Promise<SurgeryPlan>;
  structureSummary(): Promise<StructureSummary | null>;
  structureFrames(): Promise<StructureFrames>;
  /** RGBA of the adjacency at a frame; -1: now. */
  adjacency(frame: number, surface: Surface): Promise<{ width: number; height: number; pixels: Uint8Array }>;
  /** The cell at a share of its width and height. */
  adjacencyCell(x: number, y: number): Promise<Cell | null>;
  adjacencyCellOf(source: number, target: number): Promise<Cell | null>;
  /** RGBA of the graph by levels; -1: no neuron is picked. */
  levelGraph(picked: number, surface: Surface): Promise<{ width: number; height: number; pixels: Uint8Array }>;
  freeGraphSummary(): Promise<FreeGraphSummary | null>;
  freeGraph(picked: number, surface: Surface): Promise<{ width: number; height: number; pixels: Uint8Array }>;
  freeGraphHit(x: number, y: number, surface: Surface): Promise<number | undefined>;
  freeNeuron(neuron: number): Promise<FreeNeuron | null>;
  /** The neuron at device pixels of it. */
  levelHit(x: number, y: number, surface: Surface): Promise<number | undefined>;
  /** Null: an input. */
  curve(neuron: number, bump: number): Promise<Curve | null>;
  code(): Promise<Code>;
  setCode(values: Float32Array): Promise<Code>;
  setCodeValue(index: number, value: number): Promise<Code>;
  resetCode(): Promise<Code>;
  /** The examples of a list such as `3, 8, 20-25, circle`. */
  examplesNamed(list: string): Promise<Uint32Array>;
  mixCode(mix: Mix): Promise<Code>;
  interpolate(a: number, b: number, count: number): Promise<Pictures>;
  samples(count: number, seed: number, spread?: number): Promise<Pictures>;
  decode(codes: Float32Array): Promise<Pictures>;
  directions(): Promise<Directions | null>;
  setDirection(number: number, position: number): Promise<Code>;
  /** Both ends of a direction, so many standard deviations from the mean; the code stays. */
  directionEnds(number: number, reach: number): Promise<Pictures>;
  map(): Promise<CodeMap | null>;
  decodeAt(x: number, y: number): Promise<Code>;
  pictureAt(x: number, y: number): Promise<Pictures>;
  nearest(count: number): Promise<{ example: number; name: string; distance: number }[]>;
  save(): Promise<Uint8Array>;
  open(bytes: Uint8Array): Promise<Notice>;
  /**
   * The largest difference between what a model file answers for eight images and what another that was made of it does; of two
   * networks for letters the viewed one, or the other.
   */
  difference(saved: Uint8Array, again: Uint8Array, theOther: boolean): Promise<number>;
  /** The names of the outputs, one on each line. */
  labels(): Promise<string>;
  /** The model without the state of its optimiser. */
  finishedFile(small: boolean): Promise<{ bytes: Uint8Array; difference?: number }>;
  /** The run with its images as one file. */
  projectFile(): Promise<Uint8Array>;
  openProject(bytes: Uint8Array): Promise<Notice>;
  terminate(): void;
}

/** What the engine is doing, where that takes long. */
export interface Activity {
  words: string;
  /** The share that is done, 0 to 1; null where it is not counted. */
  share: number | null;
  /** Asks it to end; null where that would leave something half done, or cannot be asked. */
  cancel: (() => void) | null;
  /** It takes very long and cannot be asked to end. */
  isStuck: boolean;
}

/** How far the reading of files is. */
export interface LoadProgress extends Job {
  kind: 'load';
  /** The file it is at. */
  current: string;
  used: number;
  skipped: number;
  /** The files are read, and the numbers are of images on their way to where they belong. */
  arranging: boolean;
}

/**
 * What the page hears without asking:
 *   state     at most five times a second while training, whenever training begins or ends, and with each answer that
 *             changed something
 *   job       how far a job is, at most ten times a second
 *   activity  what a call is doing that takes long and has no job, and how far it is; null when it is over
 *   unsaved   a sentence: why the run is no longer saved for the next visit; `forGood`: in this browser it never is
 *   kept      the runs in private files, whenever they change
 *   error     a sentence: training stopped because of it
 *   dead      a sentence: the engine is gone, every request from now on fails with it
 */
export type EngineEvent =
  | { event: 'state'; state: State }
  | { event: 'job'; job: JobProgress | LoadProgress }
  | { event: 'activity'; activity: Activity | null }
  | { event: 'unsaved'; error: string; forGood: boolean }
  | { event: 'kept'; kept: KeptRuns }
  | { event: 'error'; error: string }
  | { event: 'dead'; error: string };
