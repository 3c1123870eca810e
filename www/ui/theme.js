// Light, dark, or as the system: chosen by one button and remembered.

/** @typedef {'auto' | 'light' | 'dark'} Choice */

const NAME = 'neurarium-theme';
/** @type {Choice[]} */
const CHOICES = ['auto', 'light', 'dark'];
const WORDS = { auto: 'as the system', light: 'light', dark: 'dark' };
const system = matchMedia('(prefers-color-scheme: dark)');

/** Whether the system is dark, as last reported: where `matches` is read between the change and its event, Chromium never reports it. */
let isDark = system.matches;
/** @type {Choice} */
let choice = remembered();
/** Resolved colours, forgotten when the theme changes. @type {Map<string, string>} */
const colours = new Map();

/** What the choice comes to. @returns {'light' | 'dark'} */
export function theme() {
  return choice === 'auto' ? (isDark ? 'dark' : 'light') : choice;
}

/**
 * A colour of style.css as the canvas understands it.
 * @param {string} name such as `--positive`
 */
export function colour(name) {
  const known = colours.get(name);
  if (known) return known;
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  colours.set(name, found);
  return found;
}

/** Wires the button, once the document is there. */
export function setUpTheme() {
  const button = document.getElementById('theme');
  showChoice(button);
  button?.addEventListener('click', () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem(NAME, choice);
    } catch {
      /* storage may be switched off; then it lasts as long as the page */
    }
    showChoice(button);
    changed();
  });
}

/** @param {HTMLElement | null} button */
function showChoice(button) {
  document.documentElement.dataset.theme = choice;
  button?.querySelector('use')?.setAttribute('href', `#icon-${choice}`);
  button?.setAttribute('aria-label', `Colours: ${WORDS[choice]}`);
  button?.setAttribute('data-tip', `Colours: ${WORDS[choice]}`);
}

function changed() {
  colours.clear();
  document.dispatchEvent(new CustomEvent('theme'));
}

/** @returns {Choice} */
function remembered() {
  try {
    const found = /** @type {Choice} */ (localStorage.getItem(NAME));
    return CHOICES.includes(found) ? found : 'auto';
  } catch {
    return 'auto';
  }
}

document.documentElement.dataset.theme = choice;
system.addEventListener('change', ({ matches }) => {
  isDark = matches;
  changed();
});
