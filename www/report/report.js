// Draws a report: the descriptions of one or several models, which the engine wrote (src/session/report/), become the
// elements of this page. Everything that comes from files is set as text.

/**
 * @typedef {'text' | 'count' | 'share' | 'number' | 'dB'} Kind
 * @typedef {string | number | [number, number] | null} Cell
 * @typedef {{ name: string, value: string | number, interval: [number, number] | null, kind: Kind }} Figure
 * @typedef {{ images: string[], words: string }} Group
 * @typedef {{ title?: string, figures?: Figure[], columns?: [string, Kind][], rows?: Cell[][],
 *   bars?: [string, number][], curves?: [string, [number, number][]][], log?: boolean, matrix?: number[],
 *   classes?: string[], gallery?: Group[], plate?: string, legend?: [string, string][] }} Part
 * @typedef {{ id: string, title: string, caption: string, parts: Part[] }} Section
 * @typedef {{ title: string, sections: Section[] }} Model
 */

/** Pixels of a picture in a gallery: enlarged by a whole factor up to this. */
const PICTURE = 84;
const CHART = { width: 460, height: 200, left: 46, right: 12, top: 8, bottom: 22 };
const LINES = ['var(--first)', 'var(--second)'];

/** @param {string} name @param {Record<string, string>} attributes @param {...(Node | string)} children */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {...(Node | string)} children */
function drawn(name, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** Four digits, without zeros at the end. @param {number} value */
const brief = (value) => {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(2).replace(/\.?0*e/, 'e');
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
};

/** @param {Cell} value @param {Kind} kind @returns {string} */
function written(value, kind) {
  if (value === null) return '–';
  if (Array.isArray(value)) return `${written(value[0], kind).replace(/ .*/, '')} to ${written(value[1], kind)}`;
  if (typeof value === 'string') return value;
  if (kind === 'count') return value.toLocaleString('en');
  if (kind === 'share') return `${(100 * value).toFixed(2)} %`;
  return kind === 'dB' ? `${value.toFixed(2)} dB` : brief(value);
}

/** @param {Figure[]} figures */
function figureTable(figures) {
  const rows = figures.map(({ name, value, interval, kind }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', {}, written(value, kind)),
      element('td', { class: 'range' }, interval ? written(interval, kind) : ''),
    ),
  );
  return element('table', {}, element('tbody', {}, ...rows));
}

/** @param {[string, Kind][]} columns @param {Cell[][]} rows */
function table(columns, rows) {
  const style = (/** @type {Kind} */ kind) => (kind === 'text' ? 'long' : 'number');
  const head = columns.map(([name, kind]) =>
    element('th', { scope: 'col', class: kind === 'text' ? '' : 'number' }, name),
  );
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      ...row.map((cell, i) => element('td', { class: style(columns[i][1]) }, written(cell, columns[i][1]))),
    ),
  );
  return element(
    'div',
    { class: 'wide' },
    element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body)),
  );
}

/** @param {[string, number][]} rows */
function bars(rows) {
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const made = rows.flatMap(([name, count]) => [
    element('span', {}, name),
    element('i', { style: `width: ${((100 * count) / most).toFixed(2)}%` }),
    element('b', {}, count.toLocaleString('en')),
  ]);
  return element('div', { class: 'bars' }, ...made);
}

/** Round numbers between two, about five. @param {number} low @param {number} high */
function ticks(low, high) {
  const rough = (high - low) / 4 || 1;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((times) => times * unit >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) => (first + i) * step);
}

/** Powers of ten between two, with others where there are few. @param {number} low @param {number} high */
function logTicks(low, high) {
  /** @type {number[]} */
  const powers = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) powers.push(10 ** power);
  const found = (/** @type {number[]} */ times) =>
    powers.flatMap((power) => times.map((time) => time * power)).filter((tick) => tick >= low && tick <= high);
  return [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7]].map(found).find((all) => all.length > 2) ?? [low, high];
}

/** @param {[string, [number, number][]][]} series @param {boolean} isLogarithmic @param {string} title */
function chart(series, isLogarithmic, title) {
  const points = series.flatMap(([, all]) => all);
  const values = points.map(([, value]) => value).filter((value) => !isLogarithmic || value > 0);
  const [left, right] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = isLogarithmic ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  const scale = (/** @type {number} */ value) => (isLogarithmic ? Math.log(Math.max(value, low)) : value);
  const x = (/** @type {number} */ at) =>
    CHART.left + ((CHART.width - CHART.left - CHART.right) * (at - left)) / (right - left || 1);
  const y = (/** @type {number} */ value) =>
    CHART.height -
    CHART.bottom -
    ((CHART.height - CHART.top - CHART.bottom) * (scale(value) - scale(low))) / (scale(high) - scale(low));
  const made = drawn('svg', { viewBox: `0 0 ${CHART.width} ${CHART.height}`, role: 'img', 'aria-label': title });
  for (const tick of isLogarithmic ? logTicks(low, high) : ticks(low, high))
    made.append(
      drawn('line', { class: 'grid', x1: CHART.left, x2: CHART.width - CHART.right, y1: y(tick), y2: y(tick) }),
      drawn('text', { x: CHART.left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, brief(tick)),
    );
  for (const tick of ticks(left, right))
    made.append(drawn('text', { x: x(tick), y: CHART.height - 6, 'text-anchor': 'middle' }, brief(tick)));

  series.forEach(([, all], i) =>
    made.append(
      drawn('polyline', {
        class: 'line',
        stroke: LINES[i % LINES.length],
        points: all.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' '),
      }),
    ),
  );
  const keys = legend(series.map(([name], i) => [LINES[i % LINES.length], name]));
  return element('figure', {}, element('h3', {}, title), made, keys);
}

