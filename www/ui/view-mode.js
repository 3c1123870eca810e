// Two views of one page: simple, with few controls, and full, with all. The choice is remembered, and a link may carry it
// (`view=full`). Parts of one view alone say so in the document: `data-only="full"`.

/** @typedef {'simple' | 'full'} ViewMode */

const NAME = 'neurarium-view';

/** @returns {ViewMode} */
export function viewMode() {
  return document.documentElement.dataset.view === 'full' ? 'full' : 'simple';
}

/** The link's, else the remembered one. @returns {ViewMode} */
function first() {
  const wish = new URLSearchParams(location.hash.slice(1)).get('view');
  try {
    return (wish ?? localStorage.getItem(NAME)) === 'full' ? 'full' : 'simple';
  } catch {
    return wish === 'full' ? 'full' : 'simple'; // storage may be switched off
  }
}

/** @param {ViewMode} mode */
function choose(mode) {
  document.documentElement.dataset.view = mode;
  try {
    localStorage.setItem(NAME, mode);
  } catch {
    // Then the choice lasts as long as the page.
  }
  show();
  document.dispatchEvent(new CustomEvent('view'));
}

function show() {
  const isFull = viewMode() === 'full';
  const button = document.getElementById('view-mode');
  if (button) button.textContent = isFull ? 'Fewer tools' : 'All tools';
  document.getElementById('experiments-card')?.toggleAttribute('open', !isFull);
}

/** Wires the button. */
export function setUpViewMode() {
  document.getElementById('view-mode')?.addEventListener('click', () => {
    choose(viewMode() === 'full' ? 'simple' : 'full');
  });
}

// Before the page is seen for the first time: nothing moves when the rest of it is there.
document.documentElement.dataset.view = first();
show();
