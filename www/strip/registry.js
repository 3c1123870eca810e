// The tabs of the strip below the network. A new one is a line here, its panel in index.html (`data-tab-part`), and a
// module that draws it. No other part depends on these modules.

/** @import { Ability } from '../engine/types.js' */

/**
 * @typedef {object} Tab
 * @property {string} id
 * @property {string} title
 * @property {string} tip
 * @property {Ability[]} needs what the network must be able to do for the tab to have something to say
 * @property {() => Promise<unknown>} load
 */

/** @type {Tab[]} */
export const TABS = [
  {
    id: 'charts',
    title: 'charts',
    tip: 'Error, accuracy or likeness, and learning rate while training',
    needs: [],
    load: () => Promise.all([import('./charts/chart.js'), import('./charts/small-charts.js')]),
  },
  {
    id: 'confusion',
    title: 'confusion',
    tip: 'Which classes are confused; a cell opens its images',
    needs: ['classify'],
    load: () => import('./evaluation/confusion.js'),
  },
  {
    id: 'classes',
    title: 'classes',
    tip: 'Precision, recall and F1 of every class',
    needs: ['classify'],
    load: () => import('./evaluation/classes.js'),
  },
  {
    id: 'worst',
    title: 'worst',
    tip: 'The images with the largest losses',
    needs: [],
    load: () => import('./evaluation/worst-examples.js'),
  },
  {
    id: 'histograms',
    title: 'histograms',
    tip: 'Weights, biases, activations and gradients of every layer over time, and how far the parameters moved',
    needs: ['layers', 'gradients'],
    load: () => import('./histograms/histograms.js'),
  },
  {
    id: 'neurons',
    title: 'neurons',
    tip: 'What each neuron of a layer wants to see, which images drive it, and its weights',
    needs: ['layers', 'gradients'],
    load: () => import('./neurons/neurons.js'),
  },
  {
    id: 'map',
    title: 'map',
    tip: 'All images as points: their pixels, codes, probabilities or the values of a layer, by PCA, t-SNE, UMAP or a grand tour',
    needs: [],
    load: () => import('./map/map.js'),
  },
  {
    id: 'edges',
    title: 'edges',
    tip: 'Which neuron reads which: now, over time, and why',
    needs: ['structure'],
    load: () => import('./edges/edges.js'),
  },
  {
    id: 'graph',
    title: 'graph',
    tip: 'Neurons that read each other in any way, to be rewired by hand',
    needs: ['rewire'],
    load: () => import('./graph/graph.js'),
  },
  {
    id: 'letters',
    title: 'letters',
    tip: 'What both networks make of the shown letter, and then of what they made',
    needs: ['exchange'],
    load: () => Promise.all([import('./letters/letters.js'), import('./letters/follow.js')]),
  },
  {
    id: 'surgery',
    title: 'surgery',
    tip: 'Adds and removes neurons, weights or layers; what the network has learnt stays',
    needs: ['layers', 'gradients'],
    load: () => import('./surgery/surgery.js'),
  },
  {
    id: 'columns',
    title: 'columns',
    tip: 'What each column has wired, and which pixels make it vote for what is shown',
    needs: ['columns'],
    load: () => import('./columns/columns.js'),
  },
];
