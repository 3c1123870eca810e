// The report of the run as one page that needs nothing else: made by the engine, put together here, saved.

import { cancelJob, jobOf, percentDone, runJob } from '../../app/jobs.js';
import { addPart, store } from '../../app/store.js';
import { byId, setDisabled, setText } from '../../ui/dom.js';
import { download, plain } from '../../ui/download.js';
import { showError, showNotice } from '../../ui/messages.js';

const button = byId('report', HTMLButtonElement);

function draw() {
  const job = jobOf('report');
  setDisabled(button, !store.engine || !store.data || !store.model);
  setText(button, job ? `Cancel report, ${percentDone(job)}` : 'Save report');
}

/** A file of the report's page. @param {string} kind */
async function file(kind) {
  const answer = await fetch(new URL(`../../report/report.${kind}`, import.meta.url));
  if (!answer.ok) throw new Error(`the page of the report cannot be read (${answer.status})`);
  return answer.text();
}

/** The page with a description in it, which contains no `<`. @param {string} description */
export async function pageWith(description) {
  const [page, style, script] = await Promise.all(['html', 'css', 'js'].map(file));
  const contents = [style, `[${description}]`, script];
  const places = page.split(/\/\* style \*\/|"the models"|\/\* script \*\//);
  return places.map((part, i) => part + (contents[i] ?? '')).join('');
}

async function save() {
  const { model, data } = store;
  const description = await runJob('report', {});
  if (!description || !model || !data) return;
  try {
    const name = `report-${model.preset}-${plain(data.name)}.html`;
    download(name, new Blob([await pageWith(description)], { type: 'text/html' }));
    showNotice(`Saved as ${name}`);
  } catch (error) {
    showError(error);
  }
}

addPart(draw);
button.addEventListener('click', () => {
  if (jobOf('report')) cancelJob('report');
  else save();
});
