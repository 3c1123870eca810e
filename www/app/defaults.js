// Defaults of the page's settings, where they are not those of the engine's table.

import { keyOf, store } from './store.js';

/** What is different on a page: training goes on until it is stopped, at the rate that the slider shows. */
export const PAGE_DEFAULTS = 'epochs=0\nschedule=constant\ncheckpoint-minutes=0.1\nkept-moments=40';

const ofPage = new Map(PAGE_DEFAULTS.split('\n').map((line) => /** @type {[string, string]} */ (line.split('='))));

/** The default of a setting on this page, whichever network is there. @param {string} name */
export const pageDefault = (name) => ofPage.get(name) ?? keyOf(name)?.default;

/** The default of a setting for the network that is there. @param {string} name */
export const defaultOf = (name) => ofPage.get(name) ?? store.suited[name] ?? keyOf(name)?.default;