/** @param {[string, string][]} entries */
function legend(entries) {
  const made = entries.map(([colour, words]) =>
    element('span', {}, element('i', { style: `background: ${colour}` }), words),
  );
  return element('div', { class: 'legend' }, ...made);
}

/** @param {string[]} classes @param {number[]} counts a row for each true class */
function matrix(classes, counts) {
  const name = (/** @type {string} */ words) => element('th', { title: words }, words);
  const rows = classes.map((label, i) => {
    const row = counts.slice(i * classes.length, (i + 1) * classes.length);
    const all = row.reduce((sum, count) => sum + count, 0) || 1;
    const cells = row.map((count, j) => {
      const cell = element('td', { title: `${label}, taken for ${classes[j]}: ${count}` }, count ? String(count) : '');
      // Few mistakes among many would not be seen if the shade were the share itself.
      const shade = i === j ? count / all : Math.sqrt(count / all);
      const paint = i === j ? '--positive' : '--negative';
      if (count) cell.style.background = `color-mix(in srgb, var(${paint}) ${12 + 58 * shade}%, var(--page))`;
      return cell;
    });
    return element('tr', {}, name(label), ...cells);
  });
  const head = element('thead', {}, element('tr', {}, element('th'), ...classes.map(name)));
  return element('div', { class: 'wide' }, element('table', { class: 'matrix' }, head, element('tbody', {}, ...rows)));
}

/** @param {string} address @param {string} words */
function picture(address, words) {
  const image = /** @type {HTMLImageElement} */ (element('img', { src: address, alt: words }));
  image.addEventListener('load', () => {
    const side = Math.max(image.naturalWidth, image.naturalHeight);
    image.width = image.naturalWidth * Math.max(1, Math.floor(PICTURE / side));
  });
  return image;
}

/** @param {Group[]} groups */
function gallery(groups) {
  const made = groups.map(({ images, words }) => {
    const pictures = element('div', { class: 'pictures' }, ...images.map((address) => picture(address, words)));
    return element('figure', {}, pictures, ...(words ? [element('figcaption', {}, words)] : []));
  });
  return element('div', { class: 'gallery' }, ...made);
}

/** @param {Part} part @returns {Node[]} */
function drawPart({ title = '', figures, columns, rows, bars: counts, log, matrix: cells, classes, ...more }) {
  const named = title ? [element('h3', {}, title)] : [];
  if (figures) return [figureTable(figures)];
  if (columns && rows) return [table(columns, rows)];
  if (counts) return [...named, bars(counts)];
  if (cells && classes) return [matrix(classes, cells)];
  if (more.curves) return [chart(more.curves, log ?? false, title)];
  if (more.gallery) return [...named, gallery(more.gallery)];
  if (more.plate) return [element('img', { class: 'plate', src: more.plate, alt: 'map' }), legend(more.legend ?? [])];
  return [];
}

/** @param {Section | undefined} section */
function drawSection(section) {
  if (!section) return [element('p', { class: 'caption' }, 'This model has none.')];
  const charts = element('div', { class: 'charts' });
  const parts = section.parts.flatMap((part) => {
    if (!part.curves) return drawPart(part);
    charts.append(...drawPart(part));
    return [];
  });
  return [element('p', { class: 'caption' }, section.caption), ...(charts.firstChild ? [charts] : []), ...parts];
}

/** The results of all models in one table. @param {Model[]} models */
function comparison(models) {
  const results = models.map(({ sections }) =>
    sections.filter(({ id }) => id === 'results' || id === 'network').flatMap(({ parts }) => parts[0].figures ?? []),
  );
  const names = [...new Set(results.flatMap((figures) => figures.map(({ name }) => name)))];
  const row = (/** @type {string} */ name) =>
    results.map((figures) => {
      const found = figures.find((figure) => figure.name === name);
      if (!found) return '–';
      const range = found.interval ? ` (${written(found.interval, found.kind)})` : '';
      return written(found.value, found.kind) + range;
    });
  return table(
    [['', 'text'], ...models.map(({ title }) => /** @type {[string, Kind]} */ ([title, 'text']))],
    names.map((name) => [name, ...row(name)]),
  );
}

/** @param {Model[]} models */
function draw(models) {
  const several = models.length > 1;
  document.body.classList.toggle('several', several);
  const title = several ? `${models.length} models compared` : models[0].title;
  document.title = title;
  /** @type {Map<string, string>} */
  const titles = new Map();
  for (const { sections } of models) for (const section of sections) titles.set(section.id, section.title);
  const links = [...titles].map(([id, words]) => element('a', { href: `#${id}` }, words));
  const all = [...titles].flatMap(([id, words]) => {
    const columns = models.map(({ title, sections }) => {
      const name = several ? [element('h3', { class: 'model-name' }, title)] : [];
      return element('div', {}, ...name, ...drawSection(sections.find((section) => section.id === id)));
    });
    return [element('h2', { id }, words), element('div', { class: 'models' }, ...columns)];
  });
  document
    .getElementById('report')
    ?.append(
      element('h1', {}, title),
      element('p', { class: 'made' }, 'Made by Neurarium.'),
      element('nav', { 'aria-label': 'Sections' }, ...links),
      ...(several ? [element('h2', {}, 'Compared'), comparison(models)] : []),
      ...all,
    );
}

draw(JSON.parse(document.getElementById('models')?.textContent ?? '[]'));

export {};
